"""∂v_j/∂v_i on each edge (v_i, v_j): the graph at one point, after the forward pass."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from coursekit.engine.blocks import Block
from coursekit.errors import GraphError, Lookup, MissingKeyError, plural

V = TypeVar("V", bound=Hashable)


class Edge(NamedTuple, Generic[V]):
    """An edge (tail, head): the value at the tail is used to compute the head."""

    tail: V
    head: V


class Linearization(Generic[V]):
    """A graph at one point: its vertices, `out` and `into`, and one local partial on each edge.

    `values[v]` is the result at v; `partials[v, u]` is ∂u/∂v, the local derivative on the edge
    from v to u. Both algorithms of the course take a linearization, and so may yours.

    >>> from coursekit.examples import example
    >>> lin = example().linearize(a=2.0, b=1.0)
    >>> a, b, c, d, l = lin.vertices
    >>> lin.out(b), lin.partials[c, l], lin.values[l]
    ((c = a + b, d = b + 1), 2.0, 6.0)
    """

    def __init__(
        self,
        vertices: Sequence[V],
        loss: V,
        out: Callable[[V], Sequence[V]],
        into: Callable[[V], Sequence[V]],
        partials: Mapping[tuple[V, V], float],
        values: Mapping[V, float] | None = None,
    ) -> None:
        self.vertices, self.loss = vertices, loss
        self.partials, self.values = partials, {} if values is None else values
        self._out, self._into = out, into

    def out(self, v: V) -> Sequence[V]:
        """Return out(v), the vertices that use v."""
        return self._out(v)

    def into(self, v: V) -> Sequence[V]:
        """Return the vertices that v uses."""
        return self._into(v)

    @property
    def blocks(self) -> Sequence[Block]:
        """The blocks of the graph (`Graph.block`)."""
        return ()

    @property
    def edges(self) -> list[Edge[V]]:
        """All edges, in the order of their heads."""
        return [Edge(v, u) for u in self.vertices for v in self._into(u)]

    def __repr__(self) -> str:
        vertices = plural(len(self.vertices), "vertex", "vertices")
        return f"<Linearization: {vertices}, {plural(len(self.edges), 'edge')}, loss {self.loss}>"


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
    for edge, partial in dict(partials).items():
        if not isinstance(edge, tuple) or len(edge) != 2 or isinstance(partial, str):
            raise GraphError(f"{edge!r}: {partial!r} is not a pair (tail, head) with its number")
    out, into = Lookup[V, tuple[V, ...]](), Lookup[V, tuple[V, ...]]()
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
    return Linearization(tuple(out), loss, out.__getitem__, into.__getitem__, _Partials(partials))


class _Partials(dict[tuple[V, V], float]):
    def __missing__(self, edge: tuple[V, V]) -> float:
        raise MissingKeyError(no_edge(edge))


def no_edge(edge: object) -> str:
    """Return the error message for a pair that is not an edge, or a key that is not a pair."""
    match edge:
        case (tail, head):
            return f"there is no edge {tail} → {head}; lin.partials takes (tail, head)"
    return f"lin.partials takes a pair (tail, head), not {edge!r}"
