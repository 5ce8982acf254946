"""A command, in mounts and namespaces of its own: what bubblewrap does, where it is missing.

It takes those of bubblewrap's options that `isolation` writes, then -- and the command.
"""

import os
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from coursekit.sandbox.guest import linux

SET_MOUNT, HERE, ALL_BELOW, DETACH = 442, -100, 0x8000, 2  # mount_setattr, of fcntl.h, mount.h
DEVICES = ("null", "zero", "full", "random", "urandom")
KINDS = {
    "--unshare-user": linux.NEW_USER,
    "--unshare-pid": linux.NEW_PROCESSES,
    "--unshare-net": linux.NEW_NETWORK,
    "--unshare-ipc": linux.NEW_IPC,
    "--unshare-uts": linux.NEW_NAMES,
    "--unshare-cgroup-try": linux.NEW_CGROUP,
}
OLD, NEW = "/old", "/new"
OUTSIDE = 0  # the parent of the first process of a namespace, seen from there
PRIVATE_FILES = linux.NO_SETUID | linux.NO_DEVICES


class Bubble:
    """The options as they were read: each changes what is to be done, or does a mount."""

    def __init__(self) -> None:
        self.kinds, self.follows, self.new_session = linux.NEW_MOUNTS, False, False
        self.variables = dict(os.environ)
        self.mounts: list[tuple[Callable[..., None], tuple[str, ...]]] = []
        self.folder = "/"

    def read(self, words: Iterator[str]) -> list[str]:
        """Read options; return the command after them."""
        mode, size = 0o755, ""
        for word in words:
            match word:
                case "--":
                    return list(words)
                case "--die-with-parent":
                    self.follows = True
                case "--new-session":
                    self.new_session = True
                case "--clearenv":
                    self.variables.clear()
                case "--setenv":
                    name = next(words)
                    self.variables[name] = next(words)
                case "--chdir":
                    self.folder = next(words)
                case "--perms":
                    mode = int(next(words), 8)
                    continue
                case "--size":
                    size = f",size={next(words)}"
                    continue
                case "--tmpfs":
                    self._then(_tmpfs, next(words), f"mode={mode:o}{size}")
                case "--dir":
                    self._then(_folder, next(words))
                case "--symlink":
                    self._then(_link, next(words), next(words))
                case "--bind" | "--ro-bind" | "--ro-bind-try":
                    self._then(_bind, word, next(words), next(words))
                case "--proc":
                    self._then(_proc, next(words))
                case "--dev":
                    self._then(_devices, next(words))
                case "--remount-ro":
                    self._then(_read_only, next(words))
                case "--cap-add":
                    next(words)  # root keeps what it has until the command gives it up
                case _ if word in KINDS:
                    self.kinds |= KINDS[word]
                case _:
                    raise SystemExit(f"bubble: {word} is no option here")
            mode, size = 0o755, ""
        raise SystemExit("bubble: there is no command")

    def _then(self, do: Callable[..., None], *arguments: str) -> None:
        self.mounts.append((do, arguments))

    def run(self, command: list[str]) -> int:
        """Run a command inside; return its exit code."""
        if self.follows:
            linux.die_with_parent(signal.SIGKILL, os.getppid())
        linux.unshare(self.kinds)
        first = os.fork()
        if first:
            return os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) & 0xFF
        linux.die_with_parent(signal.SIGKILL, OUTSIDE)
        if self.new_session:
            os.setsid()
        self._mount_all()
        os.chdir(self.folder)
        if self.kinds & linux.NEW_USER:
            linux.give_up_capabilities()
        child = os.fork()
        if child == 0:
            os.execvpe(command[0], command, self.variables)
        return _reap(child)

    def _mount_all(self) -> None:
        """Build a root of its own, in which nothing else of the machine stands."""
        os.umask(0o022)
        linux.mount("none", "/", None, linux.RECURSIVE | linux.PRIVATE)
        linux.mount("workshop", "/tmp", "tmpfs", PRIVATE_FILES, "mode=755")
        _pivot("/tmp")
        os.mkdir(NEW)
        linux.mount("root", NEW, "tmpfs", PRIVATE_FILES, "mode=755")
        for do, arguments in self.mounts:
            do(*arguments)
        _pivot(NEW)
        linux.checked(linux.libc.umount2(OLD.encode(), DETACH), "umount")
        os.rmdir(OLD)
        _read_only("/", above="")


def _pivot(new: str) -> None:
    """Make a mount the root; what was the root stands there at OLD."""
    os.mkdir(new + OLD)
    found = linux.libc.pivot_root(new.encode(), (new + OLD).encode())
    linux.checked(found, "pivot_root")
    os.chdir("/")


def _tmpfs(target: str, options: str) -> None:
    os.makedirs(NEW + target, exist_ok=True)
    linux.mount("tmpfs", NEW + target, "tmpfs", PRIVATE_FILES, options)


def _read_only(target: str, above: str = NEW) -> None:
    if target == "/" and above:  # once all stands in it
        return
    flags = linux.REMOUNT | linux.BIND | linux.READ_ONLY | PRIVATE_FILES
    linux.mount("none", above + target, None, flags)


def _folder(target: str) -> None:
    os.makedirs(NEW + target, exist_ok=True)


def _link(told: str, target: str) -> None:
    os.symlink(told, NEW + target)


def _bind(kind: str, source: str, target: str) -> None:
    if kind.endswith("-try") and not os.path.exists(OLD + source):
        return
    _place(OLD + source, NEW + target)
    linux.mount(OLD + source, NEW + target, None, linux.BIND | linux.RECURSIVE)
    _forbid_below(NEW + target, PRIVATE_FILES | (0 if kind == "--bind" else linux.READ_ONLY))


def _proc(target: str) -> None:
    os.makedirs(NEW + target)
    linux.mount("proc", NEW + target, "proc", PRIVATE_FILES | linux.NO_PROGRAMS)


def _devices(target: str) -> None:
    _tmpfs(target, "mode=755")
    os.mkdir(NEW + target + "/shm")
    for name in DEVICES:
        device = f"{target}/{name}"
        _place(OLD + device, NEW + device)
        linux.mount(OLD + device, NEW + device, None, linux.BIND)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{NEW}{target}/{name}")
    os.symlink("/proc/self/fd", f"{NEW}{target}/fd")


def _place(source: str, target: str) -> None:
    """Make what a mount of `source` stands on."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()


def _forbid_below(target: str, attributes: int) -> None:
    """Take rights away from a mount and all mounts below it."""
    asked = struct.pack("QQQQ", attributes, 0, 0, 0)
    found = linux.libc.syscall(SET_MOUNT, HERE, target.encode(), ALL_BELOW, asked, len(asked))
    linux.checked(found, f"mount_setattr {target}")


def _reap(child: int) -> int:
    """Wait for a child as the first process of a namespace does, which inherits all orphans."""
    while True:
        ended, status = os.wait()
        if ended == child:
            return os.waitstatus_to_exitcode(status) & 0xFF


if __name__ == "__main__":
    bubble = Bubble()
    command = bubble.read(iter(sys.argv[1:]))
    try:
        code = bubble.run(command)
    except OSError as error:
        sys.exit(f"bubble: {error.strerror}")
    os._exit(code)
