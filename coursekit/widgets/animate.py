"""Any algorithm on the picture: what it read, in order, and what it had stored when it read it.

The function runs once, on a `Watched` linearization. At each read we look over its shoulder: the
line it is on, and the dictionary of numbers that it keeps for the vertices, whatever its name.
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import partial
from math import isclose
from numbers import Real
from types import FrameType
from typing import Any

from coursekit.engine.gradients import backprop
from coursekit.engine.linearization import Linearization
from coursekit.engine.watch import Watched
from coursekit.errors import GraphError
from coursekit.render.diagram import diagram
from coursekit.render.picture import picture
from coursekit.render.state import State
from coursekit.render.text import format_number, join_words, label
from coursekit.widgets.scene import scene
from coursekit.widgets.view import View

Algorithm = Callable[..., Any]
MOST_STEPS = 600


def animate(
    algorithm: Algorithm | Mapping[str, Algorithm], lin: Linearization[Any], *, beside: bool = False
) -> View:
    """Return the picture on which one algorithm plays, or one chosen from several by name.

    An algorithm takes a linearization, or `(vertices, out)`. With `beside`, the algorithms stand
    beside one another, each with its code and its steps.

    >>> from coursekit import backprop, examples
    >>> animate(backprop, examples.kite())
    backprop: 5 partials read; returns x 30, h 5, p 1, q 1, ℓ 1
    """
    named = algorithm if isinstance(algorithm, Mapping) else {_name(algorithm): algorithm}
    true = backprop(lin)
    runs = [_record(name, f, lin, true) for name, f in named.items()]
    cards = (
        [{"kind": "runs", "runs": [run]} for run in runs]
        if beside
        else [{"kind": "runs", "runs": runs}]
    )
    last = runs[0]["steps"][-1] if runs[0]["steps"] else None
    end = State(
        [lin.values[v] for v in lin.vertices] if lin.values else [],
        last["below"] if last else [None] * len(lin.vertices),
        [lin.partials[edge] for edge in lin.edges],
    )
    text = "\n".join(f"{run['name']}: {run['told']}" for run in runs)
    data = {"kind": "graph", "below": "what the algorithm has stored for it", "cards": cards}
    return View(scene(lin) | data, text=text, still=picture(diagram(lin), end).html)


def _name(algorithm: Algorithm) -> str:
    plain = algorithm.func if isinstance(algorithm, partial) else algorithm
    return getattr(plain, "__name__", "algorithm")


def _record(
    name: str, algorithm: Algorithm, lin: Linearization[Any], true: Mapping[Any, float]
) -> dict[str, Any]:
    """Return the run as plain data: its source, a step for each read, and what came of it."""
    place = {v: i for i, v in enumerate(lin.vertices)}
    edge = {(t, h): k for k, (t, h) in enumerate(lin.edges)}
    source: list[str] = []
    row: dict[int, int] = {}
    file = ""
    seen: list[dict[str, Any]] = []  # the state before each read

    def look(lit: list[int], told: str, tail: Hashable = None, head: Hashable = None) -> None:
        if len(seen) == MOST_STEPS:
            raise GraphError(f"{name} reads more than {MOST_STEPS} times: take a smaller graph")
        nonlocal source, row, file
        frames = list(_frames_of_the_algorithm())
        if not seen:  # the code to show is that of the function that reads
            source, row, file = _source(frames)
        stored = next(filter(None, (_stored(f, place) for f in frames)), {})
        line = next(
            (row[f.f_lineno] for f in frames if f.f_code.co_filename == file and f.f_lineno in row),
            None,
        )
        scalars = {k: v for f in frames[:1] for k, v in f.f_locals.items() if _is_number(v)}
        unfinished = head in stored and not isclose(
            stored[head], true[head], rel_tol=1e-9, abs_tol=1e-12
        )
        seen.append(
            {
                "lit": lit,
                "told": told,
                "line": line,
                "stored": stored,
                "scalars": scalars,
                "tail": place.get(tail),
                "head": place.get(head),
                "unfinished": place[head] if unfinished else None,
            }
        )

    def on_read(read: tuple[Any, Any]) -> None:
        tail, head = read
        names = [label(v, loss=v == lin.loss) for v in read]
        told = f"∂{names[1]}/∂{names[0]} = {format_number(lin.partials[tail, head])} is read"
        look([edge[tail, head]], told, tail, head)

    def on_out(v: Any) -> None:
        told = f"out({label(v, loss=v == lin.loss)}) is read"
        look([edge[v, u] for u in lin.out(v)], told, tail=v)

    if list(inspect.signature(algorithm).parameters)[:2] == ["vertices", "out"]:
        watched = Watched(lin, on_out=on_out)
        arguments: tuple[Any, ...] = (watched.vertices, watched.out)
    else:
        watched = Watched(lin, on_read=on_read)
        arguments = (watched,)
    try:
        result = algorithm(*arguments)
        ending = f"returns {_result(result, lin)}"
    except Exception as error:  # a student's algorithm may fail in any way; that is shown
        result, ending = None, f"stops: {type(error).__name__}: {error}"
    read = (
        f"{len(watched.edges_read)} partials read"
        if watched.edges_read
        else (f"{watched.neighbours_read} reads of vertices and neighbours")
    )
    return {
        "name": name,
        "source": source,
        "steps": _steps(seen, result, ending, lin),
        "told": f"{read}; {ending}",
    }


def _steps(
    seen: list[dict[str, Any]], result: Any, ending: str, lin: Linearization[Any]
) -> list[dict[str, Any]]:
    """Return the steps as the browser plays them: each shows the state that its read led to."""
    steps = []
    touched: set[int] = set()  # vertices with an out-edge read: before that, 0 means unknown
    vertices = list(lin.vertices)
    for k, now in enumerate(seen):
        final = k == len(seen) - 1
        if now["tail"] is not None:
            touched.add(now["tail"])
        after = (
            result
            if final and isinstance(result, Mapping)
            else (now if final else seen[k + 1])["stored"]
        )
        below = [
            float(after[v])
            if v in after and _is_number(after[v]) and (final or after[v] or i in touched)
            else None
            for i, v in enumerate(vertices)
        ]
        told = f"{now['told']}."
        if now["scalars"] and not now["stored"]:
            held = [f"{name} = {format_number(x)}" for name, x in now["scalars"].items()]
            told = f"{now['told']}, while {join_words(held)}."
        if now["unfinished"] is not None:
            head = vertices[now["unfinished"]]
            told += (
                f" But {label(head, loss=head == lin.loss)} is not finished:"
                f" it passes on {format_number(now['stored'][head])}."
            )
        if final:
            told += f" It {ending}."
        steps.append(
            {
                "lit": now["lit"],
                "line": now["line"],
                "below": below,
                "head": now["head"],
                "unfinished": now["unfinished"],
                "say": told,
            }
        )
    return steps


def _frames_of_the_algorithm() -> Iterator[FrameType]:
    """Yield the algorithm's frames, innermost first, without ours and the watcher's."""
    frame: FrameType | None = sys._getframe(1)
    ours = (__file__, inspect.getfile(Watched))
    while frame and frame.f_code.co_filename in ours:
        frame = frame.f_back
    while frame and frame.f_code.co_filename not in ours:
        yield frame
        frame = frame.f_back


def _stored(frame: FrameType, place: Mapping[Hashable, int]) -> dict[Any, Any]:
    """Return the frame's dictionary of numbers by vertex, as it is now, or nothing."""
    for value in frame.f_locals.values():
        if (
            isinstance(value, dict)
            and value
            and all(v in place and _is_number(x) for v, x in value.items())
        ):
            return dict(value)
    return {}


