"""v_j = f(its operands), from the first v_j to the last; then, from the last v_j to the first,
∂ℓ/∂v_i += ∂ℓ/∂v_j · ∂v_j/∂v_i for each operand v_i.

`backprop` in `gradients.py` collects each adjoint from the vertex's out-neighbours. This sweep
sends it to the operands instead: one pass over flat lists, without a topological sort. It is
registered with `backprop` for the linearization of a `Graph`; any other linearization, for example
a `Watched` one, runs `backprop` as written.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from coursekit.engine.formulas import reason
from coursekit.engine.gradients import backprop
from coursekit.engine.linearization import Linearization
from coursekit.engine.tape.columns import Column, EdgeColumn, Structure
from coursekit.errors import GraphError, describe_location

V = TypeVar("V", bound=Hashable)
Forward = Callable[[Structure, Sequence[Any]], tuple[list[Any], list[Any]]]


class Tape(Linearization[V]):
    """A graph's linearization at these inputs, stored in flat lists."""

    def __init__(self, structure: Structure, loss: int, inputs: Sequence[Any]) -> None:
        self.structure, self.loss_index = structure, loss
        self.of_arrays = has_arrays(structure, inputs)
        sweep: Forward = _arrays if self.of_arrays else _numbers
        self.numbers, self.local = sweep(structure, inputs)
        super().__init__(
            structure.vertices,
            structure.vertices[loss],
            structure.out,
            structure.into,
            EdgeColumn(structure, self.local),
            Column(structure, self.numbers),
        )


def has_arrays(graph: Structure, inputs: Sequence[Any]) -> bool:
    """Return whether any value may be an array, given these inputs."""
    return graph.of_arrays or any(type(x) is not float for x in inputs)


def evaluate(graph: Structure, inputs: Sequence[Any]) -> list[Any]:
    """Return the value of every vertex."""
    if has_arrays(graph, inputs):
        return _arrays(graph, inputs, with_partials=False)[0]
    next_input, values, args, k, j = iter(inputs), _empty_values(graph), graph.args, 0, 0
    try:
        for j, op in enumerate(graph.ops):
            if op is None:
                values[j] = next(next_input)
            else:
                values[j] = op.function(*[values[i] for i in args[k : k + op.arity]])
                k += op.arity
    except (ArithmeticError, ValueError):
        raise GraphError(_explain(graph, j, values)) from None
    return values[: len(graph.ops)]


def _numbers(graph: Structure, inputs: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the value of every vertex, and a local derivative for every operand."""
    next_input, values, args, k, j = iter(inputs), _empty_values(graph), graph.args, 0, 0
    local: list[float] = []
    try:
        for j, op in enumerate(graph.ops):
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
        raise GraphError(_explain(graph, j, values)) from None
    del values[len(graph.ops) :]
    return values, local


def _empty_values(graph: Structure) -> list[Any]:
    """Return a list with room for the value of every vertex, followed by the constants."""
    return [0.0] * len(graph.ops) + graph.constants[::-1]


def _explain(graph: Structure, j: int, values: Sequence[float]) -> str:
    """Explain what failed: the value of vertex j, or one of its partials."""
    vertex, op = graph.vertices[j], graph.ops[j]
    assert op is not None  # an input is not computed
    at = ", ".join(f"{graph.vertices[i]} = {values[i]:g}" for i in graph.tails[j])
    try:
        op.function(*[values[i] for i in graph.operands(j)])
    except (ArithmeticError, ValueError) as error:
        return f"{vertex!r} cannot be computed at {at}: {reason(error)}"
    return f"{vertex!r} has no derivative at {at}; move the input off this point"


def _arrays(
    graph: Structure, inputs: Sequence[Any], *, with_partials: bool = True
) -> tuple[list[Any], list[Any]]:
    """Return the values and, if `with_partials`, a local derivative for every operand."""
    from numpy import errstate  # a graph of numbers does not need numpy

    from coursekit.engine.tape.arrays import rule_of

    next_input, values, local, k = iter(inputs), _empty_values(graph), [], 0
    with errstate(all="ignore"):
        for j, op in enumerate(graph.ops):
            if op is None:
                values[j] = next(next_input)
                continue
            rule, operands = rule_of(op), graph.args[k : k + op.arity]
            arguments = rule.prepare([values[i] for i in operands])
            try:
                w, values[j] = rule.value_at(arguments)
            except GraphError as error:
                line = graph.lines.get(j)
                where = f" ({describe_location(*line)})" if line else ""
                raise GraphError(f"{graph.vertices[j]!r}: {error}{where}") from None
            if with_partials:
                local += [
                    rule.local_at(slot, arguments, w, values[j]) if i >= 0 else 0.0
                    for slot, i in enumerate(operands)
                ]
            k += op.arity
    return values[: len(graph.ops)], local


@backprop.register
def _backprop(lin: Tape, *, seed: Any = 1.0) -> Mapping[Any, Any]:  # type: ignore[type-arg]
    sweep = _sweep_arrays if lin.of_arrays else _sweep_numbers
    return Column(lin.structure, sweep(lin, seed))


def _sweep_numbers(lin: Tape[V], seed: Any) -> list[float]:
    args, arities, local = lin.structure.args, lin.structure.arities, lin.local
    # the adjoint of constant −k accumulates at the end of the list, which is cut off afterwards
    k, adjoints = len(local), [0.0] * (len(arities) + len(lin.structure.constants))
    adjoints[lin.loss_index] = seed
    for j in range(len(arities) - 1, -1, -1):
        adjoint = adjoints[j]
        if arities[j] == 2:  # the most common case: faster without a loop
            k -= 2
            adjoints[args[k + 1]] += adjoint * local[k + 1]
            adjoints[args[k]] += adjoint * local[k]
        else:
            for _ in range(arities[j]):
                k -= 1
                adjoints[args[k]] += adjoint * local[k]
    del adjoints[len(arities) :]
    return adjoints


def _sweep_arrays(lin: Tape[V], seed: Any) -> list[Any]:
    import numpy as np  # a graph of numbers does not need it

    from coursekit.engine.tape.arrays import LinearMap

    args, arities, values = lin.structure.args, lin.structure.arities, lin.numbers
    k, local, adjoints = len(lin.local), lin.local, [None] * len(values)
    adjoints[lin.loss_index] = np.full_like(values[lin.loss_index], seed)
    for j in range(len(values) - 1, -1, -1):
        k -= arities[j]
        if (g := adjoints[j]) is None:
            continue
        for i, partial in zip(args[k : k + arities[j]], local[k : k + arities[j]], strict=True):
            if i < 0:
                continue  # a constant
            if type(partial) is LinearMap:  # g * partial, without numpy's dispatch
                term = partial.pull(g, *partial.at)
            else:
                term = g if type(partial) is float and partial == 1.0 else g * partial
            adjoints[i] = term if adjoints[i] is None else adjoints[i] + term
    return [np.zeros_like(x) if g is None else g for g, x in zip(adjoints, values, strict=True)]
