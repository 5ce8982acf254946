"""Work out the result of one check: its status, its points, and one line on missing points."""

import re
from collections.abc import Sequence
from typing import Any

from coursekit.course.records import Ending, Outcome, Status
from coursekit.grading.assemble import CellInfo
from coursekit.grading.results import Result

MAX_CHARACTERS = 200  # the longest reason
IN_CELL = re.compile(r" \(\S+\.py, (line \d+)\)$")  # the end of a SyntaxError's message


def check_result(
    check: CellInfo,
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
    missing = _is_missing(outcomes)
    if verdicts and all(verdicts):
        points, status, why = check.points, Status.RIGHT, ""
    else:
        share = sum(verdicts) / len(verdicts) if verdicts and check.by_case else 0
        points = round(check.points * share, 2)
        status = _status(outcomes, lost, raised if missing else "")
        failed = [o for o, right in zip(outcomes, verdicts, strict=True) if not right]
        undefined = raised or f"no cell defines {check.exercise}" if missing else ""
        why = lost or undefined or first_reason(failed) or ("" if verdicts else failure)
    return Result(
        check.exercise, check.role, points, check.points, sum(verdicts), cases, status, why
    )


def _status(outcomes: Sequence[Outcome], lost: str, raised: str) -> Status:
    """Return the status of a failed check; a cell with an error counts as an attempt."""
    if not raised and any(outcome.not_attempted for outcome in outcomes):
        return Status.NOT_ATTEMPTED
    return Status.LOST if lost else Status.WRONG


def _is_missing(outcomes: Sequence[Outcome]) -> bool:
    return bool(outcomes) and all(outcome.ending is Ending.MISSING for outcome in outcomes)


def first_reason(outcomes: Sequence[Outcome]) -> str:
    """Return why the answer was stopped, or the error that it raised, in the first such case."""
    for outcome in outcomes:
        if outcome.ending is Ending.STOPPED:
            return outcome.message[:MAX_CHARACTERS]
        if outcome.ending is Ending.ERROR:
            line = f" on line {outcome.trace[-1].line}" if outcome.trace else ""
            return f"{outcome.errors[0]}{line}: {outcome.message}"[:MAX_CHARACTERS]
    return ""


def cell_error(outputs: Sequence[Any]) -> str:
    """Return the error in a cell's outputs, or "" if the cell ran to the end."""
    for output in outputs:
        if output["output_type"] == "error":
            text, line = output["evalue"], ""
            if match := IN_CELL.search(text):
                text, line = text[: match.start()], f" on {match[1]}"
            return f"{output['ename']}{line}: {text}"[:MAX_CHARACTERS]
    return ""
