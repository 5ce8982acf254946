"""Find a place on each edge for its partial, away from vertices, other partials and other edges.

A grid remembers which rectangles and which curves touch which cell, so that a label is compared
only with what is nearby: twice the edges take about twice the time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from math import inf
from typing import TypeAlias

from coursekit.layout.curves import Curve, Point, Rect, overlap, point_on

Cell: TypeAlias = tuple[int, int]
LABEL = (38.0, 15.0)  # width and height of the text of a partial
INK = (18.0, 8.0)  # the middle of a label, which most partials fill
FINE = (9.0, 4.0)  # a cell in which curves are noticed
# candidate places, as fractions of an edge, the best first
FRACTIONS = (0.45, 0.6, 0.3, 0.5, 0.4, 0.7, 0.35, 0.55, 0.65, 0.75, 0.25, 0.2, 0.8, 0.15)
READABLE = 0.4  # part of a label that others may cover, since few numbers are as wide as LABEL
LINE = 12.0  # a foreign curve in a cell counts as so much covered area
SAMPLES = 24  # points of each segment that are noticed


class _Grid:
    """What stands where: rectangles by cell, and the number of curves in each fine cell."""

    def __init__(self, boxes: Sequence[Rect], curves: Sequence[Curve]) -> None:
        self.rects: dict[Cell, list[Rect]] = defaultdict(list)
        for box in boxes:
            self.put(box)
        self.passes = [_passes(curve) for curve in curves]
        self.lines = Counter(cell for cells in self.passes for cell in cells)

    def put(self, rect: Rect) -> None:
        for cell in _cells(rect, LABEL):
            self.rects[cell].append(rect)

    def covered(self, label: Rect) -> float:
        """Return the area of a label that rectangles cover."""
        near = {each for cell in _cells(label, LABEL) for each in self.rects.get(cell, ())}
        return sum(overlap(label, each) for each in near)

    def crossed(self, place: Point, k: int) -> float:
        """Return how many curves other than k run through the middle of a label, as an area."""
        cells = _cells(_around(place, INK), FINE)
        return LINE * sum(self.lines.get(cell, 0) - (cell in self.passes[k]) for cell in cells)

    def best_place(self, k: int, curve: Curve, size: Point) -> Point | None:
        """Return the first of the best readable places for a label of this size on curve k."""
        least, best = inf, None
        for t in FRACTIONS:
            place = point_on(curve, t)
            cost = self.covered(_around(place, size))
            if cost <= READABLE * size[0] * size[1]:
                cost += self.crossed(place, k)
                if cost < least:
                    least, best = cost, place
            if not least:
                break
        return best


def label_places(
    curves: Sequence[Curve], boxes: Sequence[Rect], widths: Sequence[float] = ()
) -> tuple[Point | None, ...]:
    """Return the centre of a label on each curve, or None where no place would be readable.

    `widths` are those of the labels, if some are wider than LABEL.

    >>> label_places([(((0, 9), (50, 9), (50, 9), (100, 9)),)], boxes=[(30, 0, 20, 20)])
    ((70.3, 9.0),)
    """
    grid = _Grid(boxes, curves)
    places: list[Point | None] = []
    for k, curve in enumerate(curves):
        size = max(widths[k], LABEL[0]) if widths else LABEL[0], LABEL[1]
        if place := grid.best_place(k, curve, size):
            grid.put(_around(place, size))
            place = round(place[0], 1), round(place[1], 1)
        places.append(place)
    return tuple(places)


def _around(centre: Point, size: Point) -> Rect:
    return (centre[0] - size[0] / 2, centre[1] - size[1] / 2, *size)


def _cells(rect: Rect, size: Point) -> Iterator[Cell]:
    """Return the cells of a grid, each of this size, that a rectangle touches."""
    left, top, width, height = rect
    columns = range(int(left // size[0]), int((left + width) // size[0]) + 1)
    rows = range(int(top // size[1]), int((top + height) // size[1]) + 1)
    return product(columns, rows)


def _passes(curve: Curve) -> set[Cell]:
    """Return the fine cells through which a curve passes."""
    points = (point_on([segment], k / SAMPLES) for segment in curve for k in range(SAMPLES + 1))
    return {(int(x // FINE[0]), int(y // FINE[1])) for x, y in points}
