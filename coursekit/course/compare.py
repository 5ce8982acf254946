"""Decide whether an outcome is right: it equals the reference's, or a judge accepts its value.

This runs in the grader and in the student's notebook, on JSON data; it runs no student code.
"""

import hashlib
from collections.abc import Mapping, Sequence
from math import isclose, isnan

from coursekit.course.judges import Predicate, holds, predicate_of
from coursekit.course.records import TOLERANCE, Case, CheckRecord, Ending, Json, Outcome

Encoded = Json  # the result of `guest.codec.encode`, or anything from a tampered process


def decoded_number(value: Encoded) -> int | float | None:
    """Decode an encoded number; return None for anything else."""
    if isinstance(value, dict) and isinstance(text := value.get("v"), str):
        try:
            if value.get("t") == "int":
                return int(text, 16)
            if value.get("t") == "float":
                return float(text)
        except ValueError:
            return None
    return None


def equal(got: Encoded, want: Encoded, within: float = TOLERANCE) -> bool:
    """Return whether two encoded values are equal, with a relative tolerance for numbers."""
    if (y := decoded_number(want)) is not None:
        return _equal_numbers(decoded_number(got), y, within)
    if not isinstance(want, dict):
        return type(got) is type(want) and bool(got == want)
    if not isinstance(got, dict) or got.get("t") != want.get("t"):
        return False
    if want["t"] == "dict":
        return _equal_dicts(got, want, within)
    a, b = got.get("v"), want.get("v")
    if not isinstance(a, list) or not isinstance(b, list) or len(a) != len(b):
        return False
    if want["t"] == "set":
        a, b = sorted(a, key=repr), sorted(b, key=repr)
    return all(equal(x, y, within) for x, y in zip(a, b, strict=True))


def _equal_numbers(got: float | None, want: float, within: float) -> bool:
    if got is None:
        return False
    if isinstance(got, int) and isinstance(want, int):
        return got == want
    try:
        both_nan = isnan(got) and isnan(want)
        return both_nan or isclose(got, want, rel_tol=within, abs_tol=within / 1000)
    except OverflowError:
        return False


def _equal_dicts(got: Mapping[str, Encoded], want: Mapping[str, Encoded], within: float) -> bool:
    """Return whether two encoded dicts are equal; a defaultdict's default fills missing keys."""
    returned = {repr(key): value for key, value in got["v"]}
    expected = {repr(key): value for key, value in want["v"]}
    if not returned.keys() <= expected.keys():
        return False
    missing = object()
    default = got.get("default", missing)
    return all(
        (value := returned.get(key, default)) is not missing and equal(value, wanted, within)
        for key, wanted in expected.items()
    )


def is_right(
    case: Case,
    got: Outcome,
    want: Outcome,
    judge: Predicate | None = None,
    within: float = TOLERANCE,
) -> bool:
    """Return whether `judge` accepts an outcome, or it equals the reference's outcome."""
    if want.ending is Ending.ERROR:  # the answer must raise that error, or a subclass of it
        return want.errors[0] in got.errors
    if got.ending is not Ending.VALUE:
        return False
    try:
        if judge is not None:
            return holds(judge, case, got.value)
        return want.ending is Ending.VALUE and equal(got.value, want.value, within)
    except (TypeError, ValueError, KeyError, RecursionError, IndexError, AttributeError):
        return False  # a forged value is simply wrong


def verdicts(record: CheckRecord, outcomes: Sequence[Outcome]) -> list[bool]:
    """Return whether each outcome is right, according to the reference's record of the cases."""
    judge = predicate_of(record.judge)
    return [
        is_right(case, got, want, judge, record.within)
        for case, got, want in zip(record.cases, outcomes, record.outcomes, strict=True)
    ]


def digest(outcome: Outcome) -> str:
    """Return a short digest of an outcome, which is the same for answers that behave the same.

    >>> five, also_five = ({"t": "int", "v": "0x5"}, {"t": "float", "v": "5.0"})
    >>> digest(Outcome(Ending.VALUE, five)) == digest(Outcome(Ending.VALUE, also_five))
    True
    """
    match outcome.ending:
        case Ending.STOPPED | Ending.CHANGED:  # regardless of which read or second
            plain: Json = outcome.ending.value
        case Ending.ERROR:
            plain = outcome.errors[0]
        case _:
            plain = _normal(outcome.value)
    return hashlib.sha256(repr(plain).encode()).hexdigest()[:16]


def _normal(value: Encoded) -> Json:
    """Normalize an encoded value: numbers become floats, dicts and sets are sorted."""
    if (x := decoded_number(value)) is not None:
        return f"{float(x):.9g}" if abs(x) < 1e300 else str(x)
    if not isinstance(value, dict) or not isinstance(items := value.get("v"), list):
        return value
    if value["t"] == "dict":
        return ["dict", sorted([repr(_normal(k)), _normal(x)] for k, x in items)]
    normal = [_normal(x) for x in items]
    return [value["t"], sorted(normal, key=repr) if value["t"] == "set" else normal]
