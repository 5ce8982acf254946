"""encoder_layer_1_weight ↦ …r_1_w…: labels that fit into a circle, and still differ."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, takewhile
from operator import itemgetter

from coursekit.typeset.spans import CLUSTER, Span, clean, plain_spans, spans, width

_TO_DOTS = "…"


def distinct(
    names: Sequence[object], room: float | Sequence[float]
) -> tuple[tuple[Span, ...], ...]:
    """Return the labels of one picture, cut to `room` ems so that different names still differ.

    `room` is a number, or one for each name.

    A name that fits is whole. Names that would look the same are cut elsewhere: in the middle, at
    the front, or on both sides of the place where they differ. If nothing helps, they are numbered.

    >>> names = ["x12", "encoder_layer_1_weight", "encoder_layer_2_weight"]
    >>> [plain_spans(label) for label in distinct(names, 4.0)]
    ['x₁₂', '…r_1…', '…r_2…']
    """
    sources = [str(getattr(name, "tex", name)) for name in names]
    each = [room] * len(sources) if isinstance(room, int | float) else room
    rooms = dict(sorted(zip(sources, each, strict=True), key=itemgetter(1), reverse=True))
    waiting = list(dict.fromkeys(sources))
    labels: dict[str, tuple[Span, ...]] = {}
    taken: set[str] = set()
    for form in FORMS:
        starts = _differences(waiting)
        cut = {name: form(name, rooms[name], starts[name]) for name in waiting}
        looks = {name: plain_spans(parts) for name, parts in cut.items()}
        count = Counter(looks.values())
        for name, parts in cut.items():
            if width(parts) <= rooms[name] and count[looks[name]] == 1 and looks[name] not in taken:
                labels[name] = parts
        taken.update(looks[name] for name in waiting if name in labels)
        waiting = [name for name in waiting if name not in labels]
    labels |= _numbered(waiting, rooms, taken)
    return tuple(labels[source] for source in sources)


def _differences(names: Sequence[str]) -> Mapping[str, int]:
    """Return the place where each name begins to differ from the one most like it."""
    ordered, starts = sorted(names), dict.fromkeys(names, 0)
    for one, two in pairwise(ordered):
        start = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False))
        )
        starts[one], starts[two] = max(starts[one], start), max(starts[two], start)
    return starts


def _typeset(name: str, _: float, __: int) -> tuple[Span, ...]:
    return spans(name)


def _verbatim(name: str, _: float, __: int) -> tuple[Span, ...]:
    return (Span(clean(name)),)


def _head(name: str, room: float, _: int) -> tuple[Span, ...]:
    letters = _letters(spans(name), room)
    return (*_fitting(letters, room - 1), Span(_TO_DOTS))


def _both_ends(name: str, room: float, _: int) -> tuple[Span, ...]:
    letters = _letters(spans(name), room)
    half = (room - 1) / 2
    return (*_fitting(letters, half), Span(_TO_DOTS), *_fitting(letters[::-1], half)[::-1])


def _tail(name: str, room: float, _: int) -> tuple[Span, ...]:
    letters = _letters(spans(name), room)
    return (Span(_TO_DOTS), *_fitting(letters[::-1], room - 1)[::-1])


def _window(name: str, room: float, start: int) -> tuple[Span, ...]:
    text = clean(name)[max(0, start - 2) :]
    shown = _fitting([Span(c) for c in CLUSTER.findall(text[: _most(room)])], room - 2)
    return (Span(_TO_DOTS), *shown, Span(_TO_DOTS))


Form = Callable[[str, float, int], tuple[Span, ...]]
FORMS: tuple[Form, ...] = (_typeset, _verbatim, _head, _both_ends, _tail, _window)


def _most(room: float) -> int:
    """Return a number of characters that surely fill the room."""
    return max(0, int(min(room, 1000.0) * 10))


def _letters(parts: Sequence[Span], room: float) -> list[Span]:
    """Return a span for each letter; of a long name, only those near its ends."""
    letters = []
    for span in parts:
        text, most = span.text, _most(room)
        if len(text) > 2 * most:
            text = text[:most] + text[len(text) - most :]
        letters += [replace(span, text=cluster) for cluster in CLUSTER.findall(text)]
    return letters


def _fitting(letters: Sequence[Span], room: float) -> list[Span]:
    """Return as many of the first letters as fit."""
    fitting, used = [], 0.0
    for letter in letters:
        used += width([letter])
        if used > room:
            break
        fitting.append(letter)
    return fitting


def _numbered(
    names: Sequence[str], rooms: Mapping[str, float], taken: set[str]
) -> dict[str, tuple[Span, ...]]:
    """Return labels that differ by a number, which no other label has."""
    labels: dict[str, tuple[Span, ...]] = {}
    numbers: Iterator[int] = iter(range(1, len(names) + len(taken) + 1))
    for name in names:
        shown = _fitting(_letters(spans(name), rooms[name]), rooms[name] - 2)
        for k in numbers:
            parts = (*shown, Span(_TO_DOTS), Span(str(k), "sub"))
            if plain_spans(parts) not in taken:
                labels[name] = parts
                break
    return labels
