"""A check in the student's notebook: cases from the public seed, judged at once, kindly.

The same cell serves three masters. In a student's notebook it compares with the public outcomes
that came with the package, or lie beside the notebook. In the reference's process, where
COURSEKIT_RECORD holds a seed, it records cases and outcomes instead. In grading it is not there:
the cases that were recorded reach the student's process as plain data.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from coursekit.course.compare import WITHIN, digest, verdicts
from coursekit.course.content import outcomes_folder
from coursekit.course.drawing import shown
from coursekit.course.feedback import Feedback, graph_of
from coursekit.course.judges import Judge, travelling
from coursekit.course.progress import save_progress
from coursekit.course.records import RECORD
from coursekit.engine.gradients import backprop
from coursekit.engine.linearization import Linearization
from coursekit.errors import CommandError
from coursekit.sandbox.guest.arguments import build_argument
from coursekit.sandbox.guest.check_probe import MIME
from coursekit.sandbox.guest.outcome import outcome_of, outcomes_of, timed_out

Case = dict[str, Any]
Record = dict[str, Any]  # exercise, cases, outcomes, judge, within
Out = Callable[[str], Iterable[str]]
Cases = Callable[[Random], Iterable[Case]]
READS_OF_PARTIALS = 3  # of each edge: once is enough, and a second pass is no sin
READS_OF_NEIGHBOURS = 4  # of each vertex and edge


class Given(NamedTuple):
    """An argument and how `guest/arguments.py` rebuilds it."""

    kind: str
    value: Any


def case(*arguments: Any, unchanged: bool = False, reads: int | None = None) -> Case:
    """Return a case that hands over these arguments.

    With `unchanged`, an answer leaves them as they are; with `reads`, it looks at so many items of
    its lists at most. Numbers, texts and lists travel as they are; arrays, dicts and lists of
    pairs by their kind; whatever else `guest/arguments.py` knows is a `Given`.

    >>> case(2.0, [("a", "b")], {"a": 1.0})["args"]
    [2.0, {'t': 'pairs', 'v': [['a', 'b']]}, {'t': 'dict', 'v': [['a', 1.0]]}]
    """
    made: Case = {"args": list(map(_plain, arguments))}
    if unchanged:
        made["unchanged"] = True
    if reads is not None:
        made["budget"] = {"items": reads}
    return made


def lin_case(lin: Linearization[Any], *more: Any) -> Case:
    """Return a case that hands over `lin`; its partials may be read 3|E| times.

    >>> from coursekit.examples import skip
    >>> lin_case(skip())["budget"]
    {'partials': 12}
    """
    # tails in the order of the vertices: rebuilt neighbours come as the original's do
    edges = [[str(v), str(u), lin.partials[v, u]] for v in lin.vertices for u in lin.out(v)]
    plain = {"vertices": [str(v) for v in lin.vertices], "edges": edges, "loss": str(lin.loss)}
    budget = {"partials": READS_OF_PARTIALS * len(edges)}
    return case(Given("lin", plain), *more) | {"budget": budget}


def adjoints_of(lin: Linearization[Any]) -> dict[Any, float]:
    """Return the adjoints of a graph, for a case to hand over; not there while work is graded.

    >>> from coursekit.examples import kite
    >>> adjoints_of(kite())["h"]
    5
    """
    return dict(backprop(lin))


def order_case(vertices: Iterable[str], out: Out) -> Case:
    """Return a case that hands over `vertices, out`, to be read 4(|V| + |E|) times.

    >>> order_case("ab", {"a": "b", "b": ""}.__getitem__)["args"]
    [['a', 'b'], {'t': 'out', 'v': {'a': ['b'], 'b': []}}]
    """
    vertices = list(vertices)
    return _counted(vertices, out, vertices, _plain_out(vertices, out))


def out_case(vertices: Iterable[str], out: Out, *more: Any) -> Case:
    """Return a case that hands over `out`, to be read 4(|V| + |E|) times, and what else is given.

    >>> out_case("ab", {"a": "b", "b": ""}.__getitem__, "a")["budget"]
    {'neighbours': 12}
    """
    vertices = list(vertices)
    return _counted(vertices, out, _plain_out(vertices, out), *more)


def _counted(vertices: list[str], out: Out, *arguments: Any) -> Case:
    size = len(vertices) + sum(len(list(out(v))) for v in vertices)
    return case(*arguments) | {"budget": {"neighbours": READS_OF_NEIGHBOURS * size}}


def _plain_out(vertices: list[str], out: Out) -> Given:
    return Given("out", {v: list(out(v)) for v in vertices})


def _plain(value: Any) -> Any:
    """Return an argument as plain data, its kind said where JSON has none for it."""
    if isinstance(value, Given):
        return {"t": value.kind, "v": value.value}
    if isinstance(value, np.ndarray):
        return {"t": "array", "v": value.tolist()}
    if isinstance(value, dict):
        if any(isinstance(key, tuple) for key in value):
            return {"t": "by edge", "v": [[*edge, x] for edge, x in value.items()]}
        return {"t": "dict", "v": [[key, _plain(x)] for key, x in value.items()]}
    if isinstance(value, list) and value and all(isinstance(item, tuple) for item in value):
        return {"t": "pairs", "v": [list(pair) for pair in value]}
    return value


class Lesson:
    """The checks of one lesson: `check = Lesson("05-backpropagation")`, then `check(...)`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._failing: Case = {"args": []}

    @property
    def failing(self) -> tuple[Any, ...]:
        """The arguments of the case that failed last, made anew, and free to be read and drawn."""
        return tuple(map(_whole, self._failing["args"]))

    def __call__(
        self,
        exercise: str,
        generate: Cases,
        *,
        judge: Judge | None = None,
        within: float = WITHIN,
        draw: Callable[..., Any] | None = None,
    ) -> Any:
        """Return feedback on the answer to `exercise` that the notebook defines.

        `generate(rng)` yields cases, small to large. An answer must return what the reference
        returns, numbers `within` so much of their size; or what `judge(value, *arguments)` says is
        right. `draw(value, *arguments)` returns what to show of the smallest case that fails.
        """
        answer: Any = sys._getframe(1).f_globals.get(exercise)
        about: Record = {"exercise": exercise, "judge": judge, "within": within}
        if seed := os.environ.get(RECORD):
            found = list(generate(_rng(seed, exercise)))
            about |= {"judge": travelling(judge), "cases": found}
            return _emit(about | {"outcomes": outcomes_of(answer, found)})
        try:
            return self._judged(about, answer, generate, draw)
        except CommandError as error:
            return Feedback(f"{exercise}: cannot be checked", [f"{error}."])

    def _judged(
        self, about: Record, answer: Any, generate: Cases, draw: Callable[..., Any] | None
    ) -> Feedback:
        exercise, data = about["exercise"], self._outcomes()
        public = data["checks"].get(exercise)
        if public is None:
            raise CommandError(f"{self.name} has no exercise {exercise!r}: is it spelt right?")
        found = list(generate(_rng(data["seed"], exercise)))
        if len(found) != len(public["want"]):
            file = f"{self.name}.json"
            raise CommandError(f"{file} is of another version than this notebook: get both anew")
        if answer is None:
            return Feedback.not_attempted(exercise, "run the cell that defines it first")
        outcomes = outcomes_of(answer, found)
        if not timed_out(outcomes[0]) and _calls_the_kit(answer, found[0]):
            return Feedback.of_the_kit(exercise)
        record = about | {"cases": found, "outcomes": public["want"]}
        passed = verdicts(record, outcomes)
        save_progress(self.name, exercise, all(passed))
        if any("empty" in got for got in outcomes):
            return Feedback.not_attempted(exercise, "it is still empty, or calls one that is")
        if not all(passed):
            self._failing = found[passed.index(False)]
        hint = _hint(outcomes, public["distractors"]) if not all(passed) else ""

        def drawn(k: int) -> str:
            return shown(draw, found[k], outcomes[k]) if draw else ""

        return Feedback.of(record, outcomes, passed, hint, drawn)

    def _outcomes(self) -> Any:
        file = f"{self.name}.json"
        for place in (Path(file), outcomes_folder().joinpath(file)):
            if place.is_file():
                try:
                    return json.loads(place.read_text(encoding="utf-8"))
                except ValueError:
                    raise CommandError(f"{file} is damaged: get it anew") from None
        raise CommandError(f"{file} is missing: put it beside this notebook, as it was handed out")


