"""name → figure: each registered once, with its alt text and the function that draws it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from coursekit.errors import GraphError, did_you_mean
from coursekit.render.paper import FORMATS, THEMES, printed
from coursekit.render.picture import Picture

LESSONS = {f"{n:02}": f"lesson{n:02}" for n in range(1, 8)}  # modules that register figures


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: `draw(axes, **data)` draws it, `alt` says what it shows, frames are its steps."""

    name: str
    alt: str
    draw: Callable[..., None]
    frames: int = 1


class Steps(Picture):
    """A figure of several frames: side by side where there is room, the last one when saved."""

    def __init__(self, frames: list[Picture], alt: str) -> None:
        super().__init__(frames[-1].svg, alt, frames[-1].draw)
        self.frames = frames

    @property
    def html(self) -> str:
        """Each frame as an <img> of its own, so that they stack on a narrow screen."""
        narrow = f'<img width="{WIDTH}" '
        return "\n".join(frame.html.replace("<img ", narrow) for frame in self.frames)


WIDTH = 400  # pixels of a frame beside others: two in a cell of JupyterLab
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
    """Return the figure of that name with all its frames, drawn from data where it takes some.

    >>> figure("05-bill")
    Reads of partials against k on a logarithmic axis: by the sum over paths a line that rises \
without end, by backpropagation four reads a diamond.
    """
    known = {found.name: found for lesson in LESSONS for found in of_lesson(lesson)}
    if name not in known:
        raise GraphError(f"there is no figure {name!r}{did_you_mean(name, known)}")
    found = known[name]
    pictures = []
    for frame in range(1, found.frames + 1):
        draw = _frame(found, frame, data)
        alt = f"{found.alt} Step {frame} of {found.frames}." if found.frames > 1 else found.alt
        pictures.append(Picture(printed(draw, "svg").decode(), alt, draw))
    return Steps(pictures, found.alt) if found.frames > 1 else pictures[0]


def drawn_as(figure: Figure, form: str, theme: str, frame: int, **data: Any) -> bytes:
    """Return a frame of a figure as a file of that form: the same bytes on every run."""
    return printed(_frame(figure, frame, data), form, theme=theme)


def _frame(figure: Figure, frame: int, data: dict[str, Any]) -> Callable[..., None]:
    """Return the function of axes alone that draws this frame."""
    return partial(figure.draw, **data, **({"frame": frame} if figure.frames > 1 else {}))


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
