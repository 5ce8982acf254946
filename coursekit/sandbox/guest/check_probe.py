"""The cell that grading runs after an answer: cases go in and outcomes come out, no verdicts.

An outcome is the value of an answer on a case, its error, or what stopped it, as plain data.
"""

import json
import signal
import sys
import threading
import traceback
import zlib
from base64 import b64decode, b64encode
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, KeysView, Mapping, Sequence, ValuesView
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from linecache import getline
from typing import Any

from . import limits
from .arguments import Stopped, arguments_of

MIME = "application/vnd.coursekit.check+json"
MAX_ITEMS, MAX_DEPTH, MAX_CHARACTERS = 20_000, 20, 2_000  # limits on one encoded value
TRACE_STEPS = 4  # the number of traceback steps kept: those nearest to the error
TIMERS = ("setitimer", "SIGPROF", "ITIMER_PROF", "SIGALRM", "ITIMER_REAL")


def pack_cases(cases: Sequence[Mapping[str, Any]]) -> str:
    """Pack cases into a short string: a kernel spends time on every character of a cell."""
    return b64encode(zlib.compress(json.dumps(cases).encode())).decode()


def probe(exercise: str, packed: str) -> None:
    """Run the calling notebook's answer on packed cases and display the outcomes."""
    cases: Sequence[Mapping[str, Any]] = json.loads(zlib.decompress(b64decode(packed)))
    answer = sys._getframe(1).f_globals.get(exercise)
    missing = [{"missing": True} for _ in cases]
    outcomes = missing if answer is None else outcomes_of(answer, cases)
    display_record({"exercise": exercise, "outcomes": outcomes})


def display_record(record: Mapping[str, Any]) -> None:
    """Display a record of outcomes, so that the process at the other end can read it."""
    from IPython.display import display

    text = f"{record['exercise']}: {len(record['outcomes'])} cases"
    display({"text/plain": text, MIME: record}, raw=True)


def outcomes_of(
    answer: Callable[..., Any], cases: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return an answer's outcome on each case; after a timeout, skip the remaining cases."""
    outcomes: list[dict[str, Any]] = []
    for case in cases:
        skip = outcomes and timed_out(outcomes[-1])
        outcomes.append(dict(outcomes[-1]) if skip else outcome_of(answer, case))
    return outcomes


def outcome_of(answer: Callable[..., Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer's outcome on one case: a value, an error, a stop, or "empty" for a stub."""
    try:
        with time_limit(limits.CASE_TIMEOUT):
            arguments = arguments_of(case)
            value = encode(answer(*arguments))
            if case.get("unchanged") and encode(arguments) != encode(arguments_of(case)):
                return {"changed": True}
            return {"value": value}
    except Stopped as stop:
        return {"stopped": str(stop)}
    except NotImplementedError:
        return {"empty": True}
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # an answer may raise anything, even SystemExit
        names = [c.__name__ for c in type(error).__mro__][:-1]
        return {"error": names, "text": _message(error), "trace": _trace(error)}


def timed_out(outcome: Mapping[str, Any]) -> bool:
    """Return whether an answer ran out of time on a case."""
    return bool(outcome.get("stopped", "").startswith("time"))


def _trace(error: BaseException) -> list[tuple[int, str, str]]:
    """Return the last steps in the student's own cells: line number, function and source line."""
    steps = [
        (line or 0, frame.f_code)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals.get("__name__") == "__main__"
    ]
    return [
        (line, code.co_name[:80], getline(code.co_filename, line).strip()[:MAX_CHARACTERS])
        for line, code in steps[-TRACE_STEPS:]
    ]


def _message(error: BaseException) -> str:
    try:
        return str(error)[:200].encode("utf-8", "replace").decode()
    except Exception:  # the error's __str__ may fail
        return ""


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Stop the block after `seconds` of CPU time, if the platform has timers.

    CPU time is fair on a busy machine; a later wall-clock limit stops answers that sleep.
    """

    def stop(*_: Any) -> None:
        raise Stopped(f"time limit: no result after {seconds} seconds")

    timers = []  # none on Windows, in Pyodide and outside the main thread
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and all(hasattr(signal, name) for name in TIMERS):
        wall = seconds * limits.CASE_SLOWDOWN
        timers = [
            (signal.SIGPROF, signal.ITIMER_PROF, seconds),
            (signal.SIGALRM, signal.ITIMER_REAL, wall),
        ]
    handlers = [signal.signal(number, stop) for number, _, _ in timers]
    for _, timer, first in timers:
        signal.setitimer(timer, first, 1)  # repeat each second: an answer may catch the first
    try:
        yield
    finally:
        for (number, timer, _), handler in zip(timers, handlers, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


def encode(value: Any, depth: int = 0) -> Any:
    """Return a value as plain data; a subclass is reduced to its built-in base.

    >>> encode({"x": 1.5, "y": [True, None]})
    {'t': 'dict', 'v': [['x', {'t': 'float', 'v': '1.5'}], ['y', {'t': 'list', 'v': [True, None]}]]}
    """
    if depth > MAX_DEPTH:
        return {"t": "too deep"}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)[:MAX_CHARACTERS].encode("utf-8", "replace").decode()
    if isinstance(value, int):
        return {"t": "int", "v": hex(int.__index__(value))[:MAX_CHARACTERS]}
    if isinstance(value, float):
        return {"t": "float", "v": float.__repr__(value)}
    if isinstance(value, Fraction | Decimal):
        return {"t": "float", "v": repr(float(value))}
    if numpy := sys.modules.get("numpy"):
        if isinstance(value, numpy.generic):
            return encode(numpy.generic.item(value), depth + 1)
        if isinstance(value, numpy.ndarray):
            return encode(numpy.ndarray.tolist(value), depth + 1)
    if isinstance(value, dict):
        return _encode_dict(value, depth)
    if isinstance(value, set | frozenset):
        items = _encode_all(list(value), depth)
        return {"t": "set", "v": sorted(items, key=repr)}  # set order varies by process
    if isinstance(value, list):  # list.__iter__: a subclass's may count reads
        return {"t": "list", "v": _encode_all(list.__iter__(value), depth)}
    if isinstance(value, tuple | Iterator | KeysView | ValuesView | deque):
        return {"t": "list", "v": _encode_all(value, depth)}
    return {"t": "other", "v": type(value).__name__[:80]}


def _encode_dict(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    pairs = list(dict.items(value))[:MAX_ITEMS]
    plain = {"t": "dict", "v": [[encode(k, depth + 1), encode(x, depth + 1)] for k, x in pairs]}
    if isinstance(value, defaultdict) and value.default_factory is not None:
        plain["default"] = encode(value.default_factory(), depth + 1)
    return plain


def _encode_all(items: Any, depth: int) -> list[Any]:
    return [encode(item, depth + 1) for item in islice(items, MAX_ITEMS)]
