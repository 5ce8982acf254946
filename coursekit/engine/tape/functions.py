"""The functions that formulas call on arrays, besides + - * / and the methods of arrays."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from coursekit.errors import GraphError

Array: TypeAlias = Any  # a number or a numpy array


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


def total(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Return Σ x."""
    return np.add.reduce(x, axis, None, None, keepdims)  # type: ignore[call-overload]


def mean(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Return the mean of x."""
    result = total(x, axis, keepdims)
    return result * (np.size(result) / np.size(x)) if np.size(x) else result * np.nan


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


def fit(g: Array, x: Array) -> Array:
    """Sum g over the axes along which x was broadcast; the result has the shape of x."""
    shape = np.shape(x)
    if np.shape(g) == shape:
        return g
    g = total(g, tuple(range(np.ndim(g) - len(shape))))
    if g.shape == shape:
        return g
    return total(g, tuple(k for k, n in enumerate(shape) if n == 1 != g.shape[k]), True)


def spread(g: Array, x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Broadcast g, the adjoint of a reduction of x, back to the shape of x."""
    if axis is not None and not keepdims and np.ndim(x):
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


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


def softmax(x: Array, axis: Any = -1) -> Array:
    """Return exp(x) / Σ exp(x)."""
    return np.exp(log_softmax(x, axis))


def log_softmax(x: Array, axis: Any = -1) -> Array:
    """Return log softmax(x)."""
    x, _ = _below_0(x, axis)
    return x - np.log(total(np.exp(x), axis, True))


def logsumexp(x: Array, axis: Any = -1, keepdims: bool = False) -> Array:
    """Return log Σ exp(x)."""
    x, top = _below_0(x, axis)
    result = top + np.log(total(np.exp(x), axis, True))
    return result if keepdims else np.squeeze(result, axis)


def _below_0(x: Array, axis: Any) -> tuple[Array, Array]:
    """Return x minus its maximum, whose exp cannot overflow, and the maximum."""
    most = np.finfo(x.dtype).max  # not ∞, because ∞ − ∞ would be NaN
    top = np.minimum(np.maximum.reduce(x, axis, keepdims=True, initial=-most), most)
    return x - top, top


def log_softmax_at(x: Array, y: Array) -> tuple[Array, Array | None]:
    """Return log softmax(x), and the flat index of each row's label in it.

    The index is None if the labels are rows of probabilities instead of whole numbers.
    """
    logs = np.ascontiguousarray(log_softmax(x))  # row-major, even if x is a transpose
    if np.shape(y) == x.shape:
        return logs, None
    if np.shape(y) != x.shape[:-1]:
        raise GraphError(
            f"cross_entropy needs one label for each row of logits: the logits have the shape"
            f" {x.shape}, so the labels need {x.shape[:-1]}, not {np.shape(y)}"
        )
    y, classes = np.ravel(y), x.shape[-1]
    labels = y.astype(np.intp)
    # as an unsigned number, a negative label is larger than the number of classes
    wrong = np.minimum(labels.view(np.uintp), classes - 1) != y
    if np.count_nonzero(wrong):
        raise GraphError(
            f"cross_entropy: the label {y[wrong][0]:g} is not one of the {classes} classes:"
            f" labels are whole numbers from 0 to {classes - 1}"
        )
    return logs, np.arange(0, x.size, classes) + labels


def nll(w: tuple[Array, Array | None], y: Array) -> Array:
    """Return the cross entropy: the mean over the rows of −Σ y · log softmax."""
    logs, at = w
    chosen = np.where(y == 0, 0, logs * y) if at is None else logs.ravel()[at]  # 0 · log 0 = 0
    return total(chosen) * (-logs.shape[-1] / logs.size)


def p_minus_y(w: tuple[Array, Array | None], y: Array) -> Array:
    """Return the cross entropy's derivative with respect to the logits: (p − y) / rows."""
    logs, at = w
    p = np.exp(logs)
    if at is None:
        p = p * total(y, -1, True) - y
    else:
        p.ravel()[at] -= 1.0
    p *= logs.shape[-1] / logs.size
    return p


def by_labels(w: tuple[Array, Array | None], y: Array) -> Array:
    """Return the cross entropy's derivative with respect to the labels: 0 for whole numbers."""
    logs, at = w
    return logs * (-logs.shape[-1] / logs.size) if at is None else np.zeros_like(y)


def mse(x: Array, y: Array) -> Array:
    """Return the mean of (x − y)²."""
    if np.shape(x) != np.shape(y):
        raise GraphError(
            f"mse needs two arrays of the same shape, not {np.shape(x)} and {np.shape(y)}"
        )
    return mean((x - y) ** 2)


_NUMPY = ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "tanh", "abs")
_NUMPY_ON_SHAPES = ("size", "s_", "dot", "zeros", "zeros_like", "broadcast_to")
_NUMPY_ON_AXES = ("swapaxes", "expand_dims")
_OURS = (ones_like, where, sigmoid, total, mean, var, var_slopes, largest, smallest, first_max)
_ON_POSITIONS = (fit, spread, transpose, transpose_back, join, before, after, scatter)
_PRODUCTS = (matmul_left, matmul_right, contract_left, contract_right)
_LOSSES = (softmax, logsumexp, log_softmax_at, nll, p_minus_y, by_labels, mse)
ARRAY_FUNCTIONS: Mapping[str, Any] = MappingProxyType(
    {name: getattr(np, name) for name in _NUMPY + _NUMPY_ON_SHAPES + _NUMPY_ON_AXES}
    | {f.__name__: f for f in (*_OURS, *_ON_POSITIONS, *_PRODUCTS, *_LOSSES)}
    | {"max": np.maximum, "min": np.minimum, "pow": np.power}
    | {"sum": total, "contract": np.dot, "nan": np.nan}
)
