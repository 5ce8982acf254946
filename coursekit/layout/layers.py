"""A graph in layers: an edge that crosses a layer has a bend there, so that all links are short.

Items are the vertices, followed by the bends. Ranking puts each item into a layer.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

MAX_BENDS = 100  # by layer: in a thicket with more of them, long edges are arcs


@dataclass(frozen=True, slots=True)
class Layers:
    """Items in layers, each layer from top to bottom, and the links between adjacent layers."""

    vertices: int
    rank: list[int]  # of each item
    chains: list[list[int]]  # of each edge: its tail, its bends, its head
    rows: list[list[int]]  # the items of each layer, in the order in which they were made
    paths: list[tuple[int, ...]]  # of each item: the groups that contain it, the outermost first
    into: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    out: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    origin: list[int] = field(default_factory=list)  # of each item: itself, or its edge's tail


def layers_of(
    ranks: Sequence[int], edges: Sequence[tuple[int, int]], groups: Sequence[Sequence[int]] = ()
) -> Layers:
    """Return the items in layers; edges that do not lead to a later layer have no links.

    >>> layers_of([0, 1, 2], [(0, 1), (1, 2), (0, 2)]).rows
    [[0], [3, 1], [2]]
    """
    n, rank, chains = len(ranks), list(ranks), []
    order = sorted(range(len(groups)), key=lambda g: -len(set(groups[g])))
    paths = [tuple(g for g in order if v in groups[g]) for v in range(n)]
    origin = list(range(n))
    bends = sum(max(0, ranks[head] - ranks[tail] - 1) for tail, head in edges)
    arcs = bends > MAX_BENDS * max(ranks, default=0)
    for tail, head in edges:
        between = range(0) if arcs else range(ranks[tail] + 1, ranks[head])
        chains.append([tail, *range(len(rank), len(rank) + len(between)), head])
        common = tuple(g for g in paths[tail] if g in paths[head])
        rank += between
        paths += [common] * len(between)
        origin += [tail] * len(between)
    for g, members in enumerate(groups):  # a frame takes up room in each layer that it crosses
        inside = [rank[v] for v in range(len(rank)) if g in paths[v]]
        for r in sorted({*range(min(inside), max(inside) + 1)} - {*inside}):
            rank.append(r)
            path = paths[members[0]]
            paths.append(path[: path.index(g) + 1])
            origin.append(members[0])
    rows: list[list[int]] = [[] for _ in range(max(rank, default=-1) + 1)]
    for item, r in enumerate(rank):
        rows[r].append(item)
    for row in rows:  # a bend counts as made with the tail of its edge
        row.sort(key=lambda item: (origin[item], item))
    result = Layers(n, rank, chains, rows, paths, origin=origin)
    for chain in chains:
        for u, v in pairwise(chain):
            if rank[u] + 1 == rank[v]:
                result.out[u].append(v)
                result.into[v].append(u)
    return result
