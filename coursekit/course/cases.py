"""Cases travel in, values travel out: an answer called on plain data, its results as plain data.

This module and `given.py` alone stand in the grading sandbox. It needs nothing but the standard
library, and it holds no algorithm that an exercise asks for.
"""

import json
import signal
import sys
import traceback
import zlib
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from typing import Any

from coursekit.course.given import Stopped, arguments

MIME = "application/vnd.coursekit.check+json"
RECORD = "COURSEKIT_RECORD"  # the variable whose seed lets checks record what the reference returns
SECONDS = 10  # of work, for one case that reads nothing; what reads is stopped by its budget
PATIENCE = 6  # how many times as long a case may last, on a busy machine or asleep
STEPS = 4  # of a traceback: the last are nearest to the error
MOST, DEEPEST, LONGEST = 20_000, 20, 2_000  # items, levels and characters of a value that travels


def encode(value: Any, depth: int = 0) -> Any:
    """Return a value as plain data, whatever it is: bounded, and subclasses reduced to their base.

    >>> encode({"x": 1.5, "y": [True, None]})
    {'t': 'dict', 'v': [['x', {'t': 'float', 'v': '1.5'}], ['y', {'t': 'list', 'v': [True, None]}]]}
    """
    if depth > DEEPEST:
        return {"t": "too deep"}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)[:LONGEST].encode("utf-8", "replace").decode()
    if isinstance(value, int):
        return {"t": "int", "v": hex(int.__index__(value))[:LONGEST]}
    if isinstance(value, float):
        return {"t": "float", "v": float.__repr__(value)}
    if isinstance(value, Fraction | Decimal):
        return {"t": "float", "v": repr(float(value))}
    if numpy := sys.modules.get("numpy"):
        if isinstance(value, numpy.generic):
            return encode(numpy.generic.item(value), depth + 1)
        if isinstance(value, numpy.ndarray):
            flat = numpy.ndarray.tolist(value)
            return encode(flat, depth + 1)
    if isinstance(value, dict):
        pairs = list(dict.items(value))[:MOST]
        found = {"t": "dict", "v": [[encode(k, depth + 1), encode(x, depth + 1)] for k, x in pairs]}
        if isinstance(value, defaultdict) and value.default_factory is not None:
            found["default"] = encode(value.default_factory(), depth + 1)
        return found
    if isinstance(value, set | frozenset):
        encoded = [encode(x, depth + 1) for x in list(value)[:MOST]]
        return {"t": "set", "v": sorted(encoded, key=repr)}  # else each process has its own order
    if isinstance(value, list | tuple | Iterator) or _is_view(value):
        items: list[Any] = []
        # what an answer does to a list's own way of being read is its own business
        for item in list.__iter__(value) if isinstance(value, list) else value:
            items.append(encode(item, depth + 1))
            if len(items) == MOST:
                break
        return {"t": "list", "v": items}
    return {"t": "other", "v": type(value).__name__[:80]}


def _is_view(value: Any) -> bool:
    return type(value).__name__ in ("dict_keys", "dict_values", "deque")


def outcome(answer: Callable[..., Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """Return what came of an answer on one case: a value, an error, a budget or an empty cell."""
    try:
        with time_limit(SECONDS):
            given = arguments(case)
            value = encode(answer(*given))
            if case.get("unchanged") and encode(given) != encode(arguments(case)):
                return {"changed": True}
            return {"value": value}
    except Stopped as stop:
        return {"stopped": str(stop)}
    except NotImplementedError:
        return {"empty": True}
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: an answer may raise anything
        names = [c.__name__ for c in type(error).__mro__][:-1]
        return {"error": names, "text": _text(error), "trace": _trace(error)}


def _trace(error: BaseException) -> list[tuple[int, str, str]]:
    """Return the last steps in the student's own cells: line, function and what stands there."""
    steps = [
        (step.lineno or 0, step.name[:80], (step.line or "")[:LONGEST])
        for frame, step in zip(
            traceback.walk_tb(error.__traceback__),
            traceback.extract_tb(error.__traceback__),
            strict=False,
        )
        if frame[0].f_globals.get("__name__") == "__main__"
    ]
    return steps[-STEPS:]


def _text(error: BaseException) -> str:
    try:
        return str(error)[:200].encode("utf-8", "replace").decode()
    except Exception:  # an error's own __str__ may fail
        return ""


def timed_out(found: Mapping[str, Any]) -> bool:
    """Return whether an answer never ended on a case."""
    return bool(found.get("stopped", "").startswith("time"))


def outcomes_of(
    answer: Callable[..., Any], found: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return what came of an answer on each case; after one that never ended, none is run."""
    results: list[dict[str, Any]] = []
    for case in found:
        ended = not (results and timed_out(results[-1]))
        results.append(outcome(answer, case) if ended else dict(results[-1]))
    return results


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Stop what reads nothing; only where the platform has timers, and in the main thread.

    What counts is work, not time: a busy machine stops nobody. What sleeps is stopped later.
    """

    def stop(*_: Any) -> None:
        raise Stopped(f"time: no end after {seconds} seconds")

    try:
        clocks = (
            (signal.SIGPROF, signal.ITIMER_PROF, seconds),
            (signal.SIGALRM, signal.ITIMER_REAL, seconds * PATIENCE),
        )
        before = [signal.signal(number, stop) for number, _, _ in clocks]
    except (AttributeError, ValueError):  # Windows; not the main thread
        yield
        return
    for _, clock, most in clocks:
        signal.setitimer(clock, most, 1)  # again each second: once may be swallowed
    try:
        yield
    finally:
        for (number, clock, _), handler in zip(clocks, before, strict=True):
            signal.setitimer(clock, 0)
            signal.signal(number, handler)


def packed(cases: Sequence[Mapping[str, Any]]) -> str:
    """Return cases as a short text: a kernel takes its time over each character of a cell."""
    return b64encode(zlib.compress(json.dumps(cases).encode())).decode()


def probe(exercise: str, cases: str) -> None:
    """Emit what came of a cell's answer on packed cases: values, never verdicts."""
    from IPython import display as ipython

    display: Any = ipython.display
    found: Sequence[Mapping[str, Any]] = json.loads(zlib.decompress(b64decode(cases)))
    answer = sys._getframe(1).f_globals.get(exercise)
    missing = [{"missing": True} for _ in found]
    outcomes = missing if answer is None else outcomes_of(answer, found)
    data = {"exercise": exercise, "outcomes": outcomes}
    display({"text/plain": f"{exercise}: {len(outcomes)} cases", MIME: data}, raw=True)
