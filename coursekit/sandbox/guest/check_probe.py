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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from linecache import getline
from typing import Any

from . import limits
from .arguments import Stopped, arguments_of
from .calls import encoded_result
from .canonical import MAX_STORED, shortened
from .encoding import encode

MIME = "application/vnd.coursekit.check+json"
MAX_LINE = 2_000  # characters of a line in a traceback
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
    room = MAX_STORED
    for case in cases:
        skip = outcomes and timed_out(outcomes[-1])
        outcome = dict(outcomes[-1]) if skip else outcome_of(answer, case)
        if "value" in outcome:
            outcome["value"], room = shortened(outcome["value"], room)
        outcomes.append(outcome)
    return outcomes


def outcome_of(answer: Any, case: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer's outcome on one case: a value, an error, a stop, or "empty" for a stub."""
    try:
        with time_limit(limits.CASE_TIMEOUT):
            arguments = arguments_of(case)
            value = encoded_result(answer, case, arguments)
            if case.get("unchanged") and [*map(encode, arguments)] != _arguments_as_sent(case):
                return {"changed": True}
            return {"value": value}
    except Stopped as stop:
        return {"stopped": str(stop)}
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # an answer may raise anything, even SystemExit
        if type(error) is NotImplementedError:
            return {"empty": True}
        names = [c.__name__ for c in type(error).__mro__][:-1]
        return {"error": names, "text": _message(error), "trace": _trace(error)}


def _arguments_as_sent(case: Mapping[str, Any]) -> list[Any]:
    return list(map(encode, arguments_of(case)))


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
        (line, code.co_name[:80], getline(code.co_filename, line).strip()[:MAX_LINE])
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
