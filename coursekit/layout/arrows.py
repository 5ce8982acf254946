"""Arrows between the places of a grid, and the turn of a picture that leads upwards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coursekit.layout.curves import INTO_HEAD, Arrow, Curve, Point, Rect, direct, level, point_on
from coursekit.layout.grid import Grid

CLEAR = 4.0  # points between a vertex and an edge that passes it
ARC = 14.0  # height of an arc for each layer that it passes
SAMPLES = 24  # points of a direct arrow that must be clear


@dataclass(frozen=True, slots=True)
class _Arrows:
    """Draws arrows whose heads have this length between vertices with these extents."""

    grid: Grid
    extents: Sequence[Point]
    length: float
    reach: Sequence[float]  # half the width of the widest vertex of each layer

    def along(self, chain: Sequence[int]) -> Arrow:
        """Return the arrow from the first item to the last one, through the lanes of the others."""
        tail, head = chain[0], chain[-1]
        (ax, ay), (bx, by) = self.grid.place(tail), self.grid.place(head)
        start, tip = ax + self.extents[tail][0], bx - self.extents[head][0]
        end = tip - self.length + INTO_HEAD
        if end - start < self.length:
            return self._direct(tail, head)
        rank = self.grid.layers.rank
        stop = bx - self.reach[rank[head]] - self.length + INTO_HEAD
        points = [(start, ay), (ax + self.reach[rank[tail]], ay)]
        span = rank[head] - rank[tail]
        if len(chain) == 2 and span > 1:
            points.append(((ax + bx) / 2, min(ay, by) - ARC * span))
        for bend in chain[1:-1]:
            (x, y), reach = self.grid.place(bend), self.reach[rank[bend]] + CLEAR
            points += [(x - reach, y), (x + reach, y)]
        points += [(stop, by), (end, by)]
        return level(list(dict.fromkeys(points))), ((tip, by), (1.0, 0.0))

    def _direct(self, tail: int, head: int) -> Arrow:
        others = [v for v in range(len(self.extents)) if v not in (tail, head)]

        def is_clear(curve: Curve) -> bool:
            samples = [point_on(curve, k / SAMPLES) for k in range(SAMPLES + 1)]
            return not any(self._hits(v, p) for v in others for p in samples)

        ends = self.extents[tail], self.extents[head]
        return direct(self.grid.place(tail), self.grid.place(head), ends, self.length, is_clear)

    def _hits(self, v: int, p: Point) -> bool:
        (x, y), (rx, ry) = self.grid.place(v), self.extents[v]
        return abs(p[0] - x) < rx + CLEAR and abs(p[1] - y) < ry + CLEAR


def arrows(grid: Grid, extents: Sequence[Point], length: float) -> list[Arrow]:
    """Return the arrow of each edge."""
    reach = [
        max((extents[v][0] for v in row if v < len(extents)), default=0.0)
        for row in grid.layers.rows
    ]
    draw = _Arrows(grid, extents, length, reach)
    return [draw.along(chain) for chain in grid.layers.chains]


@dataclass(frozen=True, slots=True)
class Turn:
    """Moves a picture to the origin, and turns it if it leads upwards instead of to the right."""

    left: float
    top: float
    right: float
    bottom: float
    upward: bool

    @property
    def size(self) -> Point:
        """The width and the height of the picture."""
        width, height = round(self.right - self.left, 1), round(self.bottom - self.top, 1)
        return (height, width) if self.upward else (width, height)

    def point(self, p: Point) -> Point:
        """Return where a point is in the picture."""
        x, y = p[0] - self.left, p[1] - self.top
        if self.upward:
            x, y = y, self.right - p[0]
        return round(x, 1), round(y, 1)

    def direction(self, u: Point) -> Point:
        """Return a direction in the picture."""
        return (u[1], -u[0]) if self.upward else u

    def rect(self, rect: Rect) -> Rect:
        """Return a rectangle in the picture."""
        x, y, width, height = rect
        if self.upward:
            return (*self.point((x + width, y)), round(height, 1), round(width, 1))
        return (*self.point((x, y)), round(width, 1), round(height, 1))

    def curve(self, curve: Curve) -> Curve:
        """Return a curve in the picture."""
        move = self.point
        return tuple((move(a), move(b), move(c), move(d)) for a, b, c, d in curve)


def turn_to_origin(rects: Iterable[Rect], curves: Iterable[Curve], *, upward: bool) -> Turn:
    """Return the turn that puts all of this between the origin and the size of the picture."""
    corners = [(x + w * k, y + h * k) for x, y, w, h in rects for k in (0, 1)]
    corners += [p for curve in curves for segment in curve for p in segment]
    xs, ys = ([p[i] for p in corners] or [0.0] for i in (0, 1))
    return Turn(min(xs), min(ys), max(xs), max(ys), upward)
