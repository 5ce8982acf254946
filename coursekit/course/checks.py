"""Check an answer in a notebook: generate cases, call the answer, compare, and explain.

The same cell runs in two places. In a student's notebook, it compares outcomes with the public
outcomes, from the package or from a file next to the notebook. In the reference's process, where
COURSEKIT_RECORD contains a seed, it records cases and outcomes instead. Grading does not run it,
but sends the recorded cases to the student's process as plain data.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from coursekit.course import outcomes_folder
from coursekit.course.cases import Given, adjoints_of, case, lin_case, order_case, out_case
from coursekit.course.compare import Judge, digest, judge_to_json, verdicts
from coursekit.course.feedback import NOT_AVAILABLE, STUB, Draw, Feedback, explain, graph_of
from coursekit.course.progress import save_progress
from coursekit.course.records import RECORD, TOLERANCE, Case, CheckRecord, Ending, Json, Outcome
from coursekit.errors import CommandError
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
            graph_of(a["v"]) if isinstance(a, dict) and a["t"] == "lin" else build_argument(a, {})
            for a in self._failing["args"]
        )

    def __call__(
        self,
        exercise: str,
        generate: Generate,
        *,
        judge: Judge | None = None,
        within: float = TOLERANCE,
        draw: Draw | None = None,
    ) -> Any:
        """Return feedback on the notebook's answer to `exercise`.

        `generate(rng)` yields cases from small to large. An answer must return the same value as
        the reference, with numbers `within` this relative tolerance, or a value that
        `judge(value, *arguments)` accepts. `draw(value, *arguments)` returns a picture of the
        smallest case that fails.
        """
        answer: Answer | None = sys._getframe(1).f_globals.get(exercise)
        if seed := os.environ.get(RECORD):
            cases = _cases(generate, seed, exercise)
            outcomes = _outcomes(answer, cases)
            record = CheckRecord(exercise, cases, outcomes, judge_to_json(judge), within)
            return display_record(record.to_json())
        try:
            public = self._public_outcomes()
            if exercise not in public["checks"]:
                raise CommandError(f"{self.name} has no exercise {exercise!r}: check the spelling")
            check = public["checks"][exercise]
            outcomes = list(map(Outcome.from_json, check["want"]))
            cases = _cases(generate, public["seed"], exercise)
            record = CheckRecord(exercise, cases, outcomes, judge, within)
            return self._feedback(answer, record, check["distractors"], draw)
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
        self, answer: Answer | None, record: CheckRecord, distractors: Json, draw: Draw | None
    ) -> Feedback:
        """Return feedback, with the hint of the first distractor that behaves like the answer."""
        if len(record.cases) != len(record.outcomes):
            raise CommandError(
                f"{self.name}.json belongs to another version of this notebook: download both again"
            )
        exercise, not_attempted = record.exercise, f"{record.exercise}: not attempted"
        if answer is None:
            return Feedback(not_attempted, [f"Run the cell that defines {exercise} first."])
        outcomes = _outcomes(answer, record.cases)
        if not outcomes[0].timed_out and _calls_the_kit(answer, record.cases[0]):
            headline = f"{exercise}: your answer calls coursekit's own function"
            return Feedback(headline, [NOT_AVAILABLE])
        passed = verdicts(record, outcomes)
        save_progress(self.name, exercise, all(passed))
        if any(outcome.ending is Ending.EMPTY for outcome in outcomes):
            return Feedback(not_attempted, [STUB])
        if not all(passed):
            self._failing = record.cases[passed.index(False)]
        digests = list(map(digest, outcomes))
        hint = next((wrong["hint"] for wrong in distractors if wrong["digests"] == digests), "")
        return replace(explain(record, outcomes, passed, draw), hint=hint)


def _cases(generate: Generate, seed: str, exercise: str) -> list[Case]:
    return list(generate(Random(f"{seed}:{exercise}")))


def _outcomes(answer: Any, cases: Sequence[Case]) -> list[Outcome]:
    return list(map(Outcome.from_json, outcomes_of(answer, cases)))


def _calls_the_kit(answer: Answer, case: Case) -> bool:
    """Return whether an answer calls a function of coursekit's engine."""
    calls = []

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_globals.get("__name__", "").startswith("coursekit.engine"):
            calls.append(frame)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        outcome_of(answer, case)
    finally:
        sys.setprofile(before)
    return bool(calls)
