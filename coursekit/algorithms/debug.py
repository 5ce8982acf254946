"""Debug a derivative: approximate it from values alone, or find the first infinity or NaN."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from coursekit.engine.linearization import Linearization

V = TypeVar("V", bound=Hashable)


def central_difference(
    f: Callable[[Sequence[float]], float], x: Sequence[float], i: int, h: float = 1e-5
) -> float:
    """Return the central difference of f in its i-th argument; the error is of order h².

    >>> f = lambda x: (x[0] + x[1]) * (x[1] + 1)
    >>> round(central_difference(f, [2.0, 1.0], 1), 6)
    5.0
    """
    above, below = list(x), list(x)
    above[i] += h
    below[i] -= h
    return (f(above) - f(below)) / (above[i] - below[i])  # not 2h: the floats are rounded


def first_not_finite(lin: Linearization[V]) -> V | None:
    """Return the first vertex, in creation order, whose value is infinite or NaN.

    Return None if all values are finite.

    >>> from coursekit import Graph
    >>> g = Graph()
    >>> x = g.input("x")
    >>> g.loss((x * 1e200).named("big") * 1e200 - 1)
    l = v3 − 1
    >>> first_not_finite(g.linearize(x=1.0))
    v3 = big × 1e+200
    """
    from numpy import isfinite  # the central difference of numbers does not need it

    return next((v for v, value in lin.values.items() if not isfinite(value).all()), None)
