"""The cell that grading runs after an answer: cases go in and outcomes come out, no verdicts.

An outcome is the value of an answer on a case, its error, or what stopped it, as plain data.
"""

import json
import signal
import sys
import threading
import time
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
TICK = 0.01  # seconds: a timer of 0 would never ring
cases = ""  # packed cases that were sent with the current cell
TIMERS = ("setitimer", "SIGPROF", "ITIMER_PROF", "SIGALRM", "ITIMER_REAL")


def pack_cases(cases: Sequence[Mapping[str, Any]]) -> str:
    """Pack cases into a short string."""
    return b64encode(zlib.compress(json.dumps(cases).encode())).decode()


def probe(exercise: str, packed: str, seconds: float = limits.CASE_TIMEOUT) -> None:
    """Run the calling notebook's answer on packed cases and display the outcomes.

    All cases together may use `seconds` of CPU time.
    """
    cases: Sequence[Mapping[str, Any]] = json.loads(zlib.decompress(b64decode(packed)))
    answer = sys._getframe(1).f_globals.get(exercise)
    show_text_only()  # also after the cell, when matplotlib renders the figures that are left
    missing = [{"missing": True} for _ in cases]
    outcomes = missing if answer is None else outcomes_of(answer, cases, seconds)
    display_record({"exercise": exercise, "outcomes": outcomes})


def display_record(record: Mapping[str, Any]) -> None:
    """Display a record of outcomes, so that the process at the other end can read it."""
    from IPython.display import display

    text = f"{record['exercise']}: {len(record['outcomes'])} cases"
    display({"text/plain": text, MIME: record}, raw=True)


def outcomes_of(
    answer: Callable[..., Any], cases: Sequence[Mapping[str, Any]], seconds: float
) -> list[dict[str, Any]]:
    """Return an answer's outcome on each case; once the time is used up, skip the other cases."""
    outcomes: list[dict[str, Any]] = []
    room = MAX_STORED
    restore = show_text_only()
    end = time.process_time() + seconds
    for case in cases:
        skip = outcomes and timed_out(outcomes[-1])
        left = end - time.process_time()
        outcome = dict(outcomes[-1]) if skip else outcome_of(answer, case, seconds, left)
        if "value" in outcome:
            outcome["value"], room = shortened(outcome["value"], room)
        outcomes.append(outcome)
    restore()
    return outcomes


def show_text_only() -> Callable[[], None]:
    """Let the notebook render no pictures, which use up the time; return what undoes this."""
    IPython = sys.modules.get("IPython")
    shell = IPython and IPython.get_ipython()
    if not shell:
        return lambda: None
    formatter, before = shell.display_formatter, shell.display_formatter.active_types
    formatter.active_types = ["text/plain"]
    return lambda: setattr(formatter, "active_types", before)


def outcome_of(
    answer: Any,
    case: Mapping[str, Any],
    seconds: float | None = None,
    left: float | None = None,
) -> dict[str, Any]:
    """Return an answer's outcome on one case: a value, an error, a stop, or "empty" for a stub.

    Of the `seconds` of CPU time for all cases, `left` are left.
    """
    try:
        with time_limit(seconds or limits.CASE_TIMEOUT, left):
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
def time_limit(seconds: float, left: float | None = None) -> Iterator[None]:
    """Stop the block after `seconds` of CPU time, or those that are `left`, if there are timers.

    CPU time is fair on a busy machine. An answer that sleeps is stopped, too.
    """
    left = max(seconds if left is None else left, TICK)
    used = time.process_time()

    def stop(number: int, _: Any) -> None:
        nonlocal used
        before, used = used, time.process_time()
        if number == signal.SIGALRM and used - before > limits.AWAKE_SECONDS:
            return
        raise Stopped(f"time limit: no result after {seconds:g} second{'s' * (seconds != 1)}")

    timers = []  # none on Windows, in Pyodide and outside the main thread
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and all(hasattr(signal, name) for name in TIMERS):
        patience = seconds * limits.CASE_PATIENCE
        timers = [  # then again: an answer may catch the first
            (signal.SIGPROF, signal.ITIMER_PROF, left, 1.0),
            (signal.SIGALRM, signal.ITIMER_REAL, patience, patience),
        ]
    handlers = [signal.signal(number, stop) for number, *_ in timers]
    for _, timer, first, following in timers:
        signal.setitimer(timer, first, following)
    try:
        yield
    finally:
        for (number, timer, *_), handler in zip(timers, handlers, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)
