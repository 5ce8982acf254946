"""Our temporary folders: named after the process that made them, removed if it was killed."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path

GUEST = Path(__file__).resolve().parents[1] / "guest"  # the only part of coursekit inside
USERS = range(61184, 65520)  # ids without an account, which systemd lends to services


def scratch_folder() -> Path:
    """Make a sandbox's folder; if root makes it, its owner is a user that no other sandbox has.

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


def sweep() -> None:
    """Remove the temporary folders that killed processes left behind."""
    for folder in Path(tempfile.gettempdir()).glob("coursekit-*-*"):
        if is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def is_abandoned(folder: Path) -> bool:
    """Return whether the process that made a folder, according to its prefix, has exited.

    Zombies have exited. They remain in /proc if nobody waits for them, for example in a container
    without an init process.
    """
    try:
        owner = int(folder.name.split("-")[1])
        status = Path(f"/proc/{owner}/stat").read_text(encoding="utf-8", errors="replace")
    except ValueError:  # not our folder
        return False
    except OSError:
        return True
    return status.rpartition(")")[2].split()[0] == "Z"
