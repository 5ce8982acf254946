"""{(v, u): ∂u/∂v} ↦ a linearization: a graph defined by numbers on its edges, not by formulas."""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from coursekit.engine.linearization import Linearization
from coursekit.errors import GraphError, did_you_mean

V = TypeVar("V", bound=Hashable)


def linearization(
    partials: Mapping[tuple[V, V], float], loss: V, *, vertices: Iterable[V] = ()
) -> Linearization[V]:
    """Return the linearization with these partials; its vertices may be strings.

    The vertices are ordered by first appearance, in `vertices` and then in the edges; a vertex
    without an edge must be in `vertices`.

    >>> lin = linearization({("w", "z"): 3, ("z", "l"): 2}, loss="l")
    >>> lin.out("w"), lin.partials["w", "z"]
    (('z',), 3)
    """
    out, into = Neighbours[V](), Neighbours[V]()
    for v in [*vertices, *(end for edge in partials for end in edge)]:
        out[v] = into[v] = ()
    if loss not in out:
        raise GraphError(f"the loss {loss} is not among the vertices: add an edge to it")
    for tail, head in partials:
        out[tail] += (head,)
        into[head] += (tail,)
    if out[loss]:
        raise GraphError(
            f"{loss} cannot be the loss, because {out[loss][0]} is computed from it:"
            " choose the last vertex"
        )
    return Linearization(tuple(out), loss, out.__getitem__, into.__getitem__, Partials(partials))


class Neighbours(dict[V, tuple[V, ...]]):
    """The out- or in-neighbours of each vertex."""

    def __missing__(self, v: V) -> tuple[V, ...]:
        raise GraphError(f"there is no vertex {v!r}{did_you_mean(str(v), map(str, self))}")


class Partials(dict[tuple[V, V], float]):
    """One number for each edge."""

    def __missing__(self, edge: tuple[V, V]) -> float:
        raise GraphError(no_edge(edge))


def no_edge(edge: object) -> str:
    """Return the error message for a pair that is not an edge, or a key that is not a pair."""
    match edge:
        case (tail, head):
            return f"there is no edge {tail} → {head}; lin.partials takes (tail, head)"
    return f"lin.partials takes a pair (tail, head), not {edge!r}"
