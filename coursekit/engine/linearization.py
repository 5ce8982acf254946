"""∂v_j/∂v_i on each edge (v_i, v_j): the graph at one point, after the forward pass."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from coursekit.errors import plural

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
        """All edges, in the order of their heads."""
        return [Edge(v, u) for u in self.vertices for v in self._into(u)]

    def __repr__(self) -> str:
        vertices = plural(len(self.vertices), "vertex", "vertices")
        return f"<Linearization: {vertices}, {plural(len(self.edges), 'edge')}, loss {self.loss}>"


class LinearMap:
    """∂u/∂v between arrays, given by two functions instead of a matrix.

    `adjoint * partial` is the pullback and `partial * tangent` the pushforward, so that the
    algorithms read the same for arrays as for numbers. `at` holds extra arguments for both.

    >>> double = LinearMap(lambda g: 2 * g, lambda t: 2 * t)
    >>> 3 * double, double * 5
    (6, 10)
    """

    __slots__ = ("at", "pull", "push")
    __array_ufunc__ = None  # so that numpy arrays leave * and + to this class

    def __init__(
        self, pull: Callable[..., Any], push: Callable[..., Any], at: Sequence[Any] = ()
    ) -> None:
        self.pull, self.push, self.at = pull, push, at

    def __rmul__(self, adjoint: Any) -> Any:
        return 0 if _is_empty_sum(adjoint) else self.pull(adjoint, *self.at)

    def __mul__(self, tangent: Any) -> Any:
        return 0 if _is_empty_sum(tangent) else self.push(tangent, *self.at)

    def __add__(self, other: Any) -> "LinearMap":
        return LinearMap(lambda g: g * self + g * other, lambda t: self * t + other * t)

    __radd__ = __add__


def _is_empty_sum(x: Any) -> bool:
    return type(x) in (int, float) and x == 0  # no terms have been added yet


def compose(outer: Any, inner: Any) -> Any:
    """Return ∂u/∂v · ∂v/∂t: a product of numbers or arrays, or a composition of linear maps.

    >>> compose(2.0, 3.0)
    6.0
    """
    if isinstance(outer, LinearMap) or isinstance(inner, LinearMap):
        return LinearMap(lambda g: (g * outer) * inner, lambda t: outer * (inner * t))
    return outer * inner
