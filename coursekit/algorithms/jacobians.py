"""J_ki = ∂u_k/∂x_i by rows (reverse mode) or by columns (forward mode)."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from coursekit.engine.gradients import backprop, forward_mode
from coursekit.engine.linearization import Linearization

V = TypeVar("V", bound=Hashable)


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
    values = {v: lin.values.get(v, 0.0) for v in [*inputs, *outputs]}
    seeds = [(u, unit) for u in outputs for unit in _basis(values[u])]
    directions = [(v, unit) for v in inputs for unit in _basis(values[v])]
    if len(seeds) <= len(directions):
        rows = []
        for u, seed in seeds:
            args = (lin.vertices, u, lin.out, lin.into, lin.partials, lin.values)
            adjoints = backprop(Linearization(*args), seed=seed)
            rows.append([x for v in inputs for x in _flat(adjoints[v], values[v])])
        return Jacobian(rows, "reverse", len(seeds))
    columns = []
    for v, direction in directions:
        tangents = forward_mode(lin, {v: direction})
        columns.append([x for u in outputs for x in _flat(tangents[u], values[u])])
    rows = [list(row) for row in zip(*columns, strict=True)]
    return Jacobian(rows, "forward", len(directions))


def _basis(value: Any) -> Iterable[Any]:
    """Return the unit vectors in the shape of a value; for a number, that is only 1."""
    if not np.ndim(value):
        return [1.0]
    return np.eye(value.size, dtype=value.dtype).reshape(-1, *value.shape)


def _flat(derivative: Any, value: Any) -> list[float]:
    """Return a derivative as a list with one entry for each number in `value`."""
    numbers = np.broadcast_to(derivative, np.shape(value))  # the derivative 0 may be an empty sum
    return [float(x) for x in numbers.flat]
