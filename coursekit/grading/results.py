"""Grading records, and how the outcomes of a check become its status, points and reason."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from coursekit.course.headers import Role
from coursekit.course.master import Cell
from coursekit.course.records import Ending, Outcome, Status, advice_on

MAX_CHARACTERS = 200  # the longest reason
HIDDEN_STEPS = 4  # more steps of points would tell a student how many hidden cases are right
IMPORT_ERRORS = ("ImportError", "ModuleNotFoundError")
IMPORTED_FROM = re.compile(r" \([^()]*\)$")  # the path of a module inside the sandbox
KIT = "'coursekit"  # in the message of a failed import
SYNTAX_ERROR = re.compile(r"(Syntax|Indentation|Tab)Error\b")  # then no statement runs
MAX_LINE = 60  # characters of the line that tells a student which cell is meant
REMEDIES = {
    "StdinNotImplementedError": "Nobody can type anything during grading.",
    "FileNotFoundError": "Only what the notebook itself contains is there during grading.",
}
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
    # for the instructor alone; kept in the gradebook's attempts, not in its results
    behaviour: str = ""  # equal for wrong answers that do the same in every case
    failing: str = ""  # the first case that fails, with what was expected and what came


@lru_cache(maxsize=10_000)
def _result(**fields: Any) -> Result:
    """Return a stored result; equal ones are one object, because a class has few different ones."""
    return Result(**{**fields, "part": Role(fields["part"]), "status": Status(fields["status"])})


@dataclass(frozen=True, slots=True)
class Graded:
    """A graded attempt; the gradebook counts a student's attempts."""

    student: str
    status: SubmissionStatus
    results: Sequence[Result] = ()
    notes: Sequence[str] = ()  # sentences for the student
    prose: Mapping[str, str] = field(default_factory=dict)  # exercise → written answer
    code: Mapping[str, str] = field(default_factory=dict)  # exercise → the answer's source
    sandbox: str = ""  # the level of the sandbox that ran it
    seconds: float = 0.0
    attempt: int = 1  # 1 for the first that was graded, 2 for the second, …
    version: int = 1  # the master's version used for grading
    collected: int = 0  # the number of the attempt in the list of a download; 0 if there is none
    draw: int = 1  # of the random cases: 1 until the student may know a grade, then 2, …
    lost: float = 0.0  # the share of the points that being late costs, from 0 to 1
    among: int = 1  # the number of attempts of which it is the one that counts

    @property
    def number(self) -> int:
        """The number by which people know the attempt."""
        return self.collected or self.attempt

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
        results = [_result(**one) for one in fields["results"]]
        status = SubmissionStatus(fields["status"])
        fields.setdefault("draw", fields["attempt"])  # in earlier versions, each had its own
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
    """Return the first stop or error, or what all values have in common that explains a failure."""
    for outcome in outcomes:
        if outcome.ending is Ending.STOPPED:
            return outcome.message[:MAX_CHARACTERS]
        if outcome.ending is Ending.ERROR:
            line = f" on line {outcome.trace[-1].line}" if outcome.trace else ""
            return f"{outcome.errors[0]}{line}: {outcome.message}"[:MAX_CHARACTERS].rstrip(": ")
    advice = {outcome.ending is Ending.VALUE and advice_on(outcome.value) for outcome in outcomes}
    if len(advice) == 1 and (sentence := advice.pop()):
        returned = "None" if outcomes[0].value is None else "a coroutine"
        return f"your function returns {returned}. {sentence}"
    return ""


def cell_error(outputs: Sequence[Any]) -> str:
    """Return the first error in a cell's outputs, or "" if there is none."""
    return next(_errors(outputs), "")


def error_notes(source: str, outputs: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Yield each failed import in a cell's outputs, or else its first error, as text and sentence.

    Other errors in a cell often follow from those.
    """
    errors = list(_errors(outputs))
    imports = [error for error in errors if error.startswith(IMPORT_ERRORS)]
    for error in imports:
        what = error.partition(": ")[2]
        remedy = "" if KIT in what else " Do without it, or ask your instructor to install it."
        yield (
            error,
            f"An import failed during grading, and the rest of its cell ran: {what}.{remedy}",
        )
    if errors and not imports:
        rest = "" if SYNTAX_ERROR.match(errors[0]) else ", and the rest of the cell ran"
        name = errors[0].partition(":")[0].partition(" ")[0]
        why = REMEDIES.get(name, "")
        cell, error = cell_title(source), errors[0].rstrip(".")
        sentence = f"Your cell {cell} had an error during grading{rest}: {error}."
        yield errors[0], f"{sentence} {why}".rstrip()


def cell_title(source: str) -> str:
    """Return the first line of a cell in quotes, by which a student recognises it.

    >>> cell_title("\\nx = 1\\ny = 2")
    '“x = 1”'
    """
    first = next((line for line in source.splitlines() if line.strip()), "").strip()
    return f"“{first}”" if len(first) <= MAX_LINE else f"“{first[:MAX_LINE]}…”"


def _errors(outputs: Sequence[Any]) -> Iterator[str]:
    """Yield each error in a cell's outputs, in one line without paths of the sandbox."""
    for output in outputs:
        if output["output_type"] == "error":
            name, text = output["ename"], output["evalue"]
            line = f" on {match[1]}" if (match := IN_CELL.search(text)) else ""
            text = (IMPORTED_FROM if name in IMPORT_ERRORS else IN_CELL).sub("", text)
            yield " ".join(f"{name}{line}: {text}"[:MAX_CHARACTERS].split()).removesuffix(":")
