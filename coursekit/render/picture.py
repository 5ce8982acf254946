"""draw: a graph, blank or with the numbers of one point, for people, notebooks and terminals."""

import base64
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.watch import Watched
from coursekit.errors import GraphError, did_you_mean
from coursekit.render.diagram import Diagram, State, diagram, folded
from coursekit.render.layout import layout
from coursekit.render.paper import FORMATS, printed
from coursekit.render.plot import draw_graph
from coursekit.render.svg import svg
from coursekit.render.text import listed, number, shape

MANY = 30  # more vertices without numbers are drawn as dots
MOST = 500  # more are folded, a layer into one


class Picture:
    """A picture as SVG text; in a notebook an image with alt text, in a terminal a sentence.

    `print` shows a line for each vertex; `save` writes a file.
    """

    def __init__(
        self, svg: str, alt: str, draw: Callable[..., None] | None = None, rows: str = ""
    ) -> None:
        self.svg, self.alt = svg, alt
        self.draw, self._rows = draw, rows

    @property
    def html(self) -> str:
        """The picture as an <img>, which an untrusted notebook shows too."""
        data = base64.b64encode(self.svg.encode()).decode()
        return f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{data}">'

    def save(self, path: str | Path) -> None:
        """Write the picture as a file: .svg, .pdf or .png, by the name's ending."""
        path = Path(path)
        form = path.suffix.removeprefix(".").lower()
        if form not in FORMATS or (self.draw is None and form != "svg"):
            known = ", ".join(f".{each}" for each in FORMATS)
            raise GraphError(f"{path.name}: a picture is saved as {known}")
        if form == "svg":
            path.write_text(self.svg, encoding="utf-8")
        elif self.draw is not None:
            path.write_bytes(printed(self.draw, form))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": self.alt, "text/html": self.html}

    def __repr__(self) -> str:
        return self.alt

    def __str__(self) -> str:
        return f"{self.alt}\n{self._rows}" if self._rows else self.alt


def draw(
    graph: Graph | Linearization[Any],
    *,
    values: Mapping[Any, Any] | None = None,
    adjoints: Mapping[Any, Any] | None = None,
    path: Sequence[Hashable] = (),
    out: Hashable = None,
    wrong: Hashable = None,
) -> Picture:
    """Return the picture of a graph (blank) or of a linearization (values, partials, adjoints).

    `values` and `adjoints` say what is known so far; for the rest stands an en dash. A `path` is
    lit, or the edges to `out`(v), or what a `Watched` linearization has read; a vertex whose
    adjoint is `wrong` is marked. Arrays are shown by their shapes, which stand on the edges, too.

    >>> from coursekit.examples import example
    >>> print(draw(example().linearize(a=2.0, b=1.0)))
    Computational graph of ℓ with 5 vertices and 5 edges, from a and b. At a = 2 and b = 1: ℓ = 6.
    a          2
    b          1
    c = a + b  3
    d = b + 1  2
    ℓ = c × d  6
    """
    read = graph.edges_read if isinstance(graph, Watched) else []
    seen = graph.lin if isinstance(graph, Watched) else graph  # looking is no reading
    if len(seen.vertices) > MOST:
        return picture(folded(seen), State())
    drawn = diagram(seen)
    lit = _lit(seen, drawn, [*pairwise(path), *read], out)
    if isinstance(seen, Graph):
        state = State(lit=lit)
        if values is not None or adjoints is not None:
            known = _column(seen, adjoints) if adjoints is not None else []
            state = State(_column(seen, values or {}), known, lit=lit)
    else:
        state = numbers(seen, adjoints or {}, lit, values)
    marked = _place(seen, wrong) if wrong is not None else None
    bare = isinstance(seen, Graph) and not state.values
    return picture(drawn, replace(state, wrong=marked), small=bare and len(drawn.names) > MANY)


def picture(drawn: Diagram, state: State, *, small: bool = False, alt: str = "") -> Picture:
    """Return the still of a diagram in a state; `small` draws dots without numbers."""
    alt = alt or describe(drawn, state)
    placed = layout(len(drawn.names), drawn.edges, small=small)
    text = svg(drawn, placed, state, description=alt, still=True)
    return Picture(
        text, alt, partial(draw_graph, diagram=drawn, state=state, small=small), rows(drawn, state)
    )


