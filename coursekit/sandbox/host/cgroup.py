"""Put a zygote and all its workers in a cgroup, if this user may make one.

The zygote checks memory ten times a second and reports which limit was exceeded; the kernel
enforces the cgroup's limits at all times. Only version 2 is supported:
https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from coursekit.sandbox.guest.limits import GROUP_MEMORY, GROUP_PROCESSES
from coursekit.sandbox.host.folders import is_abandoned, temporary_prefix

ROOT = Path("/sys/fs/cgroup")
KILL_TIMEOUT = 2  # seconds to wait for killed processes to disappear
CONTROLS = {"memory.max": GROUP_MEMORY, "memory.swap.max": 0, "pids.max": GROUP_PROCESSES}


def create() -> Path | None:
    """Make and return a cgroup with limits, or return None if this user may not."""
    for parent in _parents():
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


def works() -> bool:
    """Return whether this user may make cgroups."""
    group = create()
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


def sweep() -> None:
    """Dissolve the cgroups that killed grading processes left behind."""
    for parent in _parents():
        for group in parent.glob("coursekit-*-*"):
            if is_abandoned(group):
                dissolve(group)


def _parents() -> Iterator[Path]:
    """Yield this process's cgroup, then the cgroups above it."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            if line.startswith("0::"):
                own = ROOT / line[3:].lstrip("/")
                yield from (path for path in (own, *own.parents) if path.is_relative_to(ROOT))
