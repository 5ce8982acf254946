"""A registry of figures by name: each has an alt text and a function that draws it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, TypeAlias

from coursekit.errors import GraphError, did_you_mean
from coursekit.render.picture import Picture, plot_picture
from coursekit.render.theme import FORMATS, THEMES, render_file

# Packages whose modules register figures; append the package of your own course.
PACKAGES = ["coursekit.lessons.figures"]
FRAME_WIDTH = 400  # pixels: two frames fit side by side in a JupyterLab cell
Draw: TypeAlias = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: `draw(axes, **data)` draws it, `alt` describes it, `frames` counts its steps."""

    name: str
    alt: str
    draw: Draw
    frames: int = 1

    def step(self, frame: int, **data: Any) -> Draw:
        """Return a function of axes that draws this frame."""
        return partial(self.draw, **data, **({"frame": frame} if self.frames > 1 else {}))

    def render(self, form: str, theme: str, frame: int) -> bytes:
        """Return the bytes of a file with one frame; they are the same on every run."""
        return render_file(self.step(frame), form, theme=theme)


_FIGURES: dict[str, Figure] = {}


def register(name: str, *, frames: int = 1) -> Callable[[Draw], Draw]:
    """Return a decorator that registers a function of (axes, **data) as the figure `name`.

    A name begins with its lesson's number: "05-bill". The function's docstring is the alt text. A
    function that draws several frames also receives `frame`, counted from 1.
    """

    def enter(draw: Draw) -> Draw:
        _FIGURES[name] = Figure(name, " ".join((draw.__doc__ or "").split()), draw, frames)
        return draw

    return enter


def all_figures() -> dict[str, Figure]:
    """Return every figure by name, in the order of the names."""
    for package in PACKAGES:
        for module in iter_modules(import_module(package).__path__, f"{package}."):
            import_module(module.name)
    return dict(sorted(_FIGURES.items()))


def lesson_figures(lesson: str) -> list[Figure]:
    """Return the figures of a lesson such as "05"."""
    figures = all_figures()
    chosen = [figure for name, figure in figures.items() if name.startswith(f"{lesson}-")]
    if not chosen:
        lessons = dict.fromkeys(name.partition("-")[0] for name in figures)
        raise GraphError(f"lesson {lesson!r} has no figures: choose from {', '.join(lessons)}")
    return chosen


def figure(name: str, **data: Any) -> Picture:
    """Return the figure `name`; some figures can be drawn from your own data.

    If it has several frames, a notebook shows all of them, and a saved file only the last.

    >>> figure("05-bill")
    Partials read against k, on a logarithmic axis: the sum over paths rises on a straight line, \
backpropagation reads four for each diamond.
    """
    figures = all_figures()
    if name not in figures:
        raise GraphError(f"there is no figure {name!r}{did_you_mean(name, figures)}")
    chosen = figures[name]
    if chosen.frames == 1:
        return plot_picture(chosen.step(1, **data), chosen.alt)
    frames = [
        plot_picture(chosen.step(k, **data), f"{chosen.alt} Step {k} of {chosen.frames}.")
        for k in range(1, chosen.frames + 1)
    ]
    narrow = f'<img width="{FRAME_WIDTH}" '
    html = "\n".join(frame.html.replace("<img ", narrow) for frame in frames)
    return Picture(frames[-1].svg, chosen.alt, frames[-1].draw, html=html)


def write_figures(lesson: str, out: Path) -> list[Path]:
    """Write every figure of a lesson in all formats and themes; return the paths written."""
    figures = lesson_figures(lesson)
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for figure in figures:
        for frame, theme, form in product(range(1, figure.frames + 1), THEMES, FORMATS):
            suffix = f"-{frame:02}" if figure.frames > 1 else ""
            path = out / f"{figure.name}{suffix}-{theme}.{form}"
            path.write_bytes(figure.render(form, theme, frame))
            paths.append(path)
    return paths
