"""A process with everything imported that never runs student code; each worker is a fork of it.

It runs inside the sandbox and has a single thread. The grader sends requests over the control
socket, one JSON datagram each; a "fork" request also passes the worker's socket:

    {"request": "fork", "worker": 17, "cpu": 60}, a limit in seconds
    {"request": "clock", "worker": 17, "cpu": 2}, a limit for its next cell, or 0 for none
    {"request": "end", "worker": 17}
    {"request": "cpu", "worker": 17}  → 1.25, seconds used by all its processes
    {"request": "reason", "worker": 17}  → "more than 1024 MB of memory", the limit or the signal
                                           that ended a worker, or null
"""

import gc
import json
import math
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fcntl import F_DUPFD, fcntl
from pathlib import Path
from typing import Any

from . import landlock, limits, linux, seccomp, worker

WATCH_INTERVAL = 0.1  # seconds between two measurements of the workers' usage
REAP_TIMEOUT = 0.5  # seconds to wait for a dead worker to be reaped
WORKER_FD = 3  # the descriptor of a worker's socket
KILLED = 100  # a keeper exits with KILLED + the number of the signal that killed its worker
SIGNALS = {one.value: one.name for one in signal.Signals}


@dataclass
class Fork:
    """A worker's first process, or its keeper, and the CPU seconds that the worker may use."""

    pid: int
    cpu: float
    is_running: bool = True
    clock: float = 0  # the CPU seconds that its current cell may use, or 0
    clock_end: float = math.inf  # the CPU seconds that it will then have used
    reason: str | None = None  # the limit or the signal that ended it


