"""A graded class onto paper: grades.csv, a page for each student, the report, answers in words."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coursekit.course import master as masters
from coursekit.course.versions import Edition
from coursekit.grading.report import words_csv
from coursekit.grading.report.grades_csv import points_csv
from coursekit.grading.report.pages import class_page, prose_page, student_page

WORDS = "words.csv"


def written(editions: Sequence[Edition]) -> dict[str, float]:
    """Return the points of each question in words, in any version."""
    found: dict[str, float] = {}
    for edition in editions:
        found |= masters.written(masters.parse(edition.master))
    return found


def write(
    out: Path,
    lesson: str,
    editions: Sequence[Edition],
    rows: list[dict[str, Any]],
    marks: words_csv.Marks,
    pages: dict[str, str],
) -> list[str]:
    """Write what a class gets, each file whole or not at all; return the exercises.

    `rows` are the gradebook's; `pages` has the file name of each student's page.
    """
    of = {edition.number: masters.parse(edition.master) for edition in editions}
    exercises = list(dict.fromkeys(e for m in reversed(of.values()) for e in masters.exercises(m)))
    for row in rows:
        its = of.get(row["version"], of[editions[-1].number])
        row["most"], row["bonus"] = masters.most(its), masters.bonus(its)
        if row["status"] != "infrastructure":
            row["results"] += words_csv.results(row, masters.written(its), marks)
    (out / "feedback").mkdir(parents=True, exist_ok=True)
    for row in rows:
        page = student_page(lesson, row, exercises)
        _replace(out / "feedback" / pages[row["student"]], page)
    _replace(out / "grades.csv", points_csv(rows, exercises))
    _replace(out / "report.html", class_page(lesson, rows, exercises, pages))
    questions = {
        masters.facts(cell)["exercise"]: masters.facts(cell)
        for master in of.values()
        for cell in masters.cells(master, "written")
    }
    if questions:
        _replace(out / WORDS, words_csv.sheet(rows, written(editions), marks))
        _replace(out / "words.html", prose_page(lesson, list(questions.values()), rows))
    return exercises


def _replace(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as part:
        part.write(text)
    Path(part.name).chmod(0o600)  # grades are the owner's to hand out
    shutil.move(part.name, path)
