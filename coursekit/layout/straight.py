"""Straighten runs of links: a run of items gets one coordinate, so its links become level.

A run pushes down the runs below it that are too close, or it is pushed up: the mean of both
results keeps all distances. Links that cross are never in two runs, so no run pushes itself.
"""

from bisect import bisect_left
from collections.abc import Sequence
from graphlib import TopologicalSorter
from itertools import pairwise
from math import inf

from coursekit.layout.layers import Layers


def straighten(
    rows: Sequence[Sequence[int]],
    layers: Layers,
    gaps: Sequence[Sequence[float]],
    y: Sequence[float],
    level: float,
) -> list[float]:
    """Return the coordinates with straight runs: the bends of an edge, and links below `level`.

    >>> from coursekit.layout.layers import layers_of
    >>> layers = layers_of([0, 1, 2], [(0, 1), (1, 2)])
    >>> straighten(layers.rows, layers, [[], [], []], [0.0, 3.0, 0.0], level=5.0)
    [1.0, 1.0, 1.0]
    """
    run, runs = _runs(rows, layers, y, level)
    above: dict[int, dict[int, float]] = {k: {} for k in range(len(runs))}
    for row, gap in zip(rows, gaps, strict=True):
        for (a, b), distance in zip(pairwise(row), gap, strict=True):
            ahead = above[run[b]]
            ahead[run[a]] = max(ahead.get(run[a], 0.0), distance)
    order = list(TopologicalSorter(above).static_order())
    wish = [sum(y[v] for v in items) / len(items) for items in runs]
    down, up = list(wish), list(wish)
    for k in order:
        down[k] = max(wish[k], max((down[a] + d for a, d in above[k].items()), default=-inf))
    for k in reversed(order):
        for a, d in above[k].items():
            up[a] = min(up[a], up[k] - d)
    return [(down[run[v]] + up[run[v]]) / 2 for v in range(len(y))]


def _runs(
    rows: Sequence[Sequence[int]], layers: Layers, y: Sequence[float], level: float
) -> tuple[dict[int, int], list[list[int]]]:
    """Return the run of each item, and the items of each run.

    Links between bends come first, then the most level ones; none crosses one that was taken.
    """
    n = layers.vertices
    position = {v: i for row in rows for i, v in enumerate(row)}
    links = [
        (-(u >= n) - (v >= n), abs(y[u] - y[v]), u, v)
        for u in position
        for v in layers.out.get(u, ())
    ]
    taken: list[list[tuple[int, int]]] = [[] for _ in rows]
    ahead: dict[int, int] = {}
    for bends, height, u, v in sorted(links):
        if height < level or bends == -2:
            beside, link = taken[layers.rank[u]], (position[u], position[v])
            k = bisect_left(beside, link)
            if all(a < link[0] and b < link[1] for a, b in beside[max(k - 1, 0) : k]) and all(
                a > link[0] and b > link[1] for a, b in beside[k : k + 1]
            ):
                beside.insert(k, link)
                ahead[u] = v
    run: dict[int, int] = {}
    runs: list[list[int]] = []
    for row in rows:
        for v in row:
            if v not in run:
                items = [v]
                while items[-1] in ahead:
                    items.append(ahead[items[-1]])
                run |= dict.fromkeys(items, len(runs))
                runs.append(items)
    return run, runs
