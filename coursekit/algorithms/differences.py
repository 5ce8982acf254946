"""∂f/∂x_i ≈ (f(x + h e_i) − f(x − h e_i)) / 2h: a derivative from values alone."""

from collections.abc import Callable, Sequence


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
