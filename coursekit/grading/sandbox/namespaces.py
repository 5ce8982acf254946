"""What a worker gives up before it runs a student's code, by Linux's own calls.

`enter` makes namespaces of its own, `inside` mounts what is private there, limits what may be
used, and gives up every capability; `forbid` takes away system calls that only an escape needs.
"""

import ctypes
import os
import resource
import struct
import tempfile
from collections.abc import Mapping

libc = ctypes.CDLL(None, use_errno=True)
# of sched.h, mount.h, prctl.h and capability.h
NEW_MOUNTS, NEW_NAMES, NEW_IPC, NEW_USER = 0x20000, 0x4000000, 0x8000000, 0x10000000
NEW_PROCESSES, NEW_NETWORK, NEW_CGROUP, NEW_TIME = 0x20000000, 0x40000000, 0x2000000, 0x80
NAMESPACES = NEW_USER | NEW_MOUNTS | NEW_PROCESSES | NEW_NETWORK | NEW_IPC | NEW_NAMES
NO_SETUID, NO_DEVICES, NO_PROGRAMS, RECURSIVE, PRIVATE = 2, 4, 8, 0x4000, 1 << 18
DIE_WITH_PARENT, FILTER_CALLS, DROP_CAPABILITY, NO_NEW_PRIVILEGES = 1, 22, 24, 38
BY_PROGRAM = 2
CAPABILITIES_3 = 0x20080522

FORBIDDEN = {  # system calls, by the reason for which no lesson needs them
    "further namespaces and mounts": (
        "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree",
        "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
    ),
    "other processes' memory": (
        "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp",
        "pidfd_getfd", "perf_event_open",
    ),
    "keys, which no namespace divides": ("add_key", "keyctl", "request_key"),
    "large and young parts of the kernel": (
        "bpf", "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd",
        "name_to_handle_at", "open_by_handle_at", "fanotify_init", "vmsplice",
    ),
    "memory that belongs to no process": (
        "memfd_create", "memfd_secret", "shmget", "msgget", "semget", "mq_open",
    ),
    "the machine": (
        "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
        "swapon", "swapoff", "acct", "quotactl", "settimeofday", "clock_settime", "adjtimex",
        "clock_adjtime", "syslog", "iopl", "ioperm", "sethostname", "setdomainname",
    ),
}  # fmt: skip


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def die_with_parent() -> None:
    """Let this process be killed when the one that forked it ends."""
    libc.prctl(DIE_WITH_PARENT, 9, 0, 0, 0)


def enter() -> None:
    """Make namespaces of our own; the next child is the first process of its namespace."""
    user, group = os.getuid(), os.getgid()
    _checked(libc.unshare(NAMESPACES), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")


def inside(limits: Mapping[str, int]) -> None:
    """Mount a private /proc, /tmp and /dev/shm, set the limits, give up every capability."""
    _mount("none", "/", None, RECURSIVE | PRIVATE)
    _mount("proc", "/proc", "proc", NO_SETUID | NO_DEVICES | NO_PROGRAMS)
    _write("/proc/sys/user/max_user_namespaces", "0")
    size = f"size={limits['scratch']},mode=700,nr_inodes={limits['files']}"
    _mount("scratch", "/tmp", "tmpfs", NO_SETUID | NO_DEVICES, size)
    _mount("shm", "/dev/shm", "tmpfs", NO_SETUID | NO_DEVICES, "size=16m,mode=700,nr_inodes=256")
    os.chdir("/tmp")
    limit(limits)
    for capability in range(64):
        if libc.prctl(DROP_CAPABILITY, capability, 0, 0, 0) != 0:
            break
    header = struct.pack("II", CAPABILITIES_3, 0)
    _checked(libc.capset(header, bytes(24)), "capset")
    _checked(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")


def limit(limits: Mapping[str, int]) -> None:
    """Set what a process may use; the memory of the whole tree is watched from outside."""
    for what, most in (
        (resource.RLIMIT_AS, limits["address space"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_NOFILE, limits["descriptors"]),
        (resource.RLIMIT_FSIZE, limits["scratch"]),
        (resource.RLIMIT_CPU, limits["cpu"] + 5),  # the watch is first, and says why
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def forbidden() -> bytes:
    """Return a filter, as the kernel reads it, in which the calls of FORBIDDEN fail with EPERM."""
    import errno

    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    for names in FORBIDDEN.values():
        for name in names:
            try:
                rules.add_rule(seccomp.ERRNO(errno.EPERM), name)
            except OSError:  # not on this processor
                continue
    new = NAMESPACES | NEW_CGROUP
    for flag in (1 << bit for bit in range(32) if new >> bit & 1):
        argument = seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag)
        rules.add_rule(seccomp.ERRNO(errno.EPERM), "clone", argument)
    # its flags stand in memory, where no filter can look; the C library then falls back to clone
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def forbid(rules: bytes) -> None:
    """Put a filter of `forbidden` in force: here, in every thread and in every child."""
    instructions = ctypes.create_string_buffer(rules)
    # struct sock_fprog: how many instructions of eight bytes, and where they stand
    program = struct.pack("HP", len(rules) // 8, ctypes.addressof(instructions))
    _checked(libc.prctl(FILTER_CALLS, BY_PROGRAM, program, 0, 0), "seccomp")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    result = libc.mount(
        source.encode(), target.encode(), kind.encode() if kind else None,
        ctypes.c_ulong(flags), data.encode() or None,
    )  # fmt: skip
    _checked(result, f"mount {target}")
