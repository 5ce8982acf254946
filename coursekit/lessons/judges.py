"""Judges for the exercises of this course that have many right answers."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

Out = Callable[[str], list[str]]  # out(v) in the course's notation


def is_topological_order(order: Any, vertices: list[str], out: Out) -> bool:
    """Return whether `order` lists every vertex once, each tail before its heads."""
    if not isinstance(order, list) or sorted(order) != sorted(vertices):
        return False
    place = {v: i for i, v in enumerate(order)}
    return all(place[v] < min(map(place.__getitem__, out(v)), default=len(place)) for v in vertices)


def are_all_paths(answer: Any, out: Out, start: str, loss: str) -> bool:
    """Return whether `answer` lists each path from `start` to the loss once, in any order."""
    paths = {tuple(path) for path in answer if isinstance(path, list)}
    ends = all(path and path[0] == start and path[-1] == loss for path in paths)
    steps = all(u in out(v) for path in paths for v, u in pairwise(path))
    return ends and steps and len(paths) == len(answer) == _count_paths(out, start, loss)


def _count_paths(out: Out, start: str, loss: str) -> int:
    return 1 if start == loss else sum(_count_paths(out, u, loss) for u in out(start))


def is_relu_partial(partial: Any, z: float) -> bool:
    """Return whether `partial` is 0 for z < 0, 1 for z > 0, and from 0 to 1 at the kink."""
    if isinstance(partial, bool) or not isinstance(partial, int | float):
        return False
    return partial == (z > 0) if z else 0 <= partial <= 1


JUDGES = {  # the names that masters use
    "topological order": is_topological_order,
    "every path once": are_all_paths,
    "a partial of relu": is_relu_partial,
}
