"""A folder with a folder for each student → submissions: names are data, files are read once."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from coursekit.errors import CommandError

LARGEST = 20 << 20  # bytes of a notebook
# no link, and no wait for the other end of a pipe
ONLY_A_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class Submission:
    """What one student handed in: the notebook's text, or why there is none."""

    student: str
    text: str
    problem: str = ""

    @property
    def file_name(self) -> str:
        """A file name for pages about this student, whatever the student is called."""
        return quote(self.student, safe="") + ".html"


def collect(folder: Path, lesson: str) -> list[Submission]:
    """Return the submissions in a folder, by student."""
    if not folder.is_dir():
        raise CommandError(f"there is no folder {folder}: it holds a folder for each student")
    students = sorted(p for p in folder.iterdir() if p.is_dir() and not _is_debris(p))
    if not students:
        raise CommandError(f"{folder} is empty: it should hold a folder for each student")
    return [_submission(path, lesson) for path in students]


def _is_debris(folder: Path) -> bool:
    """Return whether a hidden folder is a tool's and no student's, whatever students are called."""
    hidden = folder.name.startswith(".")
    return hidden and (folder.name == ".ipynb_checkpoints" or not any(folder.glob("*.ipynb")))


def _submission(folder: Path, lesson: str) -> Submission:
    student = os.fsencode(folder.name).decode("utf-8", "backslashreplace")
    if folder.is_symlink():
        return Submission(student, "", "the folder is a link to another")
    named = folder / f"{lesson}.ipynb"
    found = [named] if os.path.lexists(named) else sorted(folder.glob("*.ipynb"))
    if len(found) != 1:
        said = "no notebook" if not found else f"{len(found)} notebooks, none called {named.name}"
        return Submission(student, "", f"there is {said}")
    try:
        # a link could show another student's work, or a file of the instructor's
        with open(os.open(found[0], ONLY_A_FILE), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return Submission(student, "", "the notebook is no ordinary file")
            data = file.read(LARGEST + 1)
    except OSError as error:
        return Submission(student, "", f"the notebook cannot be read ({error.strerror})")
    if len(data) > LARGEST:
        return Submission(student, "", f"the notebook is larger than {LARGEST >> 20} MB")
    return Submission(student, data.decode("utf-8", "replace"))
