"""Collect submissions from a folder with one subfolder per student, or simulate a class.

No submission is run here.
"""

import os
import random
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple, NoReturn

from coursekit.course.headers import Role
from coursekit.course.master import STUB, Master
from coursekit.course.release import answered_notebook
from coursekit.course.unreadable import is_utf8, text_of
from coursekit.errors import CommandError, plural

MAX_BYTES = 20 << 20  # the largest notebook accepted
MAX_FILES, MAX_DEPTH = 1_000, 6  # in a student's folder
MAX_ATTEMPTS = 100  # of a student
MAX_NOTEBOOKS = 10  # that are read to find the one with the answers
# do not follow a symbolic link, and do not wait for the other end of a pipe
OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
LIST = "handed-in.csv"  # beside the students' folders, if `coursekit collect` made them
ATTEMPT = re.compile(r"attempt 0*([1-9]\d{0,8})", re.ASCII)  # the folders in those folders
TOOL_FOLDERS = (".ipynb_checkpoints", ".git", "__MACOSX", "__pycache__")
NOTEBOOK = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)  # some programs add an ending
NAMED_LESSON = re.compile(r'"coursekit":\s*\{[^{}]{0,200}?"lesson":\s*"([^"\\]{1,200})"')
NOT_UTF8 = "The notebook is not in UTF-8, so some letters may be wrong: save it again in Jupyter."
OTHER_LESSON = "This notebook belongs to"  # begins a note
KINDS = {  # how the name of a file ends → what was handed in instead of a notebook
    (".zip", ".7z", ".rar", ".tar", ".gz"): "No notebook found, but an archive",
    (".html", ".htm", ".txt", ".md"): "No notebook found, but a text",
}
STUDENTS = ("Ada", "Blaise", "Carl", "Daniel", "Emmy", "Felix", "Grace", "Henri", "Ida")
EMPTY, BROKEN = "Henri", "Ida"
PROSE_HEADER = re.compile(r"<!--.*?-->\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Submission:
    """One attempt of a student: a notebook's text, or a sentence that says why there is none."""

    student: str
    content: str | Path  # a notebook's text, or the file that is read when the text is needed
    problem: str = ""
    notes: Sequence[str] = ()  # sentences for the student
    lesson: str = ""  # the lesson that the notebook names, or ""
    number: int = 0  # of the attempt; 0 if the student's folder has no folders of attempts

    @property
    def text(self) -> str:
        """The notebook's text; a class's texts together may not fit into memory."""
        if isinstance(self.content, str):
            return self.content
        try:
            with open(os.open(self.content, OPEN_FLAGS), "rb") as file:
                return text_of(file.read(MAX_BYTES))
        except OSError:  # it was deleted meanwhile
            return ""


def collect(folder: Path, lesson: str) -> list[Submission]:
    """Return the submissions in a folder, sorted by student and the number of the attempt."""
    if not folder.is_dir():
        raise CommandError(
            f"folder {folder} not found: pass a folder that has one subfolder per student"
        )
    students = sorted(p for p in folder.iterdir() if p.is_dir() and not _is_tool_folder(p))
    if not students:
        files = stray_files(folder)
        has = f"{plural(len(files), 'file')}, such as {files[0]}" if files else "nothing"
        raise CommandError(
            f"no submissions in {folder}: it must have one subfolder per student, but has {has}"
        )
    if all(ATTEMPT.fullmatch(path.name) for path in students):
        raise CommandError(f"{folder} has one student's attempts: pass the folder that contains it")
    return [one for path in students for one in _submissions(path, lesson)]


def stray_files(folder: Path) -> list[str]:
    """Return the names of the files that lie beside the students' folders."""
    names = [p.name for p in folder.iterdir() if not p.is_dir()]
    return sorted(printable(name) for name in names if name[0] != "." and name != LIST)


def _is_tool_folder(folder: Path) -> bool:
    """Return whether a tool made a hidden folder; a student's name may also begin with a dot."""
    hidden = folder.name.startswith(".") and not any(folder.glob("*.ipynb"))
    return hidden or folder.name in TOOL_FOLDERS


def _submissions(folder: Path, lesson: str) -> list[Submission]:
    student = os.fsencode(folder.name).decode("utf-8", "backslashreplace")
    if folder.is_symlink():
        return [Submission(student, "", "The folder is a symbolic link.")]
    try:
        attempts = _attempts(folder)
    except OSError as error:
        return [_not_readable(student, error)]
    if len(attempts) > MAX_ATTEMPTS:
        many = f"The folder has {len(attempts)} attempts, and at most {MAX_ATTEMPTS} are graded."
        return [Submission(student, "", many)]
    return [_attempt(student, number, attempts[number], lesson) for number in sorted(attempts)]


def _attempt(student: str, number: int, folder: Path, lesson: str) -> Submission:
    try:
        return replace(_found(student, folder, lesson), number=number)
    except OSError as error:  # must not stop the class
        return replace(_not_readable(student, error), number=number)


def _not_readable(student: str, error: OSError) -> Submission:
    what = f"The folder cannot be read: {error.strerror} ({printable(str(error.filename))})."
    return Submission(student, "", what)


def _found(student: str, folder: Path, lesson: str) -> Submission:
    """Return the notebook in a folder that is most likely the one to grade."""
    files = list(islice(_files(folder), MAX_FILES))
    expected = folder / f"{lesson}.ipynb"
    notebooks = [path for path in files if NOTEBOOK.search(path.name)]
    if os.path.lexists(expected) and expected not in files:  # for example a folder
        notebooks.append(expected)
    notebooks.sort(key=lambda path: lesson.casefold() not in path.name.casefold())
    copies = [_read(student, path, lesson) for path in notebooks[:MAX_NOTEBOOKS]]
    if not copies:
        return Submission(student, "", _without_notebook(folder, files))
    named = [copy for copy in copies if lesson.casefold() in copy.path.name.casefold()]
    of_lesson = [copy for copy in copies if copy.submission.lesson == lesson]
    unlabelled = [copy for copy in named if not copy.submission.lesson]
    mine = of_lesson + unlabelled or named or (copies if len(copies) == 1 else [])
    if not mine:
        problem = f"Found {len(copies)} notebooks, and none is named {expected.name}."
        return Submission(student, "", problem)
    return _most_answered(mine, expected)


def _attempts(folder: Path) -> dict[int, Path]:
    """Return the folders of a student's attempts by number; without any, 0 is the folder itself.

    Of "attempt 1" and "attempt 01", the shorter name counts.
    """
    found = [(match, path) for path in folder.iterdir() if (match := ATTEMPT.fullmatch(path.name))]
    found.sort(key=lambda one: len(one[1].name), reverse=True)
    attempts = {
        int(match[1]): path for match, path in found
        if path.is_dir() and not path.is_symlink()
    }  # fmt: skip
    return attempts or {0: folder}


class _Copy(NamedTuple):
    """A notebook in a student's folder."""

    submission: Submission
    path: Path
    saved: float  # the time at which the file was written


def _most_answered(copies: Sequence[_Copy], expected: Path) -> Submission:
    """Return the copy with the fewest stubs; of these, the newest; of these, the expected file.

    A copy is a second download, or one that Jupyter or a student made.
    """

    def rank(copy: _Copy) -> tuple[bool, int, int, bool]:
        one = copy.submission
        minutes = int(copy.saved // 60)  # an archive's files are written one after another
        return bool(one.problem), one.text.count(STUB), -minutes, copy.path != expected

    best = min(copies, key=rank)
    notes = [*best.submission.notes]
    if len({copy.submission.text for copy in copies if not copy.submission.problem}) > 1:
        name = printable(best.path.name)
        notes.append(f"Found {len(copies)} notebooks; graded {name}, which has the most answers.")
    content = "" if best.submission.problem else best.path
    return replace(best.submission, content=content, notes=notes)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and its subfolders, in order, except those that tools made."""
    for place, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if name not in TOOL_FOLDERS)
        if len(Path(place).relative_to(folder).parts) >= MAX_DEPTH:
            folders.clear()
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("._"))


def _raise(error: OSError) -> NoReturn:
    raise error


def _without_notebook(folder: Path, files: Sequence[Path]) -> str:
    """Return a sentence on a folder that holds no notebook; what is special follows the colon."""
    tools = ", ".join(sorted(path.name for path in folder.iterdir()))
    if not files and tools:
        tool = f"No notebook found, but what tools made: {printable(tools)}"
        return f"{tool}. Hand in the .ipynb file itself."
    if not files:
        return "No notebook found: the folder is empty."
    names = ", ".join(printable(path.name) for path in files[:3])
    for endings, what in KINDS.items():
        if any(path.name.lower().endswith(endings) for path in files):
            return f"{what}: {names}. Hand in the .ipynb file itself."
    return f"No notebook found, but other files: {names}. Hand in the .ipynb file itself."


def _read(student: str, path: Path, lesson: str) -> _Copy:
    """Read a notebook, which is not parsed here: it may be hostile."""
    try:
        # a symbolic link could expose another student's work, or one of the instructor's files
        with open(os.open(path, OPEN_FLAGS), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                problem = "The notebook is not a regular file."
                return _Copy(Submission(student, "", problem), path, 0)
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        problem = f"The notebook cannot be read: {error.strerror}."
        return _Copy(Submission(student, "", problem), path, 0)
    if len(data) > MAX_BYTES:
        problem = f"The notebook is larger than {MAX_BYTES >> 20} MB."
        return _Copy(Submission(student, "", problem), path, 0)
    text = text_of(data)
    names = NAMED_LESSON.findall(text)
    named, notes = names[-1] if names else "", []
    if named not in ("", lesson):
        notes.append(f"{OTHER_LESSON} {printable(named)}, but {lesson} is graded.")
    if not is_utf8(data):
        notes.append(NOT_UTF8)
    return _Copy(Submission(student, text, "", notes, named), path, status.st_mtime)


def printable(name: str) -> str:
    """Return a name without the characters that a terminal would obey."""
    return "".join(c if c.isprintable() else "�" for c in name)


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
