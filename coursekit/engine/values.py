"""float, or an array of floats: what every number that a user passes in becomes."""

from numbers import Real
from typing import Any

from coursekit.errors import GraphError

NUMBERS = (float, int, Real)  # the common types first: isinstance is slow for abstract classes
NUMBERS_OR_LISTS = (*NUMBERS, list)
OWN_RULES = {
    "matrix": "a numpy.matrix, whose * means @: pass numpy.asarray(…)",
    "MaskedArray": "a masked array: fill in the masked numbers, or leave them out",
}


def number_or_array(value: Any, name: str) -> Any:
    """Return a value as a float, or as an array of floats; `name` is for the error message.

    float32 stays float32; every other type of number becomes float64. Byte orders become native.
    """
    kind = type(value)
    if kind is float or (kind is not int and _is_finished(value)):
        return value
    if not isinstance(value, NUMBERS):
        return _array(value, name)
    try:
        return float(value)
    except OverflowError:
        raise GraphError(f"{name} = {str(value)[:20]}… is too large for a float") from None
    except TypeError:  # a time span counts as a number in numpy
        raise GraphError(f"{name} = {value!r} is not a number") from None


def _is_finished(value: Any) -> bool:
    if type(value).__name__ != "ndarray":  # not a matrix or another array with its own rules
        return False
    return value.dtype.char in "df" and value.dtype.isnative and value.ndim > 0


def _array(value: Any, name: str) -> Any:
    if not isinstance(value, list) and not hasattr(value, "__array__"):
        raise GraphError(f"{name} = {value!r} is not a number")
    import numpy as np  # a graph of numbers does not need it

    if fault := OWN_RULES.get(type(value).__name__):
        raise GraphError(f"{name} is {fault}")
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        raise GraphError(f"{name} is not an array of numbers: {str(value)[:60]}") from None
    if array.dtype.kind not in "fiub":  # not complex, text, dates or objects
        raise GraphError(f"{name} is not an array of numbers: {str(value)[:60]}")
    return array.astype(np.float32 if array.dtype.char == "f" else np.float64, copy=False)
