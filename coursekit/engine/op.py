"""v = f(x, y, z), with ∂v/∂x, ∂v/∂y, ∂v/∂z: one elementary operation, defined by its formulas."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from unicodedata import decomposition

from coursekit.engine.formulas import (
    ARGUMENTS,
    FUNCTIONS,
    Formulas,
    compile_formula,
    reason,
    setting_of,
    setting_text,
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
    slopes: tuple[Callable[..., float], ...] = field(init=False)  # arguments, value ↦ a partial
    rule: Callable[..., tuple[float, ...]] = field(init=False)  # arguments ↦ value, all partials

    def __post_init__(self) -> None:
        Formulas.__post_init__(self)
        assign = object.__setattr__  # the dataclass is frozen
        if self.elementwise:
            names, partials = ", ".join(ARGUMENTS[: self.arity]), ", ".join(self.partials)
            rule = f"(v := {self.value}, {partials})"
            assign(self, "function", compile_formula(self.value, names, FUNCTIONS))
            slopes = (compile_formula(text, f"{names}, v", FUNCTIONS) for text in self.partials)
            assign(self, "slopes", tuple(slopes))
            assign(self, "rule", compile_formula(rule, names, FUNCTIONS))

    def __call__(self, *operands: Any, **settings: Any) -> Any:
        op = self
        if settings or self.settings or len(operands) != self.arity:
            op, operands = self._with_settings(operands, settings)
        for operand in operands:
            if (graph := getattr(operand, "graph", None)) is not None:
                if self.arity == 1 and self.elementwise and graph.appends_directly:
                    return graph.append(self, operand.index)
                return graph.add(op, operands)
        if not self.elementwise or not all(isinstance(x, float | int) for x in operands):
            return op._of_arrays(operands)
        try:
            return op.function(*operands)
        except (ArithmeticError, ValueError) as error:
            raise GraphError(f"{op.formula(*map(repr, operands))}: {reason(error)}") from None

    def _of_arrays(self, operands: Operands) -> Any:
        """Return the value for arrays of numbers, or a vertex for each in arrays of vertices."""
        from numpy import frompyfunc  # a graph of numbers does not need it

        from coursekit.engine.tape.arrays import rule_of

        if self.elementwise and any(map(_has_vertices, operands)):
            return frompyfunc(self, self.arity, 1)(*operands)
        return rule_of(self).evaluate(operands, self.settings)

    def _with_settings(self, operands: Operands, settings: dict[str, Any]) -> tuple["Op", Operands]:
        """Return the operation with these settings, and the operands without settings."""
        names = list(self.settings)
        if len(operands) == self.arity - 1 and self.default is not None:
            operands = (*operands, self.default)
        extra = dict(zip(names, operands[self.arity :], strict=False))
        if not self.arity <= len(operands) <= self.arity + len(names) or any(
            hasattr(x, "graph") for x in extra.values()
        ):
            besides = f" besides {' and '.join(names)}" if names else ""
            raise GraphError(
                f"{self.name} takes {plural(self.arity, 'argument')}{besides}, not {len(operands)}"
            )
        if unknown := settings.keys() - names:
            known = f": use {' or '.join(names)}" if names else ""
            raise GraphError(f"{self.name} has no setting {min(unknown)!r}{known}")
        if not names:
            return self, operands
        values = dict(self.settings) | extra | settings
        settings = {name: setting_of(values[name]) for name in names}
        return replace(self, settings=settings, base=self.base or self), operands[: self.arity]

    def formula(self, *operands: str) -> str:
        """Return the operation in textbook notation.

        >>> from coursekit.engine.operations import OPS
        >>> OPS["mul"].formula("c", "d"), OPS["exp"].formula("z"), OPS["transpose"].formula("K")
        ('c × d', 'exp(z)', 'Kᵀ')
        """
        if self.infix:
            return f" {self.symbol} ".join(operands)
        if self.symbol == "−":
            return f"−{operands[0]}"
        settings = [
            f"{name}={setting_text(value)}"
            for name, value in self.settings.items()
            if value is not None and value is not False
        ]
        if self._is_superscript() and not settings:
            return f"{operands[0]}{self.symbol}"
        return f"{self.symbol}({', '.join([*operands, *settings])})"

    def _is_superscript(self) -> bool:
        """Return whether the symbol stands behind its operand, as in Kᵀ."""
        raised = [decomposition(c).startswith("<super>") for c in self.symbol]
        return self.arity == 1 and bool(raised) and all(raised)

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Callable[..., "Op"], tuple[str, dict[str, Any]]]:
        return _from_table, (self.name, dict(self.settings) if self.base else {})


def _has_vertices(x: Any) -> bool:
    """Return whether x is an array of vertices, such as `numpy.array([a, b])`."""
    is_of_objects = getattr(getattr(x, "dtype", None), "kind", "") == "O"
    return is_of_objects and any(hasattr(element, "graph") for element in x.flat)


def _from_table(name: str, settings: dict[str, Any]) -> Op:
    """Return an operation that is unpickled or copied: only its name and settings are stored."""
    from coursekit.engine.operations import OPS  # the table imports this module

    if name not in OPS:
        raise GraphError(f"there is no operation {name!r}: define it before you load its graph")
    return replace(OPS[name], settings=settings, base=OPS[name]) if settings else OPS[name]
