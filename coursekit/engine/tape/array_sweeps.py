"""Both sweeps on arrays: every ∂v/∂x is a function ḡ ↦ ḡ · ∂v/∂x, not a matrix."""

from collections.abc import Sequence
from typing import Any

from numpy import errstate, float64

from coursekit.engine.sums import NOTHING, like
from coursekit.engine.tape.arrays import Point, rule_of
from coursekit.engine.tape.columns import Structure
from coursekit.errors import GraphError, describe_location


def forward(graph: Structure, inputs: Sequence[Any]) -> tuple[list[Any], list[Point | None]]:
    """Return the values of vertices and constants, and every operation at its arguments."""
    next_input, values, points = iter(inputs), graph.room_for_values(), list[Point | None]()
    with errstate(all="ignore"):  # infinity and NaN are results
        for j, op in zip(range(len(graph.vertices)), graph.ops, strict=False):
            if op is None:
                x = next(next_input)  # a value does not change with the user's array
                values[j] = x if type(x) is float else x.copy()
                points.append(None)
                continue
            arguments = [values[i] for i in graph.operands(j)]
            try:
                point = rule_of(op).at(arguments, op.settings)
            except GraphError as error:
                line = graph.lines.get(j)
                where = f" ({describe_location(*line)})" if line else ""
                raise GraphError(f"{graph.vertices[j]!r}: {error}{where}") from None
            points.append(point)
            values[j] = point.value
    return values, points


def reverse(
    graph: Structure, values: Sequence[Any], points: Sequence[Any], loss: int, seed: Any
) -> list[Any]:
    """Return the adjoint of every vertex, each in the shape of its value."""
    adjoints: list[Any] = [NOTHING] * len(graph.vertices)
    adjoints[loss] = float64(seed) if type(seed) in (int, float) else seed
    with errstate(all="ignore"):
        for j in range(loss, -1, -1):
            if (g := adjoints[j]) is NOTHING or (op := graph.ops[j]) is None:
                continue
            rule, point = rule_of(op), points[j]
            for slot, i in enumerate(graph.operands(j)):
                if i >= 0:  # not a constant
                    term = rule.pull(slot, point, g)
                    adjoints[i] = term if adjoints[i] is NOTHING else adjoints[i] + term
    return [like(x, 0.0) if g is NOTHING else g for g, x in zip(adjoints, values, strict=False)]
