"""Both sweeps on arrays: every ∂v/∂x is a function ḡ ↦ ḡ · ∂v/∂x, not a matrix."""

from collections.abc import Sequence
from typing import Any

from numpy import errstate, float64

from coursekit.engine.sums import NOTHING, like
from coursekit.engine.tape.arrays import ERRORS
from coursekit.engine.tape.columns import Structure
from coursekit.errors import GraphError, describe_location


@errstate(all="ignore")  # infinity and NaN are results
def forward(graph: Structure, inputs: Sequence[Any]) -> list[Any]:
    """Return the values of the vertices, the other words of the steps, and the constants."""
    values = [None] * len(graph.vertices) + graph.steps.room + graph.constants[::-1]
    for j, x in zip(graph.inputs, inputs, strict=True):
        values[j] = x if type(x) is float else x.copy()  # the user may change the array later
    has_floats = float in map(type, values)
    for j, rule, _, words, common in graph.steps.values():
        at = words(values)
        try:
            value = rule.value_with_floats(at) if has_floats else rule.value(at)
        except ERRORS as error:
            line = graph.lines.get(j)
            where = f" ({describe_location(*line)})" if line else ""
            explanation = rule.explain(error, at)
            raise GraphError(f"{graph.vertices[j]!r}: {explanation}{where}") from None
        if common:
            values[common], value = value
        values[j] = value
    return values


@errstate(all="ignore")
def reverse(graph: Structure, values: Sequence[Any], loss: int, seed: Any) -> list[Any]:
    """Return the adjoint of every vertex, each in the shape and the type of its value."""
    adjoints: list[Any] = [NOTHING] * len(graph.vertices)
    adjoints[loss] = float64(seed) if type(seed) in (int, float) else seed
    has_floats = float in map(type, values)
    for j, rule, operands, words, _ in reversed(graph.steps.values()):
        if (g := adjoints[j]) is NOTHING:
            continue
        at = rule.in_numpy(words(values)) if has_floats else words(values)
        for slot, i in enumerate(operands):
            if i >= 0:  # not a constant
                term = rule.pull(slot, at, g)
                adjoints[i] = term if adjoints[i] is NOTHING else adjoints[i] + term
    return [like(x, 0.0) if g is NOTHING else g for g, x in zip(adjoints, values, strict=False)]


def local(graph: Structure, values: Sequence[Any], j: int, slot: int) -> Any:
    """Return the local derivative of vertex j with respect to one of its operands."""
    step = graph.steps[j]
    return step.rule.local(slot, step.rule.in_numpy(step.words(values)))
