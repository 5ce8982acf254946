"""A process with everything imported that never runs student code; each worker is a fork of it.

It runs inside the sandbox and has a single thread. The grader sends requests over the control
socket, one JSON datagram each; a "fork" request also passes the worker's socket:

    {"request": "fork", "worker": 17, "limits": {"cpu": 60, ...}}
    {"request": "end", "worker": 17}
    {"request": "cpu", "worker": 17}  → {"cpu": 1.25}, seconds used by all its processes
    {"request": "reason", "worker": 17}  → {"reason": "more than 1024 MB of memory"}, or null;
                                           this also ends the worker
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fcntl import F_DUPFD, fcntl
from pathlib import Path
from typing import Any

from . import landlock, link, linux, namespaces, seccomp, worker
from .limits import Limits

WATCH_INTERVAL = 0.1  # seconds between two measurements of the workers' usage
REAP_TIMEOUT = 0.5  # seconds to wait for a dead worker to be reaped
WORKER_FD = 3  # the descriptor of a worker's socket
UNREADABLE = 1 << 50  # bytes assumed for a process that hides its memory
TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
KILLED = 100  # a keeper exits with KILLED + the number of the signal that killed its worker
SIGNALS = {one.value: one.name for one in signal.Signals}


class Zygote:
    """Holds the kernel, the workers forked from it, and each worker's limits."""

    def __init__(self, control: socket.socket, settings: Mapping[str, Any]) -> None:
        self._control, self._namespaced = control, settings["namespaces"]
        self._user, self._group = os.getuid(), os.getgid()
        gc.disable()  # the imports stay in memory
        self._kernel = worker.build_kernel(settings["libraries"])
        restricted = self._namespaced or not settings["readable"]
        self._filter = seccomp.compile_filter(namespaced=restricted) if settings["filter"] else b""
        self._ruleset: int | None = None
        if settings["readable"]:
            readable, hidden = (list(map(Path, settings[name])) for name in ("readable", "hidden"))
            ruleset = landlock.create_ruleset(readable, hidden)
            self._ruleset = fcntl(ruleset, F_DUPFD, WORKER_FD + 1)
        self._pids: dict[int, int] = {}  # number → pid, of workers not told to exit
        self._limits: dict[int, Limits] = {}  # pid → limits, of workers not reaped yet
        self._reasons: dict[int, str] = {}  # pid → why the worker ended
        gc.collect()
        gc.freeze()  # pages stay shared: the garbage collector of a fork does not touch them
        gc.enable()
        assert threading.active_count() == 1, threading.enumerate()

    def run(self) -> None:
        """Answer requests until the control socket closes, then end every worker."""
        self._control.send(json.dumps({"ready": os.getpid()}).encode())
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        last_look = 0.0
        while True:
            has_request = poll.poll(WATCH_INTERVAL * 1000 if self._limits else None)
            self._reap()
            if time.monotonic() - last_look > WATCH_INTERVAL:
                for pid in list(self._limits):
                    self._check_usage(pid)
                last_look = time.monotonic()
            if has_request and not self._answer():
                break
        self._end_all()

    def _answer(self) -> bool:
        """Answer one request; return False once the control socket has closed."""
        data, descriptors, _, _ = socket.recv_fds(self._control, 1 << 16, 1)
        if not data:
            return False
        request = json.loads(data)
        number = request["worker"]
        if request["request"] == "fork":
            limits = Limits(**request["limits"])
            pid = self._fork(descriptors[0], limits)
            os.close(descriptors[0])
            self._pids[number], self._limits[pid] = pid, limits
            return True
        pid = self._pids[number]
        if request["request"] == "cpu":
            self._control.send(json.dumps({"cpu": _usage(pid)[1]}).encode())
            return True
        if request["request"] == "reason":
            self._control.send(json.dumps({"reason": self._reason(pid)}).encode())
        del self._pids[number]
        if pid in self._limits:
            self._kill(pid)
        self._reasons.pop(pid, None)
        return True

    def _fork(self, channel: int, limits: Limits) -> int:
        zygote = os.getpid()
        pid = linux.fork(namespaces.NAMESPACES) if self._namespaced else os.fork()
        if pid == 0:
            try:
                if self._namespaced:  # a parent outside the namespace has pid 0
                    linux.die_with_parent(signal.SIGKILL, 0)
                else:
                    linux.die_with_parent(signal.SIGTERM, zygote)
                self._become_worker(channel, limits)
            finally:
                os._exit(1)
        return pid

    def _become_worker(self, channel: int, limits: Limits) -> None:
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
            self._restrict(limits)
        except BaseException as error:  # our failure: no student code has run yet
            what = f"{type(error).__name__}: {error}"
            speaker.sendall(link.pack_frame({"channel": "fatal", "content": what}))
            return
        speaker.sendall(link.pack_frame({"channel": "ready"}))
        worker.serve(self._kernel, speaker)

    def _continue_under_keeper(self, speaker: socket.socket) -> None:
        """Fork again; this process stays on as the keeper, which reports how the worker exited."""
        os.setsid()
        linux.adopt_orphans()
        keeper, child = os.getpid(), os.fork()
        if child:
            speaker.close()
            code = _keep(child)
            os._exit(KILLED - code if code < 0 else min(code, KILLED))
        linux.die_with_parent(signal.SIGKILL, keeper)

    def _restrict(self, limits: Limits) -> None:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        os.close(null)
        if self._namespaced:
            namespaces.set_up(limits, self._user, self._group)
        else:
            linux.limit(limits, linux.threads_of_this_user())
            linux.give_up_capabilities()
        if self._ruleset is not None:
            landlock.restrict(self._ruleset)
            os.close(self._ruleset)
        if self._filter:
            seccomp.install_filter(self._filter)

    def _reason(self, pid: int) -> str | None:
        """Return the limit or signal that killed a worker whose socket has closed, or None."""
        deadline = time.monotonic() + REAP_TIMEOUT
        while pid in self._limits and time.monotonic() < deadline:
            time.sleep(0.001)
            self._reap()
        return self._reasons.get(pid)

    def _reap(self) -> None:
        for pid in list(self._limits):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._limits[pid]
                code = os.waitstatus_to_exitcode(status)
                number = -code if self._namespaced else code - KILLED
                if number > 0 and pid in self._pids.values():
                    name = SIGNALS.get(number, f"signal {number}")
                    self._reasons.setdefault(pid, f"the process was killed by {name}")

    def _check_usage(self, pid: int) -> None:
        """Kill a worker whose processes together exceed its limits."""
        limits = self._limits[pid]
        memory, cpu = _usage(pid)
        if memory > limits.memory and _memory(pid) > limits.memory:
            self._reasons[pid] = f"more than {limits.memory >> 20} MB of memory"
        elif cpu > limits.cpu:
            self._reasons[pid] = f"more than {limits.cpu} seconds of CPU time"
        else:
            return
        self._kill(pid)

    def _kill(self, pid: int) -> None:
        """Kill all of a worker's processes.

        When the first process of a namespace is killed, so are all others in it. Without
        namespaces, the keeper adopts and kills the processes that a worker leaves behind.
        """
        os.kill(pid, signal.SIGKILL if self._namespaced else signal.SIGTERM)

    def _end_all(self) -> None:
        for pid in list(self._limits):
            self._kill(pid)
        deadline = time.monotonic() + REAP_TIMEOUT
        while self._limits and time.monotonic() < deadline:
            time.sleep(0.001)
            self._reap()


