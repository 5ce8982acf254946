"""The grade of one student: the results of checks and of written answers together."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from coursekit.course.records import Status
from coursekit.grading.results import GradebookRow, Result, SubmissionStatus


@dataclass(frozen=True, slots=True)
class StudentGrade:
    """A row of the gradebook with the points that a person gave: what every page and file shows."""

    row: GradebookRow
    results: Sequence[Result]  # of the checks, then of the written answers
    max_points: float  # of the exercises without a bonus
    bonus: Set[str]  # exercises
    page: str  # the file name of the student's page

    @property
    def points(self) -> float:
        """The points of all exercises together."""
        return sum(result.points for result in self.results)

    @property
    def ungraded(self) -> int:
        """The number of written answers that nobody has graded yet."""
        return sum(result.status is Status.NOT_READ for result in self.results)

    def of(self, exercise: str) -> list[Result]:
        """Return the results of an exercise."""
        return [result for result in self.results if result.exercise == exercise]

    def points_text(self, exercise: str) -> str:
        """Return the points of an exercise; "" if they are unknown, or not in this version."""
        results = self.of(exercise)
        if self.row.status is SubmissionStatus.INFRASTRUCTURE:
            return ""
        if any(result.status is Status.NOT_READ for result in results):
            return ""
        if not results and self.row.status is SubmissionStatus.GRADED:
            return ""
        return f"{sum(result.points for result in results):g}"
