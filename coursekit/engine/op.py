"""v = f(x, y, z), with ∂v/∂x, ∂v/∂y, ∂v/∂z: one elementary operation, defined by its formulas."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from numbers import Real
from typing import Any

from coursekit.engine.formulas import (
    ARGUMENTS,
    FUNCTIONS,
    Formulas,
    compile_formula,
    literal,
    reason,
    substitute,
)
from coursekit.errors import GraphError, plural

Operands = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Op(Formulas):
    """An elementary operation: given a vertex, it builds a vertex; otherwise it returns a value.

    >>> from coursekit import exp
    >>> exp(0.0)
    1.0
    """

    function: Callable[..., float] = field(init=False)  # arguments ↦ value
    rule: Callable[..., tuple[float, ...]] = field(init=False)  # arguments ↦ value, all partials

    def __post_init__(self) -> None:
        Formulas.__post_init__(self)
        assign = object.__setattr__  # the dataclass is frozen
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
