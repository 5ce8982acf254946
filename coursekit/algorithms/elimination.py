"""∂u/∂t += ∂u/∂v · ∂v/∂t for every tail t and head u of v, then remove v: any order works.

Front to back this is forward mode, and back to front reverse mode; other orders may be cheaper.
"""

from collections.abc import Hashable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from coursekit.engine.linearization import Linearization
from coursekit.engine.tape.arrays import LinearMap
from coursekit.errors import GraphError

V = TypeVar("V", bound=Hashable)


class Elimination(NamedTuple, Generic[V]):
    """A derivative on each remaining edge, and the number of multiplications."""

    partials: dict[tuple[V, V], float]
    cost: int


def eliminate(lin: Linearization[V], order: Iterable[V]) -> Elimination[V]:
    """Eliminate the vertices of `order`, one by one; each costs |in| · |out| multiplications.

    Once only inputs and the loss remain, the edges carry total derivatives. Raises GraphError for
    the loss, and for a vertex that is unknown or already eliminated. See Griewank and Walther,
    Evaluating Derivatives, chapter 9.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> lin = g.linearize(a=2.0, b=1.0)
    >>> partials, cost = eliminate(lin, lin.vertices[2:4])
    >>> partials[g.inputs["b"], lin.loss], cost
    (5.0, 3)
    """
    heads = {v: {u: lin.partials[v, u] for u in lin.out(v)} for v in lin.vertices}
    tails: dict[V, set[V]] = {v: {t for t in heads if v in heads[t]} for v in heads}
    cost = 0
    for v in order:
        if v == lin.loss or v not in heads:
            why = "it is the loss" if v == lin.loss else "it is unknown, or already eliminated"
            raise GraphError(f"{v} cannot be eliminated: {why}")
        for t in tails.pop(v):
            inner = heads[t].pop(v)
            for u, outer in heads[v].items():
                product = _compose(outer, inner)
                heads[t][u] = heads[t][u] + product if u in heads[t] else product
                tails[u].add(t)
                cost += 1
        for u in heads.pop(v):
            tails[u].discard(v)
    return Elimination({(t, u): d for t, edges in heads.items() for u, d in edges.items()}, cost)


def _compose(outer: Any, inner: Any) -> Any:
    """Return ∂u/∂v · ∂v/∂t: a product of numbers or arrays, or a composition of linear maps."""
    if isinstance(outer, LinearMap) or isinstance(inner, LinearMap):
        return LinearMap(lambda g: (g * outer) * inner, lambda t: outer * (inner * t))
    return outer * inner
