"""The key of a picture: the name of each colour and its badge, and what an edge's width says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import cos, pi, sin
from typing import TypeAlias

from coursekit.layout.curves import Curve, Point
from coursekit.render.diagram import Diagram
from coursekit.render.palette import GROUPS
from coursekit.render.scene import Circle, Group, Polygon, Shape, Stroke, Text
from coursekit.render.weights import weight_states
from coursekit.typeset.fitting import distinct
from coursekit.typeset.spans import Span

ROW = 24.0  # height of a row of the key
SAMPLE, GAP = 26.0, 20.0  # width of a sample, and between entries
LONGEST = 16.0  # ems of a name
LEAST = 260.0  # width of a row before it is broken
Key: TypeAlias = tuple[list[Group], float, float]  # its width, and the height where it ends
Draw: TypeAlias = Callable[[float, float], list[Shape]]  # a sample at its left end
# corners of each group's badge, as (angle, share of the radius): the second channel of its colour
_FORMS: tuple[tuple[tuple[float, float], ...], ...] = (
    tuple((k / 16, 1.0) for k in range(16)),  # a disc
    tuple((k / 4 + 1 / 8, 1.25) for k in range(4)),  # a square
    tuple((k / 3 - 1 / 4, 1.35) for k in range(3)),  # a triangle
    tuple((k / 4, 1.3) for k in range(4)),  # a diamond
    tuple((k / 4 + d, r) for k in range(4) for d, r in ((-0.05, 1.3), (0.05, 1.3), (1 / 8, 0.5))),
    tuple((k / 10 - 1 / 4, 0.6 if k % 2 else 1.5) for k in range(10)),  # a star
)


def group_states(diagram: Diagram) -> dict[str, str]:
    """Return the state that colours each group, in the order in which the groups appear."""
    return dict(zip(dict.fromkeys(filter(None, diagram.colours)), GROUPS, strict=False))


def badge(x: float, y: float, state: str, radius: float = 4.6) -> Polygon:
    """Return the badge of a group, centred at a point."""
    corners = [(2 * pi * turn, radius * share) for turn, share in _FORMS[GROUPS.index(state)]]
    points = [(round(x + r * cos(a), 2), round(y + r * sin(a), 2)) for a, r in corners]
    return Polygon(tuple(points), "badge")


@dataclass(frozen=True, slots=True)
class _Entry:
    draw: Draw
    states: tuple[str, ...]
    text: tuple[Span, ...]

    @property
    def width(self) -> float:
        return SAMPLE + Text(0, 0, self.text, "key").width + GAP


def key_of(diagram: Diagram, width: float, top: float) -> Key:
    """Return the key below `top`, no wider than the picture if possible."""
    groups: list[Group] = []
    x, y, widest = 0.0, top + ROW / 2 + 8, 0.0
    for entry in _entries(diagram):
        if x and x + entry.width > max(width, LEAST) + GAP:
            x, y = 0.0, y + ROW
        text = Text(x + SAMPLE, y + 4.5, entry.text, "key", centred=False)
        groups.append(Group((*entry.draw(x, y), text), entry.states, index=-1))
        x += entry.width
        widest = max(widest, x - GAP)
    return groups, widest, y + ROW / 2 - 4 if groups else top


def _entries(diagram: Diagram) -> Iterator[_Entry]:
    groups = group_states(diagram)
    names = distinct([*groups], LONGEST)
    for state, name in zip(groups.values(), names, strict=True):
        yield _Entry(partial(_dot, state), (state,), name)
    if diagram.weights:
        size = "|w|" if diagram.headings else "|∂u/∂v|"
        for weight, text in ((0.01, f"{size} ≤ 0.01"), (1.0, "1"), (100.0, "≥ 100")):
            yield _Entry(_line, weight_states(weight), (Span(text),))
        yield _Entry(_line, weight_states(-1.0), (Span("negative"),))
        if weight_states(0.0) in map(weight_states, diagram.partials):
            yield _Entry(_line, weight_states(0.0), (Span("zero"),))


def _dot(state: str, x: float, y: float) -> list[Shape]:
    return [Circle(x + 10, y, 8), badge(x + 16, y - 5.5, state, 4)]


def _line(x: float, y: float) -> list[Shape]:
    return [Stroke(_straight((x, y), (x + 20, y)))]


def _straight(start: Point, end: Point) -> Curve:
    return ((start, start, end, end),)
