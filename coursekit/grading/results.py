"""Records of grading: the result of a check, a graded submission, a row of the gradebook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from coursekit.course.headers import Role
from coursekit.course.records import Status


class SubmissionStatus(StrEnum):
    """Whether a submission could be graded. The values are stored in gradebooks."""

    GRADED = "graded"
    UNREADABLE = "unreadable"
    INFRASTRUCTURE = "infrastructure"  # our own machinery failed: the next run retries


LABELS: Mapping[str, str] = {  # what people read in place of a stored value
    Status.RIGHT: "passed",
    Status.WRONG: "failed",
    Status.LOST: "stopped",
    Status.NOT_ATTEMPTED: "not attempted",
    Status.READ: "graded",
    Status.NOT_READ: "not graded yet",
    SubmissionStatus.GRADED: "graded",
    SubmissionStatus.UNREADABLE: "unreadable",
    SubmissionStatus.INFRASTRUCTURE: "grading failed",
    Role.CHECK: "Public checks",
    Role.HIDDEN: "Hidden checks",
    Role.PROSE: "Written answer",
}


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one check, or of one answer in words."""

    exercise: str
    part: Role  # of the cell: CHECK, HIDDEN or PROSE
    points: float
    max_points: float
    passed: int  # cases
    cases: int
    status: Status
    why: str = ""  # one line that explains missing points, or a person's comment


@dataclass(frozen=True, slots=True)
class Graded:
    """A graded submission, as `grade_one` returns it; pickled between processes and machines."""

    student: str
    status: SubmissionStatus
    results: Sequence[Result] = ()
    notes: Sequence[str] = ()  # sentences for the student
    prose: Mapping[str, str] = field(default_factory=dict)  # exercise → answer in words
    sandbox: str = ""  # its level
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """The points of all checks together."""
        return sum(result.points for result in self.results)


@dataclass(frozen=True, slots=True)
class GradebookRow(Graded):
    """A graded submission as the gradebook stores it."""

    attempt: int = 1  # the first, second, … text that this student handed in
    version: int = 1  # of the master


@dataclass(slots=True)
class NotebookResult:
    """What running one assembled notebook gave; filled while its cells run."""

    results: list[Result] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)  # of our own machinery
    seconds: float = 0.0
