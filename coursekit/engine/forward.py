"""v_j = f(its in-neighbours), and ∂v_j/∂v_i beside it: the forward pass, in creation order."""

from collections.abc import Hashable, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

from coursekit.engine.linearization import Linearization
from coursekit.engine.op import reason
from coursekit.engine.vertex import Vertex, said
from coursekit.errors import GraphError

if TYPE_CHECKING:
    from coursekit.engine.graph import Graph

V = TypeVar("V", bound=Hashable)


def forward(
    graph: "Graph", given: Sequence[Any], *, partials: bool = False
) -> tuple[list[Any], list[Any]]:
    """Return every vertex's value and, where wanted, a local derivative for each argument."""
    values: list[Any] = [0.0] * len(graph.ops)
    values += reversed(graph.constants)  # a constant is argument −k, counted from the end
    if has_arrays(graph, given):
        local = _arrays(graph, given, values, partials)
    elif partials:
        local = _partials(graph, given, values)
    else:
        local = _numbers(graph, given, values)
    del values[len(graph.ops) :]
    return values, local


def has_arrays(graph: "Graph", given: Sequence[Any]) -> bool:
    """Return whether the values at these inputs are arrays."""
    return graph.of_arrays or any(type(x) is not float for x in given)


def first_not_finite(lin: Linearization[V]) -> V | None:
    """Return the first vertex, in creation order, with an infinite value or NaN; None for none.

    >>> from coursekit import Graph
    >>> g = Graph()
    >>> x = g.input("x")
    >>> g.loss((x * 1e200).named("big") * 1e200 - 1)
    l = v3 − 1
    >>> first_not_finite(g.linearize(x=1.0))
    v3 = big × 1e+200
    """
    for v, value in lin.values.items():
        if not (isfinite(value) if isinstance(value, float) else _finite(value)):
            return v
    return None


def _finite(array: Any) -> bool:
    from coursekit.engine.arrays import all_finite  # numpy only where there are arrays

    return all_finite(array)


def _numbers(graph: "Graph", given: Sequence[float], values: list[float]) -> list[float]:
    fresh, args, k, j = iter(given), graph.args, 0, 0
    try:
        for j, op in enumerate(graph.ops):
            if op is None:
                values[j] = next(fresh)
            else:
                values[j] = op.function(*[values[i] for i in args[k : k + op.arity]])
                k += op.arity
    except (ArithmeticError, ValueError) as error:
        raise GraphError(_why(graph, j, values, error)) from None
    return []


def _partials(graph: "Graph", given: Sequence[float], values: list[float]) -> list[float]:
    fresh, args, k, j = iter(given), graph.args, 0, 0
    local: list[float] = []
    try:
        for j, op in enumerate(graph.ops):
            if op is None:
                values[j] = next(fresh)
            elif op.arity == 2:  # most are: worth a line without a list
                values[j], dx, dy = op.rule(values[args[k]], values[args[k + 1]])
                local += (dx, dy)
                k += 2
            else:
                values[j], *found = op.rule(*[values[i] for i in args[k : k + op.arity]])
                local += found
                k += op.arity
    except (ArithmeticError, ValueError) as error:
        raise GraphError(_why(graph, j, values, error)) from None
    return local


def _arrays(graph: "Graph", given: Sequence[Any], values: list[Any], partials: bool) -> list[Any]:
    from coursekit.engine.arrays import linearized, silent  # numpy only where there are arrays

    fresh, k = iter(given), 0
    local: list[Any] = []
    with silent():
        for j, op in enumerate(graph.ops):
            if op is None:
                values[j] = next(fresh)
                continue
            indices = graph.args[k : k + op.arity]
            wanted = [i >= 0 for i in indices] if partials else ()
            try:
                values[j], found = linearized(op, [values[i] for i in indices], wanted)
            except GraphError as error:
                place = f" ({said(*graph.lines[j])})" if j in graph.lines else ""
                raise GraphError(f"{graph.vertices[j]!r}: {error}{place}") from None
            local += found
            k += op.arity
    return local


def _why(graph: "Graph", j: int, values: Sequence[float], error: Exception) -> str:
    vertex: Vertex = graph.vertices[j]
    at = ", ".join(f"{graph.vertices[i]} = {values[i]:g}" for i in graph.structure.tails[j])
    op, arguments = graph.ops[j], [values[i] for i in graph.operands(vertex)]
    assert op is not None  # an input is not computed
    try:
        op(*arguments)
    except GraphError:
        return f"{vertex!r} cannot be computed at {at}: {reason(error)}"
    return f"{vertex!r} has no derivative at {at}; move the input off this point"
