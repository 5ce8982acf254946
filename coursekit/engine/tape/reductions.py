"""v = Σ x and other reductions of arrays, and how an adjoint of v becomes an adjoint of x."""

import math
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from coursekit.errors import GraphError

Array: TypeAlias = Any  # a number or a numpy array


def total(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Return Σ x."""
    return np.add.reduce(x, axis, None, None, keepdims)  # type: ignore[call-overload]


def mean(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Return the mean of x."""
    result = total(x, axis, keepdims)
    return result * (np.size(result) / np.size(x)) if np.size(x) else result * np.nan


def count(x: Array) -> int:
    """Return how many numbers x holds, but at least 1."""
    return max(np.size(x), 1)  # Python's number adapts to float32, unlike numpy's


def var(x: Array, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Array:
    """Return Σ (x − x̄)² / (n − ddof), which is not finite if n ≤ ddof."""
    average = mean(x, axis, True)
    return total((x - average) ** 2, axis, keepdims) / _freedom(x, average, ddof)


def var_slopes(x: Array, axis: Any = None, ddof: int = 0) -> Array:
    """Return the derivative of the variance with respect to each number of x."""
    average = mean(x, axis, True)
    return 2.0 * (x - average) / _freedom(x, average, ddof)


def _freedom(x: Array, average: Array, ddof: int) -> Array:
    return x.dtype.type(max(x.size // max(average.size, 1) - ddof, 0))


def largest(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Return max x, which is NaN if any number is NaN."""
    return _extreme(np.maximum, x, axis, keepdims)


def smallest(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Return min x, which is NaN if any number is NaN."""
    return _extreme(np.minimum, x, axis, keepdims)


def _extreme(choose: Any, x: Array, axis: Any, keepdims: bool) -> Array:
    if not x.size and total(x, axis).size:
        raise GraphError(
            f"{choose.__name__[:3]} needs at least one number, but the array has the shape"
            f" {x.shape}"
        )
    return choose.reduce(x, axis, None, None, keepdims)


def first_max(x: Array, axis: Any = None) -> Array:
    """Return 1 at the first of the largest numbers along the axis or axes, and 0 elsewhere."""
    array = np.atleast_1d(x)
    if not array.size:
        return np.zeros_like(x)
    axes = np.arange(array.ndim)[... if axis is None else np.ravel(axis).astype(int)]
    axes, front = np.sort(axes), range(len(axes))
    rows = np.moveaxis(array, axes, front)
    columns = rows.reshape(math.prod(rows.shape[: len(axes)]), -1)
    hot = np.zeros_like(columns)
    hot[columns.argmax(0), np.arange(columns.shape[1])] = 1.0
    return np.moveaxis(hot.reshape(rows.shape), front, axes).reshape(np.shape(x))


@lru_cache(maxsize=16)
def ones(n: int, dtype: Any) -> Array:
    """Return n ones."""
    return np.ones(n, dtype)


def fit(g: Array, x: Array) -> Array:
    """Sum g over the axes along which x was broadcast; the result has the shape of x."""
    shape = np.shape(x)
    if np.shape(g) == shape:
        return g
    if g.ndim == 2 and g.shape[1:] == shape:
        return ones(len(g), g.dtype).dot(g)  # faster than a sum
    g = total(g, tuple(range(np.ndim(g) - len(shape))))
    if g.shape == shape:
        return g
    return total(g, tuple(k for k, n in enumerate(shape) if n == 1 != g.shape[k]), True)


def spread(g: Array, x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Broadcast g, the adjoint of a reduction of x, back to the shape of x."""
    shape = np.shape(x)
    if not np.ndim(g):  # as broadcast_to does it, but faster
        g = np.asarray(g)
        return np.ndarray(shape, g.dtype, g, strides=(0,) * len(shape))
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, shape)
