"""A registry of figures by name: each has an alt text and a function that draws it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from coursekit.errors import GraphError, did_you_mean
from coursekit.render.picture import Picture, plot_picture
from coursekit.render.theme import FORMATS, THEMES, render_file

# Packages whose modules register figures, in this order; append the package of your own course.
PACKAGES = ["coursekit.lessons.figures"]
FRAME_WIDTH = 400  # pixels: two frames fit side by side in a JupyterLab cell


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: `draw(axes, **data)` draws it, `alt` describes it, `frames` counts its steps."""

    name: str
    alt: str
    draw: Callable[..., None]
    frames: int = 1


class FramedPicture(Picture):
    """A figure with several frames: a notebook shows all of them, a saved file only the last."""

    def __init__(self, frames: list[Picture], alt: str) -> None:
        super().__init__(frames[-1].svg, alt, frames[-1].draw)
        self.frames = frames

    @property
    def html(self) -> str:
        """One <img> per frame, so that the frames stack on a narrow screen."""
        narrow = f'<img width="{FRAME_WIDTH}" '
        return "\n".join(frame.html.replace("<img ", narrow) for frame in self.frames)


_FIGURES: dict[str, Figure] = {}


def register(
    name: str, alt: str, *, frames: int = 1
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that registers a function of (axes, **data) as the figure `name`.

    A name begins with its lesson's number: "05-bill". A function that draws several frames also
    receives `frame`, counted from 1.
    """

    def enter(draw: Callable[..., None]) -> Callable[..., None]:
        _FIGURES[name] = Figure(name, alt, draw, frames)
        return draw

    return enter


def all_figures() -> dict[str, Figure]:
    """Return every figure by name, in registration order."""
    for package in PACKAGES:
        for module in iter_modules(import_module(package).__path__, f"{package}."):
            import_module(module.name)
    return _FIGURES


def lesson_figures(lesson: str) -> list[Figure]:
    """Return the figures of a lesson such as "05", in registration order."""
    figures = all_figures()
    if not any(name.startswith(f"{lesson}-") for name in figures):
        lessons = dict.fromkeys(name.partition("-")[0] for name in figures)
        raise GraphError(f"lesson {lesson!r} has no figures: choose from {', '.join(lessons)}")
    return [figure for name, figure in figures.items() if name.startswith(f"{lesson}-")]


def figure(name: str, **data: Any) -> Picture:
    """Return the figure `name` with all its frames; some figures can be drawn from your own data.

    >>> figure("05-bill")
    Partials read against k, on a logarithmic axis: the sum over paths rises on a straight line, \
backpropagation reads four for each diamond.
    """
    figures = all_figures()
    if name not in figures:
        raise GraphError(f"there is no figure {name!r}{did_you_mean(name, figures)}")
    chosen = figures[name]
    frames = [_frame_picture(chosen, frame, data) for frame in range(1, chosen.frames + 1)]
    return FramedPicture(frames, chosen.alt) if chosen.frames > 1 else frames[0]


def _frame_picture(figure: Figure, frame: int, data: dict[str, Any]) -> Picture:
    draw = _frame_drawer(figure, frame, data)
    alt = f"{figure.alt} Step {frame} of {figure.frames}." if figure.frames > 1 else figure.alt
    return plot_picture(draw, alt)


def _frame_drawer(figure: Figure, frame: int, data: dict[str, Any]) -> Callable[..., None]:
    """Return a function of axes that draws this frame."""
    return partial(figure.draw, **data, **({"frame": frame} if figure.frames > 1 else {}))


def render_figure(figure: Figure, form: str, theme: str, frame: int, **data: Any) -> bytes:
    """Return the bytes of a file with one frame of a figure; they are the same on every run."""
    return render_file(_frame_drawer(figure, frame, data), form, theme=theme)


def write_figures(lesson: str, out: Path) -> list[Path]:
    """Write every figure of a lesson in all formats and themes; return the paths written."""
    figures = lesson_figures(lesson)
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for figure in figures:
        for frame in range(1, figure.frames + 1):
            suffix = f"-{frame:02}" if figure.frames > 1 else ""
            for theme in THEMES:
                for form in FORMATS:
                    path = out / f"{figure.name}{suffix}-{theme}.{form}"
                    path.write_bytes(render_figure(figure, form, theme, frame))
                    paths.append(path)
    return paths
