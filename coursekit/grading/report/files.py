"""Write a graded class's files: grades.csv, report.html, a page per student, written answers."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from coursekit.course.master import Master
from coursekit.course.versions import Edition
from coursekit.grading.report.grades_csv import grades_csv
from coursekit.grading.report.pages import class_page, prose_page, student_page
from coursekit.grading.report.student_grade import StudentGrade
from coursekit.grading.report.words_csv import ProseGrades, prose_results, words_csv
from coursekit.grading.results import GradebookRow, SubmissionStatus

WORDS = "words.csv"


def prose_points(editions: Sequence[Edition]) -> dict[str, float]:
    """Return the maximum points of each written question in any version."""
    points: dict[str, float] = {}
    for edition in editions:
        points |= Master.parse(edition.master).prose_points
    return points


def write_files(
    out: Path,
    lesson: str,
    editions: Sequence[Edition],
    rows: Sequence[GradebookRow],
    grades: ProseGrades,
    pages: Mapping[str, str],
) -> list[StudentGrade]:
    """Write all files of a class; return each student's grade.

    `pages` maps each student to the file name of a page. Each file is replaced atomically.
    """
    masters = {edition.number: Master.parse(edition.master) for edition in editions}
    newest = masters[editions[-1].number]
    students = [
        _student(row, masters.get(row.version, newest), grades, pages[row.student]) for row in rows
    ]
    exercises = list(dict.fromkeys(e for m in reversed(masters.values()) for e in m.exercises))
    (out / "feedback").mkdir(parents=True, exist_ok=True)
    for student in students:
        _replace(out / "feedback" / student.page, student_page(lesson, student, exercises))
    _replace(out / "grades.csv", grades_csv(students, exercises))
    _replace(out / "report.html", class_page(lesson, students, exercises))
    questions = {cell.exercise: cell for master in masters.values() for cell in master.prose}
    if questions:
        _replace(out / WORDS, words_csv(rows, prose_points(editions), grades))
        _replace(out / "words.html", prose_page(lesson, list(questions.values()), students))
    return students


def _student(row: GradebookRow, master: Master, grades: ProseGrades, page: str) -> StudentGrade:
    results = list(row.results)
    if row.status is not SubmissionStatus.INFRASTRUCTURE:
        results += prose_results(row, master.prose_points, grades)
    return StudentGrade(row, results, master.max_points, master.bonus, page)


def _replace(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as part:
        part.write(text)
    Path(part.name).chmod(0o600)  # only the instructor may publish grades
    shutil.move(part.name, path)
