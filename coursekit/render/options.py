"""Options of a picture: what is hidden, framed, folded, coloured, labelled and placed."""

from collections.abc import Collection, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from coursekit.errors import GraphError, did_you_mean

HIDEABLE = ("values", "adjoints", "partials", "unnamed")


@dataclass(frozen=True, slots=True)
class Options:
    """Options that `draw`, `explore`, `animate` and `figure` share; `draw` explains each.

    A vertex is one of the picture's graph, or its name.

    >>> Options(hide={"partial"})
    Traceback (most recent call last):
    coursekit.errors.GraphError: hide: unknown word 'partial' (did you mean 'partials'?)
    """

    hide: Collection[str] = ()
    boxes: Mapping[str, Iterable[Hashable]] = field(default_factory=dict)
    fold: bool | Collection[str] = False
    colour: Mapping[Hashable, str] = field(default_factory=dict)
    labels: Mapping[Any, str] = field(default_factory=dict)
    upward: bool = False
    at: Mapping[Hashable, tuple[float, float]] = field(default_factory=dict)
    names_up_to: int | None = None
    weights: bool = False
    unfinished: Collection[Hashable] = ()
    shapes: bool = False

    def __post_init__(self) -> None:
        for name in ("upward", "weights", "shapes"):
            if not isinstance(getattr(self, name), bool):
                raise GraphError(f"{name}={getattr(self, name)!r}: pass True or False")
        for name in ("boxes", "colour", "labels", "at"):
            if not isinstance(getattr(self, name), Mapping):
                raise GraphError(f"{name}={getattr(self, name)!r}: pass a dict")
        for word in _collection("hide", self.hide, "{'partials'}"):
            if word not in HIDEABLE:
                hint = did_you_mean(str(word), HIDEABLE) or f": choose from {', '.join(HIDEABLE)}"
                raise GraphError(f"hide: unknown word {word!r}{hint}")
        if not isinstance(self.fold, bool):
            _collection("fold", self.fold, "{'LSTM'}, or True for all")
        _collection("unfinished", self.unfinished, "[v]")
        for name, texts in (("boxes", self.boxes), ("colour", self.colour.values()),
                            ("labels", self.labels.values())):  # fmt: skip
            for text in texts:
                if not isinstance(text, str) or not text.strip():
                    raise GraphError(f"{name}: {text!r} is not a text that can be shown")
        for v, place in self.at.items():
            _check_place(v, place)
        n = self.names_up_to
        if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 0):
            raise GraphError(f"names_up_to={n!r}: pass a number of vertices, such as 30")

    @property
    def of_vertices(self) -> list[str]:
        """The names of the options that refer to vertices or edges."""
        names = ("boxes", "colour", "labels", "at", "unfinished", "weights", "shapes")
        return [name for name in names if getattr(self, name)]


OPTION_NAMES = tuple(each.name for each in fields(Options))


def split_options(
    arguments: Mapping[str, Any], others: Container[str] = ()
) -> tuple[Options, dict[str, Any]]:
    """Return the options among keyword arguments, and the rest; `others` are names of the rest.

    >>> split_options({"a": 2.0, "upward": True, "weights": 1.0}, {"a", "weights"})[1]
    {'a': 2.0, 'weights': 1.0}
    """
    names = {name for name in OPTION_NAMES if name not in others}
    rest = {name: x for name, x in arguments.items() if name not in names}
    return Options(**{name: x for name, x in arguments.items() if name in names}), rest


def _collection(name: str, words: Any, example: str) -> Collection[Any]:
    if isinstance(words, str) or not isinstance(words, Collection):
        raise GraphError(f"{name}={words!r}: pass a list or a set, such as {example}")
    return words


def _check_place(v: Hashable, place: Any) -> None:
    pair = place if isinstance(place, tuple | list) else ()
    if len(pair) != 2 or not all(isinstance(x, int | float) for x in pair):
        raise GraphError(f"at: {place!r} is not a place of {v}: pass two numbers, (column, row)")
