"""v = f(x, y, z), with ∂v/∂x, ∂v/∂y, ∂v/∂z: one elementary operation, defined by its formulas.

A formula uses + - * / and the functions below. Python, numpy and JavaScript all read it, so the
same string is the function that students call, a line of a compiled `Program`, a part of a
derivative graph, and a step of the sweep in the browser.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from numbers import Real
from types import EllipsisType, MappingProxyType
from typing import Any

from coursekit.errors import GraphError, plural

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
Operands = tuple[Any, ...]


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
class Op:
    """An elementary operation: given a vertex, it builds a vertex; otherwise it returns a value.

    >>> from coursekit import exp
    >>> exp(0.0)
    1.0
    """

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
    function: Callable[..., float] = field(init=False)  # arguments ↦ value
    rule: Callable[..., tuple[float, ...]] = field(init=False)  # arguments ↦ value, all partials

    def __post_init__(self) -> None:
        assign = object.__setattr__  # the dataclass is frozen
        assign(self, "elementwise", bool(self.partials))
        assign(self, "arity", len(self.partials or self.pulls))
        assign(self, "infix", self.arity == 2 and len(self.symbol) == 1)
        if self.elementwise:
            names, partials = ", ".join(ARGUMENTS[: self.arity]), ", ".join(self.partials)
            rule = f"(v := {self.value}, {partials})"
            assign(self, "function", compile_formula(self.value, names, FUNCTIONS))
            assign(self, "rule", compile_formula(rule, names, FUNCTIONS))

    def __call__(self, *operands: Any, **settings: Any) -> Any:
        op, operands = self._with_settings(operands, settings)
        for operand in operands:
            if (graph := getattr(operand, "graph", None)) is not None:
                return graph.add(op, operands)
        if not self.elementwise or not all(isinstance(x, Real) for x in operands):
            # this loads numpy, which a graph of numbers never needs
            from coursekit.engine.tape.arrays import rule_of

            return rule_of(op).evaluate(operands)
        try:
            return op.function(*operands)
        except (ArithmeticError, ValueError) as error:
            raise GraphError(f"{op.formula(*map(repr, operands))}: {reason(error)}") from None

    def _with_settings(self, operands: Operands, settings: dict[str, Any]) -> tuple["Op", Operands]:
        """Return the operation with these settings, and the operands without settings."""
        names = list(self.settings)
        if len(operands) == self.arity - 1 and self.default is not None:
            operands = (*operands, self.default)
        extra = dict(zip(names, operands[self.arity :], strict=False))
        if not self.arity <= len(operands) <= self.arity + len(names):
            raise GraphError(
                f"{self.name} takes {plural(self.arity, 'argument')}, not {len(operands)}"
            )
        if unknown := settings.keys() - names:
            known = f": use {' or '.join(names)}" if names else ""
            raise GraphError(f"{self.name} has no setting {min(unknown)!r}{known}")
        if not names:
            return self, operands
        values = dict(self.settings) | extra | settings
        texts = tuple(literal(values[name]) for name in names)
        return with_settings(self, texts), operands[: self.arity]

    def formula(self, *operands: str) -> str:
        """Return the operation in textbook notation.

        >>> from coursekit.engine.operations import OPS
        >>> OPS["mul"].formula("c", "d"), OPS["exp"].formula("z")
        ('c × d', 'exp(z)')
        """
        if self.infix:
            return f" {self.symbol} ".join(operands)
        if self.symbol == "−":
            return f"−{operands[0]}"
        values = self.settings.items()
        settings = [f"{name}={text}" for name, text in values if text not in ("None", "False")]
        return f"{self.symbol}({', '.join([*operands, *settings])})"

    def __repr__(self) -> str:
        return self.name


@cache
def with_constants(op: Op, slots: tuple[int, ...]) -> Op:
    """Return the operation with constants in these argument slots: their partials are 0.

    >>> from coursekit.engine.operations import OPS
    >>> with_constants(OPS["pow"], (1,)).partials
    ('y * pow(x, y - 1.0)', '0.0')
    """
    partials = ["0.0" if k in slots else partial for k, partial in enumerate(op.partials)]
    return replace(op, partials=tuple(partials))


@cache
def with_settings(op: Op, texts: tuple[str, ...]) -> Op:
    """Return the operation with the source code of its settings put into its formulas."""
    settings = dict(zip(op.settings, texts, strict=True))

    def fill(formula: str) -> str:
        text = re.sub(r"(, (None|False))+\)", ")", substitute(formula, settings))
        return re.sub(r"\[\((.*?)\)\]", r"[\1]", text)  # x[(0, 1:3)] is not valid Python

    pulls, pushes = (tuple(map(fill, row)) for row in (op.pulls, op.pushes))
    return replace(op, value=fill(op.value), pulls=pulls, pushes=pushes, settings=settings)
