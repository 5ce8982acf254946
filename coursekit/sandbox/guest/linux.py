"""Linux features that a worker needs and Python lacks: namespaces, mounts, capabilities, usage.

The constants come from sched.h, mount.h, prctl.h and capability.h.
"""

import ctypes
import os
import platform
import resource
import signal
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from glob import glob
from pathlib import Path

from . import limits

libc = ctypes.CDLL(None, use_errno=True)
NEW_MOUNTS, NEW_NAMES, NEW_IPC, NEW_USER = 0x20000, 0x4000000, 0x8000000, 0x10000000
NEW_PROCESSES, NEW_NETWORK, NEW_CGROUP = 0x20000000, 0x40000000, 0x2000000
NO_SETUID, NO_DEVICES, NO_PROGRAMS = 2, 4, 8
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 1 << 18
DIE_WITH_PARENT, DROP_CAPABILITY, ADOPT_ORPHANS, NO_NEW_PRIVILEGES = 1, 24, 36, 38
CAPABILITIES_3, MAY_MOUNT = 0x20080522, 21
NAMESPACES = NEW_USER | NEW_MOUNTS | NEW_PROCESSES | NEW_NETWORK | NEW_IPC | NEW_NAMES
UNREADABLE = 1 << 50  # bytes assumed for a process that hides its memory
TICKS = os.sysconf("SC_CLK_TCK")
PIPE_BYTES = 1 << 16  # the most that a pipe of the default size holds
NOT_ACCEPTED = "socket:[0]"  # the other end of a connection that waits, perhaps with data
# the number of the system call `clone`; other architectures get no namespaces
CLONE = {"x86_64": 56, "aarch64": 220, "riscv64": 220}.get(platform.machine(), 0)


def checked(result: int, what: str) -> int:
    """Return a call's result; raise OSError if it failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def die_with_parent(number: int, parent: int) -> None:
    """Send this process a signal when its parent dies; exit at once if it is already dead."""
    libc.prctl(DIE_WITH_PARENT, number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Make this process the parent of every descendant that is orphaned."""
    checked(libc.prctl(ADOPT_ORPHANS, 1, 0, 0, 0), "adopt orphans")


def fork_into_namespaces() -> int:
    """Fork like os.fork, but make the child the first process of new namespaces.

    `unshare` would need a second fork, and each fork copies the page tables of all imports. Python
    does not offer `clone`, so this function calls it between Python's fork hooks, as os.fork does.
    """
    python, kernel = ctypes.pythonapi, ctypes.PyDLL(None, use_errno=True)  # both hold the GIL
    call, flags = ctypes.c_long(CLONE), ctypes.c_long(NAMESPACES | signal.SIGCHLD)
    nothing = ctypes.c_long(0)  # no new stack, no thread ids
    python.PyOS_BeforeFork()
    pid: int = kernel.syscall(call, flags, nothing, nothing, nothing, nothing)
    if pid == 0:
        python.PyOS_AfterFork_Child()
        return 0
    python.PyOS_AfterFork_Parent()  # leaves ctypes' copy of errno as it is
    return checked(pid, "clone")


def isolate(cpu: int, user: int, group: int) -> None:
    """In new namespaces, mount a private /proc, /tmp and /dev/shm, and give up every right.

    Only the user who created the namespaces exists in them.
    """
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    safe = NO_SETUID | NO_DEVICES
    mount("none", "/", None, RECURSIVE | PRIVATE)
    mount("proc", "/proc", "proc", safe | NO_PROGRAMS)
    Path("/proc/sys/user/max_user_namespaces").write_text("0", encoding="ascii")
    size = f"size={limits.SCRATCH},mode=700,nr_inodes={limits.SCRATCH_FILES}"
    mount("scratch", "/tmp", "tmpfs", safe, size)
    mount("shm", "/dev/shm", "tmpfs", safe, "size=16m,mode=700,nr_inodes=256")
    if os.path.exists("/dev/zero"):  # mapped by several processes, it is memory that none shows
        mount("/dev/null", "/dev/zero", None, BIND)
    os.chdir("/tmp")
    limit(cpu)
    give_up_capabilities()


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """Mount a file system, or bind-mount a folder."""
    result = libc.mount(
        source.encode(), target.encode(), kind.encode() if kind else None,
        ctypes.c_ulong(flags), data.encode() or None,
    )  # fmt: skip
    checked(result, f"mount {target}")


