"""Find a place on each edge for its partial, away from vertices and from other partials.

A grid remembers which rectangles touch which cell, so that a label is compared only with those
nearby: twice the edges take about twice the time.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

from coursekit.render.curves import Curve, Point, Rect, overlap, point_on

LABEL = (38.0, 15.0)  # width and height of the text of a partial
# candidate places, as fractions of an edge, the best first
FRACTIONS = (0.45, 0.6, 0.3, 0.75, 0.2, 0.5, 0.4, 0.7)
READABLE = 0.25  # part of a label that others may cover, since few numbers are as wide as LABEL


def label_places(curves: Sequence[Curve], boxes: Sequence[Rect]) -> tuple[Point | None, ...]:
    """Return the centre of a label on each curve, or None where no place would be readable.

    >>> label_places([(((0, 9), (50, 9), (50, 9), (100, 9)),)], boxes=[(30, 0, 20, 20)])
    ((70.3, 9.0),)
    """
    grid: dict[tuple[int, int], list[Rect]] = defaultdict(list)
    for box in boxes:
        _put(box, grid)
    places: list[Point | None] = []
    for curve in curves:
        found = min((_candidate(curve, t, grid) for t in FRACTIONS), key=lambda each: each[0])
        covered, (x, y) = found
        if covered > READABLE * LABEL[0] * LABEL[1]:
            places.append(None)
            continue
        places.append((round(x, 1), round(y, 1)))
        _put(_label_at((x, y)), grid)
    return tuple(places)


def _candidate(
    curve: Curve, t: float, grid: dict[tuple[int, int], list[Rect]]
) -> tuple[float, Point]:
    """Return the place at the fraction t of a curve, after the area of it that is covered."""
    place = point_on(curve, t)
    label = _label_at(place)
    near = {each for cell in _cells(label) for each in grid.get(cell, ())}
    return sum(overlap(label, each) for each in near), place


def _label_at(centre: Point) -> Rect:
    return (centre[0] - LABEL[0] / 2, centre[1] - LABEL[1] / 2, *LABEL)


def _put(rect: Rect, grid: dict[tuple[int, int], list[Rect]]) -> None:
    for cell in _cells(rect):
        grid[cell].append(rect)


def _cells(rect: Rect) -> Iterator[tuple[int, int]]:
    """Return the cells of the grid, of the size of a label, that a rectangle touches."""
    left, top, width, height = rect
    columns = range(int(left // LABEL[0]), int((left + width) // LABEL[0]) + 1)
    rows = range(int(top // LABEL[1]), int((top + height) // LABEL[1]) + 1)
    return product(columns, rows)
