"""Points, rectangles and cubic Bézier curves."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import hypot
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Rect: TypeAlias = tuple[float, float, float, float]  # left, top, width, height
Segment: TypeAlias = tuple[Point, Point, Point, Point]  # of a cubic Bézier curve
Curve: TypeAlias = tuple[Segment, ...]
Arrow: TypeAlias = tuple[Curve, tuple[Point, Point]]  # a curve, and the tip with its direction
INTO_HEAD = 1.0  # points by which a curve enters its arrowhead, so that no gap shows
BOWS = (0.0, 0.25, -0.25, 0.5, -0.5, 0.8, -0.8)  # of an arrow around vertices, by its length


def level(points: Sequence[Point]) -> Curve:
    """Return the curve through these points that is horizontal at each of them.

    >>> level([(0.0, 0.0), (10.0, 4.0)])
    (((0.0, 0.0), (5.0, 0.0), (5.0, 4.0), (10.0, 4.0)),)
    """
    corners = [points[0]]
    for p, following in pairwise(points[1:]):
        if not corners[-1][1] == p[1] == following[1]:
            corners.append(p)
    curve = []
    for p, q in pairwise([*corners, points[-1]]):
        middle = (p[0] + q[0]) / 2
        curve.append((p, (middle, p[1]), (middle, q[1]), q))
    return tuple(curve)


def direct(
    tail: Point,
    head: Point,
    extents: tuple[Point, Point],
    length: float,
    is_clear: Callable[[Curve], bool],
) -> Arrow:
    """Return a straight arrow from border to border, or a bowed one if that is not clear."""
    (ax, ay), (bx, by) = tail, head
    for bow in BOWS:
        away = (-(by - ay) * bow, (bx - ax) * bow)
        p = (ax + (bx - ax) / 3 + away[0], ay + (by - ay) / 3 + away[1])
        q = (bx - (bx - ax) / 3 + away[0], by - (by - ay) / 3 + away[1])
        start = _border(tail, p, extents[0])
        tip = _border(head, q, extents[1])
        u = _direction(q, head)
        end = (tip[0] - u[0] * (length - INTO_HEAD), tip[1] - u[1] * (length - INTO_HEAD))
        curve = ((start, p, q, end),)
        if is_clear(curve):
            break
    return curve, (tip, u)


def _direction(a: Point, b: Point) -> Point:
    distance = hypot(b[0] - a[0], b[1] - a[1]) or 1.0
    return (b[0] - a[0]) / distance, (b[1] - a[1]) / distance


def _border(centre: Point, towards: Point, extent: Point) -> Point:
    """Return where the line from the centre leaves a circle, or a rectangle."""
    x, y = _direction(centre, towards)
    if extent[0] == extent[1]:
        reach = extent[0]
    else:
        reach = min(r / abs(u) for r, u in zip(extent, (x, y), strict=True) if u)
    return centre[0] + x * reach, centre[1] + y * reach


def point_on(curve: Sequence[Segment], t: float) -> Point:
    """Return the point at the fraction t of a curve; a segment counts by the length of its chord.

    >>> line = ((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0))
    >>> point_on([line], 0.5), point_on([line, ((3.0, 0.0),) * 3 + ((12.0, 0.0),)], 0.25)
    ((1.5, 0.0), (3.0, 0.0))
    """
    k, s = 0, t
    if len(curve) > 1:
        lengths = [hypot(end[0] - start[0], end[1] - start[1]) for start, _, _, end in curve]
        s = t * sum(lengths)
        while k < len(curve) - 1 and s > lengths[k]:
            s, k = s - lengths[k], k + 1
        s = min(s / (lengths[k] or 1.0), 1.0)
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = curve[k]
    a, b, c, d = (1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s**2 * (1 - s), s**3
    return a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy


def overlap(a: Rect, b: Rect) -> float:
    """Return the area that two rectangles share.

    >>> overlap((0, 0, 3, 2), (2, 1, 9, 9))
    1
    """
    sides = [min(a[i] + a[i + 2], b[i] + b[i + 2]) - max(a[i], b[i]) for i in (0, 1)]
    return max(0, sides[0]) * max(0, sides[1])
