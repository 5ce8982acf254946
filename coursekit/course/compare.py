"""Decide whether an outcome is right: it equals the reference's, or a judge accepts its value.

This runs in the grader and in the student's notebook, on JSON data; it runs no student code.

A judge decides when many values are right: `judge(value, *arguments)` returns a bool. It is one of
the course's judges, by name, or a function in a check cell of the master. The grader receives such
a function as source, so it must be self-contained and import what it needs inside.
"""

import cmath
import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from math import copysign, inf, isclose, isnan
from textwrap import dedent
from typing import Any

from coursekit.course import LESSONS
from coursekit.course.records import Case, CheckRecord, Ending, Json, Outcome, Tolerance
from coursekit.errors import CommandError, did_you_mean
from coursekit.sandbox.guest import tables
from coursekit.sandbox.guest.arguments import Stopped, arguments_of
from coursekit.sandbox.guest.canonical import (
    as_lists,
    canonical,
    decoded_number,
    fingerprint,
    in_one_form,
    is_long,
)
from coursekit.sandbox.guest.check_probe import time_limit
from coursekit.sandbox.guest.encoding import LEAVES, MAX_DEPTH, MAX_ITEMS, UNCHANGED
from coursekit.sandbox.guest.encoding import decode as decode_exactly

Encoded = Json  # the result of `guest.encoding.encode`, or anything from a tampered process
Predicate = Callable[..., bool]
Judge = str | Predicate  # a name or a function, as in a master
JUDGE_SECONDS = 10  # seconds that a judge may spend on one value
DEFAULT = Tolerance()
INSIDE = "define or import everything that it needs inside the function"
TOO_MUCH = {
    "too deep": f"a value of more than {MAX_DEPTH} levels",
    "too long": f"a value of more than {MAX_ITEMS:,} items",
}
MAX_APART = 500  # items of a set that are not equal to the item of the same place in order


