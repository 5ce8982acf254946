"""A registry of figures by name: each has an alt text and a function that draws its frames."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from inspect import signature
from itertools import product
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, TypeAlias

from coursekit.errors import GraphError, did_you_mean
from coursekit.render.diagram import Diagram
from coursekit.render.drawing import scene_of
from coursekit.render.files import FORMATS, Look
from coursekit.render.film import Steps
from coursekit.render.gallery import Entry, Frame, gallery
from coursekit.render.options import OPTION_NAMES, split_options
from coursekit.render.palette import THEMES
from coursekit.render.picture import Picture, picture_of, plot_picture
from coursekit.render.scene import common_frame
from coursekit.render.styling import with_options
from coursekit.render.text import join_words
from coursekit.render.words import describe
from coursekit.typeset.spans import Span, spans

# Packages whose modules register figures; append the package of your own course.
PACKAGES = ["coursekit.lessons.figures"]
ALL = "all"  # in place of a lesson's number
Draw: TypeAlias = Callable[..., None]
Title: TypeAlias = str | tuple[Span, ...]
Step: TypeAlias = tuple[Diagram, Title]  # what a frame shows, and its title


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: `pictures(**data)` returns its frames, and `alt` describes them all."""

    name: str
    alt: str
    pictures: Callable[..., list[Picture]]
    licence: str = ""  # the LICENCE of the package that registers it
    data: tuple[str, ...] | None = ()  # names of what it can be drawn from, or None for any
    options: tuple[str, ...] = ()  # of pictures of graphs

    @property
    def frames(self) -> int:
        """The number of its frames."""
        return len(self.pictures())


_FIGURES: dict[str, Figure] = {}


def register(name: str, *, frames: int = 1) -> Callable[[Draw], Draw]:
    """Return a decorator that registers a function of (axes, **data), a plot, as a figure.

    A name begins with its lesson's number: "05-bill". The function's docstring is the alt text. A
    function that draws several frames also receives `frame`, counted from 1.
    """

    def enter(draw: Draw) -> Draw:
        alt = _docstring(draw)

        def pictures(**data: Any) -> list[Picture]:
            if frames == 1:
                return [plot_picture(partial(draw, **data), alt)]
            steps = range(1, frames + 1)
            alts = [f"{alt} Step {k} of {frames}." for k in steps]
            draws = [partial(draw, **data, frame=k) for k in steps]
            return list(map(plot_picture, draws, alts))

        _FIGURES[name] = Figure(name, alt, pictures, _licence(draw), _data(draw))
        return draw

    return enter


def register_graph(name: str) -> Callable[[Callable[..., list[Step]]], Callable[..., list[Step]]]:
    """Return a decorator that registers a function of **data as a figure of graphs.

    It returns a diagram and a title for each frame, and its docstring is the alt text. All frames
    have the same size, and the text of each says what it shows. `pictures` takes the options of
    `draw`, too.
    """

    def enter(draw: Callable[..., list[Step]]) -> Callable[..., list[Step]]:
        def pictures(**arguments: Any) -> list[Picture]:
            options, data = split_options(arguments, signature(draw).parameters)
            return _pictures([(with_options(one, options), text) for one, text in draw(**data)])

        data = _data(draw)
        _FIGURES[name] = Figure(
            name, _docstring(draw), pictures, _licence(draw), data, OPTION_NAMES
        )
        return draw

    return enter


def _docstring(function: Callable[..., Any]) -> str:
    return " ".join((function.__doc__ or "").split())


def _data(function: Callable[..., Any]) -> tuple[str, ...] | None:
    """Return the names of the data that a function takes, or None if it takes any."""
    parameters = signature(function).parameters
    if any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
        return None
    return tuple(name for name in parameters if name not in ("axes", "frame"))


def _licence(function: Callable[..., Any]) -> str:
    """Return the line on the licence of a function's package, or ""."""
    package = import_module(function.__module__.rpartition(".")[0] or function.__module__)
    return str(getattr(package, "LICENCE", ""))


