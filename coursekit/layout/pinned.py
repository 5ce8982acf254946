"""Vertices pinned to a column and a row, and the others, which fit around them."""

from collections.abc import Sequence
from math import inf

from coursekit.layout.coordinates import isotonic, offsets
from coursekit.layout.dot import ranks
from coursekit.layout.frames import GAP, gaps
from coursekit.layout.layers import Layers

PASSES = 8
Place = tuple[float, float]  # a layer's coordinate, and the coordinate within the layer


def columns(
    vertices: int, edges: Sequence[tuple[int, int]], pinned: dict[int, Place]
) -> list[float]:
    """Return the layer of each vertex: its own, or one that Graphviz finds between the others.

    >>> columns(3, [(0, 1), (1, 2)], {0: (0.0, 0.0), 2: (4.0, 0.0)})
    [0.0, 2.0, 4.0]
    """
    if len(pinned) == vertices:
        return [pinned[v][0] for v in range(vertices)]
    whole = {v: int(at // 1) for v, (at, _) in pinned.items()}
    first, last = min(whole.values()), max(whole.values())
    lines = [f"c{c} -> c{c + 1}" for c in range(last - first)]
    lines += [f"{{rank=same; n{v}; c{c - first}}}" for v, c in whole.items()]
    links = [edge for edge in edges if not (edge[0] in pinned and edge[1] in pinned)]
    found = ranks(vertices, links, "\n".join(lines))
    v, c = next(iter(whole.items()))
    shift = c - found[v]
    return [pinned[v][0] if v in pinned else float(found[v] + shift) for v in range(vertices)]


def fit_around(layers: Layers, pins: dict[int, float], half: Sequence[float]) -> list[float]:
    """Return the coordinate of each item: pinned, or as near to its neighbours as there is room.

    >>> from coursekit.layout.layers import layers_of
    >>> layers = layers_of([0, 1, 2], [(0, 1), (1, 2), (0, 2)])  # the edge 0 → 2 passes 1
    >>> fit_around(layers, {0: 0.0, 1: 0.0, 2: 0.0}, [10.0, 10.0, 10.0, 1.0])
    [0.0, 0.0, 0.0, -18.2]
    """
    wish = _wishes(layers, pins, half)
    y = list(wish)
    for row in layers.rows:
        line = _ordered(row, wish, pins, half)
        places = offsets(gaps(line, half, layers.paths, 0.0))
        wishes = [wish[v] - place for v, place in zip(line, places, strict=False)]
        fitted = isotonic(wishes, [1.0] * len(line))
        fixed = [(i, pins[v] - places[i]) for i, v in enumerate(line) if v in pins]
        for i, v in enumerate(line):
            low = max((p for j, p in fixed if j <= i), default=-inf)
            high = min((p for j, p in fixed if j >= i), default=inf)
            y[v] = max(low, min(fitted[i], high)) + places[i]
    return [pins.get(v, each) for v, each in enumerate(y)]


def _ordered(
    row: Sequence[int], wish: Sequence[float], pins: dict[int, float], half: Sequence[float]
) -> list[int]:
    """Return a row in which each free item stands in the nearest gap with enough room."""
    fixed = sorted((v for v in row if v in pins), key=lambda v: (pins[v], v))
    tops = [-inf, *(pins[v] + half[v] for v in fixed)]
    bottoms = [*(pins[v] - half[v] for v in fixed), inf]
    room = [b - t - GAP for t, b in zip(tops, bottoms, strict=True)]
    slots: list[list[int]] = [[] for _ in room]
    for v in sorted((v for v in row if v not in pins), key=lambda v: (wish[v], v)):
        need = 2 * half[v] + GAP
        best = min(
            (k for k in range(len(room)) if room[k] >= need),
            key=lambda k: max(tops[k] + half[v] - wish[v], wish[v] + half[v] - bottoms[k], 0),
        )
        slots[best].append(v)
        room[best] -= need
    return [v for k, slot in enumerate(slots) for v in [*slot, *fixed[k : k + 1]]]


def _wishes(layers: Layers, pins: dict[int, float], half: Sequence[float]) -> list[float]:
    """Return where each item wants to be: a vertex among its neighbours, a bend on a free lane."""
    known = dict(pins)
    for _ in range(PASSES):
        for chain in layers.chains:
            for v, u in ((chain[0], chain[-1]), (chain[-1], chain[0])):
                if v not in pins and u in known:
                    known[v] = (known.get(v, known[u]) + known[u]) / 2
    lowest = max(pins.values())
    placed = dict(pins)
    for chain in layers.chains:
        wish = (known.get(chain[0], lowest) + known.get(chain[-1], lowest)) / 2
        if bends := chain[1:-1]:
            placed |= dict.fromkeys(bends, _lane(wish, bends, layers, placed, half))
    return [placed.get(v, known.get(v, lowest)) for v in range(len(layers.rank))]


def _lane(
    wish: float,
    bends: Sequence[int],
    layers: Layers,
    placed: dict[int, float],
    half: Sequence[float],
) -> float:
    """Return the coordinate nearest to the wish at which all the bends pass what is placed."""
    passed = [v for bend in bends for v in layers.rows[layers.rank[bend]] if v in placed]
    reach = {v: half[v] + GAP + half[bends[0]] for v in passed}
    sides = [placed[v] + sign * reach[v] for v in passed for sign in (-1, 1)]
    free = [
        side
        for side in (wish, *sides)
        if all(abs(side - placed[v]) >= reach[v] - 1e-6 for v in passed)
    ]
    return min(free, key=lambda side: (abs(side - wish), side))
