"""A frame: four bytes of length, then one JSON object; what the grader and a worker say.

Never pickle: what comes from a worker is data that a student may have forged.
"""

import json
import select
import socket
import struct
import time
from typing import Any

HEAD = struct.Struct(">I")
LARGEST = 4 << 20  # bytes of a frame
CHUNK = 1 << 16
ENDED = "the process ended"


class BrokenLinkError(Exception):
    """The other end is gone, or sends what is no frame."""


def pack_frame(message: Any) -> bytes:
    """Return a message as a frame; what JSON has no form for is sent as its repr.

    >>> pack_frame({"a": 1})
    b'\\x00\\x00\\x00\\x07{"a":1}'
    """
    body = json.dumps(message, separators=(",", ":"), default=repr).encode()
    return HEAD.pack(len(body)) + body


class Reader:
    """Frames from a socket that does not block, each read until a deadline."""

    def __init__(self, source: socket.socket) -> None:
        source.setblocking(False)
        self._source, self._held, self.bytes = source, bytearray(), 0
        self._poll = select.poll()
        self._poll.register(source.fileno(), select.POLLIN)

    def frame(self, deadline: float) -> dict[str, Any] | None:
        """Return the next frame, None where none is whole by the deadline."""
        while (found := self._whole()) is None:
            left = max(0.0, deadline - time.monotonic())
            if not self._poll.poll(left * 1000):
                return None
            try:
                data = self._source.recv(CHUNK)
            except BlockingIOError:
                continue
            except OSError as error:
                raise BrokenLinkError(f"{ENDED} ({error})") from None
            if not data:
                raise BrokenLinkError(ENDED)
            self._held += data
            self.bytes += len(data)
        return found

    def _whole(self) -> dict[str, Any] | None:
        if len(self._held) < HEAD.size:
            return None
        (length,) = HEAD.unpack_from(self._held)
        if length > LARGEST:
            raise BrokenLinkError(f"more than {LARGEST >> 20} MB of output at once")
        end = HEAD.size + length
        if len(self._held) < end:
            return None
        body = bytes(self._held[HEAD.size : end])
        del self._held[:end]
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            raise BrokenLinkError("what it sends is no message") from None
        if not isinstance(found, dict):
            raise BrokenLinkError("what it sends is no message")
        return found
