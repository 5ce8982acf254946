"""A command, inside: no network, no other files or processes, not root, limits on all it may use.

With bubblewrap the course's Python is mounted read-only and nothing else of the machine is there.
Without it only the limits hold; that is said aloud and recorded, and refused for untrusted work.
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

NOBODY = 65534
WEAKEST = "limits only"
ENVIRONMENT_INSIDE = "/environment"
STRANGERS = range(61184, 65520)  # users without an account, as systemd lends them to services
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
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONPATH": "/course",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLCONFIGDIR": "/tmp/mpl",
    "IPYTHONDIR": "/tmp/ipython",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A way to isolate: `level` says how strong it is, for people and for the gradebook."""

    level: str
    bwrap: tuple[str, ...]  # how bubblewrap is started; empty without it
    limits: Mapping[str, int] = field(default_factory=lambda: LIMITS)
    variables: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)
    package: Path | None = None  # what stands there as coursekit, in place of the inert one
    lasting: bool = False  # it outlives the thread that starts it, and writes nowhere
    filtered: bool = False  # a worker's system calls are

    def command(self, argv: Sequence[str], scratch: Path) -> list[str]:
        """Return the command that runs `argv` inside; it writes only `scratch`, as its owner."""
        limits = ["prlimit", *(f"--{name}={value}" for name, value in self.limits.items())]
        package = self.package or inert()
        if not self.bwrap:
            variables = [f"{name}={value}" for name, value in self.variables.items()]
            return [*limits, "env", "-i", *variables, f"PYTHONPATH={package.parent}", *argv]
        course = ["--perms", "0755", "--dir", "/course", "--ro-bind", package, "/course/coursekit"]
        mounts = [*_system(), *_python(), *map(str, course)]
        private = [
            *(f"--unshare-{kind}" for kind in ("pid", "net", "ipc", "uts", "cgroup-try")),
            *("--new-session", "--clearenv"),
        ]
        if not self.lasting:  # it follows the thread that starts it, and a pool's threads end
            private.append("--die-with-parent")
        for name, value in self.variables.items():
            private += ["--setenv", name, value]
        rest: list[str] = []
        if not self.lasting:
            for parent in reversed(scratch.parents[:-1]):  # else bwrap makes them private
                if parent.parts[1] != "dev":
                    rest += ["--perms", "0755", "--dir", str(parent)]
            rest += ["--bind", str(scratch), str(scratch)]
        rest += ["--chdir", "/tmp", "--remount-ro", "/"]
        started = [*self.bwrap, *private, *mounts, *rest, *self._drop(scratch), *limits]
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

    def _drop(self, scratch: Path) -> list[str]:
        """Return what gives up root: limits on processes do not bind it."""
        if os.geteuid() != 0:
            return ["--unshare-user", "--"]
        user = scratch.stat().st_uid or NOBODY
        keep = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
        plain: list[str] = []
        if self.lasting:  # bwrap covers parts of /proc, and then no namespace below has its own
            keep += ["--cap-add", "CAP_SYS_ADMIN"]
            plain = ["sh", "-c", 'mount -t proc proc /proc && exec "$@"', "sh"]
        drop = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
                "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]  # fmt: skip
        return [*keep, "--", *plain, *drop]


def scratch_folder() -> Path:
    """Make a folder that a sandbox may write, for root owned by a user whom nobody else is.

    Linux counts processes by user: with one user for all, one flood would starve every sandbox.
    """
    folder = Path(tempfile.mkdtemp(prefix=ours("scratch")))
    if os.geteuid() == 0:
        user = secrets.choice(STRANGERS)
        os.chown(folder, user, user)
    return folder


def ours(kind: str) -> str:
    """Return how a temporary folder of this process begins, for `sweep` to tell it by."""
    return f"coursekit-{os.getpid()}-{kind}-"


def sweep() -> None:
    """Remove temporary folders whose process was killed, and could not clear up."""
    for folder in Path(tempfile.gettempdir()).glob("coursekit-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)


@cache
def strongest() -> Sandbox:
    """Return the strongest sandbox that works on this machine, tried and not only looked for."""
    bwrap = shutil.which("bwrap") or _packaged()
    if bwrap and all(shutil.which(tool) for tool in ("prlimit", "setpriv")):
        for start in ((bwrap,), (*_mounted_root(), bwrap)):
            filtered = _can_filter()
            level = "bubblewrap" if filtered else "bubblewrap, system calls not filtered"
            found = Sandbox(level, start, filtered=filtered)
            tried = subprocess.run(
                found.command(["true"], Path("/dev/shm")), capture_output=True, check=False
            )
            if tried.returncode == 0:
                return found
    return Sandbox(WEAKEST, (), filtered=_can_filter())


def _can_filter() -> bool:
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, OSError, RuntimeError):  # not Linux, or without libseccomp
        return False
    return True


def _mounted_root() -> tuple[str, ...]:
    """Return what makes / a mount point, which bubblewrap needs and which in a chroot it is not.

    It happens in a mount namespace of its own, and only where no mount is shared with others.
    """
    try:
        shared = "shared:" in Path("/proc/1/mountinfo").read_text(encoding="utf-8")
    except OSError:
        shared = True
    if shared or os.geteuid() != 0:
        return ()
    script = 'mount --rbind / /mnt && exec chroot /mnt "$@"'
    return ("unshare", "--mount", "--propagation", "unchanged", "sh", "-c", script, "sh")


def _packaged() -> str | None:
    beside = Path(sys.prefix, "bin", "bwrap")
    return str(beside) if beside.exists() else None


@cache
def inert() -> Path:
    """Return the inert package, with cases and what they hand over: all of coursekit inside."""
    import atexit

    folder = Path(tempfile.mkdtemp(prefix=ours("inside")))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with as_file(files("coursekit.grading").joinpath("inside")) as inside:
        shutil.copytree(inside / "coursekit", folder / "coursekit", dirs_exist_ok=True)
    for name in ("cases.py", "given.py"):
        source = files("coursekit.course").joinpath(name).read_text(encoding="utf-8")
        (folder / "coursekit" / "course" / name).write_text(source, encoding="utf-8")
    part = folder / "coursekit" / "grading" / "sandbox"
    part.mkdir(parents=True)
    (part.parent / "__init__.py").touch()
    for name in ("__init__", "link", "namespaces", "worker", "zygote"):
        source = files("coursekit.grading.sandbox").joinpath(f"{name}.py").read_text("utf-8")
        (part / f"{name}.py").write_text(source, encoding="utf-8")
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder / "coursekit"


def _system() -> list[str]:
    mounts = ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev",
              "--perms", "1777", "--size", str(64 << 20), "--tmpfs", "/tmp"]  # fmt: skip
    for name in ("bin", "sbin", "lib", "lib64", "lib32"):
        path = Path("/", name)
        if path.is_symlink():
            mounts += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            mounts += ["--ro-bind", str(path), str(path)]
    mounts += ["--perms", "0755", "--dir", "/etc"]
    for name in ("/etc/ld.so.cache", "/etc/fonts"):
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
    for installed in Path(sys.prefix).glob("lib/python*/site-packages/coursekit"):
        mounts += ["--tmpfs", _inside(str(installed))]
    return mounts


def _inside(path: str) -> str:
    """Return where a path of the environment is in the sandbox, which covers /tmp and hides homes.

    >>> _inside("/nowhere")
    '/nowhere'
    """
    is_ours = sys.prefix != sys.base_prefix and path.startswith(f"{sys.prefix}/")
    return path.replace(sys.prefix, ENVIRONMENT_INSIDE, 1) if is_ours else path
