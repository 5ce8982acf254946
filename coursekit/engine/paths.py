"""w → v⁽¹⁾ → … → v⁽ᵏ⁾ → ℓ: the paths from a vertex to the loss, and a topological order."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from coursekit.engine.linearization import Linearization
from coursekit.errors import GraphError, not_a_linearization

V = TypeVar("V", bound=Hashable)


def paths(lin: Linearization[V], w: V) -> Iterator[tuple[V, ...]]:
    """Yield each path from w to the loss as a tuple of vertices, depth first.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> for path in paths(g.linearize(a=2.0, b=1.0), g.inputs["b"]):
    ...     print(*path, sep=" → ")
    b → c → l
    b → d → l
    """
    _refuse_graph(lin)
    path, branches = {w: None}, [iter(lin.out(w))]  # each path vertex, and what to try after it
    if w == lin.loss:
        yield (w,)
    while branches:
        for v in branches[-1]:
            if v in path:
                before = [*path]
                raise _cyclic([*before[before.index(v) :], v])
            path[v] = None
            if v == lin.loss:
                yield tuple(path)
            branches.append(iter(lin.out(v)))
            break
        else:
            path.popitem()
            branches.pop()


def count_paths(lin: Linearization[V], w: V) -> int:
    """Return the exact number of paths from w to the loss, without walking them.

    >>> from coursekit.examples import ladder
    >>> count_paths(ladder(90), "x0") == 2**90
    True
    """
    _refuse_graph(lin)
    counts = dict.fromkeys(lin.vertices, 0)
    counts[lin.loss] = 1
    for v in reversed(topological_order(lin.vertices, lin.out)):
        for u in lin.out(v):
            counts[v] += counts[u]
    lin.out(w)  # raises an error for a vertex of another graph
    return counts[w]


def _refuse_graph(lin: Linearization[V]) -> None:
    if not hasattr(lin, "loss"):
        raise GraphError(not_a_linearization(lin))
    if callable(lin.loss):  # the method of a Graph
        raise GraphError("a Graph has no values yet: use g.linearize(…)")


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
        raise _cyclic(_cycle([v for v in waiting if waiting[v] > 0], out))
    return ready


def _cyclic(cycle: Sequence[V]) -> GraphError:
    loop = " → ".join(map(str, cycle))
    return GraphError(f"cycle: {loop}; a computational graph must be acyclic")


def _cycle(stuck: Sequence[V], out: Callable[[V], Iterable[V]]) -> list[V]:
    """Return a cycle among vertices that each have an in-neighbour among them."""
    before = {u: v for v in stuck for u in out(v)}
    trail, v = [stuck[0]], before[stuck[0]]
    while v not in trail:
        trail.append(v)
        v = before[v]
    return [v, *reversed(trail[trail.index(v) :])]
