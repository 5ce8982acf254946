"""Linux's own calls, by the C library: mounts, limits, capabilities, what a process may never do.

Constants are of sched.h, mount.h, prctl.h and capability.h.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)
NEW_MOUNTS, NEW_NAMES, NEW_IPC, NEW_USER = 0x20000, 0x4000000, 0x8000000, 0x10000000
NEW_PROCESSES, NEW_NETWORK, NEW_CGROUP = 0x20000000, 0x40000000, 0x2000000
READ_ONLY, NO_SETUID, NO_DEVICES, NO_PROGRAMS = 1, 2, 4, 8
REMOUNT, BIND, RECURSIVE, PRIVATE = 32, 0x1000, 0x4000, 1 << 18
DIE_WITH_PARENT, DROP_CAPABILITY, ADOPT_ORPHANS, NO_NEW_PRIVILEGES = 1, 24, 36, 38
CAPABILITIES_3, MAY_MOUNT = 0x20080522, 21
# the number of the call that `fork` makes; on other processors no namespaces are made
CLONE = {"x86_64": 56, "aarch64": 220, "riscv64": 220}.get(platform.machine(), 0)


def checked(result: int, what: str) -> int:
    """Return what a call returned; raise OSError with its reason where it failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def die_with_parent(number: int, parent: int) -> None:
    """Let this process get a signal when the one that forked it ends, and end if it has ended."""
    libc.prctl(DIE_WITH_PARENT, number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Let processes below whose parents ended become children of this one."""
    checked(libc.prctl(ADOPT_ORPHANS, 1, 0, 0, 0), "adopt orphans")


def fork(kinds: int) -> int:
    """Return as os.fork does; the child is the first process of namespaces of its own.

    `unshare` would take a second fork, and each copies the tables of all that is imported. Python
    has no such fork: its own hooks around the kernel's call are what os.fork, too, consists of.
    """
    python, kernel = ctypes.pythonapi, ctypes.PyDLL(None, use_errno=True)  # they keep Python's lock
    call, flags = ctypes.c_long(CLONE), ctypes.c_long(kinds | signal.SIGCHLD)
    nothing = ctypes.c_long(0)  # no stack of its own, no thread's number to be told
    python.PyOS_BeforeFork()
    pid: int = kernel.syscall(call, flags, nothing, nothing, nothing, nothing)
    if pid == 0:
        python.PyOS_AfterFork_Child()
        return 0
    number = ctypes.get_errno()
    python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(number, f"clone: {os.strerror(number)}")
    return pid


def unshare(kinds: int) -> None:
    """Move to namespaces of our own; in one of users, ours is the only one."""
    user, group = os.getuid(), os.getgid()
    checked(libc.unshare(kinds), "unshare")
    if kinds & NEW_USER:
        map_user(user, group)


def map_user(user: int, group: int) -> None:
    """Let a new namespace of users know the one who made it, and nobody else."""
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{user} {user} 1")
    write("/proc/self/gid_map", f"{group} {group} 1")


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """Mount a file system, or what stands elsewhere."""
    result = libc.mount(
        source.encode(), target.encode(), kind.encode() if kind else None,
        ctypes.c_ulong(flags), data.encode() or None,
    )  # fmt: skip
    checked(result, f"mount {target}")


def limit(limits: Mapping[str, int], processes: int = 0) -> None:
    """Set what a process may use, besides the `processes` that its user has elsewhere.

    The memory and work of all processes of a worker are watched from outside.
    """
    for what, most in (
        (resource.RLIMIT_AS, limits["address space"]),
        (resource.RLIMIT_NPROC, limits["processes"] + processes),
        (resource.RLIMIT_NOFILE, limits["descriptors"]),
        (resource.RLIMIT_FSIZE, limits["scratch"]),
        (resource.RLIMIT_CPU, limits["cpu"] + 5),  # the watch is first, and says why
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def give_up_capabilities() -> None:
    """Give up every capability, and the way to new ones."""
    for capability in range(64):
        if libc.prctl(DROP_CAPABILITY, capability, 0, 0, 0) != 0:
            break
    header = struct.pack("II", CAPABILITIES_3, 0)
    checked(libc.capset(header, bytes(24)), "capset")
    keep_privileges_as_they_are()


def threads_of_ours() -> int:
    """Return how many threads this process's user has: their limit counts them all together."""
    found = 0
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            if entry.stat().st_uid == os.getuid():
                found += len(os.listdir(entry / "task"))
    return found


def keep_privileges_as_they_are() -> None:
    """Let no program that is started give more; without it, no filter may be put in force."""
    checked(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no new privileges")


def write(path: str, text: str) -> None:
    """Write one of the kernel's own files."""
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def is_privileged() -> bool:
    """Return whether this is root with what a container takes from it: the right to mount."""
    if os.geteuid() != 0:
        return False
    with open("/proc/self/status", encoding="ascii") as status:
        [effective] = (line.split()[1] for line in status if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> MAY_MOUNT & 1)
