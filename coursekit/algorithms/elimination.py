"""∂u/∂t += ∂u/∂v · ∂v/∂t for every tail t and head u of v, and v is gone: any order will do.

Front to back that is forward mode, back to front reverse mode, and neither need be the cheapest.
"""

from collections.abc import Hashable, Iterable
from typing import Generic, NamedTuple, TypeVar

from coursekit.engine.linearization import Linearization, chain
from coursekit.errors import GraphError

V = TypeVar("V", bound=Hashable)


class Elimination(NamedTuple, Generic[V]):
    """What is left: a derivative on each remaining edge, and the multiplications it took."""

    partials: dict[tuple[V, V], float]
    cost: int


def eliminate(lin: Linearization[V], order: Iterable[V]) -> Elimination[V]:
    """Return the graph without the vertices of `order`: each costs |in| · |out| multiplications.

    When all that lie between are gone, the edges are total derivatives. Raises GraphError for a
    vertex that is not there (any more), and for the loss. See Griewank and Walther, Evaluating
    Derivatives, chapter 9.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> lin = g.linearize(a=2.0, b=1.0)
    >>> left, cost = eliminate(lin, lin.vertices[2:4])
    >>> left[g.inputs["b"], lin.loss], cost
    (5.0, 3)
    """
    heads = {v: {u: lin.partials[v, u] for u in lin.out(v)} for v in lin.vertices}
    tails: dict[V, set[V]] = {v: {t for t in heads if v in heads[t]} for v in heads}
    cost = 0
    for v in order:
        if v == lin.loss or v not in heads:
            raise GraphError(f"{v} cannot be eliminated: it is the loss, or not there (any more)")
        for t in tails.pop(v):
            along = heads[t].pop(v)
            for u, partial in heads[v].items():
                product = chain(partial, along)
                heads[t][u] = heads[t][u] + product if u in heads[t] else product
                tails[u].add(t)
                cost += 1
        for u in heads.pop(v):
            tails[u].discard(v)
    return Elimination({(t, u): d for t, edges in heads.items() for u, d in edges.items()}, cost)
