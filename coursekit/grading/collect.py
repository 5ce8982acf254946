"""Collect submissions from a folder with one subfolder per student, or simulate a class.

No submission is run here.
"""

import os
import random
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.course.release import answered_notebook
from coursekit.errors import CommandError

MAX_BYTES = 20 << 20  # the largest notebook accepted
# do not follow a symbolic link, and do not wait for the other end of a pipe
OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
STUDENTS = ("Ada", "Blaise", "Carl", "Daniel", "Emmy", "Felix", "Grace", "Henri", "Ida")
EMPTY, BROKEN = "Henri", "Ida"
PROSE_HEADER = re.compile(r"<!--.*?-->\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Submission:
    """One student's submission: a notebook's text, or a sentence that says why there is none."""

    student: str
    text: str
    problem: str = ""


def collect(folder: Path, lesson: str) -> list[Submission]:
    """Return the submissions in a folder, sorted by student."""
    if not folder.is_dir():
        raise CommandError(
            f"folder {folder} not found: pass a folder that has one subfolder per student"
        )
    students = sorted(p for p in folder.iterdir() if p.is_dir() and not _is_tool_folder(p))
    if not students:
        raise CommandError(f"no submissions in {folder}: it must have one subfolder per student")
    return [_submission(path, lesson) for path in students]


def _is_tool_folder(folder: Path) -> bool:
    """Return whether a tool made a hidden folder; a student's name may also begin with a dot."""
    hidden = folder.name.startswith(".")
    return hidden and (folder.name == ".ipynb_checkpoints" or not any(folder.glob("*.ipynb")))


def _submission(folder: Path, lesson: str) -> Submission:
    student = os.fsencode(folder.name).decode("utf-8", "backslashreplace")
    if folder.is_symlink():
        return Submission(student, "", "The folder is a symbolic link.")
    expected = folder / f"{lesson}.ipynb"
    notebooks = [expected] if os.path.lexists(expected) else sorted(folder.glob("*.ipynb"))
    if not notebooks:
        return Submission(student, "", "No notebook found.")
    if len(notebooks) > 1:
        problem = f"Found {len(notebooks)} notebooks, and none is named {expected.name}."
        return Submission(student, "", problem)
    return _read(student, notebooks[0])


def _read(student: str, path: Path) -> Submission:
    try:
        # a symbolic link could expose another student's work, or one of the instructor's files
        with open(os.open(path, OPEN_FLAGS), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return Submission(student, "", "The notebook is not a regular file.")
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return Submission(student, "", f"The notebook cannot be read: {error.strerror}.")
    if len(data) > MAX_BYTES:
        return Submission(student, "", f"The notebook is larger than {MAX_BYTES >> 20} MB.")
    return Submission(student, data.decode("utf-8", "replace"))


def demo_class(master: Master) -> list[Submission]:
    """Return right answers, known mistakes, an empty notebook and a broken file.

    Every second student gives a wrong answer from the master.
    """
    rng = random.Random(5)
    prose = master.with_role(Role.PROSE)
    right = master.answers | {cell.exercise: PROSE_HEADER.sub("", cell.source) for cell in prose}
    mistakes = list(master.with_role(Role.DISTRACTOR))
    submissions = []
    for k, student in enumerate(STUDENTS):
        answers = {} if student == EMPTY else dict(right)
        if k % 2 and answers:
            mistake = rng.choice(mistakes)
            answers[mistake.exercise] = mistake.source
        text = "{" if student == BROKEN else answered_notebook(master, answers)
        submissions.append(Submission(student, text))
    return submissions
