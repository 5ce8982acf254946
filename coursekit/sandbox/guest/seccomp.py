"""Filter system calls; the forbidden ones are grouped by what they give access to."""

import errno
import signal
from contextlib import suppress
from itertools import chain
from typing import Any

from . import linux

INT = 0xFFFFFFFF  # the kernel reads only these bits of an int argument
SET_DUMPABLE, SET_PIPE_SIZE, SHARED_ANONYMOUS = 4, 1031, 0x21  # from prctl.h, fcntl.h, mman.h
SOCKET_OPTIONS = {  # SO_…: larger buffers, and programs that the kernel keeps with a socket
    7: "SNDBUF", 8: "RCVBUF", 32: "SNDBUFFORCE", 33: "RCVBUFFORCE",
    26: "ATTACH_FILTER", 50: "ATTACH_BPF", 51: "ATTACH_REUSEPORT_CBPF", 52: "ATTACH_REUSEPORT_EBPF",
}  # fmt: skip
SOL_SOCKET = 1
UNIX = 1
FAMILIES = {UNIX: "UNIX", 2: "INET", 10: "INET6", 16: "NETLINK"}  # AF_…; getaddrinfo uses NETLINK
MAX_FAMILY = 63
KIND = 0xF  # the bits of a socket's type that are not flags
DATAGRAMS = {2: "DGRAM", 3: "RAW"}  # SOCK_…: for Unix sockets, the same

NO_NAMESPACES = "further namespaces and mounts"
FORBIDDEN = {
    NO_NAMESPACES: (
        "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree",
        "open_tree_attr", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
    ),
    "other processes' memory": (
        "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp",
        "pidfd_getfd", "perf_event_open",
    ),
    "keys, which no namespace isolates": ("add_key", "keyctl", "request_key"),
    "large and recent parts of the kernel": (
        "bpf", "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd",
        "name_to_handle_at", "open_by_handle_at", "fanotify_init", "vmsplice",
        "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",
    ),
    "memory that belongs to no process": (
        "memfd_create", "memfd_secret", "shmget", "shmat", "shmctl", "msgget", "msgsnd", "msgrcv",
        "msgctl", "semget", "semop", "semtimedop", "semctl", "mq_open", "mq_unlink",
        "inotify_init", "inotify_init1",
    ),
    "the machine": (
        "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
        "swapon", "swapoff", "acct", "quotactl", "settimeofday", "clock_settime", "adjtimex",
        "clock_adjtime", "syslog", "iopl", "ioperm", "sethostname", "setdomainname",
    ),
}  # fmt: skip
FORBIDDEN_WITHOUT_NAMESPACES = {  # namespaces, if there are any, isolate these
    "the network and named sockets": ("socket",),
    "the user's other processes": (
        "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal",
        "setpriority", "ioprio_set", "sched_setscheduler", "sched_setparam", "sched_setattr",
        "sched_setaffinity", "migrate_pages", "move_pages",
    ),
    "changes to the user's files that Landlock does not control": (
        "truncate", "chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "utime",
        "utimes", "utimensat", "futimesat", "setxattr", "lsetxattr", "setxattrat", "removexattr",
        "lremovexattr", "removexattrat", "file_setattr",
    ),
}  # fmt: skip
NUMBERS = {  # system calls newer than many libseccomp versions, by number on every architecture
    "landlock_create_ruleset": 444, "landlock_add_rule": 445, "landlock_restrict_self": 446,
    "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466, "open_tree_attr": 467,
    "file_setattr": 469,
}  # fmt: skip
SENDS_SIGNALS = {"fcntl": (8, 10, 15), "ioctl": (0x8901, 0x8902)}  # commands that redirect signals


def can_filter() -> bool:
    """Return whether libseccomp is installed."""
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, OSError, RuntimeError):  # not Linux, or no libseccomp
        return False
    return True


def build_filter(*, namespaced: bool) -> Any:
    """Return a filter whose `load` applies it to this process, and to all that it starts.

    Each forbidden call fails with EPERM. Without namespaces, the filter forbids more calls.
    """
    import pyseccomp as lib

    rules = lib.SyscallFilter(lib.ALLOW)
    # a call of another architecture: by default, only the thread that made it would be killed
    rules.set_attr(lib.Attr.ACT_BADARCH, lib.KILL_PROCESS)
    forbid_namespaces(rules)
    groups = FORBIDDEN if namespaced else FORBIDDEN | FORBIDDEN_WITHOUT_NAMESPACES
    for name in chain.from_iterable(groups.values()):
        _forbid(rules, name)
    # the CPU time of a child whose parent ignores that it ends is lost to the zygote
    _forbid(rules, "rt_sigaction", _masked(0, INT, signal.SIGCHLD), lib.Arg(1, lib.NE, 0))
    # memory that the zygote cannot see, or cannot bound by the number of descriptors
    _forbid(rules, "prctl", _masked(0, INT, SET_DUMPABLE))
    _forbid(rules, "mmap", _masked(3, SHARED_ANONYMOUS, SHARED_ANONYMOUS))
    _forbid(rules, "fcntl", _masked(1, INT, SET_PIPE_SIZE))
    for option in SOCKET_OPTIONS:
        _forbid(rules, "setsockopt", _masked(1, INT, SOL_SOCKET), _masked(2, INT, option))
    for kind in DATAGRAMS:  # one such socket holds what many, closed by now, have sent to it
        for name in ("socket", "socketpair"):
            _forbid(rules, name, _masked(0, INT, UNIX), _masked(1, KIND, kind))
    for family in {*range(MAX_FAMILY + 1)} - FAMILIES.keys():
        _forbid(rules, "socket", _masked(0, INT, family))
    if not namespaced:
        _forbid(rules, "prlimit64", lib.Arg(0, lib.NE, 0))
        for name, commands in SENDS_SIGNALS.items():
            for command in commands:
                _forbid(rules, name, _masked(1, INT, command))
    return rules


def forbid_namespaces(rules: Any) -> None:
    """Let a filter forbid further namespaces and mounts."""
    import pyseccomp as lib

    for name in FORBIDDEN[NO_NAMESPACES]:
        _forbid(rules, name)
    kinds = linux.NAMESPACES | linux.NEW_CGROUP
    for flag in (1 << bit for bit in range(32) if kinds >> bit & 1):
        _forbid(rules, "clone", _masked(0, flag, flag))
    # a filter cannot read clone3's flags, which are in memory; the C library falls back to clone
    rules.add_rule(lib.ERRNO(errno.ENOSYS), "clone3")


def _forbid(rules: Any, name: str, *arguments: object) -> None:
    import pyseccomp as lib

    with suppress(OSError):  # this architecture lacks the call
        rules.add_rule(lib.ERRNO(errno.EPERM), NUMBERS.get(name, name), *arguments)


def _masked(position: int, mask: int, value: int) -> object:
    import pyseccomp as lib

    return lib.Arg(position, lib.MASKED_EQ, mask, value)
