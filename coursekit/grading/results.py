"""Grading records, and how the outcomes of a check become its status, points and reason."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from coursekit.course.headers import Role
from coursekit.course.master import Cell
from coursekit.course.records import Ending, Outcome, Status

MAX_CHARACTERS = 200  # the longest reason
HIDDEN_STEPS = 4  # more steps of points would tell a student how many hidden cases are right
IMPORT_ERRORS = ("ImportError", "ModuleNotFoundError")
IMPORTED_FROM = re.compile(r" \([^()]*\)$")  # the path of a module inside the sandbox
IN_CELL = re.compile(r" \(\S+\.py, (line \d+)\)$")  # the end of a SyntaxError's message


class SubmissionStatus(StrEnum):
    """Whether a submission could be graded. The values are stored in gradebooks."""

    GRADED = "graded"
    UNREADABLE = "unreadable"
    INFRASTRUCTURE = "infrastructure"  # our infrastructure failed: the next run retries


LABELS: Mapping[str, str] = {  # stored value → its wording in reports
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
    """A graded submission; the gradebook counts a student's attempts."""

    student: str
    status: SubmissionStatus
    results: Sequence[Result] = ()
    notes: Sequence[str] = ()  # sentences for the student
    prose: Mapping[str, str] = field(default_factory=dict)  # exercise → written answer
    sandbox: str = ""  # the level of the sandbox that ran it
    seconds: float = 0.0
    attempt: int = 1  # 1 for the student's first submission, 2 for the second, …
    version: int = 1  # the master's version used for grading
    collected: int = 0  # the number of the attempt in the list of a download; 0 if there is none

    @property
    def points(self) -> float:
        """The total points of all results."""
        return sum(result.points for result in self.results)

    @property
    def points_by_exercise(self) -> dict[str, float]:
        """The points of each exercise."""
        points: dict[str, float] = {}
        for result in self.results:
            points[result.exercise] = points.get(result.exercise, 0) + result.points
        return points

    def to_json(self) -> str:
        """Return the record as JSON, from which `from_json` makes it again."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Graded":
        """Return a record that `to_json` wrote."""
        fields = json.loads(text)
        results = [
            Result(**{**one, "part": Role(one["part"]), "status": Status(one["status"])})
            for one in fields["results"]
        ]
        status = SubmissionStatus(fields["status"])
        return cls(**{**fields, "status": status, "results": results})


class PointChange(NamedTuple):
    """An exercise whose points change."""

    exercise: str
    before: float
    after: float


def point_changes(before: Mapping[str, float], after: Mapping[str, float]) -> list[PointChange]:
    """Return the exercises whose points differ; one that is missing has none.

    >>> point_changes({"layers": 2, "words": 0.3}, {"layers": 5, "words": 0.1 + 0.2, "new": 0})
    [PointChange(exercise='layers', before=2, after=5)]
    """
    exercises = dict.fromkeys([*before, *after])
    pairs = (PointChange(one, before.get(one, 0), after.get(one, 0)) for one in exercises)
    return [pair for pair in pairs if round(pair.before - pair.after, 6)]


@dataclass(slots=True)
class NotebookResult:
    """The result of one assembled notebook, filled in while its cells run."""

    results: list[Result] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)  # infrastructure failures, not the student's
    notes: list[str] = field(default_factory=list)  # sentences for the student
    seconds: float = 0.0


def check_result(
    check: Cell,
    cases: int,
    outcomes: Sequence[Outcome],
    verdicts: Sequence[bool],
    *,
    lost: str,
    raised: str,
    failure: str,
) -> Result:
    """Return the result of a check from the outcome and the verdict of each case.

    `lost` says why the exercise's worker was lost, `raised` is the error that the answer cell
    raised, and `failure` says why there are no verdicts. Each is "" if it does not apply.
    """
    assert check.role
    missing = bool(outcomes) and all(outcome.ending is Ending.MISSING for outcome in outcomes)
    # the stub of a variable, or of a class as a whole, fails when its cell is run
    is_stub = missing and raised.startswith(NotImplementedError.__name__)
    if verdicts and all(verdicts):
        points, status, why = check.points, Status.RIGHT, ""
    else:
        share = sum(verdicts) / len(verdicts) if verdicts and check.by_case else 0
        if check.role is Role.HIDDEN:
            share = min(round(share * HIDDEN_STEPS), HIDDEN_STEPS - 1) / HIDDEN_STEPS
        points = round(check.points * share, 2)
        failed = [o for o, right in zip(outcomes, verdicts, strict=True) if not right]
        undefined = raised or f"no cell defines {check.exercise}"
        why = lost or (undefined if missing and not is_stub else "")
        why = why or first_reason(failed) or ("" if verdicts else failure)
        status = Status.LOST if lost else Status.WRONG
        if any(o.not_attempted for o in outcomes) and not (missing and raised and not is_stub):
            status = Status.NOT_ATTEMPTED  # a cell with an error counts as an attempt
    return Result(
        check.exercise, check.role, points, check.points, sum(verdicts), cases, status, why
    )


def first_reason(outcomes: Sequence[Outcome]) -> str:
    """Return the reason for the first stop or error, or "" if there was neither."""
    for outcome in outcomes:
        if outcome.ending is Ending.STOPPED:
            return outcome.message[:MAX_CHARACTERS]
        if outcome.ending is Ending.ERROR:
            line = f" on line {outcome.trace[-1].line}" if outcome.trace else ""
            return f"{outcome.errors[0]}{line}: {outcome.message}"[:MAX_CHARACTERS].rstrip(": ")
    return ""


def import_notes(outputs: Sequence[Any]) -> Iterator[str]:
    """Yield a sentence for the student on each import that failed in a cell's outputs."""
    for output in outputs:
        if output["output_type"] == "error" and output["ename"] in IMPORT_ERRORS:
            what = " ".join(IMPORTED_FROM.sub("", output["evalue"][:MAX_CHARACTERS]).split())
            yield f"An import failed during grading, and your cell ran without it: {what}."


def cell_error(outputs: Sequence[Any]) -> str:
    """Return the error in a cell's outputs, or "" if the cell ran to the end."""
    for output in outputs:
        if output["output_type"] == "error":
            text = output["evalue"]
            line = f" on {match[1]}" if (match := IN_CELL.search(text)) else ""
            return f"{output['ename']}{line}: {IN_CELL.sub('', text)}"[:MAX_CHARACTERS]
    return ""
