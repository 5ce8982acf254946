"""Call an answer on a case and return its value, its error, or what stopped it, as plain data."""

import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from . import limits
from .arguments import Stopped, arguments_of
from .codec import MAX_CHARACTERS, encode

TRACE_STEPS = 4  # the number of traceback steps kept: those nearest to the error
TIMERS = ("setitimer", "SIGPROF", "ITIMER_PROF", "SIGALRM", "ITIMER_REAL")


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
        (step.lineno or 0, step.name[:80], (step.line or "")[:MAX_CHARACTERS])
        for frame, step in zip(
            traceback.walk_tb(error.__traceback__),
            traceback.extract_tb(error.__traceback__),
            strict=False,
        )
        if frame[0].f_globals.get("__name__") == "__main__"
    ]
    return steps[-TRACE_STEPS:]


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

    timers = _timers(seconds)
    handlers = [signal.signal(number, stop) for number, _, _ in timers]
    for _, timer, first in timers:
        signal.setitimer(timer, first, 1)  # repeat each second: an answer may catch the first
    try:
        yield
    finally:
        for (number, timer, _), handler in zip(timers, handlers, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


def _timers(seconds: int) -> list[tuple[int, int, int]]:
    """Return each clock's signal, timer and limit in seconds.

    The list is empty on Windows, in Pyodide and outside the main thread.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not all(hasattr(signal, name) for name in TIMERS):
        return []
    return [
        (signal.SIGPROF, signal.ITIMER_PROF, seconds),
        (signal.SIGALRM, signal.ITIMER_REAL, seconds * limits.CASE_SLOWDOWN),
    ]