def _pictures(steps: list[Step]) -> list[Picture]:
    """Return the pictures of a figure's frames, which share one page."""
    titles = [spans(each) if isinstance(each, str) else each for _, each in steps]
    diagrams = [diagram for diagram, _ in steps]
    frame = common_frame(zip(map(scene_of, diagrams), titles, strict=True))
    alts = [describe(diagram) for diagram in diagrams]
    if len(steps) > 1:
        alts = [f"Step {k} of {len(steps)}. {alt}" for k, alt in enumerate(alts, 1)]
    return [
        picture_of(diagram, alt=alt, title=title, frame=frame)
        for diagram, title, alt in zip(diagrams, titles, alts, strict=True)
    ]


def all_figures() -> dict[str, Figure]:
    """Return every figure by name, in the order of the names."""
    for package in PACKAGES:
        for module in iter_modules(import_module(package).__path__, f"{package}."):
            import_module(module.name)
    return dict(sorted(_FIGURES.items()))


def lesson_figures(lesson: str) -> list[Figure]:
    """Return the figures of a lesson such as "05", or of "all" lessons."""
    figures = all_figures()
    chosen = [figure for name, figure in figures.items() if lesson in (ALL, name.partition("-")[0])]
    if not chosen:
        lessons = [*dict.fromkeys(name.partition("-")[0] for name in figures), ALL]
        raise GraphError(f"lesson {lesson!r} has no figures: choose from {', '.join(lessons)}")
    return chosen


def figure(name: str, **data: Any) -> Picture:
    """Return the figure `name`; some figures can be drawn from your own data.

    A figure of graphs takes the options of `draw` that hide, frame, colour, label and place. If it
    has several frames, a notebook shows all of them, and so does a saved file.

    >>> figure("05-bill")
    Partials read against k, on a logarithmic axis: the sum over paths rises on a straight line, \
backpropagation reads four for each diamond.
    """
    figures = all_figures()
    if name not in figures:
        raise GraphError(f"there is no figure {name!r}{did_you_mean(name, figures)}")
    chosen = figures[name]
    if chosen.data is not None and (unknown := data.keys() - {*chosen.data, *chosen.options}):
        known = join_words(chosen.data) or "no data"
        raise GraphError(f"the figure {name!r} takes {known}, not {join_words(sorted(unknown))}")
    pictures = chosen.pictures(**data)
    return pictures[0] if len(pictures) == 1 else Steps(pictures, chosen.alt)


def write_figures(
    lesson: str,
    out: Path,
    *,
    themes: Sequence[str] = tuple(THEMES),
    forms: Sequence[str] = FORMATS,
    bare: bool = False,
    track: Callable[[Sequence[Figure]], Iterable[Figure]] = iter,
) -> list[Path]:
    """Write a lesson's figures, and a page that shows them; return the paths written.

    The lesson "all" stands for all lessons, `bare` leaves out the titles, and `track` may show the
    progress.
    """
    figures, themes, forms = lesson_figures(lesson), _distinct(themes), _distinct(forms)
    title = "" if bare else None
    looks = [Look(theme, title=title) for theme in themes]
    for form in forms:
        if form not in FORMATS:
            raise GraphError(f"unknown format {form!r}: choose from {', '.join(FORMATS)}")
    out.mkdir(parents=True, exist_ok=True)
    paths, entries = [], []
    for figure in track(figures):
        pictures = _named(figure)
        for (stem, picture), theme, form in product(pictures.items(), themes, forms):
            paths.append(out / f"{stem}-{theme}.{form}")
            picture.save(paths[-1], theme=theme, title=title)
        entries.append(_entry(figure, pictures, looks))
    heading = "All figures" if lesson == ALL else f"Figures of lesson {lesson}"
    index = out / "index.html"
    index.write_text(gallery(heading, entries, out.resolve().name, forms), encoding="utf-8")
    return [*paths, index]


def _distinct(items: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


def _named(figure: Figure) -> dict[str, Picture]:
    """Return a figure's pictures by the beginning of their files' names."""
    pictures = figure.pictures()
    suffixes = [f"-{k:02}" for k in range(1, len(pictures) + 1)] if len(pictures) > 1 else [""]
    return {figure.name + suffix: each for suffix, each in zip(suffixes, pictures, strict=True)}


def _entry(figure: Figure, pictures: dict[str, Picture], looks: Sequence[Look]) -> Entry:
    frames = tuple(
        Frame(stem, each.alt, {look.theme: each.source.svg(look) for look in looks})
        for stem, each in pictures.items()
    )
    return Entry(figure.name, figure.alt, figure.licence, frames)
