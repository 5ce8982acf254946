"""A worker's own namespaces, and what is private there: /proc, /tmp and /dev/shm."""

import os
from collections.abc import Mapping

from . import linux

NAMESPACES = (
    linux.NEW_USER | linux.NEW_MOUNTS | linux.NEW_PROCESSES
    | linux.NEW_NETWORK | linux.NEW_IPC | linux.NEW_NAMES
)  # fmt: skip


def inside(limits: Mapping[str, int], user: int, group: int) -> None:
    """Mount what is private, set the limits, give up every capability."""
    linux.map_user(user, group)
    bare = linux.NO_SETUID | linux.NO_DEVICES
    linux.mount("none", "/", None, linux.RECURSIVE | linux.PRIVATE)
    linux.mount("proc", "/proc", "proc", bare | linux.NO_PROGRAMS)
    linux.write("/proc/sys/user/max_user_namespaces", "0")
    size = f"size={limits['scratch']},mode=700,nr_inodes={limits['files']}"
    linux.mount("scratch", "/tmp", "tmpfs", bare, size)
    linux.mount("shm", "/dev/shm", "tmpfs", bare, "size=16m,mode=700,nr_inodes=256")
    os.chdir("/tmp")
    linux.limit(limits)
    linux.give_up_capabilities()
