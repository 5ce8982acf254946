"""Our temporary folders, cgroups and processes: removed if the process that made them was killed.

https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import IO

from coursekit.sandbox.guest.limits import GROUP_MEMORY, GROUP_PROCESSES

GUEST = Path(__file__).resolve().parents[1] / "guest"  # the only part of coursekit inside
USERS = range(61184, 65520)  # ids without an account, which systemd lends to services
CGROUPS = Path("/sys/fs/cgroup")
MARK = "COURSEKIT_STARTED_BY"  # in the environment of a run's processes: who started the run
PART = "part"  # of a file or folder that is written beside its place, then renamed
KILL_TIMEOUT = 2  # seconds to wait for killed processes to disappear
CONTROLS = {"memory.max": GROUP_MEMORY, "memory.swap.max": 0, "pids.max": GROUP_PROCESSES}


def scratch_folder() -> Path:
    """Make a sandbox's folder; root gives it to a user ID that no other sandbox has.

    Linux limits the number of processes per user: a flood in one sandbox must not starve others.
    Without mounts, `coursekit` is imported from this folder.
    """
    folder = Path(tempfile.mkdtemp(prefix=temporary_prefix("scratch")))
    (folder / "coursekit").symlink_to(GUEST)
    if os.geteuid() == 0:
        user = secrets.choice(USERS)
        os.chown(folder, user, user)
    return folder


def temporary_prefix(kind: str) -> str:
    """Return the prefix by which `sweep` recognises this process's temporary folders."""
    return f"coursekit-{os.getpid()}-{kind}-"


def half_written(folder: Path) -> IO[bytes]:
    """Return a new file, which only its owner may read, to be renamed once it is written."""
    prefix = f".{temporary_prefix(PART)}"
    return tempfile.NamedTemporaryFile(prefix=prefix, dir=folder, delete=False)


@contextmanager
def marked_processes() -> Iterator[None]:
    """Let `sweep` end the processes that the block starts, and theirs, if this one is killed."""
    os.environ[MARK] = f"{os.getpid()} {_start_time(os.getpid())}"
    try:
        yield
    finally:
        del os.environ[MARK]


def sweep(*places: Path) -> None:
    """Remove the temporary folders, cgroups and processes that killed processes left behind.

    In `places`, which are folders of the user, remove what is half-written.
    """
    for process in Path("/proc").glob("[0-9]*"):
        if _is_orphan(process):
            with suppress(OSError):  # it has exited in the meantime
                os.kill(int(process.name), signal.SIGKILL)
    temporary = Path(tempfile.gettempdir()).glob("coursekit-*-*")
    parts = (place.glob(f".coursekit-*-{PART}-*") for place in places)
    for path in filter(is_abandoned, chain(temporary, *parts)):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for group in _cgroups():
        for child in filter(is_abandoned, group.glob("coursekit-*-*")):
            dissolve(child)


def is_abandoned(folder: Path) -> bool:
    """Return whether the process that made a folder, according to its prefix, has exited."""
    owner = folder.name.split("-")[1]
    return owner.isdecimal() and not _start_time(int(owner))


def _is_orphan(process: Path) -> bool:
    """Return whether a process bears the mark of one that has exited."""
    try:
        environment = (process / "environ").read_bytes().split(b"\0")
    except OSError:  # another user's
        return False
    mark = next((line for line in environment if line.startswith(f"{MARK}=".encode())), b"")
    match mark.decode(errors="replace").removeprefix(f"{MARK}=").split():
        case [pid, start] if pid.isdecimal():
            return _start_time(int(pid)) != start
    return False


def _start_time(pid: int) -> str:
    """Return when a process started, in Linux's units, or "" if it has exited.

    Zombies have exited. They remain in /proc if nobody waits for them, for example in a container
    without an init process.
    """
    with suppress(OSError):
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        fields = status.rpartition(")")[2].split()
        if fields[0] not in "ZX":
            return fields[19]
    return ""


def create_cgroup() -> Path | None:
    """Make and return a cgroup with limits, or return None if this user may not.

    The zygote checks memory ten times a second and reports which limit was exceeded; the kernel
    enforces a cgroup's limits at all times. Only version 2 is supported.
    """
    for parent in _cgroups():
        try:
            group = Path(tempfile.mkdtemp(prefix=temporary_prefix("group"), dir=parent))
        except OSError:
            continue
        try:
            for name, value in CONTROLS.items():
                with (group / name).open("r+", encoding="ascii") as file:
                    file.write(str(value))
            subprocess.run([*entering(group), "true"], check=True, capture_output=True)
        except (OSError, subprocess.SubprocessError):  # no controllers here, or no permission
            group.rmdir()
        else:
            return group
    return None


def has_cgroups() -> bool:
    """Return whether this user may make cgroups."""
    group = create_cgroup()
    if group:
        dissolve(group)
    return group is not None


def entering(group: Path) -> list[str]:
    """Return the command prefix that enters a cgroup."""
    return ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(group)]


def dissolve(group: Path) -> None:
    """Kill every process in a cgroup, and remove it."""
    with suppress(OSError):
        (group / "cgroup.kill").write_text("1", encoding="ascii")
    deadline = time.monotonic() + KILL_TIMEOUT
    while group.exists() and time.monotonic() < deadline:
        with suppress(OSError):  # some process has not exited yet
            group.rmdir()
            return
        time.sleep(0.01)


def _cgroups() -> Iterator[Path]:
    """Yield this process's cgroup, then the cgroups above it."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            if line.startswith("0::"):
                own = CGROUPS / line[3:].lstrip("/")
                yield from (path for path in (own, *own.parents) if path.is_relative_to(CGROUPS))
