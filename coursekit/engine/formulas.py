"""v = x · exp(y) as a string: the small language in which operations are defined.

A formula uses + - * / and the functions below. Python, numpy and JavaScript all read it, so the
same string is the function that students call, a line of a compiled `Program`, a part of a
derivative graph, and a step of the sweep in the browser.
"""

import math
import re
from collections.abc import Callable, Mapping
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
    if hasattr(setting, "tolist"):  # a numpy number or array
        return literal(setting.tolist())
    if isinstance(setting, int):
        return int.__repr__(setting)
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
