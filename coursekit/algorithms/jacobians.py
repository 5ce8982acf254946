"""J_ki = ∂u_k/∂x_i by rows (reverse) or by columns (forward), whichever are fewer; H · d."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from coursekit.algorithms.derivatives import gradient_graph
from coursekit.engine.gradients import backprop, forward_mode
from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.vertex import Vertex

V = TypeVar("V", bound=Hashable)


class Jacobian(NamedTuple):
    """A row for each output, a column for each input; how it was found, in how many sweeps."""

    matrix: list[list[float]]
    mode: str
    sweeps: int


def jacobian(lin: Linearization[V], inputs: Sequence[V], outputs: Sequence[V]) -> Jacobian:
    """Return every ∂(output)/∂(input), by the mode that takes fewer sweeps.

    A vertex that holds an array counts as all its numbers, row by row.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> a, b, c, d, l = g.vertices
    >>> jacobian(g.linearize(a=2.0, b=1.0), [a, b], [c, d, l])
    Jacobian(matrix=[[1.0, 1.0], [0.0, 1.0], [2.0, 5.0]], mode='forward', sweeps=2)
    """
    given = [(v, e) for v in inputs for e in _basis(lin.values.get(v, 0.0))]
    wanted = [(u, e) for u in outputs for e in _basis(lin.values.get(u, 0.0))]
    if len(wanted) <= len(given):
        rows = []
        for u, e in wanted:
            found = backprop(_rooted(lin, u), seed=e)
            rows.append([x for v in inputs for x in _flat(found[v], lin.values.get(v, 0.0))])
        return Jacobian(rows, "reverse", len(wanted))
    columns = []
    for v, e in given:
        tangents = forward_mode(lin, {v: e})
        columns.append([x for u in outputs for x in _flat(tangents[u], lin.values.get(u, 0.0))])
    return Jacobian([list(row) for row in zip(*columns, strict=True)], "forward", len(given))


def _rooted(lin: Linearization[V], u: V) -> Linearization[V]:
    return Linearization(lin.vertices, u, lin.out, lin.into, lin.partials, lin.values)


def _basis(value: Any) -> Iterator[Any]:
    """Yield the unit vectors of a value's space: 1 for a number."""
    if not getattr(value, "ndim", 0):
        yield 1.0
        return
    for k in range(value.size):
        unit = value * 0.0
        unit.flat[k] = 1.0
        yield unit


def _flat(found: Any, value: Any) -> list[float]:
    """Return a derivative as the numbers of the value that it belongs to; 0 is 0 everywhere."""
    size = getattr(value, "size", 1)
    return found.ravel().tolist() if hasattr(found, "ravel") else [float(found)] * size


def hessian_vector(
    graph: Graph, inputs: Mapping[str, float], direction: Mapping[str, float]
) -> dict[str, float]:
    """Return H · d by name: how the gradient changes when the inputs move along `direction`.

    The reverse sweep is built as a graph, and its product with d differentiated again: two
    sweeps in all, and no H. Of an array graph, hand over `unroll(graph, …)`.

    >>> from coursekit.examples import example
    >>> hessian_vector(example(), {"a": 2.0, "b": 1.0}, {"a": 1.0, "b": 0.0})
    {'a': 0.0, 'b': 1.0}
    """
    h, gradient = gradient_graph(graph)
    slope = sum((gradient[name] * d for name, d in direction.items()), 0.0)
    if not isinstance(slope, Vertex):  # the gradient is the same everywhere
        return dict.fromkeys(graph.inputs, 0.0)
    h.loss(slope)
    adjoints = backprop(h.linearize(**inputs))
    return {name: adjoints[v] for name, v in h.inputs.items()}
