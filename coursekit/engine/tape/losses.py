"""log softmax(x) and the losses of a batch: cross entropy and mean square error."""

from functools import lru_cache
from typing import Any

import numpy as np

from coursekit.engine.tape.reductions import Array, mean, ones, total
from coursekit.errors import GraphError


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
    if not x.ndim:
        raise GraphError("cross_entropy needs an array with one logit for each class, not a number")
    rows = np.ascontiguousarray(x).reshape(-1, x.shape[-1])  # row-major, even if x is a transpose
    starts, classes, of_ones, most = _frame(rows.shape, x.dtype)
    top = rows.ravel()[starts + rows.argmax(1)]  # faster than numpy's maximum of each row
    logs = rows - np.minimum(top, most)[:, None]  # not ∞, because ∞ − ∞ would be NaN
    logs -= np.log(np.exp(logs).dot(of_ones))[:, None]  # faster than a sum
    logs, y = logs.reshape(x.shape), np.asarray(y)
    if y.shape == x.shape:
        return logs, None
    if y.shape != x.shape[:-1]:
        raise GraphError(
            f"cross_entropy needs one label for each row of logits: the logits have the shape"
            f" {x.shape}, so the labels need {x.shape[:-1]}, not {y.shape}"
        )
    return logs, starts + _whole(y.ravel(), classes)


@lru_cache(maxsize=8)
def _frame(shape: tuple[int, int], dtype: Any) -> tuple[Array, Array, Array, Any]:
    """Return the flat index of each row, the classes, ones, and the largest number of a type."""
    rows, classes = shape
    starts, numbers = np.arange(0, rows * classes, classes), np.arange(float(classes))
    return starts, numbers, ones(classes, dtype), np.finfo(dtype).max


def _whole(y: Array, classes: Array) -> Array:
    """Return the labels as whole numbers; raise GraphError if one is not among the classes."""
    labels = y.astype(np.intp)
    wrong = classes.take(labels, mode="clip") != y
    if np.count_nonzero(wrong):
        raise GraphError(
            f"cross_entropy: the label {y[wrong][0]:g} is not one of the {len(classes)} classes:"
            f" labels are whole numbers from 0 to {len(classes) - 1}"
        )
    return labels


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
