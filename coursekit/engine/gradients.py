"""∂ℓ/∂w = Σ_{paths w → v⁽¹⁾ → … → v⁽ᵏ⁾ → ℓ}  ∂ℓ/∂v⁽ᵏ⁾ · … · ∂v⁽²⁾/∂v⁽¹⁾ · ∂v⁽¹⁾/∂w   (path_sum)
∂ℓ/∂v = Σ_{u ∈ out(v)}  ∂ℓ/∂u · ∂u/∂v,  with ∂ℓ/∂ℓ = 1                              (backprop)

Both give the same number. The first formula takes one product for each path, and the number of
paths can grow exponentially; the second reads each partial once, because it stores each ∂ℓ/∂u.
"""

from collections.abc import Hashable, Mapping
from functools import singledispatch
from itertools import pairwise
from typing import TypeVar

from coursekit.engine.linearization import Linearization
from coursekit.engine.paths import paths, topological_order
from coursekit.engine.sums import NOTHING, algorithm, finished, like, seed_like, tangents_like

V = TypeVar("V", bound=Hashable)


@algorithm
def path_sum(lin: Linearization[V], w: V) -> float:
    """Return ∂ℓ/∂w as a sum of products, one for each path from w to the loss.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> lin = g.linearize(a=2.0, b=1.0)
    >>> path_sum(lin, g.inputs["b"])
    5.0
    """
    total: float = like(lin.values.get(w), 0.0)
    for path in paths(lin, w):
        product = like(lin.values.get(lin.loss), 1.0)
        for v, u in reversed([*pairwise(path)]):  # in the order of the formula: from ℓ back to w
            product = product * lin.partials[v, u]
        total = total + product
    return total


@singledispatch  # a subclass of Linearization may register a faster sweep
@algorithm
def backprop(lin: Linearization[V], *, seed: float | None = None) -> Mapping[V, float]:
    """Return ∂ℓ/∂v for every vertex v; each partial is read once.

    `seed` is ∂ℓ/∂ℓ, ones by default: if ℓ is an array, the result is the gradient of Σ seed · ℓ.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> lin = g.linearize(a=2.0, b=1.0)
    >>> backprop(lin)[g.inputs["b"]]
    5.0
    """
    adjoints: dict[V, float] = dict.fromkeys(lin.vertices, NOTHING)
    adjoints[lin.loss] = seed_like(lin.values.get(lin.loss), seed)
    for v in reversed(topological_order(lin.vertices, lin.out)):
        for u in lin.out(v):  # ∂ℓ/∂u is complete: the order is reversed
            adjoints[v] += adjoints[u] * lin.partials[v, u]
    return finished(adjoints, lin.values)


@algorithm
def forward_mode(lin: Linearization[V], tangents: Mapping[V, float]) -> dict[V, float]:
    """Return the tangent ∂v/∂t of every vertex v, given the tangents of the inputs.

    One sweep gives the derivatives in one direction; the tangent of the loss is its derivative
    in that direction.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> lin = g.linearize(a=2.0, b=1.0)
    >>> forward_mode(lin, {g.inputs["b"]: 1.0})[lin.loss]
    5.0
    """
    tangents = dict.fromkeys(lin.vertices, NOTHING) | tangents_like(lin, tangents)
    for u in topological_order(lin.vertices, lin.out):
        for v in lin.into(u):  # the tangent of v is complete
            tangents[u] += lin.partials[v, u] * tangents[v]
    return finished(tangents, lin.values)
