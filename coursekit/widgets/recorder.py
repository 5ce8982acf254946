"""Record a run of any algorithm on a watched linearization: each read, and the stored numbers.

At each read the recorder inspects the algorithm's frame: the current line, and the dictionary of
numbers per vertex, whatever its name. So a recording shows stored numbers and reconstructs none.
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isclose
from numbers import Real
from types import FrameType
from typing import Any, TypeGuard

from coursekit.engine.linearization import Linearization
from coursekit.engine.watch import Watched
from coursekit.errors import GraphError, plural
from coursekit.render.text import format_number, label

MAX_READS = 600


@dataclass(frozen=True, slots=True)
class Read:
    """A read of a partial or of out(v), and the state of the algorithm just before it.

    Edges and vertices are indices; `unfinished` is the head, if its stored adjoint is not final
    yet.
    """

    edges: list[int]
    sentence: str
    tail: int
    head: int | None
    unfinished: int | None
    line: int | None  # a row of the visible source
    stored: dict[Any, Any]
    scalars: dict[str, float]


@dataclass(frozen=True, slots=True)
class Source:
    """The visible lines of a function, the row of each line of its file, and the file's name."""

    lines: list[str] = field(default_factory=list)
    rows: dict[int, int] = field(default_factory=dict)
    file: str = ""


class Recorder:
    """Runs an algorithm once and records its reads, its result, and how it ended."""

    def __init__(self, name: str, lin: Linearization[Any], adjoints: Mapping[Any, float]) -> None:
        self.name, self.lin = name, lin
        self._adjoints = adjoints
        self._place = {v: i for i, v in enumerate(lin.vertices)}
        self._edge = {(tail, head): k for k, (tail, head) in enumerate(lin.edges)}
        self.source = Source()
        self.reads: list[Read] = []
        self.result: Any = None
        self.ending = self.cost = ""

    def run(self, algorithm: Callable[..., Any]) -> "Recorder":
        """Run an algorithm that takes a linearization, or (vertices, out); return the recorder."""
        if list(inspect.signature(algorithm).parameters)[:2] == ["vertices", "out"]:
            watched = Watched(self.lin, on_out=self._on_out)
            arguments: tuple[Any, ...] = (watched.vertices, watched.out)
        else:
            watched = Watched(self.lin, on_read=self._on_read)
            arguments = (watched,)
        try:
            self.result = algorithm(*arguments)
            self.ending = f"returns {self._result_text()}"
        except Exception as error:  # students' code may fail in any way; the view shows it
            self.ending = f"raises {type(error).__name__}: {error}"
        self.cost = _cost(watched)
        return self

    def _on_read(self, edge: tuple[Any, Any]) -> None:
        tail, head = map(self.vertex_name, edge)
        partial = format_number(self.lin.partials[edge])
        self._note([self._edge[edge]], f"∂{head}/∂{tail} = {partial} is read", *edge)

    def _on_out(self, v: Any) -> None:
        edges = [self._edge[v, u] for u in self.lin.out(v)]
        self._note(edges, f"out({self.vertex_name(v)}) is read", v)

    def _note(self, edges: list[int], sentence: str, tail: Hashable, head: Any = None) -> None:
        if len(self.reads) == MAX_READS:
            raise GraphError(f"{self.name} reads more than {MAX_READS} times: use a smaller graph")
        frames = list(_algorithm_frames())
        if not self.reads:  # show the code of the function that reads
            self.source = _source_of(frames)
        stored = next(filter(None, (_stored_numbers(f, self._place) for f in frames)), {})
        unfinished = head in stored and not isclose(
            stored[head], self._adjoints[head], rel_tol=1e-9, abs_tol=1e-12
        )
        read = Read(
            edges,
            sentence,
            self._place[tail],
            self._place.get(head),
            self._place[head] if unfinished else None,
            _current_row(frames, self.source),
            stored,
            {k: x for f in frames[:1] for k, x in f.f_locals.items() if is_number(x)},
        )
        self.reads.append(read)

    def vertex_name(self, v: Any) -> str:
        """Return a vertex's name as the picture shows it."""
        return label(v, loss=v == self.lin.loss)

    def _result_text(self) -> str:
        result, name = self.result, self.vertex_name
        if isinstance(result, Mapping):
            numbers = {v: x for v, x in result.items() if is_number(x)}
            return ", ".join(f"{name(v)} {format_number(x)}" for v, x in numbers.items())
        if is_number(result):
            return format_number(result)
        return ", ".join(map(name, result)) if isinstance(result, list | tuple) else repr(result)


def is_number(x: Any) -> TypeGuard[float]:
    """Return whether x is a number but not a bool."""
    return isinstance(x, Real) and not isinstance(x, bool)


def _cost(watched: Watched[Any]) -> str:
    if watched.edges_read:
        return f"{plural(len(watched.edges_read), 'partial')} read"
    return f"{watched.neighbours_read} reads of vertices and neighbours"


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
            return dict(numbers)
    return {}


def _current_row(frames: list[FrameType], source: Source) -> int | None:
    """Return the source row that is being executed, or None if it is not visible."""
    for frame in frames:
        if frame.f_code.co_filename == source.file and frame.f_lineno in source.rows:
            return source.rows[frame.f_lineno]
    return None


def _source_of(frames: list[FrameType]) -> Source:
    """Return the source of the innermost function, without its decorators and docstring."""
    code = next((f.f_code for f in frames if not f.f_code.co_name.startswith("<")), None)
    if code is None:
        return Source()
    try:
        lines, first = inspect.getsourcelines(code)
        text = textwrap.dedent("".join(lines)).rstrip()
        body = ast.parse(text).body
    except (OSError, TypeError, SyntaxError):
        return Source()
    hidden = _hidden_lines(body)
    rows = [i for i in range(len(text.split("\n"))) if i not in hidden]
    visible = [text.split("\n")[i] for i in rows]
    return Source(visible, {first + i: row for row, i in enumerate(rows)}, code.co_filename)


def _hidden_lines(body: list[ast.stmt]) -> set[int]:
    """Return the lines of a function's decorators and docstring, counted from 0."""
    match body:
        case [ast.FunctionDef(lineno=first, body=[ast.Expr(ast.Constant(str())) as docstring, *_])]:
            return {*range(first - 1), *range(docstring.lineno - 1, docstring.end_lineno or 0)}
        case [ast.FunctionDef(lineno=first)]:
            return set(range(first - 1))
    return set()
