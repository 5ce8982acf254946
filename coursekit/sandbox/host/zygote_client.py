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
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from typing import Any, NamedTuple

from coursekit.sandbox.host.folders import create_cgroup, dissolve, entering, scratch_folder
from coursekit.sandbox.host.levels import Sandbox, hidden, strongest

ANSWER_TIMEOUT = 30  # seconds, even on a busy machine
LIBRARIES = {  # library → code that imports it for all workers and uses it once
    "numpy": "import numpy as np; np.eye(3) @ np.ones(3)",
    "matplotlib": "import matplotlib.pyplot as plt; plt.figure().gca().plot([1, 2]); plt.close()",
}


class InfrastructureError(Exception):
    """Our infrastructure failed; this is not the student's fault."""


class Worker(NamedTuple):
    """A fork of a zygote: our ends of both sockets, its number, and its limit in CPU seconds."""

    channel: socket.socket
    control: socket.socket  # closed with the zygote
    number: int
    cpu: float


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
        self._numbers = count()
        self._spare: Worker | None = None
        atexit.register(self.close)

    def start(self) -> None:
        """Start the zygote, unless it is already running; do not wait for its imports."""
        if self._owner == os.getpid():
            return
        sandbox = self._sandbox or strongest()
        self._scratch = scratch_folder()
        self._log = (self._scratch / "log").open("w+b")
        self._group = create_cgroup()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # it exits when its control socket closes
                self._command(sandbox, theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
            )
        self._spare, self._owner = None, os.getpid()
        self._control.settimeout(ANSWER_TIMEOUT)

    def fork(self, cpu: float) -> Worker:
        """Return a worker, and start forking the next one in the background."""
        self.start()
        if self._spare and self._spare.cpu != cpu:
            self.end(self._spare)
            self._spare = None
        self._spare = self._spare or self._request_fork(cpu)
        following = self._request_fork(cpu)  # if this fails, `close` closes the spare's socket
        worker, self._spare = self._spare, following
        return worker

    def set_clock(self, worker: Worker, seconds: float) -> None:
        """Limit the CPU seconds that a worker may use for its next cell; 0 sets no limit."""
        self._send("clock", worker._replace(cpu=seconds))

    def end(self, worker: Worker) -> None:
        """Kill a worker and every process that it started."""
        worker.channel.close()
        with suppress(InfrastructureError):  # if the zygote died, its workers died too
            self._send("end", worker)

    def ask(self, what: str, worker: Worker) -> Any:
        """Return the "cpu" seconds that a worker has used, or the "reason" that it ended."""
        self._send(what, worker)
        data = b""
        with suppress(OSError):
            data = worker.control.recv(1 << 16)
        if not data:
            raise InfrastructureError(f"the zygote has exited: {self._log_end()}")
        return json.loads(data)

    def close(self) -> None:
        """Stop the zygote and kill its workers."""
        if self._owner != os.getpid():
            return
        self._owner = 0
        if self._spare:
            self._spare.channel.close()
        self._control.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(ANSWER_TIMEOUT)
        self._process.kill()  # does nothing if it has exited
        self._process.wait()
        if self._group:
            dissolve(self._group)
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
        enter = entering(self._group) if self._group else []
        return [*enter, *sandbox.command(argv, self._scratch)]

    def _request_fork(self, cpu: float) -> Worker:
        ours, theirs = socket.socketpair()
        worker = Worker(ours, self._control, next(self._numbers), cpu)
        with theirs:
            try:
                self._send("fork", worker, [theirs.fileno()])
            except InfrastructureError:
                ours.close()
                raise
        return worker

    def _send(self, what: str, worker: Worker, descriptors: Iterable[int] = ()) -> None:
        request = {"request": what, "worker": worker.number, "cpu": worker.cpu}
        try:
            socket.send_fds(worker.control, [json.dumps(request).encode()], list(descriptors))
        except OSError as error:
            raise InfrastructureError(f"the zygote has exited: {error} {self._log_end()}") from None

    def _log_end(self) -> str:
        """Return the last lines of the zygote's log, or "" after `close`."""
        if self._log.closed:
            return ""
        self._log.seek(0)
        return self._log.read()[-500:].decode(errors="replace")
