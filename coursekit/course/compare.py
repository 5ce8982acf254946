"""Plain values against plain values: equality within a tolerance, and predicates by name.

Runs in the grader and in the student's notebook, on decoded JSON only; nothing here executes
what a student wrote.
"""

import hashlib
from collections.abc import Callable, Mapping
from itertools import pairwise
from math import isclose, isnan
from typing import Any

from coursekit.course.given import part

REL_TOL, ABS_TOL = 1e-9, 1e-12
Plain = Any  # what `cases.encode` returns, or what a student made the process send instead


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


def equal(got: Plain, want: Plain) -> bool:
    """Return whether two encoded values are the same, numbers within the tolerance."""
    if (y := number(want)) is not None:
        x = number(got)
        if x is None:
            return False
        if isinstance(x, int) and isinstance(y, int):
            return x == y
        try:
            return (isnan(x) and isnan(y)) or isclose(x, y, rel_tol=REL_TOL, abs_tol=ABS_TOL)
        except OverflowError:
            return False
    if not isinstance(want, dict):
        return type(got) is type(want) and bool(got == want)
    if not isinstance(got, dict) or got.get("t") != want.get("t"):
        return False
    if want["t"] == "dict":
        return _equal_dicts(got, want)
    a, b = got.get("v"), want.get("v")
    if not isinstance(a, list) or not isinstance(b, list) or len(a) != len(b):
        return False
    if want["t"] == "set":
        a, b = sorted(a, key=repr), sorted(b, key=repr)
    return all(map(equal, a, b))


def _equal_dicts(got: Mapping[str, Any], want: Mapping[str, Any]) -> bool:
    """Return whether two encoded dicts are equal; a defaultdict has its default everywhere."""
    found = {repr(key): value for key, value in got["v"]}
    wanted = {repr(key): value for key, value in want["v"]}
    if not found.keys() <= wanted.keys():
        return False
    missing = object()
    default = got.get("default", missing)
    return all(
        (value := found.get(key, default)) is not missing and equal(value, want_value)
        for key, want_value in wanted.items()
    )


def is_topological_order(case: Mapping[str, Any], got: Plain) -> bool:
    """Return whether the value is an order of all vertices, every tail before its heads."""
    order = got.get("v") if isinstance(got, dict) and got.get("t") == "list" else None
    out = part(case, "out")
    if not isinstance(order, list) or not all(isinstance(v, str) for v in order):
        return False
    place = {v: i for i, v in enumerate(order)}
    if len(order) != len(out) or place.keys() != out.keys():
        return False
    return all(place[v] < place[u] for v, heads in out.items() for u in heads)


def are_the_paths(case: Mapping[str, Any], got: Plain) -> bool:
    """Return whether the value lists each path from w to the loss once, in whatever order."""
    out, (_, w, loss) = part(case, "out"), case["args"]
    found = got.get("v") if isinstance(got, dict) and got.get("t") == "list" else None
    if not isinstance(found, list):
        return False
    paths = [tuple(path["v"]) for path in found if path.get("t") == "list"]
    ends = all(path and path[0] == w and path[-1] == loss for path in paths)
    steps = all(u in out[v] for path in paths for v, u in pairwise(path))
    return ends and steps and len(paths) == len(found) == len(set(paths)) == _walks(out, w, loss)


def _walks(out: Mapping[str, list[str]], w: str, loss: str) -> int:
    return 1 if w == loss else sum(_walks(out, u, loss) for u in out[w])


def is_relu_partial(case: Mapping[str, Any], got: Plain) -> bool:
    """Return whether the value is 0 below 0, 1 above, and at the kink anything between."""
    [z] = case["args"]
    x = number(got)
    return x is not None and (x == (z > 0) if z else 0 <= x <= 1)


PREDICATES: dict[str, Callable[[Mapping[str, Any], Plain], bool]] = {
    "topological order": is_topological_order,
    "every path once": are_the_paths,
    "a partial of relu": is_relu_partial,
}


def right(
    case: Mapping[str, Any], got: Plain, want: Mapping[str, Any], judge: str | None = None
) -> bool:
    """Return whether an outcome is right: by the predicate `judge`, or equal to the reference's."""
    try:
        if not isinstance(got, dict):
            return False
        if "error" in want:  # the reference raises: so must the answer, the same or a subclass
            return isinstance(got.get("error"), list) and want["error"][0] in got["error"]
        if "value" not in got:
            return False
        if judge is not None:
            return PREDICATES[judge](case, got["value"])
        return equal(got["value"], want["value"])
    except (TypeError, ValueError, KeyError, RecursionError, IndexError, AttributeError):
        return False  # a record that was tampered with is simply wrong


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
