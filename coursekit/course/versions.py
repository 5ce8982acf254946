"""Manage versions of a master: `released/NAME/2/` contains the files of version 2 of NAME.

A copy of the master is stored next to them, so that old submissions are graded against their own
version. If students would receive the same files, the version number does not change and only the
stored master is replaced.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from coursekit.course import outcomes_folder
from coursekit.course.earlier import same_outcomes
from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master, Notebook
from coursekit.course.release import public_checks, release
from coursekit.sandbox.guest.limits import CASE_TIMEOUT

FOLDER, MASTER = "released", "master.ipynb"


class Edition(NamedTuple):
    """A version of a master: its number, its text, and the text of each released file."""

    number: int
    master: str
    files: Mapping[str, str]  # file name → text

    def clocks(self, lesson: str) -> dict[str, float]:
        """Return the CPU seconds of each public check that students were given, by exercise."""
        file = f"{lesson}.json"
        text = self.files.get(file, "")
        if not self.files and (ours := outcomes_folder().joinpath(file)).is_file():
            text = ours.read_text(encoding="utf-8")
        checks = json.loads(text)["checks"] if text else {}
        return {exercise: check.get("seconds", CASE_TIMEOUT) for exercise, check in checks.items()}


def released_editions(solutions: Path, lesson: str) -> list[Edition]:
    """Return the released versions, oldest first."""
    editions = []
    for folder in solutions.joinpath(FOLDER, lesson).glob("*"):
        if folder.name.isdigit():
            files = {p.name: p.read_text(encoding="utf-8") for p in folder.glob(f"{lesson}.*")}
            master = (folder / MASTER).read_text(encoding="utf-8")
            editions.append(Edition(int(folder.name), master, files))
    return sorted(editions)


def current_edition(solutions: Path, lesson: str, released: Sequence[Edition]) -> Edition:
    """Return the latest version, or a new one if students would receive different files."""
    path = solutions / f"{lesson}.ipynb"
    master, text = Master.read(path), path.read_text(encoding="utf-8")
    checks = public_checks(master)
    number = released[-1].number if released else 1
    files = release(lesson, master, number, checks)
    if released and not same_files(lesson, released[-1].files, files):
        number += 1
        files = release(lesson, master, number, checks)
    elif released:
        files = dict(released[-1].files)  # its clocks stay
    return Edition(number, text, files)


def same_files(lesson: str, released: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Return whether students who have the released files would receive the same ones now."""
    notebook, outcomes = f"{lesson}.ipynb", f"{lesson}.json"
    is_whole = released.keys() == now.keys()
    return (
        is_whole
        and released[notebook] == now[notebook]
        and same_outcomes(released[outcomes], now[outcomes])
    )


def all_editions(solutions: Path, lesson: str) -> list[Edition]:
    """Return every released version, oldest first, and the current master."""
    released = released_editions(solutions, lesson)
    if not released:
        text = (solutions / f"{lesson}.ipynb").read_text(encoding="utf-8")
        return [Edition(1, text, {})]
    current = current_edition(solutions, lesson, released)
    return [*(edition for edition in released if edition.number != current.number), current]


def save_edition(solutions: Path, lesson: str, edition: Edition) -> None:
    """Store a released edition atomically."""
    folder = solutions / FOLDER / lesson
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / str(edition.number)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
        part = Path(scratch, "part")
        part.mkdir()
        for name, text in {**edition.files, MASTER: edition.master}.items():
            (part / name).write_text(text, encoding="utf-8")
        if target.exists():
            (part / MASTER).replace(target / MASTER)
        else:
            part.rename(target)


def edition_of(student: Notebook, editions: Sequence[Edition]) -> Edition:
    """Return the edition with the notebook's version number, or else the most similar edition.

    If two are equally similar, return the newer one.
    """
    for edition in editions:
        if edition.number == student.version:
            return edition
    sources = {cell.source.strip() for cell in student.cells}

    def likeness(edition: Edition) -> tuple[int, int]:
        text = next(text for name, text in edition.files.items() if name.endswith(".ipynb"))
        shared = sum(cell.source.strip() in sources for cell in Notebook.parse(text).cells)
        return shared, edition.number

    return max(editions, key=likeness)


def describe(lesson: str, released: Sequence[Edition], edition: Edition) -> str:
    """Describe the changes for students who have the previous edition."""
    if not released:
        return "first release"
    last = released[-1]
    if last.number != edition.number:
        return "; ".join(changes(lesson, last, edition)) or "no change that students would see"
    regrade = "" if last.master == edition.master else "; grading now uses the new master"
    return f"unchanged for students{regrade}"


def changes(lesson: str, old: Edition, new: Edition) -> Iterator[str]:
    """Yield a phrase for each exercise, cell and check that changed for students."""
    before, after = Master.parse(old.master), Master.parse(new.master)
    yield from _points_changed(before.points_by_exercise, after.points_by_exercise)
    yield from _cells_changed(_public_cells(before), _public_cells(after))
    was, now = (json.loads(edition.files[f"{lesson}.json"])["checks"] for edition in (old, new))
    for exercise in sorted(was.keys() & now.keys()):
        if was[exercise]["want"] != now[exercise]["want"]:
            yield f"the public check of {exercise} expects different values"
        if was[exercise]["distractors"] != now[exercise]["distractors"]:
            yield f"the hints of {exercise} changed"


def _points_changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for exercise in {**after, **before}:
        if exercise not in before:
            yield f"{exercise} is new (points: {after[exercise]})"
        elif exercise not in after:
            yield f"{exercise} was removed"
        elif before[exercise] != after[exercise]:
            yield f"points of {exercise}: {before[exercise]} → {after[exercise]}"


def _public_cells(master: Master) -> dict[str, Cell]:
    """Return the cells that students receive, by id, or by source if they have no id."""
    public = master.with_role(None, Role.ANSWER, Role.CHECK)
    return {cell.id or cell.source: cell for cell in public}


def _cells_changed(before: Mapping[str, Cell], after: Mapping[str, Cell]) -> Iterator[str]:
    for key in {**after, **before}:
        cell = after.get(key) or before[key]
        name = f"the {cell.role} cell of {cell.exercise}" if cell.exercise else f"the cell {key!r}"
        if key not in before:
            yield f"{name} is new"
        elif key not in after:
            yield f"{name} was removed"
        elif before[key].stub != after[key].stub:
            yield f"{name} was edited"
