"""Give each vertex and each bend a layer and a coordinate in it, as if from left to right.

x leads from layer to layer and y along a layer; an upward picture is turned at the end. So a
size here is a length in the direction of x, and one in the direction of y.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt, prod, sqrt

from coursekit.layout import frames
from coursekit.layout.coordinates import spread
from coursekit.layout.curves import Point
from coursekit.layout.dot import ranks
from coursekit.layout.frames import PAD, TITLE, Side
from coursekit.layout.labels import LABEL
from coursekit.layout.layers import Layers, layers_of
from coursekit.layout.order import order_rows
from coursekit.layout.pinned import columns, fit_around
from coursekit.layout.straight import straighten

LANE = 8.0  # points: height of a bend
# points between the boxes of two layers, at least: with labels, without, and of dots
BETWEEN, UNLABELLED, SMALL_BETWEEN = 56.0, 36.0, 14.4
STEEP = 3.0  # links this many times higher than layers are apart move the layers apart
CROWD = 3  # the labels between two layers need this much more than their own area
ROW = 84.0  # points: height of one vertex with its numbers
LANES = 24.0  # points between the boxes of pinned vertices, so that edges can pass


@dataclass(frozen=True, slots=True)
class Grid:
    """Items with their coordinates, and the sides of frames between which a layer passes."""

    layers: Layers
    x: list[float]  # of each layer
    y: list[float]  # of each item
    sides: dict[Side, float]

    def place(self, item: int) -> Point:
        """Return the centre of an item."""
        return self.x[self.layers.rank[item]], self.y[item]


def layered_grid(
    edges: Sequence[tuple[int, int]],
    boxes: Sequence[Point],
    groups: Sequence[Sequence[int]],
    *,
    small: bool,
    upward: bool,
    room: float = 0.0,
    labels: bool = True,
) -> Grid:
    """Return the grid that Graphviz's ranks give, with edges as short and straight as possible.

    Between two layers there is `room` for the longest label.
    """
    layers = layers_of(_ranks(len(boxes), edges), edges, groups)
    half = _half_heights(layers, boxes)
    title = 0.0 if upward else TITLE
    rows = order_rows(layers)
    gaps = [frames.gaps(row, half, layers.paths, title) for row in rows]
    level = min((height for _, height in boxes), default=0.0) / 4
    y = straighten(rows, layers, gaps, spread(rows, layers, gaps), level)
    sides: dict[Side, float] = {}
    if groups:
        y, sides = frames.push(rows, y, half, layers.paths, title)
    widths = [max((boxes[v][0] for v in row if v < len(boxes)), default=0) for row in rows]
    x = [widths[0] / 2] if rows else []
    for r in range(len(rows) - 1):
        least = SMALL_BETWEEN if small else BETWEEN if labels else UNLABELLED
        between = max(_between(rows[r], y, layers, least, labels=labels and not small), room)
        between += _sides_between(r, layers, len(groups), TITLE if upward else 0.0)
        x.append(x[-1] + (widths[r] + widths[r + 1]) / 2 + between)
    return Grid(layers, x, y, sides)


def _ranks(vertices: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Return the layer of each vertex; a block of columns holds those without edges."""
    result = ranks(vertices, edges)
    linked = {v for edge in edges for v in edge}
    lone = [v for v in range(vertices) if v not in linked]
    tallest = max(Counter(result[v] for v in linked).values(), default=1)
    rows = max(isqrt(len(lone)), tallest)
    for i, v in enumerate(lone):
        result[v] = i // rows
    return result


def pinned_grid(
    edges: Sequence[tuple[int, int]],
    boxes: Sequence[Point],
    pinned: dict[int, Point],
    *,
    small: bool,
) -> Grid:
    """Return the grid in which some vertices have places of their own: a layer and a row."""
    between = SMALL_BETWEEN if small else BETWEEN
    pitch = max(w for w, _ in boxes) + between, max(h for _, h in boxes) + LANES
    at = columns(len(boxes), edges, pinned)
    distinct = sorted({*at})
    layers = layers_of([distinct.index(each) for each in at], edges)
    half = _half_heights(layers, boxes)
    pins = {v: y * pitch[1] for v, (_, y) in pinned.items()}
    return Grid(layers, [x * pitch[0] for x in distinct], fit_around(layers, pins, half), {})


def _half_heights(layers: Layers, boxes: Sequence[Point]) -> list[float]:
    ghosts = {v for chain in layers.chains for v in chain[1:-1]}
    bends = [LANE / 2 if v in ghosts else 0.0 for v in range(len(boxes), len(layers.rank))]
    return [*(height / 2 for _, height in boxes), *bends]


def _between(
    row: Sequence[int], y: Sequence[float], layers: Layers, least: float, *, labels: bool
) -> float:
    """Return the distance from the boxes of a layer to those of the next one."""
    links = [(u, v) for u in row for v in layers.out.get(u, ())]
    steepest = max((abs(y[u] - y[v]) for u, v in links), default=0)
    distance = max(least, sqrt(least * steepest / STEEP))
    edges = [(u, v) for u, v in links if u < layers.vertices]  # a label needs room once
    if not labels or not edges:
        return distance
    ends = ([y[edge[i]] for edge in edges] for i in (0, 1))
    room = sqrt(prod(max(each) - min(each) + ROW for each in ends))
    return max(distance, CROWD * len(edges) * LABEL[0] * LABEL[1] / room)


def _sides_between(r: int, layers: Layers, groups: int, title: float) -> float:
    """Return the room for the frames that end at layer r or begin at the next one."""
    room = 0.0
    for g in range(groups):
        inside = [layers.rank[v] for v, path in enumerate(layers.paths) if g in path]
        room += PAD * (min(inside) == r + 1) + (PAD + title) * (max(inside) == r)
    return room