def is_right(
    case: Case,
    got: Outcome,
    want: Outcome,
    judge: Predicate | None = None,
    within: Tolerance = DEFAULT,
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
        return accepts(judge, case, got)
    except (Exception, Stopped):  # a student's value may break the judge, or be forged
        return False


def accepts(judge: Predicate, case: Case, got: Outcome) -> bool:
    """Return whether a judge accepts an outcome's value; the judge may raise any error."""
    with time_limit(JUDGE_SECONDS):
        return bool(judge(decode(got.value), *arguments_of({"args": case["args"]})))


def verdicts(record: CheckRecord, outcomes: Sequence[Outcome]) -> list[bool]:
    """Return whether each outcome is right, according to the reference's record of the cases."""
    judge = predicate_of(record.judge)
    return [
        is_right(case, got, want, judge, record.tolerance)
        for case, got, want in zip(record.cases, outcomes, record.outcomes, strict=True)
    ]


def equal(got: Encoded, want: Encoded, within: Tolerance = DEFAULT) -> bool:
    """Return whether two encoded values are equal, with a tolerance for numbers.

    Lists, tuples, ranges and arrays are equal if their items are, and so are sets and frozensets.
    """
    if isinstance(want, dict) and want["t"] in ("int", "float") and got == want:
        return True  # most values of most answers
    if isinstance(want, dict) and want["t"] == "secret":
        return bool(secret(got, want.get("zero", 0.0))["v"] == want["v"])
    if is_long(got) or is_long(want):
        return fingerprint(got) == fingerprint(want)
    if _shapes_differ(got, want):
        return False
    got, want = in_one_form(got), in_one_form(want)
    if (y := decoded_number(want)) is not None and (x := decoded_number(got)) is not None:
        return _equal_numbers(x, y, within)
    if not isinstance(want, dict) or not isinstance(got, dict):
        return type(got) is type(want) and bool(got == want)
    if "complex" in (got.get("t"), want["t"]):
        return _equal_complex(got, want, within)
    if got.get("t") != want["t"]:
        return False
    a, b = got.get("v"), want.get("v")
    if want["t"] in LEAVES and isinstance(b, str):  # bytes, a date, …
        return bool(a == b)
    if not isinstance(a, list) or not isinstance(b, list):
        return False
    if want["t"] == "dict":
        return _equal_dicts(got, want, within)
    if len(a) != len(b):
        return False
    if want["t"] == "set":
        return _equal_in_any_order(a, b, within)
    return all(equal(x, y, within) for x, y in zip(a, b, strict=True))


def _shapes_differ(got: Encoded, want: Encoded) -> bool:
    """Return whether both are arrays, of different shapes: empty ones have no items to compare."""
    both = isinstance(got, dict) and isinstance(want, dict)
    return both and "shape" in got and "shape" in want and bool(got["shape"] != want["shape"])


def _equal_numbers(got: float, want: float, within: Tolerance) -> bool:
    if isinstance(got, int) and isinstance(want, int):
        return got == want
    try:
        both_nan = isnan(got) and isnan(want)
        return both_nan or isclose(got, want, rel_tol=within.within, abs_tol=within.zero)
    except OverflowError:
        return False


def _equal_complex(got: Encoded, want: Encoded, within: Tolerance) -> bool:
    """Return whether two encoded numbers are equal, of which at least one is complex."""
    one, other = map(_parts, (got, want))
    if one is None or other is None:
        return False
    if all(map(_equal_numbers, one, other, (within, within))):  # also if a part is not finite
        return True
    try:
        x, y = complex(*one), complex(*other)
    except OverflowError:
        return False
    return cmath.isclose(x, y, rel_tol=within.within, abs_tol=within.zero)


def _parts(value: Encoded) -> tuple[float, float] | None:
    """Return the real and the imaginary part of an encoded number; None for anything else."""
    if (x := decoded_number(value)) is not None:
        return x, 0.0
    if value.get("t") != "complex" or len(value["v"]) != 2:
        return None
    real, imaginary = map(decoded_number, value["v"])
    return None if real is None or imaginary is None else (real, imaginary)


def _equal_in_any_order(got: Sequence[Encoded], want: Sequence[Encoded], within: Tolerance) -> bool:
    """Return whether the items can be paired so that each pair is equal.

    Sorted numbers are paired by their places. Where that fails, because one item holds several
    numbers, each of the few remaining items looks for its partner.
    """
    pairs = list(zip(sorted(got, key=_place), sorted(want, key=_place), strict=True))
    apart = [(x, y) for x, y in pairs if not equal(x, y, within)]
    if len(apart) > MAX_APART:
        return False
    left = [x for x, _ in apart]
    for _, y in apart:
        partner = next((k for k, x in enumerate(left) if equal(x, y, within)), None)
        if partner is None:
            return False
        del left[partner]
    return True


def _place(item: Encoded) -> tuple[float, str]:
    """Return a key that sorts numbers by size, and the other items by their text."""
    x = decoded_number(item)
    if x is None:
        return inf, repr(canonical(item))
    try:
        return (-inf if isnan(x) else float(x)), ""
    except OverflowError:
        return copysign(inf, x), hex(int(x))


def _equal_dicts(
    got: Mapping[str, Encoded], want: Mapping[str, Encoded], within: Tolerance
) -> bool:
    """Return whether two encoded dicts are equal; a defaultdict's default fills missing keys."""
    returned, expected = map(_pairs_by_key, (got, want))
    if "default" in got:
        filled = {text: [key, got["default"]] for text, (key, _) in expected.items()}
        returned = filled | returned
    if len(returned) != len(expected):
        return False
    if returned.keys() == expected.keys():
        return all(equal(returned[key][1], item, within) for key, (_, item) in expected.items())
    # keys may be nearly equal numbers
    return _equal_in_any_order(_as_items(returned), _as_items(expected), within)


def _pairs_by_key(plain: Mapping[str, Encoded]) -> dict[str, list[Encoded]]:
    return {
        repr(key if isinstance(key, str) else canonical(key, exact=True)): [key, item]
        for key, item in plain["v"]
    }


def _as_items(pairs: Mapping[str, list[Encoded]]) -> list[Encoded]:
    return [{"t": "list", "v": pair} for pair in pairs.values()]


def secret(value: Encoded, zero: float) -> Encoded:
    """Return what tells whether a value is right, without telling the value.

    It is not a digest that could stand for the value in grading. Numbers smaller than `zero` are 0.
    """
    text = f"public {fingerprint(value, zero)}"
    return {"t": "secret", "v": hashlib.sha256(text.encode()).hexdigest(), "zero": zero}


def incomparable(value: Encoded) -> str:
    """Return the part of an encoded value that equals nothing, or "" if there is none.

    >>> incomparable({"t": "list", "v": [True, {"t": "other", "v": "module"}]})
    'a value of type module'
    """
    if isinstance(value, list):
        return next(filter(None, map(incomparable, value)), "")
    value = as_lists(value)
    if not isinstance(value, dict):
        return ""
    if value["t"] == "other":
        return f"a value of type {value['v']}"
    return TOO_MUCH.get(value["t"]) or incomparable(value.get("v"))


def decode(value: Encoded) -> Any:
    """Decode a value for a judge, in which tuples, ranges and arrays have become lists.

    Raise ValueError for a value that has no plain form or is too long.

    >>> decode({"t": "tuple", "v": [{"t": "int", "v": "0x5"}, "five", None]})
    [5, 'five', None]
    """
    if not isinstance(value, dict) or value.get("t") in tables.FRAMES:
        if value is None or isinstance(value, bool | str | dict):
            return decode_exactly(value)
        raise ValueError("not an encoded value")
    value = as_lists(value)
    match value:
        case {"t": "list", "v": list() as items}:
            if set(map(type, items)) <= UNCHANGED:
                return list(items)
            return [decode(item) for item in items]
        case {"t": "set", "v": list() as items}:
            return {_hashable(decode(item)) for item in items}
        case {"t": "dict", "v": list() as items}:
            return {_hashable(decode(key)): decode(x) for key, x in items}
        case {"t": "Decimal" | "Fraction"}:
            return decoded_number(value)
    return decode_exactly(value)


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
    return source_of(judge, "judge")


def source_of(function: Callable[..., Any], role: str) -> dict[str, str]:
    """Return the name and the source of a master's judge or driver, to run it elsewhere."""
    if not inspect.isfunction(function) or function.__name__ == "<lambda>":
        raise CommandError(f"a {role} must be a function that a cell defines with def")
    source = dedent(inspect.getsource(function))
    try:
        _compiled(function.__name__, source)
    except Exception as error:
        raise CommandError(
            f"the {role} {function.__name__!r} is not self-contained "
            f"({type(error).__name__}: {error}): {INSIDE}"
        ) from None
    return {"name": function.__name__, "source": source}


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
            plain = canonical(outcome.value)
    return hashlib.sha256(repr(plain).encode()).hexdigest()[:16]
