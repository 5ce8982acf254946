"""Judges decide whether a value is right when many are: `judge(value, *arguments)` returns a bool.

A judge is a registered name, or a function in a check cell of the master. The grader receives such
a function as source, so it must be self-contained and import what it needs inside.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from textwrap import dedent
from typing import Any

from coursekit.course import LESSONS
from coursekit.course.records import Case, Json
from coursekit.errors import CommandError, did_you_mean
from coursekit.sandbox.guest.arguments import Stopped, arguments_of
from coursekit.sandbox.guest.outcome import time_limit

Predicate = Callable[..., bool]
Judge = str | Predicate  # a name or a function, as in a master
JUDGE_SECONDS = 10  # seconds that a judge may spend on one value


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


def holds(judge: Predicate, case: Case, value: Json) -> bool:
    """Return whether a judge accepts an encoded value; a value that it cannot handle is wrong.

    >>> holds(lambda value, n: value > n, {"args": [3]}, {"t": "int", "v": "0x5"})
    True
    """
    try:
        with time_limit(JUDGE_SECONDS):
            return bool(judge(decode(value), *arguments_of({"args": case["args"]})))
    except (Exception, Stopped):  # a student's value may break the judge in any way
        return False


def decode(plain: Json) -> Any:
    """Decode numbers, strings, and lists, sets and dicts of them.

    Raise ValueError for any other value.

    >>> decode({"t": "list", "v": [{"t": "int", "v": "0x5"}, "five", None]})
    [5, 'five', None]
    """
    if plain is None or isinstance(plain, bool | str):
        return plain
    kind, v = plain["t"], plain["v"]
    match kind:
        case "int":
            return int(v, 16)
        case "float":
            return float(v)
        case "list":
            return [decode(item) for item in v]
        case "set":
            return {_hashable(decode(item)) for item in v}
        case "dict":
            return {_hashable(decode(key)): decode(x) for key, x in v}
    raise ValueError(f"cannot decode a value of type {kind!r}")


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list) else value
