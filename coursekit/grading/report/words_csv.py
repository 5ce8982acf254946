"""Read and write words.csv: each written answer, with a person's points and comment."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from coursekit.course.headers import Role
from coursekit.course.records import Status
from coursekit.errors import CommandError
from coursekit.grading.prose import digest
from coursekit.grading.report.grades_csv import no_formula
from coursekit.grading.results import GradebookRow, Result

COLUMNS = ("student", "exercise", "answer", "points", "max_points", "comment")


class ProseGrade(NamedTuple):
    """The points and comment that a person gave an answer; no points until it is graded."""

    points: float | None = None
    comment: str = ""


Key = tuple[str, str, str]  # student, exercise, digest of the answer
ProseGrades = Mapping[Key, ProseGrade]


def read_words(path: Path, max_points: Mapping[str, float]) -> ProseGrades:
    """Return the grades that a person entered; raise CommandError if points are invalid."""
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise CommandError(f"cannot read {path} ({error}): fix it or move it elsewhere") from None
    grades: dict[Key, ProseGrade] = {}
    for line, row in enumerate(rows, 2):
        student, exercise, answer, points, comment = (
            (row.get(name) or "").strip()
            for name in ("student", "exercise", "answer", "points", "comment")
        )
        limit = max_points.get(exercise)
        grades[student, exercise, answer] = ProseGrade(
            _points(points, limit, f"{path}, line {line}"), comment
        )
    return grades


def _points(text: str, limit: float | None, where: str) -> float | None:
    """Return the points in a cell; without a limit, they are not checked."""
    if not text:
        return None
    try:
        points = float(text.replace(",", "."))
    except ValueError:
        points = -1.0
    if limit is not None and not 0 <= points <= limit:
        raise CommandError(f"{where}: points must be a number from 0 to {limit:g}, not {text!r}")
    return points


def words_csv(
    rows: Sequence[GradebookRow], max_points: Mapping[str, float], grades: ProseGrades
) -> str:
    """Return words.csv: all answers with their grades so far.

    If an answer changes, the row with its earlier grade is kept, so no person's work is lost.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    left = dict(grades)
    for exercise in max_points:
        for row in rows:
            if answer := row.prose.get(exercise):
                key = (no_formula(row.student), exercise, digest(answer))
                table.writerow(_cells(key, left.pop(key, ProseGrade()), max_points[exercise]))
    for key, grade in left.items():
        if grade.points is not None or grade.comment:
            table.writerow(_cells(key, grade, max_points.get(key[1], 0.0)))
    return out.getvalue()


def _cells(key: Key, grade: ProseGrade, max_points: float) -> list[str]:
    points = "" if grade.points is None else f"{grade.points:g}"
    return [*key, points, f"{max_points:g}", no_formula(grade.comment)]


def prose_results(
    row: GradebookRow, max_points: Mapping[str, float], grades: ProseGrades
) -> list[Result]:
    """Return the result of each of a student's written answers."""
    results = []
    for exercise, limit in max_points.items():
        answer = row.prose.get(exercise, "")
        grade = grades.get((no_formula(row.student), exercise, digest(answer)), ProseGrade())
        if not answer:
            status, points = Status.NOT_ATTEMPTED, 0.0
        elif grade.points is None:
            status, points = Status.NOT_READ, 0.0
        else:
            status, points = Status.READ, grade.points
        results.append(Result(exercise, Role.PROSE, points, limit, 0, 0, status, grade.comment))
    return results
