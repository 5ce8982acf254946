"""∂ℓ/∂v_i += ∂ℓ/∂v_j · ∂v_j/∂v_i for each operand v_i of v_j, from the last v_j to the first.

`backprop` in `gradients.py` collects each adjoint from the vertex's out-neighbours. This sweep
sends it to the operands instead: one pass over flat lists, without a topological sort. It is
registered with `backprop` for the linearization of a `Graph`; any other linearization, for example
a `Watched` one, runs `backprop` as written.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

from coursekit.engine.gradients import backprop
from coursekit.engine.linearization import Linearization, LinearMap
from coursekit.engine.tape import forward
from coursekit.engine.tape.columns import Column, Columns, EdgeColumn, Structure

V = TypeVar("V", bound=Hashable)


class Tape(Linearization[V]):
    """A graph's linearization, stored in flat lists."""

    def __init__(
        self, structure: Structure, loss: int, values: Any, local: Any, *, of_arrays: bool
    ) -> None:
        super().__init__(
            structure.vertices,
            structure.vertices[loss],
            structure.out,
            structure.into,
            EdgeColumn(structure, local),
            Column(structure, values),
        )
        self.structure, self.numbers, self.local = structure, values, local
        self.loss_index, self.of_arrays = loss, of_arrays

    def adjoints(self) -> Mapping[V, Any]:
        """Return ∂ℓ/∂v for every vertex v; an array ℓ counts as the sum of its elements."""
        sweep = _sweep_arrays if self.of_arrays else _sweep_numbers
        return Column(self.structure, sweep(self))


def tape(columns: Columns, loss: int, inputs: Sequence[Any]) -> Tape[V]:
    """Run the forward pass at these inputs, and return the linearization."""
    values, local = forward.linearize(columns, inputs)
    of_arrays = forward.has_arrays(columns, inputs)
    return Tape(columns.structure, loss, values, local, of_arrays=of_arrays)


@backprop.register(Tape)
def _backprop_on_tape(lin: Tape[Any], *, seed: Any = None) -> Mapping[Any, Any]:
    return lin.adjoints() if seed is None else backprop.dispatch(Linearization)(lin, seed=seed)


def _sweep_numbers(lin: Tape[V]) -> list[float]:
    args, arities, local = lin.structure.args, lin.structure.arities, lin.local
    # the adjoint of constant −k accumulates at the end of the list, which is cut off afterwards
    k, adjoints = len(local), [0.0] * (len(local) + len(arities))
    adjoints[lin.loss_index] = 1.0
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


def _sweep_arrays(lin: Tape[V]) -> list[Any]:
    import numpy as np  # a graph of numbers does not need it

    args, arities, values = lin.structure.args, lin.structure.arities, lin.numbers
    k, local, adjoints = len(lin.local), lin.local, [None] * len(values)
    adjoints[lin.loss_index] = np.ones_like(values[lin.loss_index])
    for j in range(len(values) - 1, -1, -1):
        k -= arities[j]
        if (g := adjoints[j]) is None:
            continue
        for i, partial in zip(args[k : k + arities[j]], local[k : k + arities[j]], strict=True):
            if i < 0:
                continue  # a constant
            if type(partial) is LinearMap:  # g * partial, but without asking numpy first
                term = partial.pull(g, *partial.at)
            else:
                term = g if type(partial) is float and partial == 1.0 else g * partial
            adjoints[i] = term if adjoints[i] is None else adjoints[i] + term
    return [np.zeros_like(x) if g is None else g for g, x in zip(adjoints, values, strict=True)]
