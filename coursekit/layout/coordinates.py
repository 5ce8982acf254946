"""Place the items of ordered layers: minimise Σ w·|yᵤ − yᵥ| over links, with distances kept.

Layer by layer, the items move to the weighted means of their neighbours, as far as the distances
in the layer allow: isotonic regression, which is exact for one layer and converges for all. Later
rounds divide the weights by the lengths of the links, so that short links become straight.
"""

from collections.abc import Mapping, Sequence

from coursekit.layout.layers import Layers

ROUNDS, ONE_SIDED, SQUARES = 24, 4, 8  # all; those that look to one side; those without division
SOFT = 12.0  # points: differences much smaller than this are straightened
LONG, INNER, LEAF = 8.0, 2.0, 1.0  # weights: between two bends, of most links, of a lone input
GROUPED = 3.0  # factor for a link within a group


def spread(
    rows: Sequence[Sequence[int]], layers: Layers, gaps: Sequence[Sequence[float]]
) -> list[float]:
    """Return the coordinate of each item; `gaps` are the least distances within each row.

    >>> from coursekit.layout.layers import layers_of
    >>> spread([[0, 1], [2]], layers_of([0, 0, 1], [(0, 2), (1, 2)]), [[10.0], []])
    [-5.0, 5.0, 0.0]
    """
    y = [0.0] * len(layers.rank)
    places = [offsets(gap) for gap in gaps]
    for row, each in zip(rows, places, strict=True):
        for v, place in zip(row, each, strict=False):
            y[v] = place - each[-1] / 2
    near = {v: [*layers.into.get(v, ()), *layers.out.get(v, ())] for row in rows for v in row}
    weights = {(u, v): _weight(u, v, layers) for u in near for v in layers.out.get(u, ())}
    weights |= {(v, u): w for (u, v), w in weights.items()}
    for k in range(ROUNDS):
        side = near if k >= ONE_SIDED else layers.out if k % 2 else layers.into
        for r in range(len(rows))[:: -1 if k % 2 else 1]:
            _settle(rows[r], places[r], y, side, weights, straighten=k >= SQUARES)
    return y


def offsets(gap: Sequence[float]) -> list[float]:
    """Return the places of a row without slack, from 0.

    >>> offsets([2.0, 3.0])
    [0.0, 2.0, 5.0]
    """
    places = [0.0]
    for each in gap:
        places.append(places[-1] + each)
    return places


def _weight(u: int, v: int, layers: Layers) -> float:
    bends = (u >= layers.vertices) + (v >= layers.vertices)
    if bends == 2:
        return LONG
    lone = not layers.into.get(u) and len(layers.out[u]) == 1
    weight = LEAF if lone and not bends else INNER
    return weight * GROUPED if {*layers.paths[u]} & {*layers.paths[v]} else weight


def _settle(
    row: Sequence[int],
    places: Sequence[float],
    y: list[float],
    near: Mapping[int, Sequence[int]],
    weights: Mapping[tuple[int, int], float],
    *,
    straighten: bool,
) -> None:
    """Move the items of a row to where their neighbours pull them, with the distances kept."""
    wishes, forces = [], []
    for v, place in zip(row, places, strict=False):
        pull, force = 0.0, 0.0
        for u in near.get(v, ()):
            w = weights[v, u]
            if straighten:
                w /= abs(y[u] - y[v]) + SOFT
            pull, force = pull + w * y[u], force + w
        wishes.append((pull / force if force else y[v]) - place)
        forces.append(force or 1e-6)
    for v, z, place in zip(row, isotonic(wishes, forces), places, strict=False):
        y[v] = z + place


def isotonic(wishes: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the non-decreasing numbers closest to the wishes, in weighted squares.

    >>> isotonic([3.0, 1.0, 5.0], [1.0, 1.0, 1.0])
    [2.0, 2.0, 5.0]
    """
    blocks: list[tuple[float, float, int]] = []  # mean, weight, count
    for wish, weight in zip(wishes, weights, strict=True):
        mean, total, count = wish, weight, 1
        while blocks and blocks[-1][0] > mean:
            m, w, c = blocks.pop()
            mean = (mean * total + m * w) / (total + w)
            total, count = total + w, count + c
        blocks.append((mean, total, count))
    return [mean for mean, _, count in blocks for _ in range(count)]
