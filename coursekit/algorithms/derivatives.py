"""Whole Jacobians; and the reverse sweep as a graph, which can be differentiated again: H · d."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cache
from typing import Any, NamedTuple, TypeVar

from coursekit.engine.formulas import ARGUMENTS, FUNCTIONS, compile_formula, reason
from coursekit.engine.gradients import backprop, forward_mode
from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.op import Op
from coursekit.engine.operations import OPS
from coursekit.engine.tape.sweeps import Tape
from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError, did_you_mean

V = TypeVar("V", bound=Hashable)
# the functions that formulas call, as operations that build vertices
BUILD = {
    **{name: OPS[name] for name in FUNCTIONS if name in OPS},
    **{"max": OPS["maximum"], "min": OPS["minimum"], "nan": FUNCTIONS["nan"]},
}


def gradient_graph(graph: Graph) -> tuple[Graph, dict[str, Any]]:
    """Return a graph of both sweeps, and a dict from input names to ∂ℓ/∂(input) in that graph.

    A constant derivative is a number; any other is a vertex.

    >>> from coursekit.examples import example
    >>> h, gradient = gradient_graph(example())
    >>> gradient["a"]
    v4 = b + 1
    >>> h.evaluate(a=2.0, b=1.0)[gradient["b"]]
    5.0
    """
    h = Graph()
    _, slopes = both_sweeps(graph, map(h.input, graph.inputs))
    return h, dict(zip(graph.inputs, slopes, strict=True))


def both_sweeps(graph: Graph, inputs: Iterator[Any]) -> tuple[Any, list[Any]]:
    """Return ℓ, and ∂ℓ/∂(input) for each input; they are vertices of the graph of `inputs`."""
    columns = graph.columns
    if columns.of_arrays:
        raise GraphError("gradient_graph needs a graph of numbers: call unroll(graph, …) first")
    values: list[Any] = [None] * len(columns.ops) + columns.constants[::-1]  # constant k is at −k
    operands = [columns.structure.operands(j) for j in range(len(columns.ops))]
    for j, op in enumerate(columns.ops):
        values[j] = op(*[values[i] for i in operands[j]]) if op else next(inputs)
    adjoints: list[Any] = [0.0] * len(operands)
    adjoints[graph.ell.index] = 1.0
    for j, op in reversed([*enumerate(columns.ops)]):
        for slot, i in enumerate(operands[j]):
            if op and i >= 0 and not _is_zero(adjoints[j]):
                try:
                    partial = _partial(op, slot)(*[values[k] for k in operands[j]], values[j])
                except (ArithmeticError, ValueError) as error:  # as of x / 0.0
                    vertex = graph.vertices[j]
                    raise GraphError(f"{vertex!r} has no derivative: {reason(error)}") from None
                term = _product(adjoints[j], partial)
                adjoints[i] = term if _is_zero(adjoints[i]) else adjoints[i] + term
    return values[graph.ell.index], [adjoints[v.index] for v in graph.inputs.values()]


def _is_zero(x: Any) -> bool:
    return type(x) is float and x == 0.0


def _product(x: Any, y: Any) -> Any:
    """Return x · y; no vertex is built if a factor is 0 or 1."""
    if _is_zero(x) or _is_zero(y):
        return 0.0
    if type(x) is float and x == 1.0:
        return y
    return x if type(y) is float and y == 1.0 else x * y


@cache
def _partial(op: Op, slot: int) -> Any:
    return compile_formula(op.partials[slot], ", ".join([*ARGUMENTS[: op.arity], "v"]), BUILD)


def hessian_vector(
    graph: Graph, inputs: Mapping[str, float], direction: Mapping[str, float]
) -> dict[str, float]:
    """Return H · d, the derivative of the gradient along `direction`, as a dict by input name.

    The reverse sweep is built as a graph, and its product with d is differentiated again. That
    takes two sweeps, and H itself is never computed. A graph of arrays must be unrolled first.

    >>> from coursekit.examples import example
    >>> hessian_vector(example(), {"a": 2.0, "b": 1.0}, {"a": 1.0, "b": 0.0})
    {'a': 0.0, 'b': 1.0}
    """
    h, gradient = gradient_graph(graph)
    for name in direction:
        if name not in gradient:
            raise GraphError(f"there is no input {name!r}{did_you_mean(name, gradient)}")
    slope = sum((gradient[name] * d for name, d in direction.items()), 0.0)
    if not isinstance(slope, Vertex):  # the gradient is constant
        return dict.fromkeys(graph.inputs, 0.0)
    h.loss(slope)
    adjoints = backprop(h.linearize(**inputs))
    return {name: adjoints[v] for name, v in h.inputs.items()}


class Jacobian(NamedTuple):
    """A matrix with a row per output and a column per input, the mode, and the number of sweeps."""

    matrix: list[list[float]]
    mode: str
    sweeps: int


def jacobian(lin: Linearization[V], inputs: Sequence[V], outputs: Sequence[V]) -> Jacobian:
    """Return every ∂(output)/∂(input), computed in the mode that takes fewer sweeps.

    A vertex that holds an array counts as all of its numbers, in row-major order.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> a, b, c, d, l = g.vertices
    >>> jacobian(g.linearize(a=2.0, b=1.0), [a, b], [c, d, l])
    Jacobian(matrix=[[1.0, 1.0], [0.0, 1.0], [2.0, 5.0]], mode='forward', sweeps=2)
    """
    for v in [*inputs, *outputs]:
        lin.into(v)  # raises the error for a vertex of another graph
    values = {v: lin.values.get(v, 0.0) for v in [*inputs, *outputs]}
    seeds = [(u, unit) for u in outputs for unit in _basis(values[u])]
    directions = [(v, unit) for v in inputs for unit in _basis(values[v])]

    def reverse() -> list[list[float]]:
        adjoints = (backprop(toward(lin, u), seed=seed) for u, seed in seeds)
        return [[x for v in inputs for x in _flat(row[v], values[v])] for row in adjoints]

    def forward() -> list[list[float]]:
        tangents = (forward_mode(lin, {v: direction}) for v, direction in directions)
        columns = [[x for u in outputs for x in _flat(t[u], values[u])] for t in tangents]
        return [[column[k] for column in columns] for k in range(len(seeds))]

    modes = [("reverse", len(seeds), reverse), ("forward", len(directions), forward)]
    (mode, sweeps, first), (_, more, second) = sorted(modes, key=lambda mode: mode[1])
    matrix = first()
    if any(x != x for row in matrix for x in row):
        # the NaN may be 0 · ∞, with a 0 of a unit vector, which the other mode does not multiply
        rows = zip(matrix, second(), strict=True)
        matrix = [[y if x != x else x for x, y in zip(*pair, strict=True)] for pair in rows]
        sweeps += more
    return Jacobian(matrix, mode, sweeps)


def toward(lin: Linearization[V], loss: V) -> Linearization[V]:
    """Return the same linearization with another loss."""
    other = copy(lin)
    other.loss = loss
    if isinstance(other, Tape):
        other.loss_index = other.structure.index(loss)
    return other


def _basis(value: Any) -> Iterable[Any]:
    """Return the unit vectors in the shape of a value; for a number, that is only 1."""
    if not getattr(value, "ndim", 0):
        return [1.0]
    from numpy import eye  # numbers do not need numpy

    return eye(value.size, dtype=value.dtype).reshape(value.size, *value.shape)


def _flat(derivative: Any, value: Any) -> list[float]:
    """Return a derivative as a list with one entry for each number in `value`."""
    if not getattr(value, "ndim", 0):
        return [float(derivative)]
    from numpy import broadcast_to  # the derivative 0 may be an empty sum

    return [float(x) for x in broadcast_to(derivative, value.shape).flat]