def numbers(
    lin: Linearization[Any],
    adjoints: Mapping[Any, Any],
    lit: frozenset[int] = frozenset(),
    values: Mapping[Any, Any] | None = None,
) -> State:
    """Return the numbers that a picture shows of a linearization; of arrays, their shapes."""
    known = lin.values if values is None else values
    partials = [
        shape(lin.values[tail]) if _of_arrays(lin, tail, head) else lin.partials[tail, head]
        for tail, head in lin.edges
    ]
    return State(
        _column(lin, known) if lin.values or values else [], _column(lin, adjoints), partials, lit
    )


def describe(drawn: Diagram, state: State) -> str:
    """Return the picture in words: alt text, and what a terminal prints."""
    text = f"{drawn.title}."
    sources = [v for v, kind in enumerate(drawn.kinds) if kind == "input"]
    losses = [v for v, kind in enumerate(drawn.kinds) if kind == "loss"]
    if state.values and losses:
        at = listed([f"{drawn.names[v]} = {number(state.values[v])}" for v in sources])
        text += f" At {at}: {drawn.names[losses[0]]} = {number(state.values[losses[0]])}."
    known = [v for v in sources if state.adjoints and state.adjoints[v] is not None]
    if known and losses:
        of = drawn.names[losses[0]]
        found = [f"∂{of}/∂{drawn.names[v]} = {number(state.adjoints[v])}" for v in known]
        text += f" {listed(found)}."
    if state.wrong is not None:
        text += f" Marked as wrong: {drawn.names[state.wrong]}."
    if state.lit:
        ends = [drawn.edges[k] for k in sorted(state.lit)]
        lit = [f"{drawn.names[tail]} → {drawn.names[head]}" for tail, head in ends]
        text += f" Lit: {listed(lit)}."
    return text


def rows(drawn: Diagram, state: State) -> str:
    """Return a line for each vertex: how it is computed, its value, its adjoint if one is known."""
    formulas = [
        f"{name} = {formula}" if formula else name
        for name, formula in zip(drawn.names, drawn.formulas, strict=True)
    ]
    columns = [formulas]
    if state.values:
        columns.append([number(x) for x in state.values])
    if any(x is not None for x in state.adjoints):
        of = drawn.names[drawn.kinds.index("loss")] if "loss" in drawn.kinds else "ℓ"
        columns.append(
            [
                f"∂{of}/∂{name} = {number(x)}"
                for name, x in zip(drawn.names, state.adjoints, strict=True)
            ]
        )
    widths = [max(map(len, column), default=0) for column in columns]
    lines = zip(*columns, strict=True)
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _column(graph: Graph | Linearization[Any], known: Mapping[Any, Any]) -> list[Any]:
    return [shape(known[v]) if v in known else None for v in graph.vertices]


def _of_arrays(lin: Linearization[Any], *ends: Any) -> bool:
    return bool(lin.values) and any(isinstance(shape(lin.values[v]), str) for v in ends)


def _place(graph: Graph | Linearization[Any], v: Hashable) -> int:
    names = [str(u) for u in graph.vertices]
    for place, u in enumerate(graph.vertices):
        if u is v or (isinstance(u, str) and u == v):
            return place
    raise GraphError(f"there is no vertex {v!r} to show{did_you_mean(str(v), names)}")


def _lit(
    graph: Graph | Linearization[Any],
    drawn: Diagram,
    edges: Iterable[tuple[Hashable, Hashable]],
    out: Hashable,
) -> frozenset[int]:
    place = {v: i for i, v in enumerate(graph.vertices)}
    ends = [(_at(graph, place, v), _at(graph, place, u)) for v, u in edges]
    if out is not None:
        tail = _at(graph, place, out)
        ends += [(tail, place[u]) for u in graph.out(graph.vertices[tail])]
    if missing := [end for end in ends if end not in drawn.edges]:
        tail, head = missing[0]
        raise GraphError(f"there is no edge {drawn.names[tail]} → {drawn.names[head]} to light")
    return frozenset(drawn.edges.index(end) for end in ends)


def _at(graph: Graph | Linearization[Any], place: Mapping[Any, int], v: Hashable) -> int:
    return place[v] if v in place else _place(graph, v)
