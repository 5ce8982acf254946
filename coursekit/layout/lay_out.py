"""Compute the position of each vertex and the curve of each edge, once per structure.

Graphviz ranks the vertices into layers (`dot.py`), long edges get a bend in each layer that they
cross (`layers.py`), each layer is ordered (`order.py`) and spread (`coordinates.py`). Curves are
horizontal at both ends (vertical in an upward picture) and keep to the lanes of their bends, so
they neither kink at a circle nor run through one.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import TypeAlias

from coursekit.layout.arrows import arrows, turn_to_origin
from coursekit.layout.curves import Curve, Point, Rect
from coursekit.layout.frames import PAD, TITLE
from coursekit.layout.grid import Grid, layered_grid, pinned_grid
from coursekit.layout.labels import label_places

Shape: TypeAlias = tuple[int, int]  # rows and columns of a matrix
Edges: TypeAlias = tuple[tuple[int, int], ...]
RADIUS, SMALL_RADIUS = 19.0, 5.0
SIDE, MAX_ASPECT = 20.0, 2.5  # half the side of a square matrix; longer ones are drawn as 2.5 : 1
ARROW, SMALL_ARROW = (9.0, 8.0), (5.0, 5.0)  # length and width of an arrowhead
# room around a vertex: for a number above, below or beside it, and where there is none
ABOVE, BESIDE, BARE = 23.0, 60.0, 5.0
SIDES = 8.0  # left and right of a vertex between its numbers
SMALL_ROOM = (5.0, 7.0, 5.0, 7.0)


@dataclass(frozen=True, slots=True)
class Structure:
    """All that a layout depends on: vertices and edges by index, shapes, and how to place them.

    A vertex is a circle unless `shapes` has its rows and columns; then it is a rectangle in
    proportion. `groups` are sets of vertices to be framed. `at` holds the column and the row
    (downwards) of each vertex with a place of its own, and None for the others. `texts` are the
    widths of what stands above and below each vertex, and `partials` of what is on each edge, if
    some are wider than a number. What `hide` names ("values", "adjoints", "partials") has no room.
    """

    vertices: int
    edges: Edges
    shapes: tuple[Shape | None, ...] = ()
    small: bool = False  # dots, without labels
    groups: tuple[tuple[int, ...], ...] = ()
    upward: bool = False  # from the bottom up, instead of from left to right
    at: tuple[Point | None, ...] = ()
    texts: tuple[float, ...] = ()
    partials: tuple[float, ...] = ()
    hide: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions in points, with y downwards.

    Around each vertex there is room for its numbers: above and below it, or at its left and right
    in an upward picture. A curve leads from the border of its tail to the base of its arrowhead
    (1 point into it, so that no gap shows), whose tip touches the head.
    """

    width: float
    height: float
    vertices: tuple[Point, ...]  # centres
    extents: tuple[Point, ...]  # half the width and half the height of each vertex
    curves: tuple[Curve, ...]  # of each edge
    tips: tuple[tuple[Point, Point], ...]  # each arrow's tip and direction, of length 1
    arrow: Point  # length and width of an arrowhead
    labels: tuple[Point | None, ...]  # the centre of each partial; None if there is no free place
    groups: tuple[Rect, ...]  # frames, with TITLE points for a title below the upper side

    @property
    def unlabelled(self) -> int:
        """The number of edges without a place for a partial."""
        return self.labels.count(None)


