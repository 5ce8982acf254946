"""Decide whether an outcome is right: it equals the reference's, or a judge accepts its value.

This runs in the grader and in the student's notebook, on JSON data; it runs no student code.

A judge decides when many values are right: `judge(value, *arguments)` returns a bool. It is one of
the course's judges, by name, or a function in a check cell of the master. The grader receives such
a function as source, so it must be self-contained and import what it needs inside.
"""

import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from math import isclose, isnan
from textwrap import dedent
from typing import Any

from coursekit.course import LESSONS
from coursekit.course.records import TOLERANCE, Case, CheckRecord, Ending, Json, Outcome
from coursekit.errors import CommandError, did_you_mean
from coursekit.sandbox.guest.arguments import Stopped, arguments_of
from coursekit.sandbox.guest.check_probe import time_limit

Encoded = Json  # the result of `guest.check_probe.encode`, or anything from a tampered process
Predicate = Callable[..., bool]
Judge = str | Predicate  # a name or a function, as in a master
JUDGE_SECONDS = 10  # seconds that a judge may spend on one value


def is_right(
    case: Case,
    got: Outcome,
    want: Outcome,
    judge: Predicate | None = None,
    within: float = TOLERANCE,
) -> bool:
    """Return whether `judge` accepts an outcome, or it equals the reference's outcome.

    >>> five, three = (Outcome(Ending.VALUE, {"t": "int", "v": v}) for v in ("0x5", "0x3"))
    >>> is_right({"args": [3]}, five, three), is_right({"args": [3]}, five, three, int.__gt__)
    (False, True)
    """
    if want.ending is Ending.ERROR:  # the answer must raise that error, or a subclass of it
        return want.errors[0] in got.errors
    if got.ending is not Ending.VALUE:
        return False
    try:
        if judge is None:
            return want.ending is Ending.VALUE and equal(got.value, want.value, within)
        with time_limit(JUDGE_SECONDS):
            return bool(judge(decode(got.value), *arguments_of({"args": case["args"]})))
    except (Exception, Stopped):  # a student's value may break the judge, or be forged
        return False


def verdicts(record: CheckRecord, outcomes: Sequence[Outcome]) -> list[bool]:
    """Return whether each outcome is right, according to the reference's record of the cases."""
    judge = predicate_of(record.judge)
    return [
        is_right(case, got, want, judge, record.within)
        for case, got, want in zip(record.cases, outcomes, record.outcomes, strict=True)
    ]


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
        a, b = sorted(a, key=_order), sorted(b, key=_order)
    return all(equal(x, y, within) for x, y in zip(a, b, strict=True))


def _equal_numbers(got: float | None, want: float, within: float) -> bool:
    if got is None or (isinstance(got, int) and isinstance(want, int)):
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
    if "default" in got:
        returned = dict.fromkeys(expected, got["default"]) | returned
    return returned.keys() == expected.keys() and all(
        equal(returned[key], value, within) for key, value in expected.items()
    )


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


def decode(value: Encoded) -> Any:
    """Decode numbers, strings, and lists, sets and dicts of them.

    Raise ValueError for any other value.

    >>> decode({"t": "list", "v": [{"t": "int", "v": "0x5"}, "five", None]})
    [5, 'five', None]
    """
    if (x := decoded_number(value)) is not None:
        return x
    match value:
        case None | bool() | str():
            return value
        case {"t": "list", "v": items}:
            return [decode(item) for item in items]
        case {"t": "set", "v": items}:
            return {_hashable(decode(item)) for item in items}
        case {"t": "dict", "v": items}:
            return {_hashable(decode(key)): decode(x) for key, x in items}
    raise ValueError(f"cannot decode a value of type {value['t']!r}")


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def judge_to_json(judge: Judge | None) -> Json:
    """Return a judge as plain data: its name, or its name and source.

    >>> judge_to_json("topological order")
    'topological order'
    """
    if judge is None or isinstance(judge, str):
        predicate_of(judge)  # report an unknown name here rather than in the grader
        return judge
    if not inspect.isfunction(judge) or judge.__name__ == "<lambda>":
        raise CommandError("a judge must be a function defined with def in the check's cell")
    source = dedent(inspect.getsource(judge))
    try:
        _compiled(judge.__name__, source)
    except Exception as error:
        raise CommandError(
            f"the judge {judge.__name__!r} is not self-contained "
            f"({type(error).__name__}: {error}): import everything it needs inside the function"
        ) from None
    return {"name": judge.__name__, "source": source}


def predicate_of(judge: Judge | Mapping[str, str] | None) -> Predicate | None:
    """Return a judge's function; masters and records specify judges in different forms."""
    if isinstance(judge, Mapping):
        return _compiled(judge["name"], judge["source"])
    if not isinstance(judge, str):
        return judge
    named: Mapping[str, Predicate] = import_module(f"{LESSONS}.judges").JUDGES
    if judge not in named:
        known = ", ".join(named)
        raise CommandError(f"unknown judge {judge!r}{did_you_mean(judge, named)}; judges: {known}")
    return named[judge]


@cache
def _compiled(name: str, source: str) -> Predicate:
    """Compile a judge from its source, which the instructor wrote; no student code runs here."""
    names: dict[str, Any] = {}
    exec(compile(source, f"<the judge {name}>", "exec"), names)
    judge: Predicate = names[name]
    return judge


def digest(outcome: Outcome) -> str:
    """Return a short digest of an outcome, which is the same for answers that behave the same.

    >>> five, also_five = ({"t": "int", "v": "0x5"}, {"t": "float", "v": "5.0"})
    >>> digest(Outcome(Ending.VALUE, five)) == digest(Outcome(Ending.VALUE, also_five))
    True
    """
    match outcome.ending:
        case Ending.STOPPED | Ending.CHANGED:  # no matter which read or second was the last
            plain: Json = outcome.ending.value
        case Ending.ERROR:
            plain = outcome.errors[0]
        case _:
            plain = _normal(outcome.value)
    return hashlib.sha256(repr(plain).encode()).hexdigest()[:16]


def _order(item: Encoded) -> str:
    return repr(_normal(item))


def _normal(value: Encoded) -> Json:
    """Normalize an encoded value: numbers become floats, dicts and sets are sorted."""
    if (x := decoded_number(value)) is not None:
        return f"{float(x):.9g}" if abs(x) < 1e300 else str(x)
    if not isinstance(value, dict) or not isinstance(items := value.get("v"), list):
        return value
    if value["t"] == "dict":
        return ["dict", sorted([_order(k), _normal(x)] for k, x in items)]
    items = sorted(items, key=_order) if value["t"] == "set" else items
    return [value["t"], [_normal(x) for x in items]]
