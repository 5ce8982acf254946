"""The kernel that nbval sees: a worker of the zygote, behind a socket.

It has the methods of nbval's `RunningKernel`. A student may forge the messages of a worker, so
each message is checked before nbval sees it.
"""

import json
import time
import uuid
from collections import deque
from queue import Empty
from typing import Any, NoReturn

from nbval.kernel import RunningKernel

from coursekit.sandbox.guest.limits import (
    AWAKE_SECONDS,
    CASE_PATIENCE,
    CELL_SLOWDOWN,
    MAX_OUTPUT_BYTES,
)
from coursekit.sandbox.host.zygote_client import InfrastructureError, ZygoteClient

READY_TIMEOUT = 120  # seconds for a zygote's imports and a fork, even on a busy machine
ACCEPT_TIMEOUT = 10  # seconds for a worker to read a cell's source
SLEEP_FRACTION = 0.5  # a cell that idles for this fraction of its CPU limit is asleep
CHUNK = 1 << 16  # bytes received at a time
ENDED = "the process exited"
DATA: dict[str, type] = {"data": dict, "metadata": dict}
CONTENT: dict[str, dict[str, type]] = {  # the messages that nbval gets: type → required fields
    "execute_reply": {"status": str},
    "status": {"execution_state": str},
    "stream": {"name": str, "text": str},
    "error": {"ename": str, "evalue": str, "traceback": list},
    "display_data": DATA,
    "update_display_data": DATA,
    "execute_result": {**DATA, "execution_count": int},
    "execute_input": {},
    "clear_output": {},
    "comm_open": {},
    "comm_msg": {},
    "comm_close": {},
}


class WorkerLostError(Exception):
    """The student's process died, or was killed for exceeding a limit."""


class SandboxKernel(RunningKernel):  # type: ignore[misc]  # nbval publishes no types
    """An ipykernel in a fork of the zygote, whose cells together may use `seconds` of CPU time.

    A cell that is sent while `clock` is not 0 may use at most `clock` seconds. `cases` are sent
    with it.
    """

    def __init__(self, zygote: ZygoteClient, seconds: float) -> None:
        self._zygote, self._cpu_limit = zygote, int(seconds)
        self.clock, self.cases = 0.0, ""
        self._cell_seconds = seconds * CELL_SLOWDOWN
        self._lost = "the worker has not started"
        self.start()

    def start(self) -> None:
        """Start a new worker, and wait until it is restricted."""
        self._worker = self._zygote.fork(self._cpu_limit)
        self._buffer, self._received = bytearray(), 0
        try:
            line = self._read_line(time.monotonic() + READY_TIMEOUT)
            # no student code has run yet: the line is ours
            if failure := json.loads(line)["failure"] if line else "no answer":
                self._lose(failure)
        except WorkerLostError as error:
            raise InfrastructureError(f"a worker did not start: {error}") from None
        self._messages: dict[str, deque[Any]] = {"iopub": deque(), "shell": deque()}
        self._cpu, self._is_timed, self._lost = 0.0, False, ""

    def is_alive(self) -> bool:
        """Return whether the worker has not been lost yet."""
        return not self._lost

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> str:  # noqa: ARG002
        """Send a cell; return the id that its messages will contain."""
        for messages in self._messages.values():
            messages.clear()
        now, number = time.monotonic(), uuid.uuid4().hex
        self._patience = SLEEP_FRACTION * self._cpu_limit
        if self.clock:
            self._patience = min(self._patience, CASE_PATIENCE * self.clock)
        self._end, self._next_look = now + self._cell_seconds, now + self._patience
        if self.clock or self._is_timed:
            self._zygote.set_clock(self._worker, self.clock)
            self._is_timed = bool(self.clock)
        self._received = 0
        try:
            self._worker.channel.settimeout(ACCEPT_TIMEOUT)
            request = json.dumps({"id": number, "code": cell_input, "cases": self.cases})
            self._worker.channel.sendall(f"{request}\n".encode())
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
            line = self._read_line(min(deadline, self._next_look))
            if line is not None:
                self._accept(line)
            elif time.monotonic() >= self._end:
                self._lose("the cell did not finish")
            elif time.monotonic() >= deadline:
                raise Empty
        return messages.popleft()

    def _read_line(self, deadline: float) -> bytes | None:
        """Return the worker's next line, or None if it is incomplete at the deadline."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if (left := deadline - time.monotonic()) <= 0:
                return None
            self._worker.channel.settimeout(left)
            try:
                data = self._worker.channel.recv(CHUNK)
            except TimeoutError:
                return None
            except OSError:
                data = b""
            if not data:
                self._lose(ENDED)
            self._buffer += data
            self._received += len(data)
            if self._received > MAX_OUTPUT_BYTES:
                self._lose(f"more than {MAX_OUTPUT_BYTES >> 20} MB of output")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _check_for_sleep(self) -> None:
        """Kill a worker that has used almost no CPU time for a while, even if it sends messages."""
        if time.monotonic() < self._next_look:
            return
        before, self._cpu = self._cpu, self._zygote.ask("cpu", self._worker)
        self._next_look = time.monotonic() + self._patience
        if self._cpu - before < AWAKE_SECONDS:
            self._lose("the cell did not finish: it was asleep")

    def _accept(self, line: bytes) -> None:
        try:
            frame = json.loads(line)
        except (ValueError, RecursionError):
            frame = None
        match frame:
            case {"type": str(kind), "parent": (str() | None) as parent, "content": dict(content)}:
                if _is_well_formed(kind, content):
                    header = {"msg_id": parent}
                    message = {"msg_type": kind, "content": content, "parent_header": header}
                    self._messages["shell" if kind == "execute_reply" else "iopub"].append(message)
                    return
        self._lose("the process sent something that is not a message")

    def interrupt(self) -> None:
        """Kill the worker, because its cell did not finish."""
        self._lose("the cell did not finish")

    def _lose(self, why: str) -> NoReturn:
        self._lost = why
        try:
            if why == ENDED:
                self._lost = self._zygote.ask("reason", self._worker) or why
        finally:
            self._zygote.end(self._worker)
        raise WorkerLostError(self._lost)

    def stop(self) -> None:
        """Kill the worker and every process that it started."""
        if not self._lost:
            self._lost = "the worker was stopped"
            self._zygote.end(self._worker)


def _is_well_formed(kind: str, content: dict[str, Any]) -> bool:
    return (
        kind in CONTENT
        and all(isinstance(content.get(name), field) for name, field in CONTENT[kind].items())
        and (kind != "error" or all(isinstance(line, str) for line in content["traceback"]))
    )
