"""A picture as circles, lines and texts, in a unit of its own: every format is written from it.

A shape names its part, such as "adjoint", and a group its states, such as "lit"; `styles.py` says
how they look. So the same scene is a live picture, whose states change, and a file.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from coursekit.layout.curves import Curve, Point
from coursekit.render.styles import HALO, style_of
from coursekit.typeset.spans import Span, width

MARGIN = 0.05  # of a page's width and height, on each side
CORNER = 3.0  # radius of a rectangle's corners
TITLE_ROOM = 30.0  # height of a title above the picture
SLIDE = 9 / 16  # height of a slide whose width is 1
SHIFTS = {"": 0.0, "sub": 0.25, "super": -0.35}  # downwards, in sizes of the text


@dataclass(frozen=True, slots=True)
class Circle:
    """A vertex."""

    x: float
    y: float
    r: float
    part: str = "body"


@dataclass(frozen=True, slots=True)
class Rect:
    """A matrix, a frame, or a field of one colour."""

    x: float
    y: float
    width: float
    height: float
    part: str = "body"


@dataclass(frozen=True, slots=True)
class Stroke:
    """An edge's line."""

    curve: Curve
    part: str = "line"


@dataclass(frozen=True, slots=True)
class Polygon:
    """An arrowhead."""

    points: tuple[Point, ...]
    part: str = "head"


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text on the baseline y, centred at x, or beginning there."""

    x: float
    y: float
    spans: tuple[Span, ...]
    part: str
    size: float = 0.0  # 0: the size of its part
    centred: bool = True
    halo: bool = False  # keeps the lines behind it away

    @property
    def height(self) -> float:
        """The size of its letters."""
        return self.size or style_of(self.part).size or 0.0

    @property
    def width(self) -> float:
        return width(self.spans) * self.height


Frame: TypeAlias = tuple[float, ...]  # left, top, right and bottom; () where none is chosen
Shape: TypeAlias = Circle | Rect | Stroke | Polygon | Text


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that share their states; `kind` and `index` let a view find and repaint them."""

    shapes: tuple[Shape, ...]
    states: tuple[str, ...] = ()
    kind: str = ""  # vertex, edge or label
    index: int = 0
    title: str = ""  # for tooltips and screen readers


@dataclass(frozen=True, slots=True)
class Scene:
    """Groups, from back to front, in the frame (left, top, right, bottom); y points down."""

    groups: tuple[Group, ...]
    frame: tuple[float, float, float, float]

    @property
    def size(self) -> tuple[float, float]:
        left, top, right, bottom = self.frame
        return right - left, bottom - top

    def texts(self) -> Iterator[Text]:
        """Yield every text."""
        for group in self.groups:
            yield from (shape for shape in group.shapes if isinstance(shape, Text))


def with_halo(shape: Shape) -> list[Shape]:
    """Return a shape, after the paper-coloured field that keeps lines away from a number."""
    if not (isinstance(shape, Text) and shape.halo):
        return [shape]
    width, height = shape.width + HALO, shape.height
    left = shape.x - (width if shape.centred else HALO) / 2
    field = Rect(left, shape.y - 0.88 * height, width, 1.06 * height, "halo")
    return [field, shape]


def page(scene: Scene, title: tuple[Span, ...] = (), frame: Frame = ()) -> Scene:
    """Return the scene with a title above it and margins around it, as a file shows it.

    Frames of one figure pass their common frame.
    """
    frame = frame or common_frame([(scene, title)])
    left, top, right, bottom = _shifted(frame, scene)
    if title:
        text = Text((left + right) / 2, top - TITLE_ROOM / 2, title, "title")
        scene = replace(scene, groups=(*scene.groups, Group((text,))))
        top -= TITLE_ROOM
    share = MARGIN / (1 - 2 * MARGIN)
    x, y = (right - left) * share, (bottom - top) * share
    # whole numbers, so that the ground ends where the last pixel does
    width, height = math.ceil(right - left + 2 * x), math.ceil(bottom - top + 2 * y)
    return replace(scene, frame=(left - x, top - y, left - x + width, top - y + height))


def extent(scene: Scene) -> Frame:
    """Return the frame, widened where a text reaches beyond it."""
    left, top, right, bottom = scene.frame
    for text in scene.texts():
        start = text.x - text.width / 2 if text.centred else text.x
        left, right = min(left, start), max(right, start + text.width)
        top, bottom = min(top, text.y - text.height), max(bottom, text.y + text.height / 3)
    return left, top, right, bottom


def common_frame(steps: Iterable[tuple[Scene, tuple[Span, ...]]]) -> Frame:
    """Return the smallest frame, measured from a scene's centre, that holds all, with titles."""
    frames = []
    for scene, title in steps:
        left, top, right, bottom = _shifted(extent(scene), scene, -1)
        half, middle = Text(0, 0, title, "title").width / 2, (left + right) / 2
        frames.append((min(left, middle - half), top, max(right, middle + half), bottom))
    lefts, tops, rights, bottoms = zip(*frames, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _shifted(frame: Frame, scene: Scene, sign: int = 1) -> Frame:
    """Return a frame, measured from the scene's centre, in its coordinates; −1 for the inverse."""
    left, top, right, bottom = scene.frame
    x, y = sign * (left + right) / 2, sign * (top + bottom) / 2
    return frame[0] + x, frame[1] + y, frame[2] + x, frame[3] + y


def smallest_texts(scene: Scene) -> tuple[float, list[str]]:
    """Return the smallest text's share of a slide's height, and the parts of that size."""
    width, height = scene.size
    sizes = [(text.height, text.part) for text in scene.texts()]
    least = min((size for size, _ in sizes), default=0.0)
    return least / max(height, width * SLIDE), sorted({p for size, p in sizes if size == least})
