"""name → figure: each registered once, with its alt text and the function that draws it."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from coursekit.errors import GraphError, did_you_mean
from coursekit.render.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LESSONS = ("lesson05",)  # the modules of this package that register figures
SIZE = (6.4, 3.6)  # inches
STYLE: dict[str, Any] = {
    "svg.hashsalt": "coursekit",  # the same ids on every run
    "svg.fonttype": "none",  # text stays text
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "figure.facecolor": "white",
}
BLUE, VERMILION, GREY = "#005a96", "#d55e00", "#666666"  # Okabe-Ito, the blue darkened


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot: `draw(axes, **data)` draws it, `alt` says what it shows."""

    name: str
    alt: str
    draw: Callable[..., None]


FIGURES: dict[str, Figure] = {}


def register(name: str, alt: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that enters a function of (axes, **data) as the figure `name`."""

    def enter(draw: "Callable[..., None]") -> Callable[..., None]:
        FIGURES[name] = Figure(name, alt, draw)
        return draw

    return enter


def figure(name: str, **data: Any) -> Picture:
    """Return the figure of that name, drawn from data where it takes some.

    >>> figure("05-bill")
    Reads of partials against k on a logarithmic axis: by the sum over paths a line that rises \
without end, by backpropagation four reads a diamond.
    """
    for lesson in LESSONS:
        import_module(f"coursekit.figures.{lesson}")
    if name not in FIGURES:
        raise GraphError(f"there is no figure {name!r}{did_you_mean(name, FIGURES)}")
    found = FIGURES[name]
    return Picture(_svg(lambda axes: found.draw(axes, **data)), found.alt)


def _svg(draw: "Callable[[Axes], None]") -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    with matplotlib.rc_context(cast("Any", STYLE)):  # its keys' type is a list of 300 literals
        canvas = Canvas(figsize=SIZE, layout="constrained")
        draw(canvas.subplots())
        text = io.StringIO()
        backend: Any = FigureCanvasSVG(canvas)  # print_svg carries no types
        backend.print_svg(text, metadata={"Date": None, "Creator": None})
    return text.getvalue()
