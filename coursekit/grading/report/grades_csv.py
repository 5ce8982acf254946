"""Write grades.csv: a row per student, a column per exercise, and no formulas."""

import csv
import io
from collections.abc import Sequence

from coursekit.grading.report.student_grade import StudentGrade
from coursekit.grading.results import SubmissionStatus


def grades_csv(students: Sequence[StudentGrade], exercises: Sequence[str]) -> str:
    """Return the grades as CSV; a cell is empty while its points are unknown."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["student", "points", "max_points", "attempt", "version", *exercises])
    for student in students:
        row = student.row
        failed = row.status is SubmissionStatus.INFRASTRUCTURE
        table.writerow([
            no_formula(row.student), "" if failed else f"{student.points:g}",
            f"{student.max_points:g}", row.attempt, row.version,
            *map(student.points_text, exercises),
        ])  # fmt: skip
    return out.getvalue()


def no_formula(text: str) -> str:
    """Return the text, preceded by a quote if a spreadsheet would run it as a formula.

    >>> no_formula("=1+1"), no_formula("Ada")
    ("'=1+1", 'Ada')
    """
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") else text
