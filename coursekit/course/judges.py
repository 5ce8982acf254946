"""judge(value, *arguments) → bool: what is right where many values are.

A judge is a name of this file's, or a function in a check cell of the master. That one travels to
the grader as its source, and stands on its own there: what it imports, it imports inside.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from textwrap import dedent
from typing import Any

from coursekit.course.content import load_judges
from coursekit.errors import CommandError
from coursekit.sandbox.guest.arguments import Stopped, arguments_of
from coursekit.sandbox.guest.outcome import time_limit

Predicate = Callable[..., bool]
Judge = str | Mapping[str, str] | Predicate
SECONDS = 10  # for one value


NAMED: dict[str, Predicate] = {}  # filled by the judges of the course's own lessons


def named(name: str) -> Callable[[Predicate], Predicate]:
    """Register a predicate as the judge that masters call `name`."""

    def register(predicate: Predicate) -> Predicate:
        NAMED[name] = predicate
        return predicate

    return register


def named_judges() -> dict[str, Predicate]:
    """Return every judge that has a name, the lessons' own included."""
    load_judges()
    return NAMED


def holds(judge: Judge, case: Mapping[str, Any], value: Any) -> bool:
    """Return whether a judge accepts an encoded value; what it cannot read is not right.

    >>> holds(lambda value, n: value > n, {"args": [3]}, {"t": "int", "v": "0x5"})
    True
    """
    try:
        with time_limit(SECONDS):
            return bool(_predicate(judge)(decode(value), *arguments_of({"args": case["args"]})))
    except (Exception, Stopped):  # a student's value may surprise the judge in any way
        return False


def travelling(judge: Judge | None) -> str | dict[str, str] | None:
    """Return a judge as plain data: its name, or its name and its source.

    >>> travelling("topological order")
    'topological order'
    """
    if judge is None or isinstance(judge, str):
        if judge is not None and judge not in named_judges():
            raise CommandError(f"there is no judge {judge!r}: name {', '.join(named_judges())}")
        return judge
    if isinstance(judge, Mapping):
        return dict(judge)
    if not inspect.isfunction(judge) or judge.__name__ == "<lambda>":
        raise CommandError("a judge is a function of the check's cell, begun by def")
    return {"name": judge.__name__, "source": dedent(inspect.getsource(judge))}


def _predicate(judge: Judge) -> Predicate:
    if isinstance(judge, str):
        return named_judges()[judge]
    return _compiled(judge["name"], judge["source"]) if isinstance(judge, Mapping) else judge


@cache
def _compiled(name: str, source: str) -> Predicate:
    """Return a judge from its source: the instructor's, and no student's, runs here."""
    names: dict[str, Any] = {}
    exec(compile(source, f"<the judge {name}>", "exec"), names)
    found: Predicate = names[name]
    return found


def decode(plain: Any) -> Any:
    """Return what an encoded value was: numbers, texts, lists, sets and dicts of them.

    Raises ValueError where it was something else.

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
            return {_key(decode(item)) for item in v}
        case "dict":
            return {_key(decode(key)): decode(x) for key, x in v}
    raise ValueError(f"a {kind} is nothing that a judge is handed")


def _key(value: Any) -> Any:
    return tuple(map(_key, value)) if isinstance(value, list) else value
