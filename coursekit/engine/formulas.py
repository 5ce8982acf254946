"""v = x · exp(y) as text: the language of formulas, in which the operations are defined.

A formula uses + - * / and the functions below. Python, numpy and JavaScript all read it, so the
same string is the function that students call, a line of a compiled `Program`, a part of a
derivative graph, and a step of the sweep in the browser.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import EllipsisType, MappingProxyType
from typing import Any

from coursekit.errors import GraphError

# JavaScript's Math has functions of the same names; our JavaScript defines `where`
FUNCTIONS: Mapping[str, Callable[..., float]] = MappingProxyType(
    {
        name: getattr(math, name)
        for name in ("exp", "log", "log1p", "sqrt", "sin", "cos", "tan", "tanh", "pow")
    }
    | {"max": max, "min": min, "abs": abs, "where": lambda c, x, y: x if c > 0 else y}
)
ARGUMENTS = ("x", "y", "z")

Row = tuple[str, ...]  # a formula for each argument


def compile_formula(formula: str, names: str, functions: Mapping[str, Any]) -> Callable[..., Any]:
    """Compile a formula to a function of the arguments `names`.

    >>> compile_formula("x * y", "x, y", FUNCTIONS)(3.0, 2.0)
    6.0
    """
    # eval is safe: formulas come from the table, and `literal` checks a user's settings
    return eval(f"lambda {names}: {formula}", dict(functions))  # type: ignore[no-any-return]


def substitute(formula: str, names: Mapping[str, str]) -> str:
    """Replace names in a formula.

    >>> substitute("y * exp(x)", {"x": "a", "y": "b"})
    'b * exp(a)'
    """
    return re.sub(r"(?<![\w.])[A-Za-z_]\w*", lambda word: names.get(word[0], word[0]), formula)


def literal(setting: Any) -> str:
    """Return the source code of a setting, which may hold whole numbers, slices and sequences.

    >>> literal((0, slice(1, 3), ...))
    '(0, 1:3, ...)'
    """
    match setting:
        case None | bool():
            return str(setting)
        case EllipsisType():
            return "..."
        case slice(start=start, stop=stop, step=step):
            ends = ["" if end is None else literal(end) for end in (start, stop, step)]
            return ":".join(ends if ends[2] else ends[:2])
        case tuple():
            return f"({', '.join(map(literal, setting))}{',' if len(setting) == 1 else ''})"
        case list():
            return f"[{', '.join(map(literal, setting))}]"
        case int():
            return int.__repr__(setting)
    if hasattr(setting, "tolist"):  # a numpy number or array
        return literal(setting.tolist())
    raise GraphError(
        f"an index, axis or shape must consist of whole numbers and slices, not {setting!r}"
    )


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
    common: str = ""  # a formula shared by value, pulls and pushes, which call it w
    default: float | None = None  # the value of the last argument if omitted
    kink: str = ""  # a formula that is 0 where the derivative jumps
    # whether each number of the result depends on only one number of each argument
    elementwise: bool = field(init=False)
    arity: int = field(init=False)
    infix: bool = field(init=False)

    def __post_init__(self) -> None:
        assign = object.__setattr__  # the dataclass is frozen
        assign(self, "elementwise", bool(self.partials))
        assign(self, "arity", len(self.partials or self.pulls))
        assign(self, "infix", self.arity == 2 and len(self.symbol) == 1)
