"""The grader's side of a zygote: start it inside the sandbox and request workers from it.

The client keeps one spare worker, whose namespaces are made while the current worker runs.
"""

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import count
from typing import Any, NamedTuple

from coursekit.sandbox.guest.limits import Limits
from coursekit.sandbox.host import cgroup
from coursekit.sandbox.host.command import Sandbox, hidden
from coursekit.sandbox.host.folders import scratch_folder
from coursekit.sandbox.host.levels import strongest

START_TIMEOUT = 60  # seconds, even on a busy machine
ANSWER_TIMEOUT = 30
LIBRARIES = {  # library → code that imports it for all workers and uses it once
    "numpy": "import numpy as np; np.eye(3) @ np.ones(3)",
    "matplotlib": "import matplotlib.pyplot as plt; plt.figure().gca().plot([1, 2]); plt.close()",
}


class InfrastructureError(Exception):
    """Our infrastructure failed; this is not the student's fault."""


class Worker(NamedTuple):
    """A fork of the zygote: its number, our end of its socket, and its limits."""

    number: int
    channel: socket.socket
    limits: Limits


class ZygoteClient:
    """A zygote that starts when a worker is needed, and restarts after it was closed.

    Each process has its own zygote: after a fork, the child's client starts another one.
    """

    def __init__(
        self, sandbox: Sandbox | None = None, libraries: Iterable[str] = LIBRARIES
    ) -> None:
        self._sandbox = sandbox
        self.libraries = tuple(libraries)  # imported when a zygote starts: each fork copies them
        self._owner = 0  # the process that started the zygote
        self._one_at_a_time = threading.Lock()
        self._numbers = count()
        self._live: set[int] = set()  # the workers of the running zygote
        self._spare: Worker | None = None
        atexit.register(self.close)

    def start(self) -> None:
        """Start the zygote, unless it is already running."""
        if self._owner == os.getpid():
            return
        sandbox = self._sandbox or strongest()
        self._scratch = scratch_folder()
        self._log = (self._scratch / "log").open("w+b")
        self._group = cgroup.create()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # it exits when its control socket closes
                self._command(sandbox, theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
            )
        self._spare, self._live, self._owner = None, set(), os.getpid()
        self._control.settimeout(START_TIMEOUT)
        try:
            self._receive()
        except InfrastructureError:
            self.close()
            raise
        self._control.settimeout(ANSWER_TIMEOUT)

    def fork(self, limits: Limits) -> Worker:
        """Return a worker, and start forking the next one in the background."""
        self.start()
        spare, self._spare = self._spare, None
        if spare and spare.limits != limits:
            self.end(spare)
            spare = None
        worker = spare or self._request_fork(limits)
        try:
            self._spare = self._request_fork(limits)
        except InfrastructureError:
            worker.channel.close()
            raise
        return worker

    def end(self, worker: Worker) -> None:
        """Kill a worker and every process that it started."""
        worker.channel.close()
        if worker.number in self._live:
            self._live.remove(worker.number)
            with suppress(InfrastructureError):  # if the zygote died, its workers died too
                self._send({"request": "end", "worker": worker.number})

    def end_lost(self, worker: Worker) -> str | None:
        """Kill a worker whose socket closed; return the limit or signal that ended it, or None."""
        worker.channel.close()
        reason: str | None = self._ask("reason", worker)
        self._live.discard(worker.number)
        return reason

    def cpu_seconds(self, worker: Worker) -> float:
        """Return the CPU seconds that a worker's processes have used so far."""
        return float(self._ask("cpu", worker))

    def close(self) -> None:
        """Stop the zygote and kill its workers."""
        if self._owner != os.getpid():
            return
        self._owner = 0
        if self._spare:
            self._spare.channel.close()
        self._control.close()
        try:
            self._process.wait(ANSWER_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._group:
            cgroup.dissolve(self._group)
        self._log.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _command(self, sandbox: Sandbox, control: int) -> list[str]:
        settings = {
            "namespaces": bool(sandbox.bubblewrap),
            "filter": sandbox.filtered,
            "libraries": [LIBRARIES[name] for name in self.libraries],
            "readable": sandbox.readable(self._scratch) if sandbox.landlocked else [],
            "hidden": list(hidden()),
        }
        words = [str(control), json.dumps(settings, default=str)]
        argv = [sys.executable, "-m", "coursekit.zygote", *words]
        enter = cgroup.entering(self._group) if self._group else []
        return [*enter, *sandbox.command(argv, self._scratch)]

    def _request_fork(self, limits: Limits) -> Worker:
        ours, theirs = socket.socketpair()
        worker = Worker(next(self._numbers), ours, limits)
        request = {"request": "fork", "worker": worker.number, "limits": asdict(limits)}
        with theirs:
            try:
                self._send(request, [theirs.fileno()])
            except InfrastructureError:
                ours.close()
                raise
        self._live.add(worker.number)
        return worker

    def _ask(self, what: str, worker: Worker) -> Any:
        if worker.number not in self._live:
            raise InfrastructureError("this worker's zygote has exited")
        with self._one_at_a_time:
            self._send({"request": what, "worker": worker.number})
            return self._receive()[what]

    def _send(self, request: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        try:
            socket.send_fds(self._control, [json.dumps(request).encode()], list(descriptors))
        except OSError as error:
            raise InfrastructureError(f"the zygote has exited: {error} {self._log_end()}") from None

    def _receive(self) -> dict[str, Any]:
        data = b""
        with suppress(OSError):
            data = self._control.recv(1 << 16)
        if not data:
            raise InfrastructureError(f"the zygote has exited: {self._log_end()}")
        answer: dict[str, Any] = json.loads(data)
        return answer

    def _log_end(self) -> str:
        """Return the last lines of the zygote's log, or "" after `close`."""
        if self._log.closed:
            return ""
        self._log.seek(0)
        return self._log.read()[-500:].decode(errors="replace")
