"""∂ℓ/∂w = Σ_{paths w → v⁽¹⁾ → … → v⁽ᵏ⁾ → ℓ}  ∂ℓ/∂v⁽ᵏ⁾ · … · ∂v⁽²⁾/∂v⁽¹⁾ · ∂v⁽¹⁾/∂w   (path_sum)
∂ℓ/∂v = Σ_{u ∈ out(v)}  ∂ℓ/∂u · ∂u/∂v,  with ∂ℓ/∂ℓ = 1                              (backprop)

The same number twice. The first formula costs one product for each path, and paths multiply;
the second reads each partial once, since each ∂ℓ/∂u is stored and used again.
"""

from collections.abc import Hashable, Iterator, Mapping
from itertools import pairwise
from typing import TypeVar

from coursekit.engine.linearization import Linearization
from coursekit.engine.order import topological_order
from coursekit.engine.tape.structure import Tape, on_a_tape

V = TypeVar("V", bound=Hashable)


def path_sum(lin: Linearization[V], w: V) -> float:
    """Return ∂ℓ/∂w: one product for each path from w to the loss, added up.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> lin = g.linearize(a=2.0, b=1.0)
    >>> path_sum(lin, g.inputs["b"])
    5.0
    """
    total: float = 0
    for path in paths(lin, w):
        product: float = 1
        for v, u in reversed([*pairwise(path)]):  # as the formula has it: from ℓ back to w
            product = product * lin.partials[v, u]
        total = total + product
    return total


@on_a_tape(Tape.adjoints)
def backprop(lin: Linearization[V], *, seed: float = 1) -> Mapping[V, float]:
    """Return ∂ℓ/∂v for every vertex v: each partial is read once.

    Where ℓ is an array, a `seed` of its shape says which sum of its numbers is differentiated.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> lin = g.linearize(a=2.0, b=1.0)
    >>> backprop(lin)[g.inputs["b"]]
    5.0
    """
    adjoints: dict[V, float] = dict.fromkeys(lin.vertices, 0)
    adjoints[lin.loss] = seed
    for v in reversed(topological_order(lin.vertices, lin.out)):
        for u in lin.out(v):  # finished before v, since the order is reversed
            adjoints[v] += adjoints[u] * lin.partials[v, u]
    return adjoints


def forward_mode(lin: Linearization[V], tangents: Mapping[V, float]) -> dict[V, float]:
    """Return the tangent ∂v/∂t of every vertex v, for inputs that move with these tangents.

    One sweep, one input direction; the tangent of the loss is the derivative along it.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> lin = g.linearize(a=2.0, b=1.0)
    >>> forward_mode(lin, {g.inputs["b"]: 1.0})[lin.loss]
    5.0
    """
    found: dict[V, float] = dict.fromkeys(lin.vertices, 0) | dict(tangents)
    for u in topological_order(lin.vertices, lin.out):
        for v in lin.into(u):  # finished before u
            found[u] = found[u] + lin.partials[v, u] * found[v]
    return found


def paths(lin: Linearization[V], w: V) -> Iterator[tuple[V, ...]]:
    """Yield each path from w to the loss as its vertices, both ends included, depth first.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> for path in paths(g.linearize(a=2.0, b=1.0), g.inputs["b"]):
    ...     print(*path, sep=" → ")
    b → c → l
    b → d → l
    """
    path, branches = [w], [iter(lin.out(w))]  # branches[k]: what is left to try after path[k]
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
    """Return the number of paths from w to the loss, exact and without walking them.

    >>> from coursekit.examples import ladder
    >>> count_paths(ladder(90), "x0") == 2**90
    True
    """
    counts = dict.fromkeys(lin.vertices, 0)
    counts[lin.loss] = 1
    for v in reversed(topological_order(lin.vertices, lin.out)):
        for u in lin.out(v):
            counts[v] += counts[u]
    lin.out(w)  # a stranger is refused here, with a sentence
    return counts[w]
