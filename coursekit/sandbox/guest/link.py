"""Frames, the messages between grader and worker: a four-byte length, then one JSON object.

Never unpickle: a student may forge anything that a worker sends.
"""

import json
import select
import socket
import struct
import time
from typing import Any

from .limits import MAX_OUTPUT_BYTES

HEAD = struct.Struct(">I")
CHUNK = 1 << 16
ENDED = "the process exited"


class BrokenLinkError(Exception):
    """The other end is closed, or it sent something that is not a frame."""


def pack_frame(message: Any) -> bytes:
    """Return a message as a frame; a value that JSON cannot represent is sent as its repr.

    >>> pack_frame({"a": 1})
    b'\\x00\\x00\\x00\\x07{"a":1}'
    """
    body = json.dumps(message, separators=(",", ":"), default=repr).encode()
    return HEAD.pack(len(body)) + body


class Reader:
    """Reads frames from a non-blocking socket, with a deadline for each."""

    def __init__(self, source: socket.socket) -> None:
        source.setblocking(False)
        self._source, self._buffer, self.bytes = source, bytearray(), 0
        self._poll = select.poll()
        self._poll.register(source.fileno(), select.POLLIN)

    def frame(self, deadline: float) -> dict[str, Any] | None:
        """Return the next frame, or None if it is incomplete at the deadline."""
        while (frame := self._next_in_buffer()) is None:
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
            self._buffer += data
            self.bytes += len(data)
        return frame

    def _next_in_buffer(self) -> dict[str, Any] | None:
        if len(self._buffer) < HEAD.size:
            return None
        (length,) = HEAD.unpack_from(self._buffer)
        if length > MAX_OUTPUT_BYTES:
            raise BrokenLinkError(f"more than {MAX_OUTPUT_BYTES >> 20} MB of output at once")
        end = HEAD.size + length
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[HEAD.size : end])
        del self._buffer[:end]
        return _parse(body)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise BrokenLinkError("the process sent something that is not a message") from None
    if not isinstance(message, dict):
        raise BrokenLinkError("the process sent something that is not a message")
    return message
