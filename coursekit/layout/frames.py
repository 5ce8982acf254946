"""Frames around groups: a frame holds the members of its group and no other vertex.

In each layer that a frame crosses, its two sides stand between the items, at their distances. A
side has one coordinate in all layers, so it pushes down what would stick out of its frame, or into
it. Here "top" and "bottom" are the sides between which a layer passes.
"""

from collections.abc import Sequence
from graphlib import TopologicalSorter
from itertools import pairwise
from math import inf
from typing import TypeAlias

Side: TypeAlias = tuple[str, int]  # "top" or "bottom", and the group
Path: TypeAlias = tuple[int, ...]  # the groups that contain an item, the outermost first
GAP = 7.2  # points between neighbours in a layer
PAD, TITLE = 10.0, 18.0  # points between a frame and its members, and for its title


def gaps(
    row: Sequence[int], half: Sequence[float], paths: Sequence[Path], title: float
) -> list[float]:
    """Return the least distances between the centres in a row, with room for sides.

    >>> gaps([0, 1, 2], [5.0, 5.0, 5.0], [(), (0,), (0,)], title=18.0)
    [45.2, 17.2]
    """
    sums = [0.0]
    places = {}
    line = _with_sides(row, paths)
    for a, b in zip([None, *line], line, strict=False):
        sums.append(sums[-1] + (0 if a is None else _distance(a, b, half, title)))
        if isinstance(b, int):
            places[b] = sums[-1]
    return [round(places[b] - places[a], 6) for a, b in pairwise(row)]


def push(
    rows: Sequence[Sequence[int]],
    y: Sequence[float],
    half: Sequence[float],
    paths: Sequence[Path],
    title: float,
) -> tuple[list[float], dict[Side, float]]:
    """Return the coordinates of the items, moved down out of foreign frames, and of the sides."""
    above: dict[int | Side, dict[int | Side, float]] = {}
    for row in rows:
        line = _with_sides(row, paths)
        for a, b in zip([None, *line], line, strict=False):
            ahead = above.setdefault(b, {})
            if a is not None:
                ahead[a] = max(ahead.get(a, 0.0), _distance(a, b, half, title))
    place: dict[int | Side, float] = {}
    order = list(TopologicalSorter(above).static_order())
    for each in order:
        least = max((place[a] + d for a, d in above[each].items()), default=-inf)
        place[each] = max(y[each], least) if isinstance(each, int) else least
    below: dict[int | Side, list[float]] = {}
    for each in reversed(order):  # the tops fit tightly around the members
        if not isinstance(each, int) and each[0] == "top":
            place[each] = min(below[each])
        for a, d in above[each].items():
            below.setdefault(a, []).append(place[each] - d)
    sides = {each: at for each, at in place.items() if not isinstance(each, int)}
    return [place.get(v, at) for v, at in enumerate(y)], sides


def _with_sides(row: Sequence[int], paths: Sequence[Path]) -> list[int | Side]:
    """Return the items of a row and, between them, the sides of the frames."""
    line: list[int | Side] = []
    path: Path = ()
    for v, new in [*((v, paths[v]) for v in row), (None, ())]:
        shared = sum(1 for a, b in zip(path, new, strict=False) if a == b)
        line += [("bottom", g) for g in reversed(path[shared:])]
        line += [("top", g) for g in new[shared:]]
        if v is not None:
            line.append(v)
        path = new
    return line


def _distance(a: int | Side, b: int | Side, half: Sequence[float], title: float) -> float:
    sizes = sum(half[each] for each in (a, b) if isinstance(each, int))
    if isinstance(a, tuple) and a[0] == "top":
        return PAD + title + sizes
    return (PAD if isinstance(b, tuple) and b[0] == "bottom" else GAP) + sizes
