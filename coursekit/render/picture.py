"""Draw a graph, blank or with its numbers at one point, as a picture for notebooks and files."""

import base64
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.watch import Watched
from coursekit.errors import GraphError
from coursekit.render.description import describe, rows
from coursekit.render.diagram import Diagram, diagram_of, folded_diagram
from coursekit.render.layout import lay_out
from coursekit.render.plot import draw_graph
from coursekit.render.state import (
    State,
    edge_indices,
    state_of,
    vertex_index,
)
from coursekit.render.svg import svg
from coursekit.render.theme import FORMATS, render_file

MAX_BLANK_CIRCLES = 30  # a blank graph with more vertices is drawn with dots
MAX_VERTICES = 500  # a larger graph is folded: each layer becomes one vertex


class Picture:
    """An SVG and its alt text: an image in a notebook, a sentence in a terminal.

    `print` adds a line for each vertex, and `save` writes a file.
    """

    def __init__(
        self, svg: str, alt: str, draw: Callable[..., None] | None = None, rows: str = ""
    ) -> None:
        self.svg, self.alt = svg, alt
        self.draw, self._rows = draw, rows

    @property
    def html(self) -> str:
        """An <img> element, which even an untrusted notebook shows."""
        data = base64.b64encode(self.svg.encode()).decode()
        return f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{data}">'

    def save(self, path: str | Path) -> None:
        """Write the picture as .svg, .pdf or .png, depending on the file extension."""
        path = Path(path)
        form = path.suffix.removeprefix(".").lower()
        if form not in FORMATS or (self.draw is None and form != "svg"):
            known = ", ".join(f".{each}" for each in FORMATS[:-1]) + f" or .{FORMATS[-1]}"
            raise GraphError(f"{path.name}: save a picture as {known}")
        if form == "svg":
            path.write_text(self.svg, encoding="utf-8")
        elif self.draw is not None:
            path.write_bytes(render_file(self.draw, form))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": self.alt, "text/html": self.html}

    def __repr__(self) -> str:
        return self.alt

    def __str__(self) -> str:
        return f"{self.alt}\n{self._rows}" if self._rows else self.alt


def plot_picture(draw: Callable[..., None], alt: str) -> Picture:
    """Return the picture that `draw(axes)` draws on matplotlib's axes."""
    return Picture(render_file(draw, "svg").decode(), alt, draw)


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

    `values` and `adjoints` hold the numbers known so far; the others are shown as an en dash. These
    edges are highlighted: those of `path`, those from `out` to its out-neighbours, and those that a
    `Watched` linearization has read. The vertex `wrong` is marked. Arrays are shown as shapes.

    >>> from coursekit.examples import example
    >>> print(draw(example().linearize(a=2.0, b=1.0)))
    Computational graph of ℓ with 5 vertices and 5 edges, from a and b. At a = 2 and b = 1: ℓ = 6.
    a          2
    b          1
    c = a + b  3
    d = b + 1  2
    ℓ = c × d  6
    """
    edges_read = graph.edges_read if isinstance(graph, Watched) else []
    plain = graph.lin if isinstance(graph, Watched) else graph  # drawing must not count as reading
    if len(plain.vertices) > MAX_VERTICES:
        return picture_of(folded_diagram(plain), State())
    diagram = diagram_of(plain)
    edges = [*pairwise(path), *edges_read, *(_edges_out(plain, out) if out is not None else [])]
    state = replace(
        state_of(plain, values, adjoints),
        highlight=edge_indices(plain, diagram, edges),
        wrong=vertex_index(plain, wrong) if wrong is not None else None,
    )
    blank = isinstance(plain, Graph) and not state.values
    return picture_of(diagram, state, small=blank and len(diagram.names) > MAX_BLANK_CIRCLES)


def _edges_out(graph: Graph | Linearization[Any], v: Hashable) -> list[tuple[Any, Any]]:
    tail = graph.vertices[vertex_index(graph, v)]
    return [(tail, head) for head in graph.out(tail)]


def picture_of(diagram: Diagram, state: State, *, small: bool = False, alt: str = "") -> Picture:
    """Return the still of a diagram in a state; `small` draws dots instead of circles and names."""
    alt = alt or describe(diagram, state)
    layout = lay_out(len(diagram.names), diagram.edges, small=small)
    text = svg(diagram, layout, state, description=alt, still=True)
    return Picture(
        text,
        alt,
        partial(draw_graph, diagram=diagram, state=state, small=small),
        rows(diagram, state),
    )
