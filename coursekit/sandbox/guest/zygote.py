"""Warm and never sullied: what is needed is imported once, then each worker is a fork.

It runs inside the sandbox, has one thread, and never runs a student's code. What it is asked for
over the control socket, a datagram of JSON each, with a worker's own socket beside a "fork":

    {"ask": "fork", "worker": 17, "limits": {...}}
    {"ask": "end", "worker": 17}
    {"ask": "work", "worker": 17}  → {"work": 1.25}, seconds of all its processes
    {"ask": "why", "worker": 17}  → {"why": "more than 1024 MB of memory", or null}; it is ended
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

LOOK = 100  # milliseconds between two looks at what the workers use
LAST_WORDS = 0.5  # seconds for a worker that ended to be reaped
SPEAKER = 3  # the descriptor of a worker's socket
HIDDEN = 1 << 50  # bytes: what a process holds that lets nobody look
TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
KILLED = 100  # + the signal: how a keeper tells that its worker was killed
SIGNALS = {one.value: one.name for one in signal.Signals}


class Zygote:
    """The warm kernel, its forks, and what each of them may use."""

    def __init__(self, control: socket.socket, parts: Mapping[str, Any]) -> None:
        self._control, self._namespaced = control, parts["namespaces"]
        self._user, self._group = os.getuid(), os.getgid()
        gc.disable()  # what is imported stays
        self._kernel = worker.build(parts["libraries"])
        divided = self._namespaced or not parts["readable"]
        self._filter = seccomp.forbidden(divided=divided) if parts["filter"] else b""
        self._files: int | None = None
        if parts["readable"]:
            places, hidden = (list(map(Path, parts[name])) for name in ("readable", "hidden"))
            self._files = fcntl(landlock.ruleset(places, hidden), F_DUPFD, SPEAKER + 1)
        self._pids: dict[int, int] = {}  # of the workers that nobody has asked to end
        self._limits: dict[int, Mapping[str, int]] = {}  # by pid, of all that are not reaped
        self._why: dict[int, str] = {}
        gc.collect()
        gc.freeze()  # what is there stays shared: no fork's collector touches it
        gc.enable()
        assert threading.active_count() == 1, threading.enumerate()

    def run(self) -> None:
        """Answer until the control socket ends, and end with every worker."""
        self._control.send(json.dumps({"ready": os.getpid()}).encode())
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        looked = 0.0
        while True:
            asked = poll.poll(LOOK if self._limits else None)
            self._reap()
            if time.monotonic() - looked > LOOK / 1000:
                for pid in list(self._limits):
                    self._look_at(pid)
                looked = time.monotonic()
            if asked and not self._answer():
                break
        for pid in list(self._limits):
            self._kill(pid)
        deadline = time.monotonic() + LAST_WORDS
        while self._limits and time.monotonic() < deadline:
            time.sleep(0.001)
            self._reap()

    def _answer(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._control, 1 << 16, 1)
        if not data:
            return False
        asked = json.loads(data)
        number = asked["worker"]
        if asked["ask"] == "fork":
            pid = self._fork(descriptors[0], asked["limits"])
            os.close(descriptors[0])
            self._pids[number], self._limits[pid] = pid, asked["limits"]
            return True
        pid = self._pids[number]
        if asked["ask"] == "work":
            self._control.send(json.dumps({"work": _used(pid)[1]}).encode())
            return True
        if asked["ask"] == "why":
            self._control.send(json.dumps({"why": self._last_words(pid)}).encode())
        del self._pids[number]
        if pid in self._limits:
            self._kill(pid)
        self._why.pop(pid, None)
        return True

    def _fork(self, channel: int, limits: Mapping[str, int]) -> int:
        zygote = os.getpid()
        pid = linux.fork(namespaces.NAMESPACES) if self._namespaced else os.fork()
        if pid == 0:
            try:
                if self._namespaced:  # whence no parent is seen
                    linux.die_with_parent(signal.SIGKILL, 0)
                else:
                    linux.die_with_parent(signal.SIGTERM, zygote)
                self._begin(channel, limits)
            finally:
                os._exit(1)
        return pid

    def _begin(self, channel: int, limits: Mapping[str, int]) -> None:
        """In the fork: give up all but the socket, and serve it."""
        os.dup2(channel, SPEAKER)
        kept = self._files or SPEAKER
        os.closerange(SPEAKER + 1, kept)  # the control socket, too, is nothing for a fork
        os.closerange(kept + 1, 1 << 12)
        speaker = socket.socket(fileno=SPEAKER)
        speaker.setblocking(True)
        try:
            if not self._namespaced:
                self._be_kept(speaker)
            self._give_up(limits)
        except BaseException as error:  # our own failure: no student's code has run yet
            told = f"{type(error).__name__}: {error}"
            speaker.sendall(link.pack_frame({"channel": "fatal", "content": told}))
            return
        speaker.sendall(link.pack_frame({"channel": "ready"}))
        worker.serve(self._kernel, speaker)

    def _be_kept(self, speaker: socket.socket) -> None:
        """Go on in a fork; the process itself is its keeper, and tells how it ended."""
        os.setsid()
        linux.adopt_orphans()
        keeper, child = os.getpid(), os.fork()
        if child:
            speaker.close()
            code = _guarded(child)
            os._exit(KILLED - code if code < 0 else min(code, KILLED))
        linux.die_with_parent(signal.SIGKILL, keeper)

    def _give_up(self, limits: Mapping[str, int]) -> None:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        os.close(nothing)
        if self._namespaced:
            namespaces.inside(limits, self._user, self._group)
        else:
            linux.limit(limits, linux.threads_of_ours())
            linux.give_up_capabilities()
        if self._files is not None:
            landlock.restrict(self._files)
            os.close(self._files)
        if self._filter:
            seccomp.forbid(self._filter)

    def _last_words(self, pid: int) -> str | None:
        """Return which limit or signal ended a worker whose socket has ended, if one did."""
        deadline = time.monotonic() + LAST_WORDS
        while pid in self._limits and time.monotonic() < deadline:
            time.sleep(0.001)
            self._reap()
        return self._why.get(pid)

    def _reap(self) -> None:
        for pid in list(self._limits):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._limits[pid]
                code = os.waitstatus_to_exitcode(status)
                number = -code if self._namespaced else code - KILLED
                if number > 0 and pid in self._pids.values():
                    name = SIGNALS.get(number, f"signal {number}")
                    self._why.setdefault(pid, f"the process ended with {name}")

    def _look_at(self, pid: int) -> None:
        """Kill a worker that uses, with all that it started, more than it may."""
        limits = self._limits[pid]
        memory, cpu = _used(pid)
        if memory > limits["memory"] and _held(pid) > limits["memory"]:
            self._why[pid] = f"more than {limits['memory'] >> 20} MB of memory"
        elif cpu > limits["cpu"]:
            self._why[pid] = f"more than {limits['cpu']} seconds of work"
        else:
            return
        self._kill(pid)

    def _kill(self, pid: int) -> None:
        """Kill a worker: with the first process of a namespace all others in it end.

        Without namespaces the keeper does it, who adopts what was left behind.
        """
        os.kill(pid, signal.SIGKILL if self._namespaced else signal.SIGTERM)


def _children(pid: int) -> list[int]:
    """Return the processes that a process forked, in whichever of its threads."""
    found: list[str] = []
    with suppress(OSError):  # it ended meanwhile
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError):
                children = Path(f"/proc/{pid}/task/{thread}/children")
                found += children.read_text(encoding="ascii").split()
    return list(map(int, found))


def _below(pid: int) -> Iterator[int]:
    left = _children(pid)
    while left:
        yield (one := left.pop())
        left += _children(one)


def _used(pid: int) -> tuple[int, float]:
    """Return the bytes that a worker's processes hold at most, and their seconds of work."""
    pages, ticks = 0, 0
    for one in [pid, *_below(pid)]:
        with suppress(OSError):  # it ended meanwhile
            told = Path(f"/proc/{one}/stat").read_text(encoding="utf-8", errors="replace")
            facts = [int(fact) for fact in told.rpartition(")")[2].split()[1:]]
            ticks += sum(facts[10:14])  # own, and of those waited for
            pages += facts[20]  # resident: what several share is counted for each
    return pages * PAGE, ticks / TICKS


def _held(pid: int) -> int:
    """Return the bytes that a worker's processes hold; of what n share, 1/n each: slower."""
    memory = 0
    for one in [pid, *_below(pid)]:
        try:
            shares = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
        except PermissionError:
            memory += HIDDEN
        except OSError:  # it ended meanwhile
            continue
        else:
            pss = next((line for line in shares.splitlines() if line.startswith("Pss:")), "Pss: 0")
            memory += int(pss.split()[1]) << 10
    return memory


def _guarded(child: int) -> int:
    """Wait for a worker, or end it when asked to, with all that it left; return how it ended."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it may come twice
    _, status = os.waitpid(child, 0)
    _end_all_below()
    return os.waitstatus_to_exitcode(status)


def _end_all_below() -> None:
    """Kill whatever this process or its children started, until nothing is left."""
    while left := list(_below(os.getpid())):
        for one in left:
            with suppress(OSError):  # it ended meanwhile, or is another's child
                os.kill(one, signal.SIGKILL)
                os.waitpid(one, os.WNOHANG)


if __name__ == "__main__":
    Zygote(socket.socket(fileno=int(sys.argv[1])), json.loads(sys.argv[2])).run()