@lru_cache(maxsize=256)
def lay_out(structure: Structure) -> Layout:
    """Return the layout of a structure, the same one on every call.

    >>> lay_out(Structure(2, ((0, 1),))).curves
    ((((46.0, 42.0), (78.0, 42.0), (78.0, 42.0), (110.0, 42.0)),),)
    """
    small, upward = structure.small, structure.upward
    extents = _extents(structure)
    left, top, right, bottom = _room(structure)
    boxes = [(2 * rx + left + right, 2 * ry + top + bottom) for rx, ry in extents]
    off = (right - left) / 2, (bottom - top) / 2  # from a vertex to the middle of its box
    if structure.texts and not upward:
        boxes = [(max(box[0], w), box[1]) for box, w in zip(boxes, structure.texts, strict=True)]
    if upward:  # as if from left to right, until the picture is turned
        extents, boxes, off = *([(y, x) for x, y in e] for e in (extents, boxes)), (-off[1], off[0])
    grid = _grid(structure, boxes)
    rects = [_rect_around(grid.place(v), box) for v, box in enumerate(boxes)]
    rects, groups = ([_moved(r, off) for r in e] for e in (rects, _frames(structure, grid, rects)))
    arrow = SMALL_ARROW if small else ARROW
    drawn = arrows(grid, extents, arrow[0])
    turn = turn_to_origin([*rects, *groups], [curve for curve, _ in drawn], upward=upward)
    curves = tuple(turn.curve(curve) for curve, _ in drawn)
    frames = tuple(map(turn.rect, groups))
    titles = [(x, y, 6 * TITLE, TITLE) for x, y, _, _ in frames]
    taken = [*map(turn.rect, rects), *titles]
    return Layout(
        *turn.size,
        tuple(turn.point(grid.place(v)) for v in range(structure.vertices)),
        tuple(_extents(structure)),
        curves,
        tuple((turn.point(tip), turn.direction(along)) for _, (tip, along) in drawn),
        arrow,
        (None,) * len(curves)
        if small or "partials" in structure.hide
        else label_places(curves, taken, structure.partials),
        frames,
    )


def _extents(structure: Structure) -> list[Point]:
    """Return half the width and half the height of each vertex."""
    shapes = structure.shapes or (None,) * structure.vertices
    radius = SMALL_RADIUS if structure.small else RADIUS
    return [_extent(shape) if shape else (radius, radius) for shape in shapes]


def _extent(shape: Shape) -> Point:
    rows, columns = shape
    aspect = min(max(columns / max(rows, 1), 1 / MAX_ASPECT), MAX_ASPECT)
    return round(SIDE * sqrt(aspect), 1), round(SIDE / sqrt(aspect), 1)


def _room(structure: Structure) -> tuple[float, float, float, float]:
    """Return the room for the numbers on the left, above, on the right and below a vertex."""
    if structure.small:
        return SMALL_ROOM
    full = BESIDE if structure.upward else ABOVE
    value, adjoint = (BARE if each in structure.hide else full for each in ("values", "adjoints"))
    return (value, BARE, adjoint, BARE) if structure.upward else (SIDES, value, SIDES, adjoint)


def _grid(structure: Structure, boxes: list[Point]) -> Grid:
    pinned = {v: place for v, place in enumerate(structure.at) if place is not None}
    if structure.upward:
        pinned = {v: (-row, column) for v, (column, row) in pinned.items()}
    if pinned:
        return pinned_grid(structure.edges, boxes, pinned, small=structure.small)
    groups, small, upward = structure.groups, structure.small, structure.upward
    room = max(structure.partials, default=0.0)
    return layered_grid(
        structure.edges, boxes, groups, small=small, upward=upward, room=room,
        labels="partials" not in structure.hide,
    )  # fmt: skip


def _rect_around(centre: Point, size: Point) -> Rect:
    return (centre[0] - size[0] / 2, centre[1] - size[1] / 2, *size)


def _moved(rect: Rect, off: Point) -> Rect:
    return (rect[0] + off[0], rect[1] + off[1], *rect[2:])


def _frames(structure: Structure, grid: Grid, rects: list[Rect]) -> list[Rect]:
    """Return the frame of each group; a frame within another one is smaller by PAD."""
    before, ahead = (0.0, TITLE) if structure.upward else (TITLE, 0.0)
    frames: dict[int, Rect] = {}
    sets = [set(group) for group in structure.groups]
    for g in sorted(range(len(sets)), key=lambda g: (len(sets[g]), -g)):
        inner = [rects[v] for v in sets[g]] + [frames[h] for h in frames if sets[h] <= sets[g]]
        left, right = min(r[0] for r in inner) - PAD, max(r[0] + r[2] for r in inner) + PAD + ahead
        top = grid.sides.get(("top", g), min(r[1] for r in inner) - PAD - before)
        bottom = grid.sides.get(("bottom", g), max(r[1] + r[3] for r in inner) + PAD)
        frames[g] = (left, top, right - left, bottom - top)
    return [frames[g] for g in range(len(sets))]
