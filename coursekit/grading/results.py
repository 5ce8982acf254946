"""Grading records: the result of a check, a graded submission, a gradebook row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from coursekit.course.headers import Role
from coursekit.course.records import Status


class SubmissionStatus(StrEnum):
    """Whether a submission could be graded. The values are stored in gradebooks."""

    GRADED = "graded"
    UNREADABLE = "unreadable"
    INFRASTRUCTURE = "infrastructure"  # our infrastructure failed: the next run retries


LABELS: Mapping[str, str] = {  # stored value → the words that people read
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
    """The result of one check or one written answer."""

    exercise: str
    part: Role  # CHECK, HIDDEN or PROSE
    points: float
    max_points: float
    passed: int  # number of cases passed
    cases: int
    status: Status
    why: str = ""  # one line that explains missing points, or a person's comment


@dataclass(frozen=True, slots=True)
class Graded:
    """A graded submission, as returned by `grade_one` and sent between processes and machines."""

    student: str
    status: SubmissionStatus
    results: Sequence[Result] = ()
    notes: Sequence[str] = ()  # sentences for the student
    prose: Mapping[str, str] = field(default_factory=dict)  # exercise → written answer
    sandbox: str = ""  # the level of the sandbox that ran it
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """The total points of all checks."""
        return sum(result.points for result in self.results)


@dataclass(frozen=True, slots=True)
class GradebookRow(Graded):
    """A graded submission as the gradebook stores it."""

    attempt: int = 1  # 1 for the student's first submission, 2 for the second, …
    version: int = 1  # the master's version used for grading


@dataclass(slots=True)
class NotebookResult:
    """The result of one assembled notebook, filled in while its cells run."""

    results: list[Result] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)  # infrastructure failures, not the student's
    seconds: float = 0.0
