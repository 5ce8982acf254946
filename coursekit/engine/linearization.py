"""∂v_j/∂v_i on each edge (v_i, v_j): what the forward pass leaves behind."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from coursekit.errors import GraphError, did_you_mean

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
        values: Mapping[V, float] = MappingProxyType({}),
    ) -> None:
        self.vertices, self.loss = vertices, loss
        self.partials, self.values = partials, values
        self._out, self._into = out, into

    def out(self, v: V) -> Sequence[V]:
        """Return out(v), the vertices that use v."""
        return self._out(v)

    def into(self, v: V) -> Sequence[V]:
        """Return the vertices that v uses."""
        return self._into(v)

    @property
    def edges(self) -> list[Edge[V]]:
        """Every edge, heads in the order of the vertices."""
        return [Edge(v, u) for u in self.vertices for v in self._into(u)]

    def __repr__(self) -> str:
        size = f"{len(self.vertices)} vertices, {len(self.edges)} edges"
        return f"<Linearization: {size}, loss {self.loss}>"


class Neighbours(dict[V, tuple[V, ...]]):
    """Out- or in-neighbours of each vertex; asked for a stranger, it says so."""

    def __missing__(self, v: V) -> tuple[V, ...]:
        raise GraphError(f"there is no vertex {v!r}{did_you_mean(str(v), map(str, self))}")


class Partials(dict[tuple[V, V], float]):
    """One number for each edge."""

    def __missing__(self, edge: tuple[V, V]) -> float:
        raise GraphError(no_edge(edge))


def chain(outer: Any, inner: Any) -> Any:
    """Return ∂u/∂v · ∂v/∂t: a number or an array, or a linear map where one of them is.

    >>> chain(2.0, 3.0)
    6.0
    """
    if linear := next((d for d in (outer, inner) if hasattr(d, "pull")), None):
        return type(linear)(lambda g: (g * outer) * inner, lambda t: outer * (inner * t))
    return outer * inner


def no_edge(edge: tuple[Hashable, Hashable]) -> str:
    """Return what to say when a partial is asked for where there is no edge."""
    return f"there is no edge {edge[0]} → {edge[1]}; lin.partials takes (tail, head)"


def linearization(
    partials: Mapping[tuple[V, V], float], loss: V, *, vertices: Iterable[V] = ()
) -> Linearization[V]:
    """Return the linearization with these partials: plain data for graphs without formulas.

    Vertices come in the order in which they are named; `vertices` adds those without an edge.

    >>> lin = linearization({("w", "z"): 3, ("z", "l"): 2}, loss="l")
    >>> lin.out("w"), lin.partials["w", "z"]
    (('z',), 3)
    """
    out, into = Neighbours[V](), Neighbours[V]()
    for v in [*vertices, *(end for edge in partials for end in edge)]:
        out[v] = into[v] = ()
    if loss not in out:
        raise GraphError(f"the loss {loss} is not among the vertices: name an edge into it")
    for tail, head in partials:
        out[tail] += (head,)
        into[head] += (tail,)
    if out[loss]:
        raise GraphError(
            f"the loss {loss} has the out-neighbour {out[loss][0]}: a loss is used by nothing"
        )
    return Linearization(tuple(out), loss, out.__getitem__, into.__getitem__, Partials(partials))
