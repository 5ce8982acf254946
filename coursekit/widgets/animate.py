"""Play any algorithm on the picture: its reads in order, and the numbers it had stored by then."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from coursekit.engine.gradients import backprop
from coursekit.engine.linearization import Linearization
from coursekit.render.diagram import numbered_diagram
from coursekit.render.picture import picture_of
from coursekit.render.text import format_number, join_words
from coursekit.widgets.recorder import Read, Recorder, is_number
from coursekit.widgets.scene import scene
from coursekit.widgets.view import View

Algorithm = Callable[..., Any]


def animate(
    algorithm: Algorithm | Mapping[str, Algorithm], lin: Linearization[Any], *, beside: bool = False
) -> View:
    """Return a view that animates an algorithm, or one of several that the reader chooses.

    An algorithm takes a linearization, or `(vertices, out)`. With `beside`, the algorithms are
    shown side by side, each with its code and its steps.

    >>> from coursekit import backprop, examples
    >>> animate(backprop, examples.kite())
    backprop: 5 partials read; returns x 30, h 5, p 1, q 1, ℓ 1
    """
    by_name = algorithm if isinstance(algorithm, Mapping) else {_name(algorithm): algorithm}
    adjoints = backprop(lin)
    recorders = [Recorder(name, lin, adjoints).run(f) for name, f in by_name.items()]
    steps = [_steps(recorder) for recorder in recorders]
    runs = [
        {"name": recorder.name, "source": recorder.source.lines, "steps": run_steps}
        for recorder, run_steps in zip(recorders, steps, strict=True)
    ]
    data = {
        "below": "what the algorithm has stored for it",
        "cards": [[run] for run in runs] if beside else [runs],
    }
    diagram = numbered_diagram(lin)
    if steps[0]:
        diagram = replace(diagram, adjoints=steps[0][-1]["below"])
    text = "\n".join(f"{r.name}: {r.cost}; {r.ending}" for r in recorders)
    return View("animate", scene(lin) | data, text=text, still=picture_of(diagram).html)


def _name(algorithm: Algorithm) -> str:
    plain = algorithm.func if isinstance(algorithm, partial) else algorithm
    return getattr(plain, "__name__", "algorithm")


def _steps(recorder: Recorder) -> list[dict[str, Any]]:
    """Return the steps that the browser plays; each shows the state after its read."""
    reads, result = recorder.reads, recorder.result
    # the effect of a read is visible only at the next read
    states: list[Mapping[Any, Any]] = [read.stored for read in reads[1:]]
    states += [result if isinstance(result, Mapping) else read.stored for read in reads[-1:]]
    steps = []
    tails: set[int] = set()  # until an out-edge of a vertex is read, its 0 means unknown
    for read, state in zip(reads, states, strict=True):
        tails.add(read.tail)
        final = read is reads[-1]
        steps.append(
            {
                "highlight": read.edges,
                "line": read.line,
                "below": _below(recorder, state, None if final else tails),
                "head": read.head,
                "unfinished": read.unfinished,
                "text": _sentence(recorder, read) + (f" It {recorder.ending}." if final else ""),
            }
        )
    return steps


def _below(
    recorder: Recorder, state: Mapping[Any, Any], tails: set[int] | None
) -> list[float | None]:
    """Return each vertex's stored number, or None; a 0 outside `tails` (if passed) is unknown."""
    numbers = [state.get(v) for v in recorder.lin.vertices]
    return [
        float(x) if is_number(x) and (x or tails is None or i in tails) else None
        for i, x in enumerate(numbers)
    ]


def _sentence(recorder: Recorder, read: Read) -> str:
    """Return a sentence about the read, the numbers stored by then, and an unfinished adjoint."""
    text = f"{read.sentence}."
    if read.scalars and not read.stored:
        numbers = [f"{name} = {format_number(x)}" for name, x in read.scalars.items()]
        text = f"{read.sentence}, while {join_words(numbers)}."
    if read.unfinished is not None:
        head = recorder.lin.vertices[read.unfinished]
        text += (
            f" But {recorder.vertex_name(head)} is not finished:"
            f" it passes on {format_number(read.stored[head])}."
        )
    return text
