"""Run any algorithm on a graph, and record what it has read and stored at each of its reads.

At each read the recorder inspects the algorithm's frame: the current line, and the dictionary of
numbers per vertex, whatever its name. So a recording shows stored numbers and reconstructs none.
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import isclose
from numbers import Real
from types import FrameType
from typing import Any, TypeAlias, TypeGuard

from coursekit.engine.gradients import backprop
from coursekit.engine.linearization import Linearization
from coursekit.engine.watch import Watched
from coursekit.errors import GraphError, plural
from coursekit.render.text import format_number, join_words, label

MAX_READS = 600
Algorithm: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Read:
    """A read of an algorithm, and what it had stored after it; vertices and edges by index."""

    highlight: list[int]  # the edges that are read
    line: int | None  # of the visible source
    head: int | None  # the vertex whose number is passed on
    wrong: int | None  # the same, if its number is not final yet
    text: str
    below: list[float | None]  # the number stored for each vertex
    unfinished: list[int]  # vertices whose number is a sum that will grow


def name_of(algorithm: Algorithm) -> str:
    """Return an algorithm's name.

    >>> name_of(partial(backprop))
    'backprop'
    """
    plain = algorithm.func if isinstance(algorithm, partial) else algorithm
    return getattr(plain, "__name__", "algorithm")


class Recorder:
    """Runs an algorithm once and records a step for each read, the code, and how it ended.

    An effect of a read is visible only at the next read, so each read completes the one before it.

    >>> from coursekit.examples import kite
    >>> Recorder("backprop", kite()).run(backprop).steps[0].text
    '∂ℓ/∂q = 1 is read.'
    """

    def __init__(self, name: str, lin: Linearization[Any]) -> None:
        if not all(map(is_number, lin.values.values())):
            raise GraphError("a recording needs numbers, not arrays: call unroll(graph, …) first")
        self.name, self.lin, self._adjoints = name, lin, backprop(lin)
        self._place = {v: i for i, v in enumerate(lin.vertices)}
        self._edges = lin.edges
        self._edge = {(tail, head): k for k, (tail, head) in enumerate(self._edges)}
        self.source: list[str] = []  # the visible lines of the function that reads
        self._rows: dict[tuple[str, int], int] = {}  # (file, line) → the row of `source`
        self.steps: list[Read] = []
        self._stored: Mapping[Any, Any] = {}
        self._tails: set[int] = set()  # until an out-edge of a vertex is read, its 0 means unknown
        self._unread = set(self._edge.values())
        self._are_sums = False  # whether numbers are sums over out-edges
        self.ending = self.cost = ""

    def run(self, algorithm: Algorithm) -> "Recorder":
        """Run an algorithm that takes a linearization, or (vertices, out); return the recorder."""
        if list(inspect.signature(algorithm).parameters)[:2] == ["vertices", "out"]:
            watched = Watched(self.lin, on_out=self._on_out)
            arguments: tuple[Any, ...] = (watched.vertices, watched.out)
        else:
            watched = Watched(self.lin, on_read=self._on_read)
            arguments, self._are_sums = (watched,), True
        result = None
        try:
            result = algorithm(*arguments)
            self.ending = f"returns {self._result_text(result)}"
        except Exception as error:  # a student's code may raise anything; the view shows the error
            self.ending = f"raises {type(error).__name__}: {error}"
        if self.steps:
            self._tails.update(self._place.values())
            self._complete(result if isinstance(result, Mapping) else self._stored)
            last = self.steps[-1]
            self.steps[-1] = replace(last, text=f"{last.text} It {self.ending}.")
        if not self._are_sums:
            self.steps = [replace(step, unfinished=[]) for step in self.steps]
        self.cost = f"{watched.neighbours_read} reads of vertices and neighbours"
        if watched.edges_read:
            self.cost = f"{plural(len(watched.edges_read), 'partial')} read"
        return self

    def _on_read(self, edge: tuple[Any, Any]) -> None:
        tail, head = map(self._name_of, edge)
        partial = format_number(self.lin.partials[edge])
        self._note([self._edge[edge]], f"∂{head}/∂{tail} = {partial} is read", *edge)

    def _on_out(self, v: Any) -> None:
        edges = [self._edge[v, u] for u in self.lin.out(v)]
        self._note(edges, f"out({self._name_of(v)}) is read", v)

    def _note(self, edges: list[int], sentence: str, tail: Hashable, head: Any = None) -> None:
        if len(self.steps) == MAX_READS:
            raise GraphError(f"{self.name} reads more than {MAX_READS} times: use a smaller graph")
        frames = list(_algorithm_frames())
        if not self.steps:
            self.source, self._rows = _source_of(frames)
        stored = next(filter(None, (_stored_numbers(f, self._place) for f in frames)), {})
        if self.steps:
            self._complete(stored)
        finished = head not in stored or _may_be(stored[head], self._adjoints[head])
        wrong = None if finished else head
        lines = ((f.f_code.co_filename, f.f_lineno) for f in frames)
        step = Read(
            highlight=edges,
            line=next((self._rows[line] for line in lines if line in self._rows), None),
            head=self._place.get(head),
            wrong=self._place.get(wrong),
            text=sentence + self._remark(frames, stored, wrong),
            below=[],
            unfinished=[],
        )
        self.steps.append(step)
        self._stored = stored
        self._tails.add(self._place[tail])

    def _remark(self, frames: list[FrameType], stored: dict[Any, Any], wrong: Any) -> str:
        """Return the rest of a sentence: local numbers if none are stored, or a mistake."""
        scalars = [(k, x) for f in frames[:1] for k, x in f.f_locals.items() if is_number(x)]
        if scalars and not stored:
            numbers = [f"{name} = {format_number(x)}" for name, x in scalars]
            return f", while {join_words(numbers)}."
        if wrong is None:
            return "."
        name, number = self._name_of(wrong), format_number(stored[wrong])
        return f". But {name} is not finished: it passes on {number}."

    def _complete(self, stored: Mapping[Any, Any]) -> None:
        """Add the numbers that were stored after the last read."""
        numbers = [stored.get(v) for v in self.lin.vertices]
        below = [
            (float(x) if isinstance(x, Real) else x)
            if is_number(x) and (x or i in self._tails)
            else None
            for i, x in enumerate(numbers)
        ]
        self._unread.difference_update(self.steps[-1].highlight)
        if self._changes_head(self.steps[-1].highlight, stored):
            self._are_sums = False
        self.steps[-1] = replace(self.steps[-1], below=below, unfinished=self._open_sums(below))

    def _changes_head(self, read: list[int], stored: Mapping[Any, Any]) -> bool:
        """Return whether a read changed the number of its head, as in forward mode."""
        heads = [self._edges[k].head for k in read]
        return any(stored.get(v) != self._stored.get(v) for v in heads)

    def _open_sums(self, below: list[float | None]) -> list[int]:
        """Return the vertices whose number lacks the term of an out-edge that is not read yet."""
        tails = {self._place[self._edges[k].tail] for k in self._unread}
        return [v for v, x in enumerate(below) if x is not None and v in tails]

    def _name_of(self, v: Any) -> str:
        return label(v, loss=v == self.lin.loss)

    def _result_text(self, result: Any) -> str:
        name = self._name_of
        if isinstance(result, Mapping):
            numbers = {v: x for v, x in result.items() if is_number(x)}
            return ", ".join(f"{name(v)} {format_number(x)}" for v, x in numbers.items())
        if is_number(result):
            return format_number(result)
        return ", ".join(map(name, result)) if isinstance(result, list | tuple) else repr(result)


def is_number(x: Any) -> TypeGuard[float]:
    """Return whether x is a number or a formula, but not a bool."""
    return (isinstance(x, Real) and not isinstance(x, bool)) or hasattr(x, "substitute")


def _may_be(x: Any, adjoint: Any) -> bool:
    """Return whether a stored number is the adjoint; equal formulas may look different."""
    if not (isinstance(x, Real) and isinstance(adjoint, Real)):
        return True
    return isclose(x, adjoint, rel_tol=1e-9, abs_tol=1e-12)


def _algorithm_frames() -> Iterator[FrameType]:
    """Yield the algorithm's frames, innermost first, without the recorder's frames."""
    frame: FrameType | None = sys._getframe(1)
    ours = (__file__, inspect.getfile(Watched))
    while frame and frame.f_code.co_filename in ours:
        frame = frame.f_back
    while frame and frame.f_code.co_filename not in ours:
        yield frame
        frame = frame.f_back


def _stored_numbers(frame: FrameType, place: Mapping[Hashable, int]) -> dict[Any, Any]:
    """Return a copy of the frame's dictionary of numbers by vertex, or {} if it has none."""
    dictionaries = [value for value in frame.f_locals.values() if isinstance(value, dict) and value]
    for numbers in dictionaries:
        if all(v in place and is_number(x) for v, x in numbers.items()):
            return {v: x + 0 for v, x in numbers.items()}  # 0 for the sum of no terms
    return {}


def _source_of(frames: list[FrameType]) -> tuple[list[str], dict[tuple[str, int], int]]:
    """Return the source of the innermost function, without its decorators and docstring.

    The second result is the row of each (file, line). Both are empty if there is no source.
    """
    try:
        code = next(f.f_code for f in frames if not f.f_code.co_name.startswith("<"))
        lines, first = inspect.getsourcelines(code)
        text = textwrap.dedent("".join(lines)).rstrip()
        statement = ast.parse(text).body[0]
    except (StopIteration, OSError, TypeError, SyntaxError):
        return [], {}
    hidden = set(range(statement.lineno - 1))  # decorators
    match statement:
        case ast.FunctionDef(body=[ast.Expr(ast.Constant(str())) as docstring, *_]):
            hidden.update(range(docstring.lineno - 1, docstring.end_lineno or 0))
    visible = [(i, line) for i, line in enumerate(text.split("\n")) if i not in hidden]
    rows = {(code.co_filename, first + i): row for row, (i, _) in enumerate(visible)}
    return [line for _, line in visible], rows
