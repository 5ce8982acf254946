"""Draw a graph, blank or with its numbers at one point, as a picture for notebooks and files."""

import base64
import warnings
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.watch import Watched
from coursekit.errors import GraphError
from coursekit.render.diagram import Diagram, folded_diagram, numbered_diagram, vertex_index
from coursekit.render.drawing import scene_of
from coursekit.render.files import Look, format_of
from coursekit.render.options import HIDEABLE, Options
from coursekit.render.scene import Frame, Scene, page, smallest_texts
from coursekit.render.styling import hidden, with_options
from coursekit.render.svg import file_svg
from coursekit.render.symbols import with_symbols
from coursekit.render.text import format_percent, join_words
from coursekit.render.theme import FIGURE, POINTS, plot_figure, plot_svg, write_figures
from coursekit.render.tikz import tikz
from coursekit.render.words import describe, rows
from coursekit.typeset.spans import Span, spans

READABLE = 0.022  # a letter's share of a slide's height
NUMBERS = ("values", "adjoints", "partials")
NOTICEABLE = 1.05  # growth of type that is worth the advice
MAX_VERTICES = 500  # a larger graph is folded: each layer becomes one vertex


class Source(Protocol):
    """What a picture is rendered from."""

    @property
    def alt(self) -> str:
        """The text that describes the picture."""

    def svg(self, look: Look) -> bytes:
        """Return the picture as SVG; the bytes are the same on every run."""

    def figure(self, look: Look, size: float) -> Any:
        """Return the picture as a figure of matplotlib, `size` points for each of its units."""

    def scene(self, look: Look) -> Scene:
        """Return the page that a file shows; raise GraphError if it is not made of a scene."""

    def size(self, look: Look) -> tuple[float, float]:
        """Return the picture's width and height, in units of its own."""

    def advice(self, look: Look) -> str:
        """Return a sentence if the picture would not be readable on a slide, or ""."""


def render(sources: Sequence[Source], form: str, look: Look) -> bytes:
    """Return a file in this format; a PDF has a page and a tikzpicture an overlay for each."""
    if form == "svg":
        return sources[0].svg(look)
    if form == "tex":
        return tikz([source.scene(look) for source in sources], look, sources[0].alt)
    size = look.size(form, *sources[0].size(look))
    points, dpi = (size, POINTS) if form == "pdf" else (1.0, POINTS * size)
    figures = [partial(source.figure, look, points) for source in sources]
    return write_figures(figures, form, look, sources[0].alt, dpi=dpi)


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


@dataclass(frozen=True, slots=True)
class Plot:
    """The source of what `draw(axes)` draws on matplotlib's axes."""

    draw: Callable[..., None]
    alt: str

    def svg(self, look: Look) -> bytes:
        """Return the plot as SVG."""
        return plot_svg(self.draw, look, self.alt)

    def figure(self, look: Look, size: float) -> Any:
        """Return matplotlib's figure, `size` times as large."""
        return plot_figure(self.draw, look, size=size)

    def scene(self, _: Look) -> Scene:
        """Raise GraphError."""
        raise GraphError("TikZ draws graphs only: save a plot as .svg, .pdf or .png")

    def size(self, _: Look) -> tuple[float, float]:
        """Return the width and the height in points."""
        return FIGURE[0] * POINTS, FIGURE[1] * POINTS

    def advice(self, _: Look) -> str:
        """Return "": a plot's type is large enough."""
        return ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The source of a diagram's picture; steps of one figure have a frame in common."""

    diagram: Diagram
    alt: str
    title: tuple[Span, ...] = ()
    frame: Frame = ()

    def scene(self, look: Look) -> Scene:
        """Return the page that a file shows."""
        own = spans(look.title) if look.title else ()
        title = self.title if look.title is None else own
        return page(scene_of(self.diagram), title, self.frame)

    def svg(self, look: Look) -> bytes:
        """Return the picture as SVG."""
        return file_svg(self.scene(look), look, self.alt)

    def figure(self, look: Look, size: float) -> Any:
        """Return matplotlib's figure, `size` points for each unit of the scene."""
        from coursekit.render.page import scene_figure  # imported on first use: loads matplotlib

        return scene_figure(self.scene(look), look, size=size)

    def size(self, look: Look) -> tuple[float, float]:
        """Return the width and the height in units of the scene."""
        return self.scene(look).size

    def advice(self, look: Look) -> str:
        """Return a sentence if the smallest type could not be read from a room's last row."""
        share, parts = smallest_texts(self.scene(look))
        if share >= READABLE:
            return ""
        hint = "draw fewer vertices"
        larger, words = max(self._without(look), default=(0.0, []))
        if larger > share * NOTICEABLE:
            hint += f", or hide={{{str(words)[1:-1]}}}: that makes it {format_percent(larger)}"
        return (
            f"on a slide, its smallest type ({join_words(parts)}) has {format_percent(share)}"
            f" of the height, and the last row needs {READABLE:.1%}: {hint}"
        )

    def _without(self, look: Look) -> Iterator[tuple[float, list[str]]]:
        """Yield the share of the smallest type for words that could be hidden.

        What a picture does not show has room, so that numbers can follow; it may all be hidden.
        """
        empty = {word for word in NUMBERS if not getattr(self.diagram, word)}
        for words in (empty, *({word} for word in HIDEABLE)):
            if words - self.diagram.hide:
                fewer = replace(self, diagram=hidden(self.diagram, words))
                yield smallest_texts(fewer.scene(look))[0], sorted(words)


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
