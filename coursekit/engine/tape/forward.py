"""v_j = f(its in-neighbours), and ∂v_j/∂v_i: the forward pass, in creation order."""

from collections.abc import Sequence
from typing import Any

from coursekit.engine.formulas import reason
from coursekit.engine.location import describe_location
from coursekit.engine.op import array_rule
from coursekit.engine.tape.columns import Columns
from coursekit.errors import GraphError


def evaluate(columns: Columns, inputs: Sequence[Any]) -> list[Any]:
    """Return the value of every vertex."""
    values = _empty_values(columns)
    if has_arrays(columns, inputs):
        _arrays(columns, inputs, values, with_partials=False)
    else:
        _numbers(columns, inputs, values)
    return values[: len(columns.ops)]


def linearize(columns: Columns, inputs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return the value of every vertex, and a local derivative for every operand."""
    values = _empty_values(columns)
    if has_arrays(columns, inputs):
        local = _arrays(columns, inputs, values, with_partials=True)
    else:
        local = _numbers_with_partials(columns, inputs, values)
    del values[len(columns.ops) :]
    return values, local


def has_arrays(columns: Columns, inputs: Sequence[Any]) -> bool:
    """Return whether any value may be an array, given these inputs."""
    return columns.of_arrays or any(type(x) is not float for x in inputs)


def _empty_values(columns: Columns) -> list[Any]:
    """Return a list with room for the value of every vertex, followed by the constants."""
    return [0.0] * len(columns.ops) + columns.constants[::-1]


def _numbers(columns: Columns, inputs: Sequence[float], values: list[float]) -> None:
    """Compute the values, and write them into `values`."""
    next_input, args, k, j = iter(inputs), columns.args, 0, 0
    try:
        for j, op in enumerate(columns.ops):
            if op is None:
                values[j] = next(next_input)
            else:
                values[j] = op.function(*[values[i] for i in args[k : k + op.arity]])
                k += op.arity
    except (ArithmeticError, ValueError) as error:
        raise GraphError(_cannot_be_computed(columns, j, values, error)) from None


def _numbers_with_partials(
    columns: Columns, inputs: Sequence[float], values: list[float]
) -> list[float]:
    """Write the values into `values`; return a local derivative for every operand."""
    next_input, args, k, j = iter(inputs), columns.args, 0, 0
    local: list[float] = []
    try:
        for j, op in enumerate(columns.ops):
            if op is None:
                values[j] = next(next_input)
            elif op.arity == 2:  # the most common case: faster without a list of operands
                values[j], dx, dy = op.rule(values[args[k]], values[args[k + 1]])
                local += (dx, dy)
                k += 2
            else:
                values[j], *partials = op.rule(*[values[i] for i in args[k : k + op.arity]])
                local += partials
                k += op.arity
    except (ArithmeticError, ValueError):
        raise GraphError(_no_derivative(columns, j, values)) from None
    return local


def _arrays(
    columns: Columns, inputs: Sequence[Any], values: list[Any], *, with_partials: bool
) -> list[Any]:
    """Write the values into `values`; return a local derivative for every operand."""
    from numpy import errstate  # a graph of numbers does not need numpy

    next_input, k = iter(inputs), 0
    local: list[Any] = []
    with errstate(all="ignore"):
        for j, op in enumerate(columns.ops):
            if op is None:
                values[j] = next(next_input)
                continue
            rule, operands = array_rule(op), columns.args[k : k + op.arity]
            arguments = rule.prepare([values[i] for i in operands])
            try:
                w, values[j] = rule.value_at(arguments)
            except GraphError as error:
                raise GraphError(_with_location(columns, j, error)) from None
            if with_partials:
                local += [
                    rule.local_at(slot, arguments, w, values[j]) if i >= 0 else 0.0
                    for slot, i in enumerate(operands)
                ]
            k += op.arity
    return local


def _with_location(columns: Columns, j: int, error: GraphError) -> str:
    location = columns.lines.get(j)
    suffix = f" ({describe_location(*location)})" if location else ""
    return f"{columns.vertices[j]!r}: {error}{suffix}"


def _cannot_be_computed(columns: Columns, j: int, values: Sequence[float], error: Exception) -> str:
    at = _operands_at(columns, j, values)
    return f"{columns.vertices[j]!r} cannot be computed at {at}: {reason(error)}"


def _no_derivative(columns: Columns, j: int, values: Sequence[float]) -> str:
    op = columns.ops[j]
    assert op is not None  # an input is not computed
    try:  # find out whether the value or a partial failed
        op.function(*[values[i] for i in columns.operands(j)])
    except (ArithmeticError, ValueError) as error:
        return _cannot_be_computed(columns, j, values, error)
    at = _operands_at(columns, j, values)
    return f"{columns.vertices[j]!r} has no derivative at {at}; move the input off this point"


def _operands_at(columns: Columns, j: int, values: Sequence[float]) -> str:
    tails = columns.structure.tails[j]
    return ", ".join(f"{columns.vertices[i]} = {values[i]:g}" for i in tails)
