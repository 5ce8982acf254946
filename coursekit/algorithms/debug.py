"""Debug a derivative: approximate it from values alone, or find the first infinity or NaN."""

import sys
from collections.abc import Callable, Hashable, Sequence
from numbers import Real
from typing import TypeVar

from coursekit.engine.gradients import backprop
from coursekit.engine.linearization import Linearization
from coursekit.engine.sums import algorithm
from coursekit.errors import GraphError

V = TypeVar("V", bound=Hashable)
STEP = 6e-6


def central_difference(
    f: Callable[[Sequence[float]], float], x: Sequence[float], i: int, h: float | None = None
) -> float:
    """Return the central difference of f in its i-th argument; the error is of order h².

    Without `h`, the step is 6e-6, near the cube root of the precision, times 1 or |x_i|: the one
    with the smaller estimated error.

    >>> f = lambda x: (x[0] + x[1]) * (x[1] + 1)
    >>> round(central_difference(f, [2.0, 1.0], 1), 6)
    5.0
    """
    if not isinstance(x[i], Real):
        raise GraphError(f"central_difference needs a number, not {x[i]!r}")
    return _quotient(f, x, i, best_step(f, x, i) if h is None else h)[0]


def best_step(f: Callable[[Sequence[float]], float], x: Sequence[float], i: int) -> float:
    """Return the step for a central difference: absolute, or relative to x_i.

    >>> best_step(lambda x: 1.0 / x[0], [1e-3], 0)
    6e-09
    """
    large, small = STEP * max(1.0, abs(x[i])), STEP * abs(x[i])
    if small in (0.0, large):
        return large
    relative, its_error = _estimate(f, x, i, small)
    try:
        absolute, error = _estimate(f, x, i, large)
    except (ArithmeticError, ValueError):  # the large step leaves the domain
        return small
    # where the small step changes nothing, f may only be rounded: (1 + x) − 1 near 0
    is_lost = relative == 0 and error < 0.1 * abs(absolute)
    return large if error <= its_error or is_lost else small


def _estimate(
    f: Callable[[Sequence[float]], float], x: Sequence[float], i: int, h: float
) -> tuple[float, float]:
    """Return the difference quotient, and an estimate of its error."""
    quotient, rounding = _quotient(f, x, i, h)
    return quotient, rounding + abs(quotient - _quotient(f, x, i, h / 2)[0])


def _quotient(
    f: Callable[[Sequence[float]], float], x: Sequence[float], i: int, h: float
) -> tuple[float, float]:
    """Return the difference quotient, and an estimate of its rounding error."""
    above, below = list(x), list(x)
    above[i] = x[i] + h
    below[i] = x[i] - h
    step = above[i] - below[i]  # not 2h: the floats are rounded
    if step == 0:
        raise GraphError(f"the step {h:g} is too small for {x[i]:g}")
    values = f(above), f(below)
    return (values[0] - values[1]) / step, sys.float_info.epsilon * max(map(abs, values)) / step


@algorithm
def first_not_finite(lin: Linearization[V]) -> V | None:
    """Return the first vertex, in creation order, whose value is infinite or NaN.

    If all values are finite, return the first vertex, from the loss back, whose adjoint is not;
    if these are finite, too, return None.

    >>> from coursekit import Graph
    >>> g = Graph()
    >>> x = g.input("x")
    >>> g.loss((x * 1e200).named("big") * 1e200 - 1)
    l = v3 − 1
    >>> first_not_finite(g.linearize(x=1.0))
    v3 = big × 1e+200
    """
    from numpy import isfinite  # the central difference of numbers does not need it

    for v, value in lin.values.items():
        if not isfinite(value).all():
            return v
    adjoints = backprop(lin)
    return next((v for v in reversed(lin.vertices) if not isfinite(adjoints[v]).all()), None)
