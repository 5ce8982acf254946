"""A control group for a zygote and all below it, where this user may make one.

The watch looks at memory ten times a second and says whose it was; the kernel never looks away.
Only groups of the second version: https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from coursekit.sandbox.host.folders import is_abandoned, ours

ROOT = Path("/sys/fs/cgroup")
PATIENCE = 2  # seconds for the killed to be gone
LIMITS = {
    "memory.max": 4 << 30,  # bytes: a worker, its spare, one that is ending, the zygote
    "memory.swap.max": 0,
    "pids.max": 512,
}


def group() -> Path | None:
    """Make a group with these limits; None where this user may make none."""
    for parent in _above():
        try:
            made = Path(tempfile.mkdtemp(prefix=ours("group"), dir=parent))
        except OSError:
            continue
        try:
            for name, most in LIMITS.items():
                with (made / name).open("r+", encoding="ascii") as file:
                    file.write(str(most))
            subprocess.run([*entering(made), "true"], check=True, capture_output=True)
        except (OSError, subprocess.SubprocessError):  # no controllers here, or no way in
            made.rmdir()
        else:
            return made
    return None


def works() -> bool:
    """Return whether this user may make groups."""
    made = group()
    if made:
        dissolve(made)
    return made is not None


def entering(made: Path) -> list[str]:
    """Return what runs a command in a group."""
    return ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(made)]


def dissolve(made: Path) -> None:
    """End whatever is left in a group, and the group."""
    with suppress(OSError):
        (made / "cgroup.kill").write_text("1", encoding="ascii")
    deadline = time.monotonic() + PATIENCE
    while made.exists() and time.monotonic() < deadline:
        with suppress(OSError):  # some of it is still ending
            made.rmdir()
            return
        time.sleep(0.01)


def sweep() -> None:
    """End groups whose grading process was killed."""
    for parent in _above():
        for made in parent.glob("coursekit-*-*"):
            if is_abandoned(made):
                dissolve(made)


def _above() -> Iterator[Path]:
    """Yield our own group, then those above it."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            if line.startswith("0::"):
                here = ROOT / line[3:].lstrip("/")
                yield from (at for at in (here, *here.parents) if at.is_relative_to(ROOT))
