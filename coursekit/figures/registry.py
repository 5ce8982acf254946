"""name → figure: each registered once, with its alt text and the function that draws it."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from coursekit.errors import GraphError, did_you_mean
from coursekit.render.picture import Picture

LESSONS = {"05": "lesson05"}  # the modules of this package that register figures
SIZE = (6.4, 3.6)  # inches
FORMATS = ("svg", "pdf", "png")
COMMON: dict[str, Any] = {
    "svg.hashsalt": "coursekit",  # the same ids on every run
    "svg.fonttype": "none",  # text stays text
    "pdf.fonttype": 42,  # fonts embedded whole, text to be searched and copied
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "savefig.dpi": 200,
}


def _theme(paper: str, ink: str, soft: str, grid: str, colours: Sequence[str]) -> dict[str, Any]:
    names = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    style = COMMON | dict.fromkeys(names, ink) | dict.fromkeys(PAPERS, paper)
    return style | {"grid.color": grid, "hatch.color": soft, "axes.prop_cycle": _cycle(colours)}


PAPERS = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")


def _cycle(colours: Sequence[str]) -> str:
    return f"cycler('color', {list(colours)})"


# Okabe-Ito's blue, vermilion and grey: darkened on light paper, lightened on dark
THEMES = {
    "light": _theme("white", "#1b1b1b", "#474747", "#dddddd", ("#005a96", "#a04000", "#767676")),
    "dark": _theme("#141414", "#f2f2f2", "#cfcfcf", "#3a3a3a", ("#56b4e9", "#ff9a5c", "#8f8f8f")),
}
BLUE, VERMILION, GREY = "C0", "C1", "C2"  # of whichever theme


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: `draw(axes, **data)` draws it, `alt` says what it shows, frames are its steps."""

    name: str
    alt: str
    draw: Callable[..., None]
    frames: int = 1


FIGURES: dict[str, Figure] = {}


def register(
    name: str, alt: str, *, frames: int = 1
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that enters a function of (axes, **data) as the figure `name`.

    A figure of several frames is given `frame`, from 1 on: the steps of an overlay.
    """

    def enter(draw: "Callable[..., None]") -> Callable[..., None]:
        FIGURES[name] = Figure(name, alt, draw, frames)
        return draw

    return enter


def of_lesson(lesson: str) -> list[Figure]:
    """Return the figures of a lesson, "05" say, in the order in which they are registered."""
    if lesson not in LESSONS:
        raise GraphError(f"lesson {lesson!r} has no figures; these have: {', '.join(LESSONS)}")
    import_module(f"coursekit.figures.{LESSONS[lesson]}")
    return [figure for name, figure in FIGURES.items() if name.startswith(f"{lesson}-")]


def figure(name: str, **data: Any) -> Picture:
    """Return the figure of that name, its last frame, drawn from data where it takes some.

    >>> figure("05-bill")
    Reads of partials against k on a logarithmic axis: by the sum over paths a line that rises \
without end, by backpropagation four reads a diamond.
    """
    known = {found.name: found for lesson in LESSONS for found in of_lesson(lesson)}
    if name not in known:
        raise GraphError(f"there is no figure {name!r}{did_you_mean(name, known)}")
    found = known[name]
    drawn = drawn_as(found, "svg", "light", found.frames, **data)
    return Picture(drawn.decode(), found.alt)


def drawn_as(figure: Figure, form: str, theme: str, frame: int, **data: Any) -> bytes:
    """Return a frame of a figure as a file of that form: the same bytes on every run."""
    import matplotlib
    from matplotlib.backends import backend_agg, backend_pdf, backend_svg
    from matplotlib.figure import Figure as Canvas

    backends: dict[str, Any] = {
        "svg": backend_svg.FigureCanvasSVG,
        "pdf": backend_pdf.FigureCanvasPdf,
        "png": backend_agg.FigureCanvasAgg,
    }
    undated = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None},
               "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}  # fmt: skip
    if figure.frames > 1:
        data["frame"] = frame
    with matplotlib.rc_context(cast("Any", THEMES[theme])):  # its keys' type: 300 literals
        canvas = Canvas(figsize=SIZE, layout="constrained")
        figure.draw(canvas.subplots(), **data)
        out = io.BytesIO()
        backends[form](canvas).print_figure(out, format=form, metadata=undated[form])
    return out.getvalue()


def write(lesson: str, out: Path) -> list[Path]:
    """Write every figure of a lesson in all forms and themes, frames numbered; return the paths."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for figure in of_lesson(lesson):
        for frame in range(1, figure.frames + 1):
            number = f"-{frame:02}" if figure.frames > 1 else ""
            for theme in THEMES:
                for form in FORMATS:
                    path = out / f"{figure.name}{number}-{theme}.{form}"
                    path.write_bytes(drawn_as(figure, form, theme, frame))
                    written.append(path)
    return written
