"""A command, inside: no network, no other files or processes, not root, limits on all it may use.

In namespaces the course's Python is mounted read-only and nothing else of the machine is there.
Without them Landlock and a filter of system calls stand in; without these only the limits hold.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path

from coursekit.sandbox.guest.linux import is_privileged
from coursekit.sandbox.host.folders import GUEST, inert_path

NOBODY = 65534
ENVIRONMENT_INSIDE = "/environment"
LIMITS = {  # prlimit's names
    "as": 2 << 30,  # bytes of address space, each process
    "fsize": 64 << 20,  # bytes, each file
    "nproc": 64,
    "nofile": 256,
    "cpu": 120,  # seconds
    "core": 0,
}
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PIP_NO_INDEX": "1",  # a student's pip would wait for the network
}
SYSTEM = ("bin", "sbin", "lib", "lib64", "lib32")
SETTINGS = ("/etc/ld.so.cache", "/etc/fonts")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A way to isolate: `level` says how strong it is, for people and for the gradebook."""

    level: str
    start: tuple[str, ...] = ()  # what makes namespaces, by bubblewrap's options; empty: none
    filtered: bool = False  # a worker's system calls are
    landlocked: bool = False  # a worker's files are
    limits: Mapping[str, int] = field(default_factory=lambda: LIMITS)
    variables: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)
    package: Path | None = None  # what stands there as coursekit, in place of the inert one
    lasting: bool = False  # it outlives the thread that starts it, and writes nowhere

    def command(self, argv: Sequence[str], scratch: Path) -> list[str]:
        """Return the command that runs `argv` inside; it writes only `scratch`, as its owner."""
        limits = ["prlimit", *(f"--{name}={value}" for name, value in self.limits.items())]
        if not self.start:
            path = self.package.parent if self.package else inert_path()
            variables = self._all_variables(str(scratch), str(path)).items()
            outside = ["env", "-i", f"--chdir={scratch}", *(f"{k}={v}" for k, v in variables)]
            drop = as_owner_of(scratch) if self.landlocked and os.geteuid() == 0 else []
            return [*outside, *drop, *limits, *argv]
        package = self.package or GUEST
        course = ["--perms", "0755", "--dir", "/course", "--ro-bind", package, "/course/coursekit"]
        mounts = [*_system(), *_python(), *map(str, course)]
        private = [
            *(f"--unshare-{kind}" for kind in ("pid", "net", "ipc", "uts", "cgroup-try")),
            *("--new-session", "--clearenv"),
        ]
        if not self.lasting:  # it follows the thread that starts it, and a pool's threads end
            private.append("--die-with-parent")
        for name, value in self._all_variables("/tmp", "/course").items():
            private += ["--setenv", name, value]
        rest: list[str] = []
        if not self.lasting:
            for parent in reversed(scratch.parents[:-1]):  # else bwrap makes them private
                if parent.parts[1] != "dev":
                    rest += ["--perms", "0755", "--dir", str(parent)]
            rest += ["--bind", str(scratch), str(scratch)]
        rest += ["--chdir", "/tmp", "--remount-ro", "/dev", "--remount-ro", "/"]
        weak = os.geteuid() == 0 and not is_privileged()  # in a container: no better than a user
        start = [*(as_owner_of(scratch) if weak else ()), *self.start]
        started = [*start, *private, *mounts, *rest, *self._drop(scratch), *limits]
        return [*started, *map(_inside, argv)]

    def of_a_master(self, **variables: str) -> "Sandbox":
        """Return the sandbox of an instructor's own notebook: the whole kit, room and time."""
        with as_file(files("coursekit")) as package:
            return replace(
                self,
                limits=LIMITS | {"as": 64 << 30, "cpu": 3600},  # WebAssembly reserves addresses
                variables=ENVIRONMENT | variables,
                package=package,
            )

    def of_a_zygote(self) -> "Sandbox":
        """Return the sandbox of the process whose forks the workers are: limits are theirs."""
        return replace(self, limits={"nofile": 1024, "core": 0}, lasting=True)

    def readable(self, scratch: Path) -> list[Path]:
        """Return the places that a worker without namespaces may read, all below them included."""
        places = [
            Path("/usr"),
            Path(sys.base_prefix),
            Path(sys.prefix),
            GUEST,
            inert_path(),
            scratch,
        ]
        places += [Path("/", name) for name in SYSTEM] + [Path(name) for name in SETTINGS]
        places += [Path("/dev", name) for name in ("zero", "full", "random", "urandom")]
        return sorted({place.resolve() for place in places})

    def _all_variables(self, home: str, course: str) -> dict[str, str]:
        places = {"HOME": home, "MPLCONFIGDIR": f"{home}/mpl", "IPYTHONDIR": f"{home}/ipython"}
        return {**places, "PYTHONPATH": course, **self.variables}

    def _drop(self, scratch: Path) -> list[str]:
        """Return what gives up root: limits on processes do not bind it."""
        if not is_privileged():
            return ["--unshare-user", "--"]
        keep = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
        plain: list[str] = []
        if self.lasting:  # bwrap covers parts of /proc, and then no namespace below has its own
            keep += ["--cap-add", "CAP_SYS_ADMIN"]
            plain = ["sh", "-c", 'mount -t proc proc /proc && exec "$@"', "sh"]
        return [*keep, "--", *plain, *as_owner_of(scratch)]


def hidden() -> Iterator[Path]:
    """Yield each place where the whole of coursekit may be found by this Python."""
    for root in {sys.prefix, sys.base_prefix, "/usr", "/usr/local"}:
        yield from Path(root).glob("lib/python3*/*-packages/coursekit")
    with as_file(files("coursekit")) as running:
        yield running


def _system() -> list[str]:
    mounts = ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev",
              "--perms", "1777", "--size", str(64 << 20), "--tmpfs", "/tmp"]  # fmt: skip
    for name in SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            mounts += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            mounts += ["--ro-bind", str(path), str(path)]
    mounts += ["--perms", "0755", "--dir", "/etc"]
    for name in SETTINGS:
        mounts += ["--ro-bind-try", name, name]
    return mounts


def _python() -> list[str]:
    """Return the mounts of Python and of the environment, without coursekit itself."""
    mounts = []
    base = os.path.realpath(sys.base_prefix)
    if base != "/usr" and not base.startswith("/usr/"):
        for parent in reversed(Path(base).parents[:-1]):  # else bwrap makes them private
            mounts += ["--perms", "0755", "--dir", str(parent)]
        mounts += ["--ro-bind", base, base]
    if sys.prefix != sys.base_prefix:
        mounts += ["--perms", "0755", "--dir", ENVIRONMENT_INSIDE]
        mounts += ["--ro-bind", sys.prefix, ENVIRONMENT_INSIDE]
    mounted = [Path(place) for place in ("/usr", base, sys.prefix)]
    for place in sorted(set(hidden())):
        if any(place.is_relative_to(root) for root in mounted):
            mounts += ["--tmpfs", _inside(str(place)), "--remount-ro", _inside(str(place))]
    return mounts


def as_owner_of(scratch: Path) -> list[str]:
    """Return what runs a command as a folder's owner, who has no right that root had."""
    user = scratch.stat().st_uid or NOBODY
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
            "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]  # fmt: skip


def _inside(path: str) -> str:
    """Return where a path of the environment is in the sandbox, which covers /tmp and hides homes.

    >>> _inside("/nowhere")
    '/nowhere'
    """
    is_ours = sys.prefix != sys.base_prefix and path.startswith(f"{sys.prefix}/")
    return path.replace(sys.prefix, ENVIRONMENT_INSIDE, 1) if is_ours else path
