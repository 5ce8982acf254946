"""The grader's hold on a zygote: started once in the sandbox, asked for a worker each time.

One spare worker is kept ready: its namespaces are made while the one before it is at work.
"""

import atexit
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from coursekit.sandbox.host import cgroup
from coursekit.sandbox.host.command import Sandbox, hidden
from coursekit.sandbox.host.folders import scratch_folder

START = 60  # seconds, on a busy machine
ANSWER = 30
LIMITS = {
    "address space": 2 << 30,  # bytes, each process
    "memory": 1 << 30,  # bytes, all processes of a worker, shared pages once
    "cpu": 60,  # seconds of work, all processes of a worker
    "processes": 32,
    "descriptors": 128,
    "scratch": 64 << 20,  # bytes in /tmp, and of a file
    "files": 4096,  # in /tmp
}
LIBRARIES = {  # that a class may want warm, and their first use
    "numpy": "import numpy as np; np.eye(3) @ np.ones(3)",
    "matplotlib": "import matplotlib.pyplot as plt; plt.figure().gca().plot([1, 2]); plt.close()",
}


class InfrastructureError(Exception):
    """Our own machinery failed: no student's fault."""


class Worker(NamedTuple):
    """A fork of the zygote: its number there, and the socket that it serves."""

    number: int
    channel: socket.socket
    limits: Mapping[str, int]


class Warm:
    """A running zygote."""

    def __init__(self, sandbox: Sandbox, libraries: Iterable[str] = LIBRARIES) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._scratch = scratch_folder()
        parts = {
            "namespaces": bool(sandbox.start),
            "filter": sandbox.filtered,
            "libraries": [LIBRARIES[name] for name in libraries],
            "readable": sandbox.readable(self._scratch) if sandbox.landlocked else [],
            "hidden": list(hidden()),
        }
        module = "coursekit.zygote"
        told = json.dumps(parts, default=str)
        argv = [sys.executable, "-m", module, str(theirs.fileno()), told]
        self._group = cgroup.group()
        enter = cgroup.entering(self._group) if self._group else []
        self._log = (self._scratch / "log").open("w+b")
        # no --die-with-parent: that follows the thread which started it, and threads of a pool end;
        # the zygote ends with its control socket instead
        self._process = subprocess.Popen(
            [*enter, *sandbox.of_a_zygote().command(argv, self._scratch)],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        theirs.close()
        self._control, self._one_at_a_time = ours, threading.Lock()
        self._spare: Worker | None = None
        self._numbers = count()
        self._control.settimeout(START)
        try:
            self._told()
        except InfrastructureError:
            self.close()
            raise
        self._control.settimeout(ANSWER)

    def fork(self, limits: Mapping[str, int]) -> Worker:
        """Return a worker; the next one is begun meanwhile."""
        spare, self._spare = self._spare, None
        if spare and spare.limits != limits:
            self.end(spare)
            spare = None
        found = spare or self._forked(limits)
        try:
            self._spare = self._forked(limits)
        except InfrastructureError:
            found.channel.close()
            raise
        return found

    def end(self, worker: Worker, *, lost: bool = False) -> str | None:
        """End a worker with all that it started.

        Where it was `lost`, return the limit or the signal that ended it, if there was one.
        """
        worker.channel.close()
        if not lost:
            with contextlib.suppress(InfrastructureError):  # with the zygote it ended, too
                self._ask({"ask": "end", "worker": worker.number})
            return None
        why: str | None = self._answered("why", worker)
        return why

    def work(self, worker: Worker) -> float:
        """Return the seconds of work of a worker's processes so far."""
        return float(self._answered("work", worker))

    def close(self) -> None:
        """End the zygote with every worker."""
        if self._spare:
            self._spare.channel.close()
        self._control.close()
        try:
            self._process.wait(ANSWER)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._group:
            cgroup.dissolve(self._group)
        self._log.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _forked(self, limits: Mapping[str, int]) -> Worker:
        ours, theirs = socket.socketpair()
        worker = Worker(next(self._numbers), ours, limits)
        request = {"ask": "fork", "worker": worker.number, "limits": limits}
        with theirs:
            try:
                self._ask(request, [theirs.fileno()])
            except InfrastructureError:
                ours.close()
                raise
        return worker

    def _ask(self, request: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        try:
            socket.send_fds(self._control, [json.dumps(request).encode()], list(descriptors))
        except OSError as error:
            raise InfrastructureError(f"the zygote is gone: {error} {self._said()}") from None

    def _answered(self, what: str, worker: Worker) -> Any:
        with self._one_at_a_time:
            self._ask({"ask": what, "worker": worker.number})
            return self._told()[what]

    def _told(self) -> dict[str, Any]:
        data = b""
        with contextlib.suppress(OSError):
            data = self._control.recv(1 << 16)
        if not data:
            raise InfrastructureError(f"the zygote is gone: {self._said()}")
        told: dict[str, Any] = json.loads(data)
        return told

    def _said(self) -> str:
        """Return the last that the zygote wrote, nothing once it was ended."""
        if self._log.closed:
            return ""
        self._log.seek(0)
        return self._log.read()[-500:].decode(errors="replace")


_here: tuple[int, Warm] | None = None
_libraries: Iterable[str] = LIBRARIES


def expect(libraries: Iterable[str]) -> None:
    """Say which of LIBRARIES this process's next zygotes import: each fork copies what is there."""
    global _libraries
    _libraries = libraries


def warm(sandbox: Sandbox) -> Warm:
    """Return this process's zygote, started at the first call and anew where it is gone."""
    global _here
    if _here is None or _here[0] != os.getpid():
        atexit.register(cool)
        _here = os.getpid(), Warm(sandbox, _libraries)
    return _here[1]


def cool() -> None:
    """End this process's zygote: the next call of `warm` begins anew."""
    global _here
    if _here is not None and _here[0] == os.getpid():
        _here[1].close()
    _here = None
