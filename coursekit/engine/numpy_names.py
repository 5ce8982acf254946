"""numpy.exp(x) ↦ exp(x): the operations that numpy's functions build from vertices."""

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any

from coursekit.engine.op import Op
from coursekit.engine.operations import OPS
from coursekit.engine.sequences import concatenate, stack
from coursekit.errors import GraphError

# numpy's names for operations that have another name in the table
NAMES = {
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "power": "pow",
    "negative": "neg",
    "absolute": "abs",
    "amax": "max",
    "amin": "min",
}
OTHER_MEANINGS = {  # than in the table
    "std": "has no derivative where all numbers are equal: use coursekit.sqrt and coursekit.var",
    **dict.fromkeys(
        ("hstack", "vstack", "dstack", "column_stack", "append"),
        "depends on the number of dimensions: use coursekit.concatenate or coursekit.stack",
    ),
}
# numpy calls these methods of the elements of an array
_REFUSED = """
    arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt conjugate cosh deg2rad degrees exp2
    fabs fmod hypot isfinite isinf isnan log10 log2 logical_not logical_xor rad2deg radians
    reciprocal rint sign signbit sinh
"""
_KNOWN = [name for name, op in OPS.items() if op.elementwise and op.arity == 1]
METHODS = (*_REFUSED.split(), *_KNOWN)


def call_ufunc(name: str, method: str, operands: Sequence[Any], settings: Mapping[str, Any]) -> Any:
    """Return the vertex that an element-by-element function of numpy, or a method of it, builds."""
    if "out" in settings:
        raise GraphError(
            f"numpy.{name} cannot write a vertex into an array (out=…):"
            " write s = s + x instead of s += x"
        )
    return _operation(name if method == "__call__" else f"{name}.{method}")(*operands, **settings)


def call_function(name: str, operands: Sequence[Any], settings: Mapping[str, Any]) -> Any:
    """Return the vertex that another function of numpy builds."""
    if name not in FUNCTIONS:
        return _operation(name)(*operands, **settings)
    arguments = signature(ours := FUNCTIONS[name])
    try:
        arguments.bind(*operands, **settings)
    except TypeError:
        known = ", ".join(arguments.parameters)
        raise GraphError(f"numpy.{name} takes only these arguments here: {known}") from None
    return ours(*operands, **settings)


def _operation(name: str) -> Op:
    if name in OTHER_MEANINGS:
        raise GraphError(f"numpy.{name} {OTHER_MEANINGS[name]}")
    ours = NAMES.get(name, name)
    if ours not in OPS:
        raise GraphError(f"numpy.{name} is not in the table of operations")
    return OPS[ours]


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """Return a between two bounds, as numpy calls them; either may be None."""
    lower, upper = min if a_min is None else a_min, max if a_max is None else a_max
    if lower is None:
        return a if upper is None else OPS["minimum"](a, upper)
    return OPS["maximum"](a, lower) if upper is None else OPS["clip"](a, lower, upper)


def _where(condition: Any, x: Any, y: Any) -> Any:
    """Return x where a condition is true, else y; coursekit.where asks whether it is > 0."""
    import numpy as np  # a graph of numbers does not need it

    if hasattr(condition, "graph"):
        raise GraphError(
            "numpy.where asks whether a condition is true: use coursekit.where, which asks whether"
            " it is > 0"
        )
    return OPS["where"](np.asarray(condition, dtype=bool), x, y)


# numpy's functions that build several vertices, or differ from the operation of the same name
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "concatenate": concatenate,
    "stack": stack,
    "clip": _clip,
    "where": _where,
    "ravel": lambda a: OPS["reshape"](a, -1),
}
