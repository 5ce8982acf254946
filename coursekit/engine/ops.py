"""v = f(x, y), with ∂v/∂x and ∂v/∂y: the one table of elementary operations.

Formulas are text in a small language that Python and JavaScript share: + - * / and the functions
below. So one entry is the function that students call, the rule of the forward pass, a line of a
compiled `Program` and the sweep in the browser. On a kink the table takes one side: relu'(0) = 0.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from numbers import Real
from types import MappingProxyType
from typing import Any

from coursekit.errors import GraphError

# what a formula may call; in JavaScript the same names stand in Math
FUNCTIONS: Mapping[str, Callable[..., float]] = MappingProxyType(
    {name: getattr(math, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "pow")}
    | {"max": max, "min": min, "abs": abs}
)

Slots = tuple[tuple[int, ...], ...]  # for each in-edge, the arguments that it feeds
FIRST: Slots = ((0,),)
SECOND: Slots = ((1,),)
BOTH: Slots = ((0,), (1,))
SAME: Slots = ((0, 1),)  # x·x: one edge, fed to both arguments


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """An elementary operation: called with a vertex it builds a vertex, with numbers a number.

    >>> from coursekit import exp
    >>> exp(0.0)
    1.0
    """

    name: str
    symbol: str
    value: str  # in x and y
    partials: tuple[str, ...]  # one for each argument, in x, y and v

    @property
    def infix(self) -> bool:
        return len(self.partials) == 2 and not self.symbol.isalpha()

    def __call__(self, *operands: Any) -> Any:
        if len(operands) != len(self.partials):
            raise GraphError(
                f"{self.name} takes {len(self.partials)} argument(s), not {len(operands)}"
            )
        for operand in operands:
            if (graph := getattr(operand, "graph", None)) is not None:
                return graph.add(self, operands)
        if strangers := [x for x in operands if not isinstance(x, Real)]:
            raise GraphError(
                f"{self.name}: {strangers[0]!r} is neither a number nor a vertex of a graph"
            )
        try:
            return _function(self.value)(*operands)
        except (ArithmeticError, ValueError) as error:
            raise GraphError(f"{self.formula(*map(repr, operands))}: {reason(error)}") from None

    def formula(self, *operands: str) -> str:
        """Return the operation as a reader writes it.

        >>> OPS["mul"].formula("c", "d"), OPS["exp"].formula("z")
        ('c × d', 'exp(z)')
        """
        if self.infix:
            return f" {self.symbol} ".join(operands)
        if self.symbol == "−":
            return f"−{operands[0]}"
        return f"{self.symbol}({', '.join(operands)})"

    def partial(self, slots: tuple[int, ...]) -> str:
        """Return the formula of an edge that feeds these arguments: x·x is one edge, y + x."""
        return " + ".join(
            f"({self.partials[k]})" if len(slots) > 1 else self.partials[k] for k in slots
        )

    def __repr__(self) -> str:
        return self.name


@cache
def rule(op: Op, slots: Slots) -> Callable[..., tuple[float, ...]]:
    """Return a function from the arguments to the value and one partial for each edge.

    >>> rule(OPS["mul"], BOTH)(3.0, 2.0)
    (6.0, 2.0, 3.0)
    """
    results = ", ".join(map(op.partial, slots))
    return _function(f"(v := {op.value}, {results})", len(op.partials))


@cache
def _function(formula: str, arity: int | None = None) -> Callable[..., Any]:
    names = ("x", "y")[: arity or (2 if re.search(r"\by\b", formula) else 1)]
    # the formulas are this module's own: nothing that a user wrote is evaluated
    return eval(f"lambda {', '.join(names)}: {formula}", dict(FUNCTIONS))  # type: ignore[no-any-return]


def reason(error: Exception) -> str:
    """Return why the arithmetic failed, in words."""
    if isinstance(error, ZeroDivisionError):
        return "division by zero"
    if isinstance(error, OverflowError):
        return "the result is too large for a float"
    return "outside the domain"


OPS: dict[str, Op] = {}


def define(name: str, symbol: str, value: str, *partials: str) -> Op:
    """Return a new operation and enter it into the table."""
    OPS[name] = Op(name, symbol, value, partials)
    return OPS[name]


# fmt: off  # a table is read by its columns
#              name       symbol     v = f(x, y)                              ∂v/∂x, ∂v/∂y
ADD = define("add", "+", "x + y", "1.0", "1.0")
SUB = define("sub", "−", "x - y", "1.0", "-1.0")
MUL = define("mul", "×", "x * y", "y", "x")
DIV = define("div", "÷", "x / y", "1.0 / y", "-v / y")
POW = define("pow", "^", "pow(x, y)", "y * pow(x, y - 1.0)", "v * log(x)")
NEG = define("neg", "−", "-x", "-1.0")
define("exp", "exp", "exp(x)", "v")
define("log", "log", "log(x)", "1.0 / x")
define("sqrt", "sqrt", "sqrt(x)", "0.5 / v")
define("sin", "sin", "sin(x)", "cos(x)")
define("cos", "cos", "cos(x)", "-sin(x)")
define("tanh", "tanh", "tanh(x)", "1.0 - v * v")
# exp of what is not positive: no overflow at either end
define("sigmoid", "σ", "exp(min(x, 0.0)) / (1.0 + exp(-abs(x)))", "v * (1.0 - v)")
define("relu", "relu", "max(x, 0.0)", "(x > 0.0) * 1.0")
define("maximum", "max", "max(x, y)", "(x > y) * 1.0", "(x <= y) * 1.0")
# fmt: on
