"""words.csv: each answer in words, and the points that a person gave for it."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from coursekit.errors import CommandError
from coursekit.grading.prose import digest
from coursekit.grading.report.grades_csv import disarmed

COLUMNS = ("student", "exercise", "answer", "points", "max_points", "comment")


class Mark(NamedTuple):
    """What a person gave for an answer: no points while it is not read yet."""

    points: float | None
    comment: str


Marks = dict[tuple[str, str, str], Mark]  # student, exercise, digest of the answer


def read(path: Path, most: Mapping[str, float]) -> Marks:
    """Return the points in a sheet that a person filled in; an amount that is none is refused."""
    if not path.exists():
        return {}
    found: Marks = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise CommandError(f"{path} cannot be read ({error}): mend it or move it away") from None
    for number, row in enumerate(rows, 2):
        student, exercise, answer, points, comment = (
            (row.get(name) or "").strip()
            for name in ("student", "exercise", "answer", "points", "comment")
        )
        limit = most.get(exercise, 0.0)
        try:
            given = float(points.replace(",", ".")) if points else None
        except ValueError:
            given = -1.0
        if given is not None and exercise in most and not 0 <= given <= limit:
            raise CommandError(
                f"{path}, line {number}: {points!r} is no number of points from 0 to {limit:g}"
            )
        found[student, exercise, answer] = Mark(given, comment)
    return found


def sheet(rows: Sequence[Mapping[str, Any]], most: Mapping[str, float], marks: Marks) -> str:
    """Return the sheet as CSV: each answer with what is given for it; nothing filled in is lost."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    left = dict(marks)
    for exercise in most:
        for row in rows:
            if answer := row["words"].get(exercise):
                key = (disarmed(row["student"]), exercise, digest(answer))
                table.writerow(_row(key, left.pop(key, Mark(None, "")), most[exercise]))
    for key, mark in left.items():  # of an answer that was changed after it was read
        if mark.points is not None or mark.comment:
            table.writerow(_row(key, mark, most.get(key[1], 0.0)))
    return out.getvalue()


def _row(key: tuple[str, str, str], mark: Mark, most: float) -> list[str]:
    points = "" if mark.points is None else f"{mark.points:g}"
    return [*key, points, f"{most:g}", disarmed(mark.comment)]


def results(
    row: Mapping[str, Any], most: Mapping[str, float], marks: Marks
) -> list[dict[str, Any]]:
    """Return what a student has for each answer in words, as results of a check are."""
    found = []
    for exercise, limit in most.items():
        answer = row["words"].get(exercise, "")
        mark = marks.get((disarmed(row["student"]), exercise, digest(answer)), Mark(None, ""))
        given = 0.0 if not answer else mark.points
        found.append({
            "exercise": exercise, "part": "written", "points": given or 0.0, "max_points": limit,
            "passed": 0, "cases": 0, "why": mark.comment,
            "status": "not attempted" if not answer else "not read" if given is None else "read",
        })  # fmt: skip
    return found
