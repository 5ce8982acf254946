"""Temporary folders of ours: whose they are, and how those of a killed process go."""

import atexit
import os
import secrets
import shutil
import tempfile
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

STRANGERS = range(61184, 65520)  # users without an account, as systemd lends them to services
INSIDE = ("__init__", "landlock", "link", "linux", "namespaces", "seccomp", "worker", "zygote")


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
    return owner.isdigit() and not Path("/proc", owner).exists()


@cache
def inert() -> Path:
    """Return the inert package, with cases and what they hand over: all of coursekit inside."""
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
    for name in INSIDE:
        source = files("coursekit.grading.sandbox").joinpath(f"{name}.py").read_text("utf-8")
        (part / f"{name}.py").write_text(source, encoding="utf-8")
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder / "coursekit"
