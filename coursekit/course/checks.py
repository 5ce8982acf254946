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
from importlib.resources.abc import Traversable
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from coursekit.course.cases import (
    Given,
    adjoints_of,
    case,
    lin_case,
    order_case,
    out_case,
)
from coursekit.course.compare import digest, verdicts
from coursekit.course.content import outcomes_folder
from coursekit.course.drawing import Draw, drawing_html
from coursekit.course.explain import calls_the_kit, cannot_check, explain, graph_of, not_attempted
from coursekit.course.feedback import Feedback
from coursekit.course.judges import Judge, judge_to_json
from coursekit.course.progress import save_progress
from coursekit.course.records import (
    RECORD,
    TOLERANCE,
    Case,
    CheckRecord,
    Distractor,
    Ending,
    Json,
    Outcome,
)
from coursekit.errors import CommandError
from coursekit.sandbox.guest.arguments import build_argument
from coursekit.sandbox.guest.check_probe import MIME
from coursekit.sandbox.guest.outcome import outcome_of, outcomes_of

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
        """New arguments for the last failing case, without a limit on reads."""
        return tuple(map(_argument, self._failing["args"]))

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
            cases = list(generate(_rng(seed, exercise)))
            outcomes = _outcomes(answer, cases)
            return _emit(CheckRecord(exercise, cases, outcomes, judge_to_json(judge), within))
        try:
            record, distractors = self._record(exercise, generate, judge, within)
            return self._feedback(answer, record, distractors, draw)
        except CommandError as error:
            return cannot_check(exercise, error)

    def _record(
        self, exercise: str, generate: Generate, judge: Judge | None, within: float
    ) -> tuple[CheckRecord, list[Distractor]]:
        """Return the reference's record on the public cases, and the known wrong answers."""
        public = self._public_outcomes()
        if exercise not in public["checks"]:
            raise CommandError(f"{self.name} has no exercise {exercise!r}: check the spelling")
        check = public["checks"][exercise]
        cases = list(generate(_rng(public["seed"], exercise)))
        outcomes = [Outcome.from_json(outcome) for outcome in check["want"]]
        if len(cases) != len(outcomes):
            raise CommandError(
                f"{self.name}.json belongs to another version of this notebook: download both again"
            )
        distractors = [Distractor(**wrong) for wrong in check["distractors"]]
        return CheckRecord(exercise, cases, outcomes, judge, within), distractors

    def _feedback(
        self,
        answer: Answer | None,
        record: CheckRecord,
        distractors: Sequence[Distractor],
        draw: Draw | None,
    ) -> Feedback:
        if answer is None:
            return not_attempted(record.exercise, defined=False)
        outcomes = _outcomes(answer, record.cases)
        if not outcomes[0].timed_out and _calls_the_kit(answer, record.cases[0]):
            return calls_the_kit(record.exercise)
        passed = verdicts(record, outcomes)
        save_progress(self.name, record.exercise, all(passed))
        if any(outcome.ending is Ending.EMPTY for outcome in outcomes):
            return not_attempted(record.exercise, defined=True)
        feedback = explain(record, outcomes, passed)
        if all(passed):
            return feedback
        first = passed.index(False)
        self._failing = record.cases[first]
        picture = drawing_html(draw, record.cases[first], outcomes[first]) if draw else ""
        hint = _hint(outcomes, distractors)
        return replace(feedback, hint=hint, picture=picture or feedback.picture)

    def _public_outcomes(self) -> Json:
        file = f"{self.name}.json"
        places: list[Path | Traversable] = [Path(file), outcomes_folder().joinpath(file)]
        for place in places:
            if place.is_file():
                try:
                    return json.loads(place.read_text(encoding="utf-8"))
                except ValueError:
                    raise CommandError(f"{file} is damaged: download it again") from None
        raise CommandError(f"{file} is missing: put the file you were given next to this notebook")


def _outcomes(answer: Any, cases: Sequence[Case]) -> list[Outcome]:
    return [Outcome.from_json(outcome) for outcome in outcomes_of(answer, cases)]


def _emit(record: CheckRecord) -> None:
    """Display the record, so that the process that runs the reference can read it."""
    from IPython import display as ipython

    display: Any = ipython.display
    text = f"{record.exercise}: {len(record.cases)} cases"
    display({"text/plain": text, MIME: record.to_json()}, raw=True)


def _argument(plain: Json) -> Any:
    """Return an argument without a budget; a graph becomes a Linearization, for animations."""
    if isinstance(plain, dict) and plain["t"] == "lin":
        return graph_of(plain["v"])
    return build_argument(plain, {})


def _rng(seed: str, exercise: str) -> Random:
    return Random(f"{seed}:{exercise}")


def _hint(outcomes: Iterable[Outcome], distractors: Iterable[Distractor]) -> str:
    """Return the hint of the first distractor that behaves like the answer on every case."""
    digests = [digest(outcome) for outcome in outcomes]
    return next((wrong.hint for wrong in distractors if wrong.digests == digests), "")


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
