"""Give a worker its own namespaces, with a private /proc, /tmp and /dev/shm."""

import os

from . import linux
from .limits import Limits

NAMESPACES = (
    linux.NEW_USER | linux.NEW_MOUNTS | linux.NEW_PROCESSES
    | linux.NEW_NETWORK | linux.NEW_IPC | linux.NEW_NAMES
)  # fmt: skip


def set_up(limits: Limits, user: int, group: int) -> None:
    """Mount the private file systems, set the limits, and give up every capability."""
    linux.map_user(user, group)
    safe = linux.NO_SETUID | linux.NO_DEVICES
    linux.mount("none", "/", None, linux.RECURSIVE | linux.PRIVATE)
    linux.mount("proc", "/proc", "proc", safe | linux.NO_PROGRAMS)
    linux.write("/proc/sys/user/max_user_namespaces", "0")
    size = f"size={limits.scratch},mode=700,nr_inodes={limits.files}"
    linux.mount("scratch", "/tmp", "tmpfs", safe, size)
    linux.mount("shm", "/dev/shm", "tmpfs", safe, "size=16m,mode=700,nr_inodes=256")
    os.chdir("/tmp")
    linux.limit(limits)
    linux.give_up_capabilities()
