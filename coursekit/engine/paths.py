"""w → v⁽¹⁾ → … → v⁽ᵏ⁾ → ℓ: the paths from a vertex to the loss, walked or counted."""

from collections.abc import Hashable, Iterator
from typing import TypeVar

from coursekit.engine.linearization import Linearization
from coursekit.engine.order import topological_order

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
    path, branches = [w], [iter(lin.out(w))]  # branches[k]: vertices to try after path[k]
    if w == lin.loss:
        yield (w,)
    while branches:
        for v in branches[-1]:
            path.append(v)
            if v == lin.loss:
                yield tuple(path)
            branches.append(iter(lin.out(v)))
            break
        else:
            path.pop()
            branches.pop()


def count_paths(lin: Linearization[V], w: V) -> int:
    """Return the exact number of paths from w to the loss, without walking them.

    >>> from coursekit.examples import ladder
    >>> count_paths(ladder(90), "x0") == 2**90
    True
    """
    counts = dict.fromkeys(lin.vertices, 0)
    counts[lin.loss] = 1
    for v in reversed(topological_order(lin.vertices, lin.out)):
        for u in lin.out(v):
            counts[v] += counts[u]
    lin.out(w)  # raises an error for a vertex of another graph
    return counts[w]
