"""Check an answer in a notebook: generate cases, call the answer, compare, and explain.

The same cell runs in two places. In a student's notebook, it compares outcomes with the public
outcomes, from the package or from a file next to the notebook. In the reference's process, where
COURSEKIT_RECORD contains a seed, it records cases and outcomes instead. Grading does not run it,
but sends the recorded cases to the student's process as plain data.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from coursekit.course import outcomes_folder
from coursekit.course.cases import Given, adjoints_of, case, lin_case, order_case, out_case
from coursekit.course.compare import Judge, digest, judge_to_json, source_of, verdicts
from coursekit.course.earlier import ENCODING, cut
from coursekit.course.feedback import (
    NOT_AVAILABLE,
    STUB,
    Draw,
    Feedback,
    explain,
    graph_of,
    is_graph,
)
from coursekit.course.progress import save_progress
from coursekit.course.records import RECORD, TOLERANCE, Case, CheckRecord, Ending, Json, Outcome
from coursekit.errors import CommandError
from coursekit.sandbox.guest import limits
from coursekit.sandbox.guest.arguments import build_argument
from coursekit.sandbox.guest.check_probe import display_record, outcome_of, outcomes_of

__all__ = ["Given", "Lesson", "adjoints_of", "case", "lin_case", "order_case", "out_case"]

Generate = Callable[[Random], Iterable[Case]]
Answer = Callable[..., Any]


class Lesson:
    """The checks of one lesson: `check = Lesson("05-backpropagation")`, then `check(...)`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._failing: Case = {"args": []}

    @property
    def failing(self) -> tuple[Any, ...]:
        """New arguments for the last failing case, without a limit on reads.

        A graph becomes a Linearization, which can be animated.
        """
        return tuple(
            graph_of(plain["v"]) if is_graph(plain) else build_argument(plain, {})
            for plain in self._failing["args"]
        )

    def __call__(
        self,
        exercise: str,
        generate: Generate,
        *,
        judge: Judge | None = None,
        within: float = TOLERANCE,
        draw: Draw | None = None,
        drive: Callable[..., Any] | None = None,
        seconds: float | None = None,
    ) -> Any:
        """Return feedback on the notebook's answer to `exercise`.

        `generate(rng)` yields cases from small to large. An answer must return the same value as
        the reference, with numbers `within` this relative tolerance, or a value that
        `judge(value, *arguments)` accepts. `draw(value, *arguments)` returns a picture of the
        smallest case that fails. `drive(answer, *arguments)` calls the answer, for example a class,
        and returns the value; it is sent as source, so it imports what it needs inside.

        All cases together may use `seconds` of CPU time; by default, three times as many as the
        reference needs, and two more.
        """
        answer: Answer | None = sys._getframe(1).f_globals.get(exercise)
        if seed := os.environ.get(RECORD):
            cases = _cases(generate, seed, exercise, drive)
            start = time.process_time()
            most = limits.RECORD_TIMEOUT or seconds or limits.CASE_TIMEOUT
            outcomes = _outcomes(answer, cases, most)
            clock = seconds or int(3 * (time.process_time() - start) + 2)
            record = CheckRecord(exercise, cases, outcomes, judge_to_json(judge), within, clock)
            return display_record(record.to_json())
        try:
            public = self._public_outcomes()
            if exercise not in public["checks"]:
                raise CommandError(f"{self.name} has no exercise {exercise!r}: check the spelling")
            check = public["checks"][exercise]
            earlier = public.get("encoding") != ENCODING
            outcomes = list(map(Outcome.from_json, check["want"]))
            cases = _cases(generate, public["seed"], exercise, drive)
            clock = check.get("seconds", limits.CASE_TIMEOUT)
            record = CheckRecord(exercise, cases, outcomes, judge, within, clock)
            return self._feedback(answer, record, check["distractors"], draw, earlier)
        except CommandError as error:
            return Feedback(f"{exercise}: cannot be checked", [f"{error}."])

    def _public_outcomes(self) -> Json:
        file = f"{self.name}.json"
        for place in (Path(file), outcomes_folder().joinpath(file)):
            if place.is_file():
                try:
                    return json.loads(place.read_text(encoding="utf-8"))
                except ValueError:
                    raise CommandError(f"{file} is damaged: download it again") from None
        raise CommandError(f"{file} is missing: put the file you were given next to this notebook")

    def _feedback(
        self,
        answer: Answer | None,
        record: CheckRecord,
        distractors: Json,
        draw: Draw | None,
        earlier: bool,
    ) -> Feedback:
        """Return feedback, with the hint of the first distractor that behaves like the answer."""
        if len(record.cases) != len(record.outcomes):
            other = f"{self.name}.json belongs to another version of this notebook"
            raise CommandError(f"this cell was changed, or {other}: download both again")
        exercise, not_attempted = record.exercise, f"{record.exercise}: not attempted"
        if answer is None:
            return Feedback(not_attempted, [f"Run the cell that defines {exercise} first."])
        outcomes = _outcomes(answer, record.cases, record.seconds)
        if earlier:
            outcomes = [replace(outcome, value=cut(outcome.value)) for outcome in outcomes]
        if not outcomes[0].timed_out and _calls_the_kit(answer, record):
            headline = f"{exercise}: your answer calls coursekit's own function"
            return Feedback(headline, [NOT_AVAILABLE])
        passed = verdicts(record, outcomes)
        save_progress(self.name, exercise, all(passed))
        if any(outcome.ending is Ending.EMPTY for outcome in outcomes) and not any(passed):
            return Feedback(not_attempted, [STUB])
        if not all(passed):
            self._failing = record.cases[passed.index(False)]
        digests = list(map(digest, outcomes))
        hint = next((wrong["hint"] for wrong in distractors if wrong["digests"] == digests), "")
        return replace(explain(record, outcomes, passed, draw), hint=hint)


def _cases(
    generate: Generate, seed: str, exercise: str, drive: Callable[..., Any] | None
) -> list[Case]:
    """Return the cases as grading reads them, even those that a master wrote by hand."""
    drawn = generate(Random(f"{seed}:{exercise}"))
    if not isinstance(drawn, Iterable):
        name = getattr(generate, "__name__", "the generator")
        raise CommandError(f"{name} returns {drawn!r}, not cases: write yield before each case(…)")
    cases = list(drawn)
    if drive:
        driver = source_of(drive, "driver")
        cases = [{**case, "drive": driver} for case in cases]
    try:
        plain: list[Case] = json.loads(json.dumps(cases, allow_nan=False, default=_number))
    except (TypeError, ValueError) as error:
        what = f"a case of {exercise} is not plain data ({error})"
        raise CommandError(f"{what}: build it with case()") from None
    return plain


def _number(value: Any) -> Any:
    """Return a number of numpy, or an array, of a case written by hand as JSON has it."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"it holds a value of type {type(value).__name__}")


def _outcomes(answer: Any, cases: Sequence[Case], seconds: float) -> list[Outcome]:
    return list(map(Outcome.from_json, outcomes_of(answer, cases, seconds)))


def _calls_the_kit(answer: Answer, record: CheckRecord) -> bool:
    """Return whether an answer calls a function of coursekit's engine."""
    calls = []

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_globals.get("__name__", "").startswith("coursekit.engine"):
            calls.append(frame)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        outcome_of(answer, record.cases[0], record.seconds)
    finally:
        sys.setprofile(before)
    return bool(calls)