class Zygote:
    """Holds the kernel, and the forks of it that the grader has not ended yet."""

    def __init__(self, control: socket.socket, settings: Mapping[str, Any]) -> None:
        self._control, self._namespaced = control, settings["namespaces"]
        # when the first process of a namespace is killed, so are all others in it; without
        # namespaces, the keeper adopts and kills the processes that a worker leaves behind
        self._end_signal = signal.SIGKILL if self._namespaced else signal.SIGTERM
        self._user, self._group = os.getuid(), os.getgid()
        gc.disable()  # the imports stay in memory
        self._kernel = worker.build_kernel(settings["libraries"])
        self._filter: Any = None
        if settings["filter"]:
            restricted = self._namespaced or not settings["readable"]
            self._filter = seccomp.build_filter(namespaced=restricted)
        self._ruleset: int | None = None
        if settings["readable"]:
            readable, hidden = (list(map(Path, settings[name])) for name in ("readable", "hidden"))
            ruleset = landlock.create_ruleset(readable, hidden)
            self._ruleset = fcntl(ruleset, F_DUPFD, WORKER_FD + 1)
        self._forks: dict[int, Fork] = {}  # by the grader's number
        gc.collect()
        gc.freeze()  # pages stay shared: a fork's garbage collector does not touch them
        gc.enable()
        assert threading.active_count() == 1, threading.enumerate()

    def run(self) -> None:
        """Serve requests until the control socket closes; Linux then ends every worker."""
        is_open, next_look = True, 0.0
        while is_open:
            left = next_look - time.monotonic()
            if select.select([self._control], [], [], max(0.0, left))[0]:
                is_open = self._serve()
            self._reap()
            if time.monotonic() < next_look:
                continue
            next_look = time.monotonic() + WATCH_INTERVAL
            for fork in self._forks.values():
                if fork.is_running:
                    self._check_usage(fork)

    def _serve(self) -> bool:
        """Serve one request; return False once the control socket has closed."""
        data, descriptors, _, _ = socket.recv_fds(self._control, 1 << 16, 1)
        if not data:
            return False
        request = json.loads(data)
        number = request["worker"]
        match request["request"]:
            case "fork":
                [channel] = descriptors
                self._forks[number] = Fork(self._fork(channel, request["cpu"]), request["cpu"])
                os.close(channel)
            case "clock":
                self._set_clock(self._forks[number], request["cpu"])
            case "end":
                self._kill(self._forks.pop(number))
            case "cpu":
                cpu = linux.cpu_seconds(self._forks[number].pid)
                self._control.send(json.dumps(cpu).encode())
            case "reason":
                self._control.send(json.dumps(self._reason(self._forks[number])).encode())
        return True

    def _fork(self, channel: int, cpu: int) -> int:
        zygote = os.getpid()
        pid = linux.fork_into_namespaces() if self._namespaced else os.fork()
        if pid == 0:
            try:
                # a parent outside the namespace has pid 0
                linux.die_with_parent(self._end_signal, 0 if self._namespaced else zygote)
                self._become_worker(channel, cpu)
            finally:
                os._exit(1)
        return pid

    def _become_worker(self, channel: int, cpu: int) -> None:
        """In the fork, close all descriptors but the socket, give up every right, and serve."""
        os.dup2(channel, WORKER_FD)
        open_fd = self._ruleset or WORKER_FD
        os.closerange(WORKER_FD + 1, open_fd)  # including the control socket
        os.closerange(open_fd + 1, 1 << 12)
        speaker = socket.socket(fileno=WORKER_FD)
        speaker.setblocking(True)
        try:
            if not self._namespaced:
                self._continue_under_keeper(speaker)
            self._restrict(cpu)
        except BaseException as error:  # our failure: no student code has run yet
            speaker.sendall(worker.to_line({"failure": f"{type(error).__name__}: {error}"}))
            return
        speaker.sendall(worker.to_line({"failure": ""}))  # it is ready
        worker.serve(self._kernel, speaker)

    def _continue_under_keeper(self, speaker: socket.socket) -> None:
        """Fork again; this process stays on as the keeper, which reports how the worker exited.

        It kills the worker on SIGTERM, and then whatever the worker leaves behind.
        """
        os.setsid()
        linux.adopt_orphans()
        keeper, child = os.getpid(), os.fork()
        if child == 0:
            linux.die_with_parent(signal.SIGKILL, keeper)
            return
        speaker.close()
        signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second SIGTERM may arrive
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        while pids := list(linux.descendants(keeper)):
            for pid in pids:
                with suppress(OSError):  # it has exited, or is not our child
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, os.WNOHANG)
        os._exit(KILLED - code if code < 0 else min(code, KILLED))

    def _restrict(self, cpu: int) -> None:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        os.close(null)
        if self._namespaced:
            linux.isolate(cpu, self._user, self._group)
        else:
            linux.limit(cpu, linux.threads_of_this_user())
            linux.give_up_capabilities()
        if self._ruleset is not None:
            landlock.restrict(self._ruleset)
            os.close(self._ruleset)
        if self._filter:
            self._filter.load()

    def _set_clock(self, fork: Fork, seconds: float) -> None:
        """Limit the CPU time that a worker's processes may use from now on."""
        fork.clock, fork.clock_end = seconds, math.inf
        if seconds:
            fork.clock_end = linux.cpu_seconds(fork.pid) + seconds + limits.CHECK_GRACE

    def _reason(self, fork: Fork) -> str | None:
        """Return the limit or signal that ended a worker whose socket has closed, or None."""
        deadline = time.monotonic() + REAP_TIMEOUT
        while fork.is_running and time.monotonic() < deadline:
            time.sleep(0.001)
            self._reap()
        return fork.reason

    def _reap(self) -> None:
        """Record how workers ended, except for those that the grader ended."""
        forks = {fork.pid: fork for fork in self._forks.values() if fork.is_running}
        with suppress(ChildProcessError):  # there are no workers
            while (ended := os.wait4(-1, os.WNOHANG))[0]:
                if fork := forks.get(ended[0]):
                    fork.is_running = False
                    code = os.waitstatus_to_exitcode(ended[1])
                    number = -code if self._namespaced else code - KILLED
                    if number > 0 and fork.reason is None:
                        name = SIGNALS.get(number, f"signal {number}")
                        fork.reason = f"the process was killed by {name}"
                        if ended[2].ru_utime + ended[2].ru_stime > fork.cpu:  # by RLIMIT_CPU
                            fork.reason = _over(fork.cpu)

    def _check_usage(self, fork: Fork) -> None:
        """Kill a worker whose processes together exceed its limits."""
        most, cpu = linux.most_memory(fork.pid), linux.cpu_seconds(fork.pid)
        if most > limits.WORKER_MEMORY and linux.memory(fork.pid) > limits.WORKER_MEMORY:
            fork.reason = f"more than {limits.WORKER_MEMORY >> 20} MB of memory"
        elif cpu > min(fork.cpu, fork.clock_end):
            fork.reason = _over(fork.cpu if cpu > fork.cpu else fork.clock)
        else:
            return
        self._kill(fork)

    def _kill(self, fork: Fork) -> None:
        if fork.is_running:
            os.kill(fork.pid, self._end_signal)


def _over(seconds: float) -> str:
    return f"more than {seconds:g} second{'s' * (seconds != 1)} of CPU time"


if __name__ == "__main__":
    Zygote(socket.socket(fileno=int(sys.argv[1])), json.loads(sys.argv[2])).run()
