"""The grade of one student, which combines the results of checks and of written answers."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from coursekit.course.records import Status
from coursekit.grading.results import GradebookRow, Result, SubmissionStatus


@dataclass(frozen=True, slots=True)
class StudentGrade:
    """A gradebook row and the points that a person gave, as shown in every page and file."""

    row: GradebookRow
    results: Sequence[Result]  # first the checks, then the written answers
    max_points: float  # without the bonus exercises
    bonus: Set[str]  # exercises
    page: str  # the file name of the student's page

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
