"""v_j = f(its operands), from the first v_j to the last; then, from the last v_j to the first,
∂ℓ/∂v_i += ∂ℓ/∂v_j · ∂v_j/∂v_i for each operand v_i.

`backprop` in `gradients.py` collects each adjoint from the vertex's out-neighbours. This sweep
sends it to the operands instead: one pass over flat lists, without a topological sort. It is
registered with `backprop` for the linearization of a `Graph`; any other linearization, for example
a `Watched` one, runs `backprop` as written.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import islice
from typing import Any, TypeVar

from coursekit.engine.blocks import Block
from coursekit.engine.formulas import reason
from coursekit.engine.gradients import backprop
from coursekit.engine.linearization import Linearization
from coursekit.engine.operations import ADD, MUL
from coursekit.engine.sums import seed_like
from coursekit.engine.tape.columns import Column, EdgeColumn, Structure
from coursekit.errors import GraphError

T = TypeVar("T")
V = TypeVar("V", bound=Hashable)


class Tape(Linearization[V]):
    """A graph's linearization at these inputs; a partial is computed when it is read."""

    def __init__(self, structure: Structure, loss: int, inputs: Sequence[Any]) -> None:
        self.structure, self.loss_index = structure, loss
        self.of_arrays = has_arrays(structure, inputs)
        # the values of the vertices come first; that of constant k is at −k
        self.numbers = _forward(structure, inputs)
        local = _for_arrays().local if self.of_arrays else _local
        super().__init__(
            structure.vertices,
            structure.vertices[loss],
            structure.out,
            structure.into,
            EdgeColumn(structure, partial(local, structure, self.numbers)),
            Column(structure, self.numbers),
        )

    @property
    def blocks(self) -> Sequence[Block]:
        return self.structure.blocks


def _local(graph: Structure, values: Sequence[Any], j: int, slot: int) -> Any:
    """Return the local derivative of vertex j with respect to one of its operands."""
    op = graph.ops[j]
    assert op is not None  # an input has no operands
    try:
        return op.slopes[slot](*[values[i] for i in graph.operands(j)], values[j])
    except (ArithmeticError, ValueError):
        raise GraphError(_no_derivative(graph, j, values)) from None


def has_arrays(graph: Structure, inputs: Sequence[Any]) -> bool:
    """Return whether any value may be an array, given these inputs."""
    return graph.of_arrays or any(type(x) is not float for x in inputs)


def evaluate(graph: Structure, inputs: Sequence[Any]) -> list[Any]:
    """Return the value of every vertex."""
    return _forward(graph, inputs)[: len(graph.vertices)]


def _forward(graph: Structure, inputs: Sequence[Any]) -> list[Any]:
    if has_arrays(graph, inputs):
        values: list[Any] = _for_arrays().forward(graph, inputs)
        return values
    return _numbers(graph, inputs)


def _numbers(graph: Structure, inputs: Sequence[float]) -> list[float]:
    """Return the value of every vertex, followed by the constants."""
    next_input, values, j = iter(inputs), graph.room_for_values(), 0
    try:
        for j, op, x, y in zip(
            range(len(graph.vertices)), graph.ops, graph.x, graph.y, strict=False
        ):
            if op is MUL:  # the two most common operations are written out: a call costs more
                values[j] = values[x] * values[y]
            elif op is ADD:
                values[j] = values[x] + values[y]
            elif op is None:
                values[j] = next(next_input)
            elif op.arity == 1:
                values[j] = op.function(values[x])
            elif op.arity == 2:
                values[j] = op.function(values[x], values[y])
            else:
                values[j] = op.function(*[values[i] for i in graph.operands(j)])
    except (ArithmeticError, ValueError) as error:
        raise GraphError(_explain(graph, j, values, error)) from None
    return values


def _explain(graph: Structure, j: int, values: Sequence[float], error: Exception) -> str:
    """Explain why the value of vertex j cannot be computed."""
    at = _operands_at(graph, j, values)
    used = {j}  # by what vertex j is used, directly or not
    for i in range(j + 1, len(graph.vertices)):
        if not used.isdisjoint(graph.operands(i)):
            used.add(i)
    chosen = any((op := graph.ops[i]) and op.name == "where" for i in used)
    hint = "; a branch of where is evaluated even if it is not taken" if chosen else ""
    return f"{graph.vertices[j]!r} cannot be computed at {at}: {reason(error)}{hint}"


def _no_derivative(graph: Structure, j: int, values: Sequence[float]) -> str:
    at = _operands_at(graph, j, values)
    return f"{graph.vertices[j]!r} has no derivative at {at}; move the input off this point"


def _operands_at(graph: Structure, j: int, values: Sequence[float]) -> str:
    return ", ".join(f"{graph.vertices[i]} = {values[i]:g}" for i in graph.tails[j])


@backprop.register(Tape)
def _backprop(lin: Tape[V], *, seed: Any = None) -> Mapping[V, Any]:
    graph, values, loss = lin.structure, lin.numbers, lin.loss_index
    seed = seed_like(values[loss], seed)
    if not lin.of_arrays:
        return Column(graph, _reverse(graph, values, loss, seed))
    return Column(graph, _for_arrays().reverse(graph, values, loss, seed))


@cache
def _for_arrays() -> Any:
    from coursekit.engine.tape import array_sweeps  # numbers do not need numpy

    return array_sweeps


def _reverse(graph: Structure, values: Sequence[float], loss: int, seed: float) -> list[float]:
    """Return the adjoint of every vertex."""
    nothing, j = 0.0, 0  # a zero of its own: nothing has been sent here
    # the adjoint of constant −k accumulates at the end of the list, which is cut off afterwards
    adjoints = [nothing] * len(values)
    adjoints[loss] = float(seed)
    back = range(loss, -1, -1)
    ops, xs, ys = _backwards(graph.ops, loss), _backwards(graph.x, loss), _backwards(graph.y, loss)
    try:
        for j, op, i, k in zip(back, ops, xs, ys, strict=True):
            if (g := adjoints[j]) is nothing or op is None:
                continue
            if op is MUL:
                adjoints[k] += g * values[i]
                adjoints[i] += g * values[k]
            elif op is ADD:
                adjoints[k] += g
                adjoints[i] += g
            elif op.arity == 1:
                adjoints[i] += g * op.slopes[0](values[i], values[j])
            elif op.arity == 2:
                by_x, by_y = op.slopes
                if k >= 0:  # not a constant
                    adjoints[k] += g * by_y(values[i], values[k], values[j])
                if i >= 0:
                    adjoints[i] += g * by_x(values[i], values[k], values[j])
            else:
                operands = graph.operands(j)
                arguments = [values[i] for i in operands]
                for slope, i in zip(op.slopes, operands, strict=True):
                    if i >= 0:
                        adjoints[i] += g * slope(*arguments, values[j])
    except (ArithmeticError, ValueError):
        raise GraphError(_no_derivative(graph, j, values)) from None
    del adjoints[len(graph.vertices) :]
    return adjoints


def _backwards(column: Sequence[T], last: int) -> Iterator[T]:
    """Return an iterator over the items from number `last` down to 0, without copying them."""
    return islice(reversed(column), len(column) - 1 - last, None)
