"""Points, rectangles and cubic Bézier curves."""

from collections.abc import Sequence
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Rect: TypeAlias = tuple[float, float, float, float]  # left, top, width, height
Segment: TypeAlias = tuple[Point, Point, Point, Point]  # of a cubic Bézier curve
Curve: TypeAlias = tuple[Segment, ...]


def point_on(curve: Sequence[Segment], t: float) -> Point:
    """Return the point at the fraction t of a curve, all segments counting the same.

    >>> point_on([((0, 0), (1, 0), (2, 0), (3, 0))], 0.5)
    (1.5, 0.0)
    """
    k = min(int(t * len(curve)), len(curve) - 1)
    s = t * len(curve) - k
    weights = ((1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s**2 * (1 - s), s**3)
    x, y = (sum(w * p[i] for w, p in zip(weights, curve[k], strict=True)) for i in (0, 1))
    return x, y


def overlap(a: Rect, b: Rect) -> float:
    """Return the area that two rectangles share.

    >>> overlap((0, 0, 3, 2), (2, 1, 9, 9))
    1
    """
    sides = [min(a[i] + a[i + 2], b[i] + b[i + 2]) - max(a[i], b[i]) for i in (0, 1)]
    return max(0, sides[0]) * max(0, sides[1])
