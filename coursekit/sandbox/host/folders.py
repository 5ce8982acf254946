"""Temporary folders of ours: whose they are, and how those of a killed process go."""

import atexit
import os
import secrets
import shutil
import tempfile
from functools import cache
from pathlib import Path

STRANGERS = range(61184, 65520)  # users without an account, as systemd lends them to services
GUEST = Path(__file__).resolve().parents[1] / "guest"  # the only part of coursekit inside


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
        if is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def is_abandoned(folder: Path) -> bool:
    """Return whether a folder, named as `ours` are, is of a process that has ended."""
    owner = folder.name.split("-")[1]
    return owner.isdigit() and not _runs(int(owner))


def _runs(pid: int) -> bool:
    """Return whether a process runs: a zombie does not, though it keeps its place in /proc.

    Zombies stay where nobody waits for them, as in a container without an init process.
    """
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


@cache
def inert_path() -> Path:
    """Return a folder for PYTHONPATH whose `coursekit` is the guest, where nothing is mounted."""
    folder = Path(tempfile.mkdtemp(prefix=ours("inside")))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    (folder / "coursekit").symlink_to(GUEST)
    return folder