def _children(pid: int) -> list[int]:
    """Return the children forked by any thread of a process."""
    pids: list[str] = []
    with suppress(OSError):  # the process has exited in the meantime
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError):
                children = Path(f"/proc/{pid}/task/{thread}/children")
                pids += children.read_text(encoding="ascii").split()
    return list(map(int, pids))


def descendants(pid: int) -> Iterator[int]:
    """Yield the descendants of a process; any that exit in the meantime are skipped."""
    waiting = _children(pid)
    while waiting:
        yield (one := waiting.pop())
        waiting += _children(one)


def _usage(pid: int) -> tuple[int, float]:
    """Return an upper bound on a worker's memory in bytes, and its CPU time in seconds."""
    pages, ticks = 0, 0
    for one in [pid, *descendants(pid)]:
        with suppress(OSError):  # the process has exited in the meantime
            stat = Path(f"/proc/{one}/stat").read_text(encoding="utf-8", errors="replace")
            fields = [int(field) for field in stat.rpartition(")")[2].split()[1:]]
            ticks += sum(fields[10:14])  # CPU time, including reaped children
            pages += fields[20]  # resident: a shared page counts once per process
    return pages * PAGE, ticks / TICKS


def _memory(pid: int) -> int:
    """Return the bytes that a worker's processes use; a page shared by n counts 1/n for each.

    This is slower than `_usage`, which returns an upper bound.
    """
    memory = 0
    for one in [pid, *descendants(pid)]:
        try:
            shares = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
        except PermissionError:
            memory += UNREADABLE
        except OSError:  # the process has exited in the meantime
            continue
        else:
            pss = next((line for line in shares.splitlines() if line.startswith("Pss:")), "Pss: 0")
            memory += int(pss.split()[1]) << 10
    return memory


def _keep(child: int) -> int:
    """Wait for a worker, or kill it on SIGTERM; kill its descendants and return its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second SIGTERM may arrive
    _, status = os.waitpid(child, 0)
    _end_descendants()
    return os.waitstatus_to_exitcode(status)


def _end_descendants() -> None:
    while pids := list(descendants(os.getpid())):
        for pid in pids:
            with suppress(OSError):  # it has exited, or is not our child
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)


if __name__ == "__main__":
    Zygote(socket.socket(fileno=int(sys.argv[1])), json.loads(sys.argv[2])).run()
