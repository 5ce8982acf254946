"""The grade of one student, and grades.csv: a row per student, a column per exercise."""

import csv
import io
from collections.abc import Sequence, Set
from dataclasses import dataclass
from urllib.parse import quote

from coursekit.course.records import Status
from coursekit.grading.prose import no_formula
from coursekit.grading.results import GradebookRow, Result, SubmissionStatus


@dataclass(frozen=True, slots=True)
class StudentGrade:
    """A gradebook row and the points that a person gave, as shown in every page and file."""

    row: GradebookRow
    results: Sequence[Result]  # first the checks, then the written answers
    max_points: float  # without the bonus exercises
    bonus: Set[str]  # exercises

    @property
    def page(self) -> str:
        """The file name of the student's page; the student's name is never used as a path."""
        return quote(self.row.student, safe="") + ".html"

    @property
    def points(self) -> float:
        """The total points of all exercises."""
        return sum(result.points for result in self.results)

    @property
    def ungraded(self) -> int:
        """The number of written answers that have not been graded yet."""
        return sum(result.status is Status.NOT_READ for result in self.results)

    def of(self, exercise: str) -> list[Result]:
        """Return the results for an exercise."""
        return [result for result in self.results if result.exercise == exercise]

    def points_text(self, exercise: str) -> str:
        """Return an exercise's points, or "" if they are unknown or it is not in this version."""
        results = self.of(exercise)
        if self.row.status is SubmissionStatus.INFRASTRUCTURE:
            return ""
        if any(result.status is Status.NOT_READ for result in results):
            return ""
        if not results and self.row.status is SubmissionStatus.GRADED:
            return ""
        return f"{sum(result.points for result in results):g}"


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
