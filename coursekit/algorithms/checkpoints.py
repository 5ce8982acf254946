"""Store every k-th value and recompute the others: n/k + k values in memory instead of n."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Checkpointed(NamedTuple):
    """The value, its derivative, the number of evaluations, and the most values ever stored."""

    value: Any
    derivative: Any
    evaluations: int
    peak: int


def checkpointed(
    steps: Sequence[Callable[[Any], tuple[Any, Any]]], x: Any, *, every: int
) -> Checkpointed:
    """Return f_n(… f_1(x)) and its derivative; a step maps x to (f(x), f'(x)), as `exp.rule` does.

    Memory is smallest if `every` is near √n. See Griewank, Achieving logarithmic growth (1992).

    >>> from coursekit import exp, sin
    >>> result = checkpointed([sin.rule, exp.rule] * 8, 0.5, every=4)
    >>> result.evaluations, result.peak
    (32, 7)
    """
    checkpoints, starts, evaluations = [x], range(0, len(steps), every), 0
    for start in starts:  # forward: only the value at the start of each segment is stored
        for step in steps[start : start + every]:
            x, _ = step(x)
            evaluations += 1
        checkpoints.append(x)
    value, derivative, peak = checkpoints.pop(), 1.0, len(checkpoints)
    for start in reversed(starts):  # backward: recompute a segment, this time with its partials
        x, partials = checkpoints.pop(), []
        for step in steps[start : start + every]:
            x, partial = step(x)
            partials.append(partial)
            evaluations += 1
        peak = max(peak, len(checkpoints) + len(partials))
        for partial in reversed(partials):
            derivative = derivative * partial
    return Checkpointed(value, derivative, evaluations, peak)
