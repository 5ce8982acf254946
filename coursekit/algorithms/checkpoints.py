"""Keep every k-th value, compute the others again: n/k + k values in memory in place of n."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Checkpointed(NamedTuple):
    """The value and its derivative; how often a step was evaluated, how many values were kept."""

    value: Any
    derivative: Any
    evaluations: int
    peak: int


def checkpointed(
    steps: Sequence[Callable[[Any], tuple[Any, Any]]], x: Any, *, every: int
) -> Checkpointed:
    """Return f_n(… f_1(x)) and its derivative; a step maps x to (f(x), f'(x)), as `exp.rule` does.

    Least is kept where `every` is near √n. See Griewank, Achieving logarithmic growth (1992).

    >>> from coursekit import exp, sin
    >>> found = checkpointed([sin.rule, exp.rule] * 8, 0.5, every=4)
    >>> found.evaluations, found.peak
    (32, 7)
    """
    kept, starts, evaluations = [x], range(0, len(steps), every), 0
    for start in starts:  # forward: only where a stretch begins is a value kept
        for step in steps[start : start + every]:
            x, _ = step(x)
            evaluations += 1
        kept.append(x)
    value, derivative, peak = kept.pop(), 1.0, len(kept)
    for start in reversed(starts):  # back to front: a stretch again, now with its partials
        x, partials = kept.pop(), []
        for step in steps[start : start + every]:
            x, partial = step(x)
            partials.append(partial)
            evaluations += 1
        peak = max(peak, len(kept) + len(partials))
        for partial in reversed(partials):
            derivative = derivative * partial
    return Checkpointed(value, derivative, evaluations, peak)
