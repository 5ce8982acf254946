"""Check the values that a user passes in: each becomes a float or an array of floats."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

from coursekit.errors import GraphError, did_you_mean

NUMBERS = (float, int, Real)  # the common types first: isinstance is slow for abstract classes


def input_values(names: Mapping[str, object], inputs: Mapping[str, Any]) -> list[Any]:
    """Return the inputs' values in the order of `names`; raise GraphError if names do not match."""
    if names.keys() != inputs.keys():
        for name in inputs:
            if name not in names:
                raise GraphError(
                    f"there is no input {name!r}{did_you_mean(name, names)};"
                    f" the inputs are: {', '.join(names) or 'none'}"
                )
        missing = next(name for name in names if name not in inputs)
        raise GraphError(f"missing value for input {missing!r}: for example, pass {missing}=1.0")
    return [number_or_array(inputs[name], name) for name in names]


def number_or_array(value: Any, name: str) -> Any:
    """Convert a value to a float, or to an array of floats; `name` is for the error message."""
    floats = ("float64", "float32")
    if type(value) is float or (getattr(value, "dtype", None) in floats and value.ndim):
        return value
    if isinstance(value, NUMBERS):
        return float(value)
    if not isinstance(value, list) and not hasattr(value, "__array__"):
        raise GraphError(f"{name} = {value!r} is not a number")
    import numpy as np  # a graph of numbers does not need it

    try:
        array = np.asarray(value)  # float32 stays float32
        return array if array.dtype.kind == "f" else array.astype(np.float64)
    except (TypeError, ValueError):
        raise GraphError(f"{name} is not an array of numbers: {str(value)[:60]}") from None
