"""The grades of a class together with what a platform knows about each student."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coursekit.errors import CommandError
from coursekit.grading.results import LABELS, SubmissionStatus
from coursekit.grading.sheet import from_text
from coursekit.platforms.attempts import Attempt, read_list
from coursekit.platforms.layouts import Person
from coursekit.platforms.tables import read_table

GRADES = "grades.csv"
FIXED = ("student", "points", "max_points", "attempt", "version", "status", "time",
         "penalty_percent", "final_points")  # its columns that are no exercises  # fmt: skip
FINAL = {LABELS[SubmissionStatus.GRADED], LABELS[SubmissionStatus.UNREADABLE]}


@dataclass(frozen=True, slots=True)
class Grade:
    """A student's row of grades.csv, and the attempt that counts."""

    attempt: Attempt
    points: float | None  # None while they are not final
    max_points: float
    status: str
    exercises: Mapping[str, str]  # name → points, "" while they are unknown
    source: str = ""  # of the last attempt, to which the platform attaches feedback

    @property
    def student(self) -> str:
        return self.attempt.student

    @property
    def person(self) -> Person:
        return self.attempt.person


@dataclass(slots=True)
class Export:
    """A file for a platform, and what its user must know: the kind → students or sentences."""

    content: bytes = b""
    notes: dict[str, list[str]] = field(default_factory=dict)

    def note(self, kind: str, what: str) -> None:
        self.notes.setdefault(kind, []).append(what)


def read_grades(out: Path, folder: Path | None = None) -> list[Grade]:
    """Return the grades in OUT of the class in a folder; raise CommandError if there are none."""
    if not (out / GRADES).is_file():
        raise CommandError(f"{out} contains no {GRADES}: pass the folder that grade --out wrote")
    collected: dict[str, list[Attempt]] = defaultdict(list)
    for one in read_list(folder) if folder else ():
        collected[one.student].append(one)
    table = read_table(out / GRADES)
    return [_grade(dict(zip(table.columns, map(from_text, row), strict=True)), collected, out)
            for row in table.rows]  # fmt: skip


def _grade(row: Mapping[str, str], collected: Mapping[str, Sequence[Attempt]], out: Path) -> Grade:
    try:
        student, status = row["student"], row["status"]
        final = status in FINAL and row["points"]
        attempts = collected.get(student) or [Attempt(student)]
        return Grade(
            next((one for one in attempts if one.number == row["attempt"]), attempts[-1]),
            float(row.get("final_points") or row["points"]) if final else None,
            float(row["max_points"]),
            status,
            {name: points for name, points in row.items() if name not in FIXED},
            attempts[-1].source,
        )
    except (KeyError, ValueError):
        raise CommandError(f"{out / GRADES} was edited: run coursekit grade again") from None
