"""Draw a graph, blank or with its numbers at one point, as a picture for notebooks and files."""

import base64
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.watch import Watched
from coursekit.errors import GraphError
from coursekit.render.diagram import Diagram, folded_diagram, numbered_diagram, vertex_index
from coursekit.render.svg import svg
from coursekit.render.text import format_number, join_words
from coursekit.render.theme import FORMATS, render_file

MAX_BLANK_CIRCLES = 30  # a blank graph with more vertices is drawn with dots
MAX_VERTICES = 500  # a larger graph is folded: each layer becomes one vertex


class Picture:
    """An SVG and its alt text: an image in a notebook, a sentence in a terminal.

    `print` adds a line for each vertex, and `save` writes a file. Its `html` is an <img> element,
    which even an untrusted notebook shows, unless another is passed.
    """

    def __init__(
        self, svg: str, alt: str, draw: Callable[..., None], rows: str = "", html: str = ""
    ) -> None:
        self.svg, self.alt, self.draw, self._rows = svg, alt, draw, rows
        data = base64.b64encode(svg.encode()).decode()
        self.html = html or f'<img alt="{escape(alt)}" src="data:image/svg+xml;base64,{data}">'

    def save(self, path: str | Path) -> None:
        """Write the picture as .svg, .pdf or .png, depending on the file extension."""
        path = Path(path)
        form = path.suffix.removeprefix(".").lower()
        if form not in FORMATS:
            known = ", ".join(f".{each}" for each in FORMATS[:-1]) + f" or .{FORMATS[-1]}"
            raise GraphError(f"{path.name}: save a picture as {known}")
        path.write_bytes(self.svg.encode() if form == "svg" else render_file(self.draw, form))

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

    `values` and `adjoints` hold the numbers known so far; unknown ones are shown as an en dash. The
    highlighted edges are those on `path`, those from `out` to its out-neighbours, and those that a
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
    edges = list(pairwise(path))
    if isinstance(graph, Watched):
        edges += graph.edges_read
        graph = graph.lin  # drawing must not count as reading
    if len(graph.vertices) > MAX_VERTICES:
        return picture_of(folded_diagram(graph))
    if out is not None:
        tail: Any = graph.vertices[vertex_index(graph, out)]
        edges += [(tail, head) for head in graph.out(tail)]
    diagram = numbered_diagram(graph, adjoints, values=values, edges=edges, wrong=wrong)
    blank = isinstance(graph, Graph) and not diagram.values
    return picture_of(replace(diagram, small=blank and len(diagram.names) > MAX_BLANK_CIRCLES))


def picture_of(diagram: Diagram, *, alt: str = "") -> Picture:
    """Return the still of a diagram, with its description as alt text unless another is passed."""

    def draw(axes: Any) -> None:
        from coursekit.render.plot import draw_graph  # imported on first use: it loads matplotlib

        draw_graph(axes, diagram)

    alt = alt or describe(diagram)
    return Picture(svg(diagram, still=alt), alt, draw, rows(diagram))


def describe(diagram: Diagram) -> str:
    """Return the alt text: the structure, the known numbers, and the highlights."""
    names, inputs, losses = diagram.names, diagram.of_kind("input"), diagram.of_kind("loss")
    sentences = [diagram.title]
    if diagram.values and losses:
        point = [f"{names[v]} = {format_number(diagram.values[v])}" for v in [*inputs, losses[0]]]
        sentences.append(f"At {join_words(point[:-1])}: {point[-1]}")
    known = [v for v in inputs if diagram.adjoints and diagram.adjoints[v] is not None]
    if known and losses:
        adjoints = _adjoint_texts(diagram)
        sentences.append(join_words([adjoints[v] for v in known]))
    if diagram.wrong is not None:
        sentences.append(f"Marked as wrong: {names[diagram.wrong]}")
    if diagram.highlight:
        ends = [diagram.edges[k] for k in sorted(diagram.highlight)]
        edges = [f"{names[tail]} → {names[head]}" for tail, head in ends]
        sentences.append(f"Highlighted: {join_words(edges)}")
    return " ".join(f"{sentence}." for sentence in sentences)


def rows(diagram: Diagram) -> str:
    """Return a line for each vertex: its formula, its value, and its adjoint if any is known."""
    named = zip(diagram.names, diagram.formulas, strict=True)
    columns = [[f"{name} = {formula}" if formula else name for name, formula in named]]
    if diagram.values:
        columns.append([format_number(x) for x in diagram.values])
    if any(x is not None for x in diagram.adjoints):
        columns.append(_adjoint_texts(diagram))
    widths = [max(map(len, column), default=0) for column in columns]
    return "\n".join(
        "  ".join(map(str.ljust, line, widths)).rstrip() for line in zip(*columns, strict=True)
    )


def _adjoint_texts(diagram: Diagram) -> list[str]:
    loss = next((diagram.names[v] for v in diagram.of_kind("loss")), "ℓ")
    adjoints = zip(diagram.names, diagram.adjoints, strict=True)
    return [f"∂{loss}/∂{name} = {format_number(x)}" for name, x in adjoints]
