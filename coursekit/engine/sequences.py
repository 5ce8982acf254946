"""[x, y, …] ↦ one array: functions of any number of arrays, built from operations on two."""

from collections.abc import Sequence
from typing import Any

from coursekit.engine.formulas import setting_of
from coursekit.engine.operations import INDEX, JOIN, OPS
from coursekit.errors import GraphError


def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """Return the arrays and vertices joined along an axis; without an axis, flattened and joined.

    >>> from coursekit import Graph
    >>> g = Graph()
    >>> x, y = g.input("x"), g.input("y")
    >>> concatenate([x, y])
    v3 = join(x, y, axis=0)
    >>> concatenate([[1.0, 2.0], [3.0]])
    array([1., 2., 3.])
    """
    parts = _parts(arrays, "concatenate")
    if axis is None:
        return _joined([OPS["reshape"](x, -1) for x in parts], 0)
    axis = _whole(axis, "concatenate")
    if len(parts) == 1:  # the array itself, if it has this axis
        all_axes = [slice(None)] * max(axis + 1, -axis)
        return INDEX(parts[0], at=(*all_axes, ...) if axis >= 0 else (..., *all_axes))
    return _joined(parts, axis)


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Return the arrays and vertices, all of one shape, joined along a new axis.

    >>> stack([1.0, 2.0, 3.0])
    array([1., 2., 3.])
    """
    axis = _whole(axis, "stack")
    return _joined([OPS["expand_dims"](x, axis) for x in _parts(arrays, "stack")], axis)


def _parts(arrays: Sequence[Any], name: str) -> list[Any]:
    if not isinstance(arrays, list | tuple) and not getattr(arrays, "ndim", 0):
        raise GraphError(f"{name} takes a list, for example {name}([x, y]), not {arrays!r}")
    if not len(arrays):
        raise GraphError(f"{name} needs at least one array, but the list is empty")
    return list(arrays)


def _whole(axis: Any, name: str) -> int:
    if not isinstance(axis := setting_of(axis), int):
        raise GraphError(f"{name}: the axis must be a whole number, not {axis!r}")
    return axis


def _joined(parts: list[Any], axis: int) -> Any:
    """Return the parts joined in pairs, then in fours, …: each number is copied log₂ n times."""
    while len(parts) > 1:
        pairs = [parts[k : k + 2] for k in range(0, len(parts), 2)]
        parts = [JOIN(*pair, axis=axis) if len(pair) == 2 else pair[0] for pair in pairs]
    return parts[0]
