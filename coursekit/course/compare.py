"""Plain values against plain values: equal within a tolerance, or as a judge says.

Runs in the grader and in the student's notebook, on decoded JSON only; nothing here executes
what a student wrote.
"""

import hashlib
from collections.abc import Mapping, Sequence
from math import isclose, isnan
from typing import Any

from coursekit.course.judges import Judge, holds
from coursekit.course.records import CheckRecord, Json, Outcome

WITHIN = 1e-9  # of a number's size; of 0, a thousandth of it
Plain = Any  # what `codec.encode` returns, or what a student made the process send instead


def number(value: Plain) -> int | float | None:
    """Return an encoded number, or None for all else."""
    if isinstance(value, dict) and isinstance(text := value.get("v"), str):
        try:
            if value.get("t") == "int":
                return int(text, 16)
            if value.get("t") == "float":
                return float(text)
        except ValueError:
            return None
    return None


def equal(got: Plain, want: Plain, within: float = WITHIN) -> bool:
    """Return whether two encoded values are the same, numbers within the tolerance."""
    if (y := number(want)) is not None:
        x = number(got)
        if x is None:
            return False
        if isinstance(x, int) and isinstance(y, int):
            return x == y
        try:
            return (isnan(x) and isnan(y)) or isclose(x, y, rel_tol=within, abs_tol=within / 1000)
        except OverflowError:
            return False
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


def _equal_dicts(got: Mapping[str, Any], want: Mapping[str, Any], within: float) -> bool:
    """Return whether two encoded dicts are equal; a defaultdict has its default everywhere."""
    found = {repr(key): value for key, value in got["v"]}
    wanted = {repr(key): value for key, value in want["v"]}
    if not found.keys() <= wanted.keys():
        return False
    missing = object()
    default = got.get("default", missing)
    return all(
        (value := found.get(key, default)) is not missing and equal(value, want_value, within)
        for key, want_value in wanted.items()
    )


def right(
    case: Mapping[str, Any],
    got: Plain,
    want: Mapping[str, Any],
    judge: Judge | None = None,
    within: float = WITHIN,
) -> bool:
    """Return whether an outcome is right: by `judge`, or equal to the reference's."""
    try:
        if not isinstance(got, dict):
            return False
        if "error" in want:  # the reference raises: so must the answer, the same or a subclass
            return isinstance(got.get("error"), list) and want["error"][0] in got["error"]
        if "value" not in got:
            return False
        if judge is not None:
            return holds(judge, case, got["value"])
        return equal(got["value"], want["value"], within)
    except (TypeError, ValueError, KeyError, RecursionError, IndexError, AttributeError):
        return False  # a record that was tampered with is simply wrong


def verdicts(record: CheckRecord | Json, outcomes: Sequence[Outcome | Json]) -> list[bool]:
    """Return whether each outcome is right, by the record of the reference on the same cases."""
    if not isinstance(record, CheckRecord):
        record = CheckRecord.from_json(record)
    return [
        right(case, _json(got), want.to_json(), record.judge, record.within)
        for case, got, want in zip(record.cases, outcomes, record.outcomes, strict=True)
    ]


def _json(outcome: Outcome | Json) -> Json:
    return outcome.to_json() if isinstance(outcome, Outcome) else outcome


def digest(outcome: Mapping[str, Any]) -> str:
    """Return a short digest of an outcome: answers that behave alike have the same.

    >>> digest({"value": {"t": "int", "v": "0x5"}}) == digest({"value": {"t": "float", "v": "5.0"}})
    True
    """
    if "stopped" in outcome:
        plain: Any = "stopped"  # how far it came is not told apart
    elif "changed" in outcome:
        plain = "changed"
    elif "error" in outcome:
        plain = outcome["error"][0]
    else:
        plain = _normal(outcome.get("value"))
    return hashlib.sha256(repr(plain).encode()).hexdigest()[:16]


def _normal(value: Plain) -> Any:
    """Return an encoded value with numbers as floats and dicts and sets in order."""
    if (x := number(value)) is not None:
        return f"{float(x):.9g}" if abs(x) < 1e300 else str(x)
    if not isinstance(value, dict) or not isinstance(items := value.get("v"), list):
        return value
    if value["t"] == "dict":
        return ["dict", sorted([repr(_normal(k)), _normal(x)] for k, x in items)]
    normal = [_normal(x) for x in items]
    return [value["t"], sorted(normal, key=repr) if value["t"] == "set" else normal]
