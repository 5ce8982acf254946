"""System calls that fail, each with the reason for which no lesson needs it: seccomp's filter."""

import ctypes
import errno
import struct
import tempfile

from . import linux
from .namespaces import NAMESPACES

INT = 0xFFFFFFFF  # all that the kernel reads of such an argument: the rest may be anything
FILTER_CALLS, BY_PROGRAM, SET_DUMPABLE = 22, 2, 4  # of prctl.h

FORBIDDEN = {
    "further namespaces and mounts": (
        "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree",
        "open_tree_attr", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
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
        "memfd_create", "memfd_secret", "shmget", "shmat", "shmctl", "msgget", "msgsnd", "msgrcv",
        "msgctl", "semget", "semop", "semtimedop", "semctl", "mq_open", "mq_unlink",
    ),
    "the machine": (
        "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
        "swapon", "swapoff", "acct", "quotactl", "settimeofday", "clock_settime", "adjtimex",
        "clock_adjtime", "syslog", "iopl", "ioperm", "sethostname", "setdomainname",
    ),
}  # fmt: skip
UNDIVIDED = {  # what namespaces divide, and where there are none must be forbidden instead
    "the network, and sockets by name": ("socket",),
    "other processes of the user": (
        "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal",
        "setpriority", "ioprio_set", "sched_setscheduler", "sched_setparam", "sched_setattr",
        "sched_setaffinity", "migrate_pages", "move_pages",
    ),
    "files of the user, as far as Landlock lets them be changed": (
        "truncate", "chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "utime",
        "utimes", "utimensat", "futimesat", "setxattr", "lsetxattr", "setxattrat", "removexattr",
        "lremovexattr", "removexattrat", "file_setattr", "inotify_add_watch",
    ),
}  # fmt: skip
YOUNG = {  # than many a libseccomp; the numbers are the same on every processor
    "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466, "open_tree_attr": 467,
    "file_setattr": 469,
}  # fmt: skip
SENDS_SIGNALS = {"fcntl": (8, 10, 15), "ioctl": (0x8901, 0x8902)}  # to the owner that they set


def can_filter() -> bool:
    """Return whether libseccomp is here."""
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, OSError, RuntimeError):  # not Linux, or without the library
        return False
    return True


def forbidden(*, divided: bool) -> bytes:
    """Return a filter, as the kernel reads it, in which forbidden calls fail with EPERM.

    Where nothing is `divided` by namespaces, more is.
    """
    import pyseccomp as lib

    rules = lib.SyscallFilter(lib.ALLOW)
    refused = lib.ERRNO(errno.EPERM)

    def forbid_call(name: str, *arguments: object) -> None:
        try:
            rules.add_rule(refused, YOUNG.get(name, name), *arguments)
        except OSError:  # not on this processor
            return

    for names in (*FORBIDDEN.values(), *(() if divided else UNDIVIDED.values())):
        for name in names:
            forbid_call(name)
    new = NAMESPACES | linux.NEW_CGROUP
    for flag in (1 << bit for bit in range(32) if new >> bit & 1):
        forbid_call("clone", lib.Arg(0, lib.MASKED_EQ, flag, flag))
    # what cannot be dumped hides its memory from the watch
    forbid_call("prctl", lib.Arg(0, lib.MASKED_EQ, INT, SET_DUMPABLE))
    if not divided:
        forbid_call("prlimit64", lib.Arg(0, lib.NE, 0))
        for name, commands in SENDS_SIGNALS.items():
            for command in commands:
                forbid_call(name, lib.Arg(1, lib.MASKED_EQ, INT, command))
    # its flags stand in memory, where no filter can look; the C library then falls back to clone
    rules.add_rule(lib.ERRNO(errno.ENOSYS), "clone3")
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def forbid(rules: bytes) -> None:
    """Put a filter of `forbidden` in force: here, in every thread and in every child."""
    instructions = ctypes.create_string_buffer(rules)
    # struct sock_fprog: how many instructions of eight bytes, and where they stand
    program = struct.pack("HP", len(rules) // 8, ctypes.addressof(instructions))
    linux.checked(linux.libc.prctl(FILTER_CALLS, BY_PROGRAM, program, 0, 0), "seccomp")
