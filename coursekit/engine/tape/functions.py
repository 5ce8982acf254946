"""The functions that formulas call on arrays, besides + - * / and the methods of arrays."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from coursekit.engine.tape.losses import (
    by_labels,
    log_softmax_at,
    logsumexp,
    mse,
    nll,
    p_minus_y,
    softmax,
)
from coursekit.engine.tape.reductions import (
    Array,
    count,
    first_max,
    fit,
    largest,
    mean,
    smallest,
    spread,
    total,
    var,
    var_slopes,
)
from coursekit.errors import GraphError


def ones_like(x: Array) -> Array:
    """Return ones with the shape and the type of x."""
    return np.ones_like(x) if x.ndim else x.dtype.type(1)


def where(c: Array, x: Array, y: Array) -> Array:
    """Return x where c > 0, else y; if both are Python floats, they get the precision of c."""
    if type(x) is type(y) is float:
        if (x, y) == (1.0, 0.0):
            return np.greater(c, 0).astype(np.result_type(c))
        x = np.result_type(c).type(x)
    return np.where(np.greater(c, 0), x, y)


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(−x)), without overflow."""
    return np.exp(np.minimum(x, 0.0)) / (1.0 + np.exp(-np.abs(x)))


def transpose(x: Array, axes: Any = None) -> Array:
    """Return x with its axes in this order, or in the opposite order; faster than numpy's."""
    return x.T if axes is None else x.transpose(axes)


def transpose_back(g: Array, axes: Any = None) -> Array:
    """Return the adjoint of x, given g, the adjoint of its transpose."""
    return g.T if axes is None else np.moveaxis(g, range(g.ndim), axes)


def join(x: Array, y: Array, axis: int = 0) -> Array:
    """Return x followed by y along an axis."""
    try:
        return np.concatenate((x, y), axis)
    except ValueError:
        raise GraphError(
            f"concatenate cannot join the shapes {np.shape(x)} and {np.shape(y)} along axis {axis}:"
            " only the lengths of that axis may differ"
        ) from None


def before(g: Array, x: Array, axis: int = 0) -> Array:
    """Return the first numbers of g along an axis, as many as x has."""
    return np.moveaxis(np.moveaxis(g, axis, 0)[: x.shape[axis]], 0, axis)


def after(g: Array, y: Array, axis: int = 0) -> Array:
    """Return the last numbers of g along an axis, as many as y has."""
    return np.moveaxis(np.moveaxis(g, axis, 0)[g.shape[axis] - y.shape[axis] :], 0, axis)


def matmul_left(g: Array, x: Array, y: Array) -> Array:
    """Return the adjoint of x in x @ y, as numpy defines the product for any dimensions."""
    if x.ndim == y.ndim == 2:
        return g @ y.T
    if y.ndim == 1:
        return fit(np.multiply.outer(g, y), x)
    if x.ndim == 1:
        return fit((y @ g[..., None])[..., 0], x)
    return fit(g @ np.swapaxes(y, -1, -2), x)


def matmul_right(g: Array, x: Array, y: Array) -> Array:
    """Return the adjoint of y in x @ y."""
    if x.ndim == y.ndim == 2:
        return x.T @ g
    if x.ndim == 1:
        return fit(x[:, None] * g[..., None, :] if y.ndim > 1 else x * g, y)
    if y.ndim == 1:
        return fit((np.swapaxes(x, -1, -2) @ g[..., None])[..., 0], y)
    return fit(np.swapaxes(x, -1, -2) @ g, y)


def contract_left(g: Array, x: Array, y: Array) -> Array:
    """Return the adjoint of x in dot(x, y)."""
    if not (np.ndim(x) and np.ndim(y)):
        return fit(g * y, x)
    columns = np.moveaxis(y, -2, -1) if y.ndim > 1 else y
    return np.tensordot(g, columns, y.ndim - 1)


def contract_right(g: Array, x: Array, y: Array) -> Array:
    """Return the adjoint of y in dot(x, y)."""
    if not (np.ndim(x) and np.ndim(y)):
        return fit(g * x, y)
    rows = np.tensordot(np.moveaxis(x, -1, 0), g, x.ndim - 1)
    return np.moveaxis(rows, 0, -2) if y.ndim > 1 else rows


def scatter(g: Array, x: Array, at: Any) -> Array:
    """Return zeros in the shape of x, with g added at the index `at`."""
    out = np.zeros_like(x, dtype=np.result_type(g))
    np.add.at(out, at, g)
    return out


_NUMPY = ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "tanh", "abs")
_NUMPY_ON_SHAPES = ("size", "s_", "dot", "zeros", "zeros_like", "broadcast_to")
_NUMPY_ON_AXES = ("swapaxes", "expand_dims")
_OURS = (ones_like, where, sigmoid)
_REDUCTIONS = (total, mean, count, var, var_slopes, largest, smallest, first_max, fit, spread)
_ON_POSITIONS = (transpose, transpose_back, join, before, after, scatter)
_PRODUCTS = (matmul_left, matmul_right, contract_left, contract_right)
_LOSSES = (softmax, logsumexp, log_softmax_at, nll, p_minus_y, by_labels, mse)
ARRAY_FUNCTIONS: Mapping[str, Any] = MappingProxyType(
    {name: getattr(np, name) for name in _NUMPY + _NUMPY_ON_SHAPES + _NUMPY_ON_AXES}
    | {f.__name__: f for f in (*_OURS, *_REDUCTIONS, *_ON_POSITIONS, *_PRODUCTS, *_LOSSES)}
    | {"max": np.maximum, "min": np.minimum, "pow": np.power}
    | {"sum": total, "contract": np.dot, "nan": np.nan}
)
