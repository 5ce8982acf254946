"""J = ∂(outputs)/∂(inputs): one sweep for each row, or one for each column."""

from collections.abc import Hashable, Iterable
from copy import copy
from typing import Any, NamedTuple, TypeVar

from coursekit.engine.gradients import backprop, forward_mode
from coursekit.engine.linearization import Linearization
from coursekit.engine.sums import algorithm
from coursekit.engine.tape.sweeps import Tape

V = TypeVar("V", bound=Hashable)


class Jacobian(NamedTuple):
    """A matrix with a row per output and a column per input, the mode, and the number of sweeps."""

    matrix: list[list[float]]
    mode: str
    sweeps: int


@algorithm
def jacobian(lin: Linearization[V], inputs: Iterable[V], outputs: Iterable[V]) -> Jacobian:
    """Return every ∂(output)/∂(input), computed in the mode that takes fewer sweeps.

    A vertex that holds an array counts as all of its numbers, in row-major order.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> a, b, c, d, l = g.vertices
    >>> jacobian(g.linearize(a=2.0, b=1.0), [a, b], [c, d, l])
    Jacobian(matrix=[[1.0, 1.0], [0.0, 1.0], [2.0, 5.0]], mode='forward', sweeps=2)
    """
    inputs, outputs = tuple(inputs), tuple(outputs)
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
        return [derivative if hasattr(derivative, "tex") else float(derivative)]  # or a formula
    return [float(x) for x in derivative.flat]
