"""Order each layer from top to bottom: few crossings first, then the order of creation.

Barycentre sweeps start from the order of creation, so ties keep it; then each item is sifted to
the best place in its layer. If crossings remain, Graphviz's order is sifted as well, and the
better result is taken: never more crossings than Graphviz has.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from coursekit.layout.dot import orders
from coursekit.layout.layers import Layers

Rows: TypeAlias = list[list[int]]
SWEEPS, SIFTS = 8, 6
THOROUGH, MAX_SEARCH = "mclimit=4", 600  # a longer search, for that many links
MAX_SIFT = 10**8  # multiplications in a sift; a thicket with more is only swept


def order_rows(layers: Layers) -> Rows:
    """Return the items of each layer from top to bottom.

    >>> from coursekit.layout.layers import layers_of
    >>> order_rows(layers_of([0, 0, 1, 1], [(0, 3), (1, 2)]))
    [[0, 1], [3, 2]]
    """
    best = _better(_sweep(layers), layers)
    if not crossings(best, layers) or any(layers.paths):
        return best
    others = (_better(rows, layers) for rows in _graphviz_rows(layers))
    return min([best, *others], key=lambda each: _score(each, layers))


def _graphviz_rows(layers: Layers) -> Iterator[Rows]:
    """Yield Graphviz's order, and the one that it finds if the items come in reverse."""
    last = len(layers.rank) - 1
    links = [(u, v) for u, out in layers.out.items() for v in out]
    if len(links) > MAX_SEARCH:
        position = orders(last + 1, links)
        yield [sorted(row, key=position.__getitem__) for row in layers.rows]
        return
    for reverse in (False, True):
        named = [(last - u, last - v) for u, v in links] if reverse else links
        position = orders(last + 1, named, THOROUGH)
        position = position[::-1] if reverse else position
        yield [sorted(row, key=position.__getitem__) for row in layers.rows]


def _better(rows: Rows, layers: Layers) -> Rows:
    """Return the rows or their mirror image, sifted: the one that is closer to creation."""
    mirrored = [row[::-1] for row in rows]
    return _sift(min(rows, mirrored, key=lambda each: _score(each, layers)), layers)


def crossings(rows: Rows, layers: Layers) -> int:
    """Return the number of pairs of links that cross.

    >>> from coursekit.layout.layers import layers_of
    >>> layers = layers_of([0, 0, 1, 1], [(0, 3), (1, 2)])
    >>> crossings([[0, 1], [2, 3]], layers), crossings([[0, 1], [3, 2]], layers)
    (1, 0)
    """
    position = {v: i for row in rows for i, v in enumerate(row)}
    return sum(
        _inversions(i for u in row for i in sorted(position[v] for v in layers.out.get(u, ())))
        for row in rows
    )


def _score(rows: Rows, layers: Layers) -> tuple[int, int]:
    """Return the crossings, and the pairs of vertices that are not in the order of creation."""
    out_of_order = sum(_inversions(v for v in row if v < layers.vertices) for row in rows)
    return crossings(rows, layers), out_of_order


def _inversions(numbers: Iterable[int]) -> int:
    seen: list[int] = []
    count = 0
    for number in numbers:
        count += len(seen) - bisect_right(seen, number)
        insort(seen, number)
    return count


def _sweep(layers: Layers) -> Rows:
    """Return the best of several orders; each sweep sorts the layers by their neighbours' means."""
    rows = layers.rows
    if any(layers.paths):  # brings the members of each group together
        rows = _sorted_by_means(rows, {}, layers, backwards=False)
    best = rows
    least = _score(rows, layers)
    for k in range(SWEEPS):
        near = layers.out if k % 2 else layers.into
        rows = _sorted_by_means(rows, near, layers, backwards=bool(k % 2))
        if (score := _score(rows, layers)) < least:
            best, least = rows, score
        if least == (0, 0):
            break
    return best


