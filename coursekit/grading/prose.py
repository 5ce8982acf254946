"""Find the written answers in submissions; a person enters points and comments in words.csv."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master, Notebook
from coursekit.course.records import Status
from coursekit.course.release import PLACEHOLDER
from coursekit.errors import CommandError
from coursekit.grading.results import Graded, Result

MAX_CHARACTERS = 20_000  # the longest written answer kept
COLUMNS = ("student", "exercise", "answer", "points", "max_points", "comment")


def find_prose(master: Master, student: Notebook) -> dict[str, str]:
    """Return the written answer to each question, or "" if there is none; the last one counts."""
    prose = {}
    for above, question in pairwise([None, *master.cells]):
        if question and question.role is Role.PROSE:
            texts = [t for t in _candidates(student, question, above) if t and t != PLACEHOLDER]
            prose[question.exercise] = texts[-1][:MAX_CHARACTERS] if texts else ""
    return prose


def _candidates(student: Notebook, question: Cell, above: Cell | None) -> Iterator[str]:
    """Yield the text cells that have the question's header or id, or follow the same cell."""
    text_above = above.source.strip() if above else ""
    for before, cell in pairwise([None, *student.cells]):
        is_below = before and text_above and before.source.strip() == text_above
        if cell and not cell.is_code and (cell.answers(question) or is_below):
            yield cell.source.strip()


def digest(answer: str) -> str:
    """Return a short digest that distinguishes an answer from later versions of it."""
    return hashlib.sha256(answer.encode("utf-8", "replace")).hexdigest()[:8]


def no_formula(text: str) -> str:
    """Return the text, preceded by a quote if a spreadsheet would run it as a formula.

    >>> no_formula("=1+1"), no_formula("Ada")
    ("'=1+1", 'Ada')
    """
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") else text


def csv_text(rows: Iterable[Iterable[str]]) -> str:
    """Return rows as CSV; a spreadsheet will not run any cell as a formula."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerows(map(no_formula, row) for row in rows)
    return out.getvalue()


class ProseGrade(NamedTuple):
    """The points and comment that a person gave an answer; no points until it is graded."""

    points: float | None = None
    comment: str = ""


Key = tuple[str, str, str]  # student, exercise, digest of the answer
ProseGrades = dict[Key, ProseGrade]


def read_words(path: Path, max_points: Mapping[str, float]) -> ProseGrades:
    """Return the grades that a person entered; raise CommandError if points are invalid."""
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise CommandError(f"cannot read {path} ({error}): fix it or move it elsewhere") from None
    grades: ProseGrades = {}
    for line, row in enumerate(rows, 2):
        student, exercise, answer, text, _, comment = (
            (row.get(name) or "").strip() for name in COLUMNS
        )
        points = _points(text, max_points.get(exercise), f"{path}, line {line}")
        grades[student, exercise, answer] = ProseGrade(points, comment)
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


def words_csv(rows: Sequence[Graded], max_points: Mapping[str, float], grades: ProseGrades) -> str:
    """Return words.csv: all answers with their grades so far.

    If an answer changes, the row with its earlier grade is kept, so no person's work is lost.
    """
    table: list[Sequence[str]] = [COLUMNS]
    answers = {_key(row, e): ProseGrade() for e in max_points for row in rows if row.prose.get(e)}
    for key, (points, comment) in (answers | grades).items():
        if key in answers or points is not None or comment:
            text = "" if points is None else f"{points:g}"
            table.append([*key, text, f"{max_points.get(key[1], 0):g}", comment])
    return csv_text(table)


def _key(row: Graded, exercise: str) -> Key:
    return no_formula(row.student), exercise, digest(row.prose.get(exercise, ""))


def prose_results(
    row: Graded, max_points: Mapping[str, float], grades: ProseGrades
) -> list[Result]:
    """Return the result of each of a student's written answers."""
    results = []
    for exercise, limit in max_points.items():
        points, comment = grades.get(_key(row, exercise), ProseGrade())
        status = Status.NOT_READ if points is None else Status.READ
        if not row.prose.get(exercise):
            status, points = Status.NOT_ATTEMPTED, 0.0
        results.append(Result(exercise, Role.PROSE, points or 0.0, limit, 0, 0, status, comment))
    return results
