"""What a picture is rendered from: a diagram with its title, or a plot; each in every format."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from coursekit.errors import GraphError
from coursekit.render.diagram import Diagram
from coursekit.render.drawing import scene_of
from coursekit.render.files import Look
from coursekit.render.options import HIDEABLE
from coursekit.render.scene import Frame, Scene, page, smallest_texts
from coursekit.render.styling import hidden
from coursekit.render.svg import file_svg
from coursekit.render.text import format_percent, join_words
from coursekit.render.theme import FIGURE, POINTS, figure_file, plot_figure, plot_svg
from coursekit.render.tikz import tikz
from coursekit.typeset.spans import Span, spans

READABLE = 0.022  # a letter's share of a slide's height
NUMBERS = ("values", "adjoints", "partials")
NOTICEABLE = 1.05  # growth of type that is worth the advice


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
    return figure_file(figures, form, look, sources[0].alt, dpi=dpi)


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