def _sorted_by_means(
    rows: Rows, near: Mapping[int, Sequence[int]], layers: Layers, *, backwards: bool
) -> Rows:
    """Return the rows, each sorted by the mean position of an item's neighbours in the last row.

    The items of a group stay together, and two groups have the same order in all layers.
    """
    position = {v: i - (len(row) - 1) / 2 for row in rows for i, v in enumerate(row)}
    middle = _middles(position, near, layers)
    result = list(rows)
    for r in range(len(rows))[:: -1 if backwards else 1]:
        key = {}
        for i, v in enumerate(rows[r]):
            places = [position[u] for u in near.get(v, ())]
            mean = sum(places) / len(places) if places else position[v]
            key[v] = (*((middle[g], -1 - g) for g in layers.paths[v]), (mean, i))
        result[r] = sorted(rows[r], key=key.__getitem__)
        for i, v in enumerate(result[r]):
            position[v] = i - (len(result[r]) - 1) / 2
    return result


def _middles(
    position: dict[int, float], near: Mapping[int, Sequence[int]], layers: Layers
) -> dict[int, float]:
    """Return for each group the mean position of its members' neighbours outside it."""
    own: dict[int, list[float]] = {}
    outside: dict[int, list[float]] = {}
    for v, path in enumerate(layers.paths):
        for g in path:
            own.setdefault(g, []).append(position[v])
            others = [u for u in near.get(v, ()) if g not in layers.paths[u]]
            outside.setdefault(g, []).extend(position[u] for u in others)
    places = {g: outside[g] or own[g] for g in own}
    return {g: sum(each) / len(each) for g, each in places.items()}


def _sift(rows: Rows, layers: Layers) -> Rows:
    """Return the rows, with each item moved to its best place as long as that helps."""
    widths = [len(row) for row in rows]
    if sum(a * a * b for a, b in pairwise(widths)) > MAX_SIFT:
        return rows
    rows = list(rows)
    todo = wide = {r for r, row in enumerate(rows) if len(row) > 1}
    for _ in range(SIFTS):
        changed = set()
        for r in sorted(todo):
            row = _sifted(rows[r], rows, r, layers)
            if row != rows[r]:
                rows[r] = row
                changed |= {r - 1, r, r + 1}
        todo = wide & changed
        if not todo:
            break
    return rows


def _sifted(row: list[int], rows: Rows, r: int, layers: Layers) -> list[int]:
    cost = _costs(row, rows, r, layers)
    order = list(range(len(row)))
    for i in range(len(row)):
        at = order.index(i)
        path = layers.paths[row[i]]
        best, target = 0, at
        for step in (-1, 1):  # up, then down, as far as the items belong to the same groups
            total, k = 0, at + step
            while 0 <= k < len(order) and layers.paths[row[order[k]]] == path:
                j = order[k]
                total += (cost[i][j] - cost[j][i]) * -step
                if total < best:
                    best, target = total, k
                k += step
        order.insert(target, order.pop(at))
    return [row[i] for i in order]


def _costs(row: list[int], rows: Rows, r: int, layers: Layers) -> list[list[int]]:
    """Return what it costs to have item i above item j: crossings count most, then creation."""
    import numpy as np  # imported on first use

    cost = np.zeros((len(row), len(row)), dtype=int)
    for near, s in ((layers.into, r - 1), (layers.out, r + 1)):
        if 0 <= s < len(rows):
            position = {v: i for i, v in enumerate(rows[s])}
            links = np.zeros((len(row), len(rows[s])), dtype=int)
            for i, v in enumerate(row):
                links[i, [position[u] for u in near.get(v, ())]] = 1
            cost += links @ (np.cumsum(links, axis=1) - links).T
    made = np.array([layers.origin[v] for v in row])
    vertex = np.array(row) < layers.vertices
    worth = np.where(vertex[:, None] & vertex[None, :], 8, 1)  # a bend's order matters less
    late = worth * (made[:, None] > made[None, :])
    result: list[list[int]] = (cost * (8 * len(row) ** 2 + 1) + late).tolist()
    return result
