"""v = x · exp(y) as text: the language of formulas, in which the operations are defined.

A formula uses + - * / and the functions below. Python, numpy and JavaScript all read it, so the
same string is the function that students call, a line of a compiled `Program`, a part of a
derivative graph, and a step of the sweep in the browser.
"""

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import EllipsisType, MappingProxyType
from typing import Any

from coursekit.errors import GraphError


def _sigmoid(x: float) -> float:
    return math.exp(min(x, 0.0)) / (1.0 + math.exp(-abs(x)))  # no power overflows


# JavaScript's Math has functions of the same names; our JavaScript defines the last three
FUNCTIONS: Mapping[str, Any] = MappingProxyType(
    {
        name: getattr(math, name)
        for name in ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "tanh", "pow")
    }
    | {
        # NaN if either is NaN, as in numpy and JavaScript
        "max": lambda x, y: x if x >= y or x != x else y,
        "min": lambda x, y: x if x <= y or x != x else y,
        "abs": abs,
        "where": lambda c, x, y: x if c > 0 else y,
        "sigmoid": _sigmoid,
        "nan": math.nan,
    }
)
ARGUMENTS = ("x", "y", "z")
SHORT = 8  # an index with more numbers is shown by its shape

Row = tuple[str, ...]  # a formula for each argument


def compile_formula(formula: str, names: str, functions: Mapping[str, Any]) -> Callable[..., Any]:
    """Compile a formula to a function of the arguments `names`.

    >>> compile_formula("x * y", "x, y", FUNCTIONS)(3.0, 2.0)
    6.0
    """
    # eval is safe: formulas come from the table
    function: Callable[..., Any] = eval(f"lambda {names}: {formula}", dict(functions))
    return function


def substitute(formula: str, words: Mapping[str, str]) -> str:
    """Replace names in a formula.

    >>> substitute("y * exp(x)", {"x": "a", "y": "b"})
    'b * exp(a)'
    """
    return _template(formula).format_map(_Words(words))


class _Words(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return name


@cache
def _template(formula: str) -> str:
    """Return the formula with braces around its names: "{y} * {exp}({x})"."""
    names = [node for node in ast.walk(ast.parse(formula)) if isinstance(node, ast.Name)]
    for name in sorted(names, key=lambda node: -node.col_offset):
        a, b = name.col_offset, name.end_col_offset
        formula = f"{formula[:a]}{{{name.id}}}{formula[b:]}"
    return formula


def setting_of(value: Any) -> Any:
    """Return a setting (an axis, a shape, an index) as plain data that nobody else can change.

    A list in an index becomes an array, as in numpy.

    >>> setting_of((0, slice(1, 3), ..., [True, False]))
    (0, slice(1, 3, None), Ellipsis, array([ True, False]))
    """
    match value:
        case None | bool() | EllipsisType():
            return value
        case int():
            return int(value)
        case slice(start=start, stop=stop, step=step):
            return slice(setting_of(start), setting_of(stop), setting_of(step))
        case tuple():
            return tuple(map(setting_of, value))
    if isinstance(value, list) or hasattr(value, "__array__"):
        import numpy as np  # a graph of numbers does not need it

        array = np.array(value)
        if isinstance(value, list) and not array.size and array.dtype.kind == "f":
            array = array.astype(np.intp)  # an empty list has no type
        if array.dtype.kind in "iub":
            return array if array.ndim else array.item()
    raise GraphError(
        f"an index, axis or shape must consist of whole numbers and slices, not {value!r}"
    )


def setting_text(setting: Any) -> str:
    """Return a setting as Python source, for formulas; a large array is shown by its shape.

    >>> setting_text((0, slice(1, 3), ...))
    '0, 1:3, ...'
    >>> setting_text((0, 1))
    '(0, 1)'
    """
    match setting:
        case EllipsisType():
            return "..."
        case slice(start=start, stop=stop, step=step):
            ends = ["" if end is None else setting_text(end) for end in (start, stop, step)]
            return ":".join(ends if ends[2] else ends[:2])
        case tuple():
            text = ", ".join(map(setting_text, setting)) + ("," if len(setting) == 1 else "")
            return text if any(type(part) is slice for part in setting) else f"({text})"
    if not hasattr(setting, "tolist"):
        return str(setting)
    return str(setting.tolist()) if setting.size <= SHORT else f"array{setting.shape}"


def reason(error: Exception) -> str:
    """Explain in words why the arithmetic failed."""
    if isinstance(error, ZeroDivisionError):
        return "division by zero"
    if isinstance(error, OverflowError):
        return "the result is too large for a float"
    return "outside the domain"


@dataclass(frozen=True, slots=True, eq=False)
class Formulas:
    """A row of the table of operations: the formulas of the value and of its derivatives."""

    name: str
    symbol: str
    value: str  # a formula in x, y and z
    # for an element-by-element operation: a formula per argument, in x, y, z and the value v
    partials: Row
    # for an operation on whole arrays: g ↦ g · ∂v/∂x, where g is an adjoint
    pulls: Row = ()
    # for an operation on whole arrays: t ↦ ∂v/∂x · t, where t is a tangent
    pushes: Row = ()
    settings: Mapping[str, Any] = field(default_factory=dict)  # such as axis; not differentiated
    matrix_pulls: Row = ()  # shorter pulls, if all arguments are matrices
    common: str = ""  # a formula shared by value, pulls and pushes, which call it w
    default: float | None = None  # the value of the last argument if omitted
    kink: str = ""  # a formula that is 0 where the derivative jumps
    base: "Formulas | None" = None  # the operation in the table, if this one has its own settings
    # whether each number of the result depends on only one number of each argument
    elementwise: bool = field(init=False)
    arity: int = field(init=False)
    infix: bool = field(init=False)

    def __post_init__(self) -> None:
        assign = object.__setattr__  # the dataclass is frozen
        assign(self, "elementwise", bool(self.partials))
        assign(self, "arity", len(self.partials or self.pulls))
        assign(self, "infix", self.arity == 2 and len(self.symbol) == 1)
