"""Call an answer on one case: its value, its error, or what stopped it, as plain data."""

import signal
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from .arguments import Stopped, arguments_of
from .codec import MAX_CHARACTERS, encode

CASE_SECONDS = 10  # of CPU time, for a case that reads nothing; a budget stops one that reads
BUSY_FACTOR = 6  # seconds of the clock per second of CPU time: the machine may be busy
TRACE_STEPS = 4  # of a traceback: the last are nearest to the error


def outcome_of(answer: Callable[..., Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """Return what came of an answer on one case: a value, an error, a budget or an empty cell."""
    try:
        with time_limit(CASE_SECONDS):
            given = arguments_of(case)
            value = encode(answer(*given))
            if case.get("unchanged") and encode(given) != encode(arguments_of(case)):
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
        (step.lineno or 0, step.name[:80], (step.line or "")[:MAX_CHARACTERS])
        for frame, step in zip(
            traceback.walk_tb(error.__traceback__),
            traceback.extract_tb(error.__traceback__),
            strict=False,
        )
        if frame[0].f_globals.get("__name__") == "__main__"
    ]
    return steps[-TRACE_STEPS:]


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
        results.append(outcome_of(answer, case) if ended else dict(results[-1]))
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
            (signal.SIGALRM, signal.ITIMER_REAL, seconds * BUSY_FACTOR),
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