def _is_number(x: Any) -> bool:
    return isinstance(x, Real) and not isinstance(x, bool)


def _source(frames: list[FrameType]) -> tuple[list[str], dict[int, int], str]:
    """Return the innermost function's lines, its decorators and docstring left out; each line's
    row; its file.
    """
    code = next((f.f_code for f in frames if not f.f_code.co_name.startswith("<")), None)
    try:
        lines, first = inspect.getsourcelines(code)  # type: ignore[arg-type]  # None: TypeError
        text = textwrap.dedent("".join(lines)).rstrip()
        body = ast.parse(text).body
    except (OSError, TypeError, SyntaxError):
        return [], {}, ""
    hidden: set[int] = set()
    match body:
        case [ast.FunctionDef(lineno=first_line, body=[docstring, *_])]:
            hidden.update(range(first_line - 1))  # decorators
            match docstring:
                case ast.Expr(ast.Constant(str())):
                    hidden.update(range(docstring.lineno - 1, docstring.end_lineno or 0))
    rows = [i for i in range(len(text.split("\n"))) if i not in hidden]
    shown = [text.split("\n")[i] for i in rows]
    assert code is not None  # its lines were found
    return shown, {first + i: row for row, i in enumerate(rows)}, code.co_filename


def _result(result: Any, lin: Linearization[Any]) -> str:
    def name(v: Any) -> str:
        return label(v, loss=v == lin.loss)

    if isinstance(result, Mapping):
        return ", ".join(
            f"{name(v)} {format_number(x)}" for v, x in result.items() if _is_number(x)
        )
    if _is_number(result):
        return format_number(result)
    return ", ".join(map(name, result)) if isinstance(result, list | tuple) else repr(result)
