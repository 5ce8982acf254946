"""Compute the position of each vertex and the curve of each edge, once per structure.

Graphviz ranks and orders the vertices, and routes long edges around vertices. We draw the curves
ourselves: horizontal at both ends and smooth in between, so that they never kink at a circle.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from coursekit.render.dot import BOX, digraph
from coursekit.render.text import px

Point = tuple[float, float]
RADIUS, SMALL_RADIUS = 19.0, 5.0
ARROW = 9.0  # length of an arrowhead
LABEL = (38.0, 15.0)  # width and height of a partial's text
# candidate places for a partial, as fractions of its edge, the best first
FRACTIONS = (0.45, 0.6, 0.3, 0.75, 0.2, 0.5, 0.4, 0.7)


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions in points, with y downwards: vertex centres, edge curves, places of partials."""

    width: float
    height: float
    small: bool
    vertices: tuple[Point, ...]
    curves: tuple[str, ...]
    labels: tuple[Point, ...]  # empty in a small layout

    @property
    def radius(self) -> float:
        return SMALL_RADIUS if self.small else RADIUS


@lru_cache(maxsize=256)
def lay_out(vertices: int, edges: tuple[tuple[int, int], ...], *, small: bool = False) -> Layout:
    """Return the layout of a structure, the same one on every call.

    >>> lay_out(2, ((0, 1),)).curves
    ('M46,42 C78,42 78,42 110,42',)
    """
    data = json.loads(digraph(vertices, edges, small=small).pipe("json"))
    _, _, width, height = map(float, data["bb"].split(","))

    def point(text: str) -> Point:
        x, y = map(float, text.removeprefix("e,").split(",")[:2])
        return round(x, 1), round(height - y, 1)

    at = {int(o["name"][1:]): point(o["pos"]) for o in data.get("objects", ()) if "pos" in o}
    routes = {int(e["id"]): [point(p) for p in e["pos"].split()] for e in data.get("edges", ())}
    bent = {v for k, edge in enumerate(edges) if len(routes[k]) > 4 for v in edge}
    centres = _top_to_bottom([at[v] for v in range(vertices)], edges, bent)
    radius = SMALL_RADIUS if small else RADIUS
    corners = [
        _corners(routes[k], centres[tail], centres[head], radius)
        for k, (tail, head) in enumerate(edges)
    ]
    return Layout(
        width,
        height,
        small,
        centres,
        tuple(map(_curve, corners)),
        () if small else _label_places(corners, centres),
    )


def _top_to_bottom(
    centres: list[Point], edges: tuple[tuple[int, int], ...], bent: set[int]
) -> tuple[Point, ...]:
    """Return the centres, reordered so that the vertices of a layer run from top to bottom.

    Graphviz does not keep the order in which vertices were created. Vertices with the same
    neighbours can swap places without changing the picture, unless a bent edge leads to one.
    """
    neighbours: list[tuple[set[int], set[int]]] = [(set(), set()) for _ in centres]
    for tail, head in edges:
        neighbours[tail][1].add(head)
        neighbours[head][0].add(tail)
    alike: dict[tuple[object, ...], list[int]] = {}
    for v, (into, out) in enumerate(neighbours):
        if v not in bent:
            alike.setdefault((centres[v][0], frozenset(into), frozenset(out)), []).append(v)
    ordered = list(centres)
    for layer in alike.values():
        for v, place in zip(layer, sorted(centres[v] for v in layer), strict=True):
            ordered[v] = place
    return tuple(ordered)


def _corners(route: list[Point], tail: Point, head: Point, radius: float) -> list[Point]:
    """Return the points on an edge's route: where it leaves and enters the circles, its bends."""
    start, end = (tail[0] + radius, tail[1]), (head[0] - radius - ARROW + 1, head[1])
    clear = BOX[0]  # closer to a box, dot's bends look like kinks
    bends = [p for p in route[3:-1:3] if start[0] + clear < p[0] < end[0] - clear]
    return [start, *bends, end]


def _segments(corners: list[Point]) -> list[tuple[Point, Point, Point, Point]]:
    """Return Bézier segments through the corners, horizontal at both ends."""
    slopes = [0.0] * len(corners)
    for i in range(1, len(corners) - 1):
        (x0, y0), (x1, y1) = corners[i - 1], corners[i + 1]
        slopes[i] = (y1 - y0) / (x1 - x0)
    segments = []
    for (p, m), (q, n) in pairwise(zip(corners, slopes, strict=True)):
        reach = (q[0] - p[0]) * 0.5
        segments.append((p, (p[0] + reach, p[1] + m * reach), (q[0] - reach, q[1] - n * reach), q))
    return segments


def _curve(corners: list[Point]) -> str:
    segments = _segments(corners)
    text = f"M{px(corners[0][0])},{px(corners[0][1])}"
    for _, c, d, q in segments:
        text += " C" + " ".join(f"{px(x)},{px(y)}" for x, y in (c, d, q))
    return text


def _label_places(corners: list[list[Point]], centres: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return a place on each edge for its partial, away from other partials and from vertices."""
    places: list[Point] = []
    for points in corners:
        candidates = [_point_on(_segments(points), t) for t in FRACTIONS]
        places.append(min(candidates, key=lambda p: _crowding(p, places, centres)))
    return tuple((round(x, 1), round(y, 1)) for x, y in places)


def _crowding(p: Point, places: list[Point], centres: tuple[Point, ...]) -> float:
    """Return the area by which a label at p overlaps other labels and vertices."""

    def overlap(q: Point, room: Point) -> float:
        return max(0.0, room[0] - abs(p[0] - q[0])) * max(0.0, room[1] - abs(p[1] - q[1]))

    vertex = ((LABEL[0] + BOX[0]) / 2, (LABEL[1] + BOX[1]) / 2)
    return sum(overlap(q, LABEL) for q in places) + sum(overlap(c, vertex) for c in centres)


def _point_on(segments: list[tuple[Point, Point, Point, Point]], t: float) -> Point:
    """Return the point at the fraction t of a curve."""
    k = min(int(t * len(segments)), len(segments) - 1)
    s = t * len(segments) - k
    weights = ((1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s**2 * (1 - s), s**3)
    x, y = (sum(w * p[i] for w, p in zip(weights, segments[k], strict=True)) for i in (0, 1))
    return x, y
