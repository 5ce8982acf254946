"""The reverse sweep as a graph, which can be differentiated again: H · d."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from coursekit.engine.formulas import ARGUMENTS, FUNCTIONS, compile_formula, reason
from coursekit.engine.gradients import backprop
from coursekit.engine.graph import Graph
from coursekit.engine.op import Op
from coursekit.engine.operations import OPS
from coursekit.engine.values import number_or_array
from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError, did_you_mean

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
    if not isinstance(graph, Graph):
        raise GraphError(f"second derivatives need a graph, not {str(graph)[:60]}: pass g itself")
    h = Graph()
    _, slopes = both_sweeps(graph, map(h.input, graph.inputs))
    return h, dict(zip(graph.inputs, slopes, strict=True))


def both_sweeps(graph: Graph, inputs: Iterator[Any]) -> tuple[Any, list[Any]]:
    """Return ℓ, and ∂ℓ/∂(input) for each input; they are vertices of the graph of `inputs`."""
    columns = graph.columns
    if columns.of_arrays:
        raise GraphError("gradient_graph needs a graph of numbers: call unroll(graph, …) first")
    values = columns.structure.room_for_values()
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
    at, along = _numbers(inputs, gradient), _numbers(direction, gradient)
    slope = sum((gradient[name] * d for name, d in along.items()), 0.0)
    if not isinstance(slope, Vertex):  # the gradient is constant
        return dict.fromkeys(graph.inputs, 0.0)
    h.loss(slope)
    adjoints = backprop(h.linearize(**at))
    return {name: adjoints[v] for name, v in h.inputs.items()}


def _numbers(by_name: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, float]:
    """Return a dict from input names to numbers; raise GraphError for anything else."""
    if not isinstance(by_name, Mapping):
        raise GraphError(f"hessian_vector takes dicts such as {{'x': 1.0}}, not {by_name!r}")
    numbers = {}
    for name, x in by_name.items():
        if name not in names:
            raise GraphError(f"there is no input {name!r}{did_you_mean(str(name), names)}")
        numbers[name] = number_or_array(x, name)
        if getattr(numbers[name], "ndim", 0):
            raise GraphError(f"{name} is an array: call unroll(graph, …) first")
    return numbers
