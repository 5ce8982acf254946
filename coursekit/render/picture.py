"""Draw a graph, blank or with its numbers at one point, as a picture for notebooks and files."""

import base64
import warnings
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.watch import Watched
from coursekit.errors import GraphError
from coursekit.render.diagram import (
    LONGEST,
    Diagram,
    folded_diagram,
    numbered_diagram,
    vertex_index,
)
from coursekit.render.files import Look, format_of
from coursekit.render.options import Options
from coursekit.render.scene import Frame
from coursekit.render.sources import Drawing, Plot, Source, render
from coursekit.render.styling import with_options
from coursekit.render.symbols import with_symbols
from coursekit.render.text import shorten
from coursekit.render.words import describe, rows
from coursekit.typeset.spans import Span

MAX_VERTICES = 500  # a larger graph is folded: each layer becomes one vertex


class Picture:
    """An image in a notebook, a sentence in a terminal, and a file in three formats.

    `print` adds a line for each vertex. An untrusted notebook shows the image, too.
    """

    def __init__(self, source: Source, alt: str, rows: str = "") -> None:
        self.source, self.alt, self._rows = source, alt, rows

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG file in light colours."""
        return self.source.svg(Look()).decode()

    @property
    def html(self) -> str:
        """An <img> element with the picture."""
        data = base64.b64encode(self.svg.encode()).decode()
        return f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{data}">'

    def save(
        self,
        path: str | Path,
        *,
        theme: str = "light",
        width: str | float | None = None,
        scale: float = 1.0,
        ground: str | None = "paper",
        title: str | None = None,
    ) -> None:
        """Write the picture as .svg, .pdf, .png or .tex (TikZ), depending on the file's ending.

        `width` is a length such as "12cm", or a number of pixels (of points in a PDF), and `scale`
        multiplies it. `ground` is None for a transparent ground, or a colour such as "#000000". A
        `title` replaces that of the picture, and "" removes it.
        """
        path, look = Path(path), Look(theme, width, scale, ground, title)
        path.write_bytes(render([self.source], format_of(path), look))
        if advice := self.source.advice(look):
            warnings.warn(f"{path.name}: {advice}", stacklevel=2)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": self.alt, "text/html": self.html}

    def __repr__(self) -> str:
        return self.alt

    def __str__(self) -> str:
        return f"{self.alt}\n{self._rows}" if self._rows else self.alt


def plot_picture(draw: Callable[..., None], alt: str) -> Picture:
    """Return the picture that `draw(axes)` draws on matplotlib's axes."""
    return Picture(Plot(draw, alt), alt)


def draw(
    graph: Graph | Linearization[Any],
    *,
    values: Mapping[Any, Any] | None = None,
    adjoints: Mapping[Any, Any] | None = None,
    path: Sequence[Hashable] = (),
    out: Hashable = None,
    wrong: Hashable = None,
    show: str | None = None,
    unfinished: Collection[Hashable] = (),
    hide: Collection[str] = (),
    boxes: Mapping[str, Iterable[Hashable]] | None = None,
    fold: bool | Collection[str] = False,
    colour: Mapping[Hashable, str] | None = None,
    labels: Mapping[Any, str] | None = None,
    upward: bool = False,
    at: Mapping[Hashable, tuple[float, float]] | None = None,
    names_up_to: int | None = None,
    weights: bool = False,
    shapes: bool = False,
) -> Picture:
    """Return the picture of a graph (blank) or of a linearization (values, partials, adjoints).

    `values` and `adjoints` hold the numbers known so far; unknown ones are shown as an en dash, and
    a sum that is `unfinished` ends in "+ …". The highlighted edges are those on `path`, those from
    `out` to its out-neighbours, and those that a `Watched` linearization has read. The vertex
    `wrong` is marked. Arrays are shown as shapes.

    - `hide`: "values", "adjoints", "partials" or "unnamed" (names such as v7); the rest moves up
    - `boxes`: a frame for each title, around these vertices; the blocks of the graph have frames
    - `fold`: titles of boxes that become one vertex each, or True for all
    - `colour`: the name of the group of each vertex, which the key explains
    - `labels`: texts for vertices, and for edges (tail, head)
    - `upward`: from the bottom up, instead of from left to right
    - `at`: the column and the row, downwards, of vertices with a place of their own
    - `names_up_to`: a graph of more vertices is drawn as dots (30 if it is blank)
    - `weights`: the width of an edge shows its partial's size, colour and dashes show its sign
    - `shapes`: arrays are rectangles in proportion

    `show` is "numbers", "symbols" or "both": formulas such as d in place of the numbers, or d = 2.

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
    if not isinstance(graph, Graph | Linearization):
        raise GraphError(f"draw a Graph or a linearization, not {shorten(repr(graph), LONGEST)}")
    options = Options(
        hide, boxes or {}, fold, colour or {}, labels or {}, upward, at or {}, names_up_to,
        weights, unfinished, shapes,
    )  # fmt: skip
    graph, values, adjoints = with_symbols(graph, values, adjoints, show)
    if len(graph.vertices) > MAX_VERTICES and not fold:
        return picture_of(with_options(folded_diagram(graph), options))
    if out is not None:
        tail: Any = graph.vertices[vertex_index(graph, out)]
        edges += [(tail, head) for head in graph.out(tail)]
    diagram = numbered_diagram(graph, adjoints, values=values, edges=edges, wrong=wrong)
    diagram = with_options(diagram, options)
    if len(diagram.names) > MAX_VERTICES:
        diagram = with_options(folded_diagram(graph), replace(options, fold=False))
    return picture_of(diagram)


def picture_of(
    diagram: Diagram, *, alt: str = "", title: tuple[Span, ...] = (), frame: Frame = ()
) -> Picture:
    """Return the picture of a diagram; its description is the alt text unless another is passed."""
    alt = alt or describe(diagram)
    return Picture(Drawing(diagram, alt, title, frame), alt, rows(diagram))
