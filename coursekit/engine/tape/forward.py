"""v_j = f(its in-neighbours), and ∂v_j/∂v_i beside it: the forward pass, in creation order."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coursekit.engine.location import describe_location
from coursekit.engine.op import reason
from coursekit.errors import GraphError

if TYPE_CHECKING:
    from coursekit.engine.graph import Graph


def forward(
    graph: "Graph", given: Sequence[Any], *, partials: bool = False
) -> tuple[list[Any], list[Any]]:
    """Return every vertex's value and, where wanted, a local derivative for each argument."""
    values: list[Any] = [0.0] * len(graph.ops)
    values += reversed(graph.constants)  # a constant is argument −k, counted from the end
    run = _arrays if has_arrays(graph, given) else _numbers
    local = run(graph, given, values, partials)
    del values[len(graph.ops) :]
    return values, local


def has_arrays(graph: "Graph", given: Sequence[Any]) -> bool:
    """Return whether the values at these inputs are arrays."""
    return graph.of_arrays or any(type(x) is not float for x in given)


def _numbers(
    graph: "Graph", given: Sequence[float], values: list[float], partials: bool
) -> list[float]:
    fresh, args, k, j = iter(given), graph.args, 0, 0
    local: list[float] = []
    try:
        for j, op in enumerate(graph.ops):
            if op is None:
                values[j] = next(fresh)
            elif op.arity == 2 and partials:  # the usual case: without a list of operands
                values[j], dx, dy = op.rule(values[args[k]], values[args[k + 1]])
                local += (dx, dy)
                k += 2
            else:
                operands = [values[i] for i in args[k : k + op.arity]]
                if partials:
                    values[j], *found = op.rule(*operands)
                    local += found
                else:
                    values[j] = op.function(*operands)
                k += op.arity
    except (ArithmeticError, ValueError) as error:
        raise GraphError(_why(graph, j, values, error)) from None
    return local


def _arrays(graph: "Graph", given: Sequence[Any], values: list[Any], partials: bool) -> list[Any]:
    from numpy import errstate  # only where there are arrays

    from coursekit.engine.tape.arrays import linearized

    fresh, k = iter(given), 0
    local: list[Any] = []
    with errstate(all="ignore"):
        for j, op in enumerate(graph.ops):
            if op is None:
                values[j] = next(fresh)
                continue
            indices = graph.args[k : k + op.arity]
            wanted = [slot for slot, i in enumerate(indices) if i >= 0] if partials else ()
            try:
                values[j], found = linearized(op, [values[i] for i in indices], wanted)
            except GraphError as error:
                place = f" ({describe_location(*graph.lines[j])})" if j in graph.lines else ""
                raise GraphError(f"{graph.vertices[j]!r}: {error}{place}") from None
            local += found
            k += op.arity
    return local


def _why(graph: "Graph", j: int, values: Sequence[float], error: Exception) -> str:
    vertex = graph.vertices[j]
    at = ", ".join(f"{graph.vertices[i]} = {values[i]:g}" for i in graph.structure.tails[j])
    op, arguments = graph.ops[j], [values[i] for i in graph.operands(vertex)]
    assert op is not None  # an input is not computed
    try:
        op(*arguments)
    except GraphError:
        return f"{vertex!r} cannot be computed at {at}: {reason(error)}"
    return f"{vertex!r} has no derivative at {at}; move the input off this point"
