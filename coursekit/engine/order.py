"""v_i before every v_j ∈ out(v_i): a topological order of a directed acyclic graph."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from coursekit.errors import GraphError

V = TypeVar("V", bound=Hashable)


def topological_order(vertices: Iterable[V], out: Callable[[V], Iterable[V]]) -> list[V]:
    """Return the vertices with every tail before its heads, in O(|V| + |E|) time.

    This is Kahn's algorithm: a vertex is ready once all of its in-neighbours have been placed.
    If there is a cycle, raises a GraphError that names its vertices.

    >>> out = {"b": "cd", "a": "c", "c": "l", "d": "l", "l": ""}.__getitem__
    >>> topological_order("ldcba", out)
    ['b', 'a', 'd', 'c', 'l']
    """
    waiting = dict.fromkeys(vertices, 0)  # the number of in-neighbours not yet placed
    for v in waiting:
        for u in out(v):
            if u not in waiting:
                raise GraphError(f"{v} has the out-neighbour {u}, which is not among the vertices")
            waiting[u] += 1
    ready = [v for v in waiting if waiting[v] == 0]
    for v in ready:  # the list grows during the loop
        for u in out(v):
            waiting[u] -= 1
            if waiting[u] == 0:
                ready.append(u)
    if len(ready) < len(waiting):
        loop = " → ".join(map(str, _cycle([v for v in waiting if waiting[v] > 0], out)))
        raise GraphError(f"cycle: {loop}; a computational graph must be acyclic")
    return ready


def _cycle(stuck: Sequence[V], out: Callable[[V], Iterable[V]]) -> list[V]:
    """Return a cycle among vertices that each have an in-neighbour among them."""
    before = {u: v for v in stuck for u in out(v)}
    trail, v = [stuck[0]], before[stuck[0]]
    while v not in trail:
        trail.append(v)
        v = before[v]
    return [v, *reversed(trail[trail.index(v) :])]
