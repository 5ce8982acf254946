"""What a wrong answer did, for the instructor alone: a digest of its outcomes, a failing case."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from coursekit.course.compare import digest
from coursekit.course.differences import distinct_texts
from coursekit.course.literals import call_text, value_text
from coursekit.course.records import CheckRecord, Ending, Outcome

UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
MAX_TEXT = 300  # characters of one failing case


class Evidence(NamedTuple):
    """What is kept of a check that did not pass."""

    behaviour: str = ""  # equal for answers that do the same in every case; "" if unknown
    failing: str = ""  # the first case that fails, with the expected and the returned value


def evidence(
    record: CheckRecord, outcomes: Sequence[Outcome], verdicts: Sequence[bool]
) -> Evidence:
    """Return what is kept of a check; nothing if it passed, or was not attempted."""
    if not verdicts or all(verdicts) or all(outcome.not_attempted for outcome in outcomes):
        return Evidence()
    first = list(verdicts).index(False)
    call = call_text(record.exercise, record.cases[first])
    try:
        wrong = [f"{k} {digest(outcomes[k])}" for k, right in enumerate(verdicts) if not right]
        behaviour = hashlib.sha256("\n".join(wrong).encode()).hexdigest()[:16]
        returned = _outcome_text(record.outcomes[first], outcomes[first])
    except UNREADABLE:  # a student's process may send anything
        behaviour, returned = "", "returned a value that cannot be shown"
    return Evidence(behaviour, f"{call}: {returned}"[:MAX_TEXT])


def _outcome_text(want: Outcome, got: Outcome) -> str:
    """Return what was expected and what came instead."""
    if want.ending is not Ending.VALUE:
        expected, returned = want.errors[0], value_text(got.value)
    elif got.ending is Ending.VALUE:
        expected, returned = distinct_texts(want.value, got.value)
    else:
        expected, returned = value_text(want.value), ""
    match got.ending:
        case Ending.VALUE:
            return f"expected {expected}, returned {returned}"
        case Ending.ERROR:
            return f"expected {expected}, raised {got.errors[0]}: {got.message}".rstrip(": ")
        case Ending.CHANGED:
            return "its arguments were changed"
        case Ending.STOPPED:
            return f"stopped: {got.stop_reason}"
        case _:
            return "not attempted"
