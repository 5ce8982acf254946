"""0 + x = x, and 0 · x = 0 even if x = ∞: the sum of no terms, in algorithms that add derivatives.

A derivative with respect to a vertex, or of a vertex, has the shape of the vertex's value.
"""

import sys
from collections.abc import Callable, Hashable, Mapping
from functools import wraps
from numbers import Real
from typing import Any, Final, ParamSpec, TypeVar

from coursekit.engine.values import number_or_array
from coursekit.errors import GraphError, Lookup, not_a_linearization

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V", bound=Hashable)


class _Nothing:
    """The sum of no terms: nothing has been added to it yet."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        return other

    def __mul__(self, _: Any) -> "_Nothing":
        return self

    def __float__(self) -> float:
        return 0.0

    def __array_ufunc__(self, ufunc: Any, _: str, *operands: Any, **__: Any) -> Any:
        """Answer array + NOTHING, array += NOTHING and array * NOTHING."""
        return self if ufunc.__name__ == "multiply" else next(x for x in operands if x is not self)

    __radd__, __rmul__ = __add__, __mul__


Real.register(_Nothing)
NOTHING: Final[Any] = _Nothing()


def quiet(algorithm: Callable[P, R]) -> Callable[P, R]:
    """Return the algorithm without numpy's warnings: ∞ and NaN are results, not mistakes."""

    @wraps(algorithm)
    def silenced(*args: P.args, **settings: P.kwargs) -> R:
        if "numpy" not in sys.modules:  # there are no arrays
            return algorithm(*args, **settings)
        from numpy import errstate

        with errstate(all="ignore"):
            return algorithm(*args, **settings)

    return silenced


def algorithm(f: Callable[P, R]) -> Callable[P, R]:
    """Return f without warnings; it raises GraphError unless it is called with a linearization."""
    silenced = quiet(f)

    @wraps(f)
    def checked(*args: P.args, **settings: P.kwargs) -> R:
        if args and not hasattr(args[0], "loss"):  # a graph has a loss, and refuses by itself
            raise GraphError(not_a_linearization(args[0]))
        return silenced(*args, **settings)

    return checked


def finished(sums: Mapping[V, Any], values: Mapping[V, Any]) -> dict[V, Any]:
    """Return the sums; where nothing was added, the sum is 0 in the shape of the value."""
    return Lookup((v, like(values.get(v), 0) if x is NOTHING else x) for v, x in sums.items())


def like(value: Any, number: float) -> Any:
    """Return a number, a formula, or an array in the shape of an array `value`, like `value`."""
    if not hasattr(value, "shape"):
        return value.constant(number) if hasattr(value, "constant") else number
    if not value.shape:
        return value.dtype.type(number)
    from numpy import full_like  # a graph of numbers does not need it

    return full_like(value, number)


def seed_like(value: Any, seed: Any = None) -> Any:
    """Return the adjoint of a loss with this value: ones, or a seed of the same shape."""
    return like(value, 1) if seed is None else derivative_like(value, seed, "the seed")


def tangents_like(lin: Any, tangents: Mapping[V, Any]) -> dict[V, Any]:
    """Return the tangents of vertices of a linearization, each in the shape of its value."""
    for v in tangents:
        lin.into(v)  # raises the error for a vertex of another graph
    return {
        v: derivative_like(lin.values.get(v), x, f"the tangent of {v}") for v, x in tangents.items()
    }


def derivative_like(value: Any, x: Any, what: str) -> Any:
    """Return a copy of x; raise GraphError if it does not have the shape of `value`.

    >>> derivative_like(6.0, 1.0, "the seed")
    1.0
    """
    shape = getattr(value, "shape", ())
    if isinstance(x, int | float) and not shape:
        return x
    x = number_or_array(list(x) if isinstance(x, tuple) else x, what)
    from numpy import array  # a graph of numbers does not need it

    copy = array(x, dtype=getattr(value, "dtype", float))
    if value is not None and copy.shape != shape:
        raise GraphError(f"{what} has the shape {copy.shape}, but the value has the shape {shape}")
    return copy[()]
