"""Marks: the points and comments that a person gives to written answers.

The gradebook stores them. A sheet, words.csv, shows them and takes new ones.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from coursekit.course.headers import Role
from coursekit.course.records import Status
from coursekit.grading.pictures import without_pictures
from coursekit.grading.results import Graded, Result


@dataclass(frozen=True, slots=True)
class Mark:
    """The points and comment that a person gave to an answer; no points until it is graded."""

    points: float | None = None
    comment: str = ""

    @property
    def points_text(self) -> str:
        """The points as a person types them, or ""."""
        return "" if self.points is None else f"{self.points:.12g}"


class Marking(NamedTuple):
    """A mark, and who gave it."""

    number: int  # grows with every mark
    mark: Mark = Mark()
    marker: str = ""  # or "" for the sheet
    items: tuple[int, ...] = ()  # the items of the rubric that were chosen, counted from 1


class Key(NamedTuple):
    """The answer that a mark belongs to."""

    student: str
    exercise: str
    code: str


Marks = Mapping[Key, Mark]


def marks_of(markings: Mapping[Key, Marking]) -> dict[Key, Mark]:
    """Return the marks that were given and not removed again."""
    return {key: one.mark for key, one in markings.items() if one.mark != Mark()}


def key_of(row: Graded, exercise: str) -> Key:
    """Return the key of a student's answer.

    The code differs for each student, exercise, text and picture. It starts with a letter, because
    spreadsheets turn codes such as 55429e90 into numbers.
    """
    answer = row.prose.get(exercise, "")
    return Key(row.student, exercise, f"a{_digest(row.student, exercise, answer)[:9]}")


def short_key_of(row: Graded, exercise: str) -> Key:
    """Return the key that identified an answer before codes started with a letter."""
    return Key(row.student, exercise, _digest(_text(row, exercise))[:8])


def earlier_keys_of(row: Graded, exercise: str) -> tuple[Key, Key]:
    """Return the keys that identified an answer before codes covered its pictures."""
    code = f"a{_digest(row.student, exercise, _text(row, exercise))[:9]}"
    return Key(row.student, exercise, code), short_key_of(row, exercise)


def _text(row: Graded, exercise: str) -> str:
    return without_pictures(row.prose.get(exercise, ""))


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()


def mark_of(row: Graded, exercise: str, marks: Marks) -> Mark:
    """Return the mark of a student's answer, or an empty one."""
    keys = (key_of(row, exercise), *earlier_keys_of(row, exercise))
    return next((marks[key] for key in keys if key in marks), Mark())


def answered(rows: Iterable[Graded]) -> Iterator[tuple[Graded, str]]:
    """Yield each written answer: its submission and its exercise."""
    return ((row, exercise) for row in rows for exercise, answer in row.prose.items() if answer)


def prose_results(row: Graded, max_points: Mapping[str, float], marks: Marks) -> list[Result]:
    """Return the result of each of a student's written answers."""
    results = []
    for exercise, limit in max_points.items():
        mark = mark_of(row, exercise, marks)
        status = Status.NOT_READ if mark.points is None else Status.READ
        if not row.prose.get(exercise):
            status, mark = Status.NOT_ATTEMPTED, Mark(0.0)
        results.append(
            Result(exercise, Role.PROSE, mark.points or 0.0, limit, 0, 0, status, mark.comment)
        )
    return results
