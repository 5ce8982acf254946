"""v = f(x, y, z), with ∂v/∂x, ∂v/∂y, ∂v/∂z: an elementary operation, written as formulas.

Formulas are text in a small language that Python, numpy and JavaScript share: + - * / and the
functions below. So one entry of the table (`operations.py`) is the function that students call,
the rule of the forward pass, a line of a compiled `Program`, a piece of a graph of derivatives,
and the sweep in the browser.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from numbers import Real
from types import EllipsisType, MappingProxyType
from typing import Any

from coursekit.errors import GraphError

# what a formula may call; in JavaScript the same names stand in Math, and `where` above them
FUNCTIONS: Mapping[str, Callable[..., float]] = MappingProxyType(
    {
        name: getattr(math, name)
        for name in ("exp", "log", "log1p", "sqrt", "sin", "cos", "tan", "tanh", "pow")
    }
    | {"max": max, "min": min, "abs": abs, "where": lambda c, x, y: x if c > 0 else y}
)
ARGUMENTS = ("x", "y", "z")
Row = tuple[str, ...]
Operands = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """An elementary operation: called with a vertex it builds a vertex, with numbers a number.

    >>> from coursekit import exp
    >>> exp(0.0)
    1.0
    """

    name: str
    symbol: str
    value: str  # in x, y and z
    partials: tuple[str, ...]  # element by element: one for each argument, in x, y, z and v
    pulls: tuple[str, ...] = ()  # of whole arrays: g ↦ g · ∂v/∂x, in g as well
    pushes: tuple[str, ...] = ()  # of whole arrays: t ↦ ∂v/∂x · t, in t as well
    settings: Mapping[str, Any] = field(default_factory=dict)  # axis, say: no vertex, no argument
    kept: str = ""  # what value, pulls and pushes share, as w
    default: float | None = None  # of a last argument that may be left out
    kink: str = ""  # a formula that is 0 where the derivative jumps
    arity: int = field(init=False)
    # from the arguments to the value; and to the value and all partials
    function: Callable[..., float] = field(init=False)
    rule: Callable[..., tuple[float, ...]] = field(init=False)

    def __post_init__(self) -> None:
        fill = object.__setattr__  # frozen for everyone else
        fill(self, "arity", len(self.partials or self.pulls))
        if self.elementwise:
            names, rule = ", ".join(ARGUMENTS[: self.arity]), f"(v := {self.value}, "
            fill(self, "function", compiled(self.value, names, FUNCTIONS))
            fill(self, "rule", compiled(f"{rule}{', '.join(self.partials)})", names, FUNCTIONS))

    @property
    def elementwise(self) -> bool:
        """Whether each number of the result depends on one number of each argument."""
        return bool(self.partials)

    @property
    def infix(self) -> bool:
        return self.arity == 2 and len(self.symbol) == 1

    def __call__(self, *operands: Any, **settings: Any) -> Any:
        op, operands = self._set(operands, settings)
        for operand in operands:
            if (graph := getattr(operand, "graph", None)) is not None:
                return graph.add(op, operands)
        if not self.elementwise or not all(isinstance(x, Real) for x in operands):
            from coursekit.engine.tape.arrays import value_of  # numpy only where there are arrays

            return value_of(op, operands)
        try:
            return op.function(*operands)
        except (ArithmeticError, ValueError) as error:
            raise GraphError(f"{op.formula(*map(repr, operands))}: {reason(error)}") from None

    def _set(self, operands: Operands, settings: dict[str, Any]) -> tuple["Op", Operands]:
        """Return the operation with its settings, and its operands alone."""
        names = list(self.settings)
        if len(operands) == self.arity - 1 and self.default is not None:
            operands = (*operands, self.default)
        extra = dict(zip(names, operands[self.arity :], strict=False))
        if not self.arity <= len(operands) <= self.arity + len(names):
            raise GraphError(f"{self.name} takes {self.arity} argument(s), not {len(operands)}")
        if unknown := settings.keys() - names:
            known = f": it has {', '.join(names)}" if names else ""
            raise GraphError(f"{self.name} has no setting {min(unknown)!r}{known}")
        if not names:
            return self, operands
        chosen = dict(self.settings) | extra | settings
        texts = tuple(literal(chosen[name]) for name in names)
        return _with_settings(self, texts), operands[: self.arity]

    def formula(self, *operands: str) -> str:
        """Return the operation as a reader writes it.

        >>> from coursekit.engine.operations import OPS
        >>> OPS["mul"].formula("c", "d"), OPS["exp"].formula("z")
        ('c × d', 'exp(z)')
        """
        if self.infix:
            return f" {self.symbol} ".join(operands)
        if self.symbol == "−":
            return f"−{operands[0]}"
        chosen = self.settings.items()
        settings = [f"{name}={text}" for name, text in chosen if text not in ("None", "False")]
        return f"{self.symbol}({', '.join([*operands, *settings])})"

    def __repr__(self) -> str:
        return self.name


def compiled(formula: str, names: str, functions: Mapping[str, Any]) -> Callable[..., Any]:
    """Return a formula of the table as a function of its arguments.

    >>> compiled("x * y", "x, y", FUNCTIONS)(3.0, 2.0)
    6.0
    """
    # the formulas are the table's own: of a user's text only checked literals are in them
    return eval(f"lambda {names}: {formula}", dict(functions))  # type: ignore[no-any-return]


def substitute(formula: str, names: Mapping[str, str]) -> str:
    """Return the formula with other names in it.

    >>> substitute("y * exp(x)", {"x": "a", "y": "b"})
    'b * exp(a)'
    """
    return re.sub(r"(?<![\w.])[A-Za-z_]\w*", lambda word: names.get(word[0], word[0]), formula)


@cache
def fixed(op: Op, slots: tuple[int, ...]) -> Op:
    """Return the operation with constants in these slots: nothing is differentiated there.

    >>> from coursekit.engine.operations import OPS
    >>> fixed(OPS["pow"], (1,)).partials
    ('y * pow(x, y - 1.0)', '0.0')
    """
    keep = ["0.0" if k in slots else partial for k, partial in enumerate(op.partials)]
    return replace(op, partials=tuple(keep))


@cache
def _with_settings(op: Op, texts: tuple[str, ...]) -> Op:
    chosen = dict(zip(op.settings, texts, strict=True))

    def fill(formula: str) -> str:
        text = re.sub(r"(, (None|False))+\)", ")", substitute(formula, chosen))
        return re.sub(r"\[\((.*?)\)\]", r"[\1]", text)  # x[(0, 1:3)] is written x[0, 1:3]

    return replace(
        op,
        value=fill(op.value),
        pulls=tuple(map(fill, op.pulls)),
        pushes=tuple(map(fill, op.pushes)),
        settings=chosen,
    )


def literal(setting: Any) -> str:
    """Return a setting as source: numbers, slices and sequences of them, nothing else.

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
    raise GraphError(f"a setting is made of whole numbers, slices and sequences, not {setting!r}")


def reason(error: Exception) -> str:
    """Return why the arithmetic failed, in words."""
    if isinstance(error, ZeroDivisionError):
        return "division by zero"
    if isinstance(error, OverflowError):
        return "the result is too large for a float"
    return "outside the domain"
