"""What nbval sees as its kernel: a worker of the zygote, over a socket.

The seam: anything with the methods of nbval's `RunningKernel` may stand here. What a worker sends
may be forged; each message is looked at before nbval is.
"""

import time
import uuid
from collections import deque
from collections.abc import Mapping
from queue import Empty
from typing import Any

from nbval.kernel import RunningKernel

from coursekit.sandbox.guest.link import ENDED, BrokenLinkError, Reader, pack_frame
from coursekit.sandbox.host.levels import strongest
from coursekit.sandbox.host.zygote_client import LIMITS, InfrastructureError, warm

MOST_OUTPUT = 4 << 20  # bytes, one cell
READY = 60  # seconds for a worker to begin, on a busy machine
ACCEPT = 10  # seconds for a worker to take a cell's source in
BUSY = 5  # how many times its seconds of work a cell may take on a busy machine
ASLEEP, AWAKE = 0.5, 0.1  # the part of them after which it is asleep, unless it worked: seconds
SHOWN = ("display_data", "execute_result", "update_display_data")
KINDS = {*SHOWN, "status", "execute_input", "stream", "error", "clear_output"}
KINDS |= {"comm_open", "comm_msg", "comm_close"}


class WorkerLostError(Exception):
    """The student's process died, or went over a limit that only ends with it."""


class SandboxKernel(RunningKernel):  # type: ignore[misc]  # nbval publishes no types
    """An ipykernel in a fork of a warm, sandboxed process, as nbval's cells call it."""

    def __init__(self, seconds: float) -> None:
        self._limits = LIMITS | {"cpu": int(seconds)}
        self._wall, self._patience = seconds * BUSY, seconds * ASLEEP
        self._lost = "it has not begun"
        self.start()

    def start(self) -> None:
        """Begin a new worker."""
        self._zygote = warm(strongest())
        self._worker = self._zygote.fork(self._limits)
        self._reader = Reader(self._worker.channel)
        self._await_ready()
        self._waiting: dict[str, deque[Any]] = {"iopub": deque(), "shell": deque()}
        self._end = time.monotonic() + self._wall
        self._next_look, self._work = time.monotonic() + self._patience, 0.0
        self._lost = ""

    def _await_ready(self) -> None:
        """Wait until the worker is alone with its socket: what it says so far is no student's."""
        try:
            frame = self._reader.frame(time.monotonic() + READY)
        except BrokenLinkError as error:
            frame = {"content": str(error)}
        if frame is None or frame.get("channel") != "ready":
            self._zygote.end(self._worker)
            why = frame["content"] if frame else "it does not answer"
            raise InfrastructureError(f"a worker does not begin: {why}")

    def is_alive(self) -> bool:
        """Return whether the worker has not been lost so far."""
        return not self._lost

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> str:  # noqa: ARG002
        """Send a cell; return the number that its messages will have."""
        for waiting in self._waiting.values():
            waiting.clear()
        self._reader.bytes = 0
        self._end = time.monotonic() + self._wall
        self._next_look = time.monotonic() + self._patience
        asked = uuid.uuid4().hex
        try:
            self._worker.channel.settimeout(ACCEPT)
            self._worker.channel.sendall(pack_frame({"id": asked, "code": cell_input}))
            self._worker.channel.setblocking(False)
        except OSError:
            self._lose(ENDED)
        return asked

    def get_message(self, stream: str, timeout: float | None = None) -> Any:
        """Return the next message of a channel; raise Empty where none comes in time."""
        waiting = self._waiting[stream]
        deadline = min(self._end, time.monotonic() + timeout) if timeout else self._end
        while not waiting:
            if self._lost:
                raise WorkerLostError(self._lost)
            self._look()
            try:
                frame = self._reader.frame(min(deadline, self._next_look))
            except BrokenLinkError as error:
                self._lose(str(error))
            if frame is None:
                if time.monotonic() >= self._end:
                    self._lose("the cell does not end")
                if time.monotonic() >= deadline:
                    raise Empty
                continue
            if self._reader.bytes > MOST_OUTPUT:
                self._lose(f"more than {MOST_OUTPUT >> 20} MB of output")
            self._take(frame)
        return waiting.popleft()

    def _look(self) -> None:
        """Lose a worker that does nothing for long, whatever it says meanwhile: it sleeps."""
        if time.monotonic() < self._next_look:
            return
        before, self._work = self._work, self._zygote.work(self._worker)
        self._next_look = time.monotonic() + self._patience
        if self._work - before < AWAKE:
            self._lose("the cell does not end: it sleeps")

    def _take(self, frame: Mapping[str, Any]) -> None:
        match frame:
            case {
                "channel": ("iopub" | "shell") as channel,
                "type": str(kind),
                "parent": (str() | None) as parent,
                "content": dict(content),
            } if _is_well_formed(channel, kind, content):
                header = {"msg_id": parent}
                self._waiting[channel].append(
                    {"msg_type": kind, "content": content, "parent_header": header}
                )
            case _:
                self._lose("what it sends is no message")

    def interrupt(self) -> None:
        """End a cell that does not end by itself."""
        self._lose("the cell does not end")

    def _lose(self, why: str) -> None:
        self._lost = why
        self._lost = self._zygote.end(self._worker, lost=why == ENDED) or why
        raise WorkerLostError(self._lost)

    def stop(self) -> None:
        """End the worker with all that it started."""
        if not self._lost:
            self._lost = "it was ended"
            self._zygote.end(self._worker)


def _is_well_formed(channel: str, kind: str, content: Mapping[str, Any]) -> bool:
    if channel == "shell":
        return kind == "execute_reply" and isinstance(content.get("status"), str)
    match kind, content:
        case "stream", {"name": str(), "text": str()}:
            return True
        case "error", {"ename": str(), "evalue": str(), "traceback": list(lines)}:
            return all(isinstance(line, str) for line in lines)
        case "status", {"execution_state": str()}:
            return True
        case (("display_data" | "update_display_data"), {"data": dict(), "metadata": dict()}):
            return True
        case "execute_result", {"data": dict(), "metadata": dict(), "execution_count": int()}:
            return True
    return kind in KINDS - {*SHOWN, "stream", "error", "status"}