def _emit(record: Record) -> None:
    """Display what the reference returned, in its own process."""
    from IPython import display as ipython

    display: Any = ipython.display
    told = f"{record['exercise']}: {len(record['cases'])} cases"
    display({"text/plain": told, MIME: record}, raw=True)


def _whole(plain: Any) -> Any:
    """Return an argument as `build_argument` does, a graph as the engine has it, to be animated."""
    if isinstance(plain, dict) and plain["t"] == "lin":
        return graph_of(plain["v"])
    return build_argument(plain, {})


def _rng(seed: Any, exercise: str) -> Random:
    return Random(f"{seed}:{exercise}")


def _hint(outcomes: list[dict[str, Any]], distractors: Iterable[Mapping[str, Any]]) -> str:
    """Return the hint of the first distractor that behaves like the answer on every case."""
    digests = [digest(got) for got in outcomes]
    return next((d["hint"] for d in distractors if d["digests"] == digests), "")


def _calls_the_kit(answer: Callable[..., Any], case: Case) -> bool:
    """Return whether an answer merely calls the kit's own functions."""
    called = []

    def see(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_globals.get("__name__", "").startswith("coursekit.engine"):
            called.append(frame)

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        outcome_of(answer, case)
    finally:
        sys.setprofile(before)
    return bool(called)
