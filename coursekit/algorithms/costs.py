"""The cost of the chain rule: fewer multiplications in another order, or less memory."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from coursekit.engine.linearization import Linearization
from coursekit.engine.paths import topological_order
from coursekit.engine.sums import algorithm
from coursekit.errors import GraphError

V = TypeVar("V", bound=Hashable)


class Elimination(NamedTuple, Generic[V]):
    """A derivative on each remaining edge, and the number of multiplications."""

    partials: dict[tuple[V, V], float]
    cost: int


@algorithm
def eliminate(lin: Linearization[V], order: Iterable[V]) -> Elimination[V]:
    """Eliminate the vertices of `order`, one by one; each costs |in| · |out| multiplications.

    For every tail t and head u of v, ∂u/∂t += ∂u/∂v · ∂v/∂t; then v is removed. Front to back
    this is forward mode, and back to front reverse mode; other orders may be cheaper. Once only
    inputs and the loss remain, the edges carry total derivatives. Raises GraphError for the loss,
    and for a vertex that is unknown or already eliminated. See Griewank and Walther, Evaluating
    Derivatives, chapter 9.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> lin = g.linearize(a=2.0, b=1.0)
    >>> partials, cost = eliminate(lin, lin.vertices[2:4])
    >>> partials[g.inputs["b"], lin.loss], cost
    (5.0, 3)
    """
    topological_order(lin.vertices, lin.out)  # raises the error for a cycle
    heads = {v: {u: lin.partials[v, u] for u in lin.out(v)} for v in lin.vertices}
    tails = {v: set(lin.into(v)) for v in lin.vertices}
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
    if hasattr(outer, "pull") or hasattr(inner, "pull"):
        from coursekit.engine.tape.arrays import LinearMap  # numbers do not need numpy

        return LinearMap(lambda g: (g * outer) * inner, lambda t: outer * (inner * t))
    return outer * inner


class Checkpointed(NamedTuple):
    """The value, its derivative, the number of evaluations, and the most values ever stored."""

    value: Any
    derivative: Any
    evaluations: int
    peak: int


def checkpointed(
    steps: Sequence[Callable[[Any], tuple[Any, Any]]], x: Any, *, every: int
) -> Checkpointed:
    """Return f_n(… f_1(x)) and its derivative; a step maps x to (f(x), f'(x)), as `exp.rule` does.

    Only every k-th value is stored, and the others are recomputed: n/k + k values in memory
    instead of n, which is smallest if k = `every` is near √n. See Griewank, Achieving logarithmic
    growth (1992).

    >>> from coursekit import exp, sin
    >>> result = checkpointed([sin.rule, exp.rule] * 8, 0.5, every=4)
    >>> result.evaluations, result.peak
    (32, 7)
    """
    if every < 1:
        raise GraphError(f"every = {every} is not a number of steps: use 1 or more")
    checkpoints, starts, evaluations = [x], range(0, len(steps), every), 0
    for start in starts:  # forward: only the value at the start of each segment is stored
        for step in steps[start : start + every]:
            x, _ = step(x)
            evaluations += 1
        checkpoints.append(x)
    value, derivative, peak = checkpoints.pop(), 1.0, len(checkpoints)
    for start in reversed(starts):  # backward: recompute a segment, this time with its partials
        x, partials = checkpoints.pop(), []
        for step in steps[start : start + every]:
            x, partial = step(x)
            partials.append(partial)
            evaluations += 1
        peak = max(peak, len(checkpoints) + len(partials))
        for partial in reversed(partials):
            derivative = derivative * partial
    return Checkpointed(value, derivative, evaluations, peak)