def limit(cpu: int, others: int = 0) -> None:
    """Set this process's resource limits; `others` is the number of threads its user already has.

    The zygote monitors the total memory and CPU time of a worker's processes.
    """
    for what, most in (
        (resource.RLIMIT_AS, limits.ADDRESS_SPACE),
        (resource.RLIMIT_NPROC, limits.WORKER_PROCESSES + others),
        (resource.RLIMIT_NOFILE, limits.DESCRIPTORS),
        (resource.RLIMIT_FSIZE, limits.SCRATCH),
        (resource.RLIMIT_CPU, cpu + 5),  # the zygote acts first, and reports why
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def give_up_capabilities() -> None:
    """Give up every capability, and every way to regain one."""
    for capability in range(64):
        if libc.prctl(DROP_CAPABILITY, capability, 0, 0, 0) != 0:
            break
    header = struct.pack("II", CAPABILITIES_3, 0)
    checked(libc.capset(header, bytes(24)), "capset")
    # after this call, exec cannot restore a capability; Landlock requires the call, too
    checked(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no new privileges")


def threads_of_this_user() -> int:
    """Return the number of threads of this process's user, all of which count for RLIMIT_NPROC."""
    threads = 0
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # the process has exited in the meantime
            if entry.stat().st_uid == os.getuid():
                threads += len(os.listdir(entry / "task"))
    return threads


def is_privileged() -> bool:
    """Return whether this process is root and may mount; root in a container may not."""
    if os.geteuid() != 0:
        return False
    status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
    effective = status.split("\nCapEff:")[1].split()[0]
    return bool(int(effective, 16) >> MAY_MOUNT & 1)


def descendants(pid: int) -> Iterator[int]:
    """Yield the descendants of a process; any that exit in the meantime are skipped."""
    waiting = [pid]
    while waiting:
        for file in glob(f"/proc/{waiting.pop()}/task/*/children"):  # forked by any thread
            with suppress(OSError):
                children = list(map(int, Path(file).read_text(encoding="ascii").split()))
                yield from children
                waiting += children


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a worker's processes, including children that they waited for."""
    ticks = 0
    for one in [pid, *descendants(pid)]:
        with suppress(OSError):  # the process has exited in the meantime
            stat = Path(f"/proc/{one}/stat").read_text(encoding="utf-8", errors="replace")
            fields = stat.rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS


def most_memory(pid: int) -> int:
    """Return an upper bound on a worker's memory in bytes."""
    memory = 0
    for one in [pid, *descendants(pid)]:
        with suppress(OSError):  # the process has exited in the meantime
            place, status = _thread_with_memory(one)
            memory += _kilobytes(status, "VmRSS")  # a shared page counts once per process
            memory += _kilobytes(status, "VmPTE") + socket_bytes() * len(_descriptors(place))
    return memory + socket_bytes() * len(_unix_sockets(pid))


def memory(pid: int) -> int:
    """Return the bytes that a worker's processes use; a page shared by n counts 1/n for each.

    Sockets and pipes count as much as they may hold. This is slower than `most_memory`.
    """
    total, held = 0, set()
    for one in [pid, *descendants(pid)]:
        try:
            place, status = _thread_with_memory(one)
            shares = Path(f"{place}/smaps_rollup").read_text(encoding="ascii")
            total += _kilobytes(shares, "Pss") + _kilobytes(status, "VmPTE")
            held |= set(_descriptors(place))
        except PermissionError:
            total += UNREADABLE
        except OSError:  # the process has exited in the meantime
            continue
    everywhere = _unix_sockets(pid)
    held |= set(everywhere) - {NOT_ACCEPTED}
    sockets = sum(name.startswith("socket:") for name in held) + everywhere.count(NOT_ACCEPTED)
    pipes = sum(name.startswith("pipe:") for name in held)
    return total + sockets * socket_bytes() + pipes * PIPE_BYTES


@cache
def socket_bytes() -> int:
    """Return the most bytes that a socket of the default size holds: its buffer and a message."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        return 2 * ours.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)


def _thread_with_memory(pid: int) -> tuple[str, str]:
    """Return the /proc folder and status of a process, or of a thread if the first has exited.

    A thread that has exited shows no memory, even if the process's other threads still use it.
    """
    place = f"/proc/{pid}"
    status = Path(f"{place}/status").read_text(encoding="utf-8", errors="replace")
    if "\nVmRSS:" not in status:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError):
                other = f"/proc/{pid}/task/{thread}"
                text = Path(f"{other}/status").read_text(encoding="utf-8", errors="replace")
                if "\nVmRSS:" in text:
                    return other, text
    return place, status


def _unix_sockets(pid: int) -> list[str]:
    """Return the name of each Unix socket in a worker's own network, as its descriptors have it.

    Some have no descriptor: those that wait to be accepted, or are being passed to a process.
    """
    with suppress(OSError):  # the worker has exited
        place, _ = _thread_with_memory(pid)
        if os.stat(f"{place}/ns/net").st_ino != os.stat("/proc/self/ns/net").st_ino:
            _, *rows = Path(f"{place}/net/unix").read_text(errors="replace").splitlines()
            return [f"socket:[{row.split(None, 7)[6]}]" for row in rows]
    return []


def _kilobytes(text: str, name: str) -> int:
    """Return a field of /proc in bytes, or 0 if the text does not contain it."""
    _, found, rest = text.partition(f"\n{name}:")
    return int(rest.split(None, 1)[0]) << 10 if found else 0


def _descriptors(place: str) -> list[str]:
    """Return what a process's descriptors refer to; none if it has exited."""
    names = []
    with suppress(OSError):
        for number in os.listdir(f"{place}/fd"):
            with suppress(OSError):  # closed in the meantime
                names.append(os.readlink(f"{place}/fd/{number}"))
    return names
