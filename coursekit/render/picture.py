"""draw: a graph, blank or with the numbers of one point, for people, notebooks and terminals."""

import base64
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from html import escape
from itertools import pairwise
from typing import Any

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.render.diagram import Diagram, State, diagram
from coursekit.render.layout import layout
from coursekit.render.svg import svg
from coursekit.render.text import listed, number

MANY = 30  # more vertices without numbers are drawn as dots


class Picture:
    """A picture as SVG text; in a notebook an image with alt text, in a terminal a sentence."""

    def __init__(self, svg: str, alt: str) -> None:
        self.svg, self.alt = svg, alt

    @property
    def html(self) -> str:
        """The picture as an <img>, which an untrusted notebook shows too."""
        data = base64.b64encode(self.svg.encode()).decode()
        return f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{data}">'

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": self.alt, "text/html": self.html}

    def __repr__(self) -> str:
        return self.alt


def draw(
    graph: Graph | Linearization[Any],
    *,
    adjoints: Mapping[Any, float] | None = None,
    path: Sequence[Hashable] = (),
    wrong: Hashable = None,
) -> Picture:
    """Return the picture of a graph (blank) or of a linearization (values, partials, adjoints).

    Adjoints that are not given are not known: an en dash stands for them. A `path` is lit, and
    a vertex whose adjoint is `wrong` is marked.

    >>> from coursekit.examples import example
    >>> draw(example().linearize(a=2.0, b=1.0))
    Computational graph of ℓ with 5 vertices and 5 edges, from a and b. At a = 2 and b = 1: ℓ = 6.
    """
    drawn = diagram(graph)
    lit = _edges_of(path, graph, drawn)
    if isinstance(graph, Graph):
        return picture(drawn, State(lit=lit), small=len(drawn.names) > MANY)
    state = numbers(graph, adjoints or {}, lit)
    marked = list(graph.vertices).index(wrong) if wrong is not None else None
    return picture(drawn, replace(state, wrong=marked))


def picture(drawn: Diagram, state: State, *, small: bool = False, alt: str = "") -> Picture:
    """Return the still of a diagram in a state; `small` draws dots without numbers."""
    alt = alt or describe(drawn, state)
    placed = layout(len(drawn.names), drawn.edges, small=small)
    return Picture(svg(drawn, placed, state, description=alt, still=True), alt)


def numbers(
    lin: Linearization[Any], adjoints: Mapping[Any, float], lit: frozenset[int] = frozenset()
) -> State:
    """Return the numbers that a picture shows of a linearization."""
    values = [lin.values[v] for v in lin.vertices] if lin.values else []
    return State(
        values,
        [adjoints.get(v) for v in lin.vertices],
        [lin.partials[edge] for edge in lin.edges],
        lit,
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


def _edges_of(
    path: Sequence[Hashable], graph: Graph | Linearization[Any], drawn: Diagram
) -> frozenset[int]:
    place = {v: i for i, v in enumerate(graph.vertices)}
    return frozenset(drawn.edges.index((place[v], place[u])) for v, u in pairwise(path))
