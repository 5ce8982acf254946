"""The kernel that nbval sees: a worker of the zygote, behind a socket.

It has the methods of nbval's `RunningKernel`. A student may forge the messages of a worker, so
each message is checked before nbval sees it.
"""

import time
import uuid
from collections import deque
from collections.abc import Mapping
from queue import Empty
from typing import Any

from nbval.kernel import RunningKernel

from coursekit.sandbox.guest.limits import CELL_SLOWDOWN, MAX_OUTPUT_BYTES, Limits
from coursekit.sandbox.guest.link import ENDED, BrokenLinkError, Reader, pack_frame
from coursekit.sandbox.host.zygote_client import InfrastructureError, ZygoteClient

READY_TIMEOUT = 60  # seconds to wait for a worker, even on a busy machine
ACCEPT_TIMEOUT = 10  # seconds for a worker to read a cell's source
SLEEP_FRACTION = 0.5  # a cell that idles for this fraction of its CPU limit is asleep
AWAKE_SECONDS = 0.1  # CPU seconds: a cell that used less in that time was idle
DATA = ("display_data", "execute_result", "update_display_data")
KINDS = {*DATA, "status", "execute_input", "stream", "error", "clear_output"}
KINDS |= {"comm_open", "comm_msg", "comm_close"}


class WorkerLostError(Exception):
    """The student's process died, or was killed for exceeding a limit."""


class SandboxKernel(RunningKernel):  # type: ignore[misc]  # nbval publishes no types
    """An ipykernel in a fork of the zygote; each cell may use `seconds` of CPU time."""

    def __init__(self, zygote: ZygoteClient, seconds: float) -> None:
        self._zygote, self._limits = zygote, Limits(cpu=int(seconds))
        self._cell_seconds, self._patience = seconds * CELL_SLOWDOWN, seconds * SLEEP_FRACTION
        self._lost = "the worker has not started"
        self.start()

    def start(self) -> None:
        """Start a new worker."""
        self._worker = self._zygote.fork(self._limits)
        self._reader = Reader(self._worker.channel)
        self._await_ready()
        self._messages: dict[str, deque[Any]] = {"iopub": deque(), "shell": deque()}
        self._cpu = 0.0
        self._restart_clocks()
        self._lost = ""

    def _restart_clocks(self) -> None:
        now = time.monotonic()
        self._end, self._next_look = now + self._cell_seconds, now + self._patience

    def _await_ready(self) -> None:
        """Wait until the worker is restricted; no student code runs before that."""
        try:
            frame = self._reader.frame(time.monotonic() + READY_TIMEOUT)
        except BrokenLinkError as error:
            frame = {"content": str(error)}
        if frame is None or frame.get("channel") != "ready":
            self._zygote.end(self._worker)
            why = frame["content"] if frame else "no answer"
            raise InfrastructureError(f"a worker did not start: {why}")

    def is_alive(self) -> bool:
        """Return whether the worker has not been lost yet."""
        return not self._lost

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> str:  # noqa: ARG002
        """Send a cell; return the id that its messages will contain."""
        for messages in self._messages.values():
            messages.clear()
        self._reader.bytes = 0
        self._restart_clocks()
        number = uuid.uuid4().hex
        try:
            self._worker.channel.settimeout(ACCEPT_TIMEOUT)
            self._worker.channel.sendall(pack_frame({"id": number, "code": cell_input}))
            self._worker.channel.setblocking(False)
        except OSError:
            self._lose(ENDED)
        return number

    def get_message(self, stream: str, timeout: float | None = None) -> Any:
        """Return the next message on a channel; raise Empty if none arrives in time."""
        messages = self._messages[stream]
        deadline = min(self._end, time.monotonic() + timeout) if timeout else self._end
        while not messages:
            if self._lost:
                raise WorkerLostError(self._lost)
            self._check_for_sleep()
            try:
                frame = self._reader.frame(min(deadline, self._next_look))
            except BrokenLinkError as error:
                self._lose(str(error))
            if frame is None:
                if time.monotonic() >= self._end:
                    self._lose("the cell did not finish")
                if time.monotonic() >= deadline:
                    raise Empty
                continue
            if self._reader.bytes > MAX_OUTPUT_BYTES:
                self._lose(f"more than {MAX_OUTPUT_BYTES >> 20} MB of output")
            self._accept(frame)
        return messages.popleft()

    def _check_for_sleep(self) -> None:
        """Kill a worker that has used almost no CPU time for a while, even if it sends messages."""
        if time.monotonic() < self._next_look:
            return
        before, self._cpu = self._cpu, self._zygote.cpu_seconds(self._worker)
        self._next_look = time.monotonic() + self._patience
        if self._cpu - before < AWAKE_SECONDS:
            self._lose("the cell did not finish: it was asleep")

    def _accept(self, frame: Mapping[str, Any]) -> None:
        match frame:
            case {
                "channel": ("iopub" | "shell") as channel,
                "type": str(kind),
                "parent": (str() | None) as parent,
                "content": dict(content),
            } if _is_well_formed(channel, kind, content):
                header = {"msg_id": parent}
                self._messages[channel].append(
                    {"msg_type": kind, "content": content, "parent_header": header}
                )
            case _:
                self._lose("the process sent something that is not a message")

    def interrupt(self) -> None:
        """Kill the worker, because its cell did not finish."""
        self._lose("the cell did not finish")

    def _lose(self, why: str) -> None:
        self._lost = why
        if why == ENDED:
            self._lost = self._zygote.end_lost(self._worker) or why
        else:
            self._zygote.end(self._worker)
        raise WorkerLostError(self._lost)

    def stop(self) -> None:
        """Kill the worker and every process that it started."""
        if not self._lost:
            self._lost = "the worker was stopped"
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
    return kind in KINDS - {*DATA, "stream", "error", "status"}
