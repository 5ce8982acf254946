"""∂v/∂x as formulas: the linearization of a graph before its inputs have values."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from coursekit.algorithms.expressions import Call, Expression, as_expression, call
from coursekit.algorithms.substitution import replaced, vertices_of
from coursekit.engine.blocks import Block
from coursekit.engine.formulas import ARGUMENTS, FUNCTIONS, compile_formula
from coursekit.engine.linearization import Linearization
from coursekit.engine.op import Op
from coursekit.engine.operations import OPS
from coursekit.engine.tape.columns import Column, EdgeColumn, Structure
from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError

ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "pow", "square"})
# partials as textbooks write them; the table's lose no digits far out, and have values at 0
TEXTBOOK = {
    "sigmoid": ("v * (1 - v)",),
    "tanh": ("1 - v * v",),
    "pow": ("y * pow(x, y - 1)", "v * log(x)"),
    "abs": ("where(x, 1, 0) - where(-x, 1, 0)",),
}
IS_POSITIVE = Op("is_positive", "[· > 0]", "where(x, 1.0, 0.0)", ("0.0",))
IS_NOT_POSITIVE = Op("is_not_positive", "[· ≤ 0]", "where(x, 0.0, 1.0)", ("0.0",))


class Symbolic(Linearization[Vertex]):
    """A graph with a formula at each vertex and on each edge, in the values of its operands."""

    def __init__(self, structure: Structure, loss: int) -> None:
        if structure.of_arrays:
            raise GraphError("symbolic needs a graph of numbers: call unroll(graph, …) first")
        symbols = [Expression.of(v) for v in structure.vertices]
        constants = [*map(Expression.constant, structure.constants)]

        def operands(j: int) -> list[Expression]:
            return [symbols[i] if i >= 0 else constants[-i - 1] for i in structure.operands(j)]

        def value(j: int) -> Expression:
            op = structure.ops[j]
            return _value_of(op, operands(j)) if op else symbols[j]

        @cache
        def local(j: int, slot: int) -> Expression:
            op = structure.ops[j]
            assert op is not None  # an input has no operands
            return _expression(_partial(op, slot)(*operands(j), value(j)))

        super().__init__(
            structure.vertices,
            structure.vertices[loss],
            structure.out,
            structure.into,
            EdgeColumn(structure, local),
            Column(structure, [value(j) for j in range(len(structure.vertices))]),
        )
        self._structure, self._loss_index = structure, loss

    def __reduce__(self) -> tuple[type["Symbolic"], tuple[Structure, int]]:
        return Symbolic, (self._structure, self._loss_index)

    @property
    def blocks(self) -> Sequence[Block]:
        return self._structure.blocks


def expanded(expression: Expression) -> Expression:
    """Return an expression in terms of the inputs of its graph."""
    vertices = [v for v in vertices_of(expression) if isinstance(v, Vertex)]
    if not vertices:
        return expression
    last = max(vertices, key=lambda v: v.index)
    structure, values = last.graph.columns.structure, dict[Vertex, Expression]()
    needed = {v.index for v in vertices}
    for j in range(last.index, -1, -1):
        if j in needed:
            needed.update(i for i in structure.operands(j) if i >= 0)
    for j in sorted(needed):
        v, op = structure.vertices[j], structure.ops[j]
        operands = [
            values[structure.vertices[i]] if i >= 0 else structure.constants[-i - 1]
            for i in structure.operands(j)
        ]
        values[v] = _value_of(op, [*map(_expression, operands)]) if op else Expression.of(v)
    return replaced(expression, values, evaluate=False)


def _value_of(op: Op, operands: list[Expression]) -> Expression:
    if op.name not in ARITHMETIC:
        return call(op, *operands)
    return _expression(_compiled(op.value, ", ".join(ARGUMENTS[: op.arity]))(*operands))


def _expression(x: Any) -> Expression:
    result = as_expression(x)
    assert result is not None  # formulas of expressions give expressions or numbers
    return result


def _partial(op: Op, slot: int) -> Any:
    formula = TEXTBOOK.get(op.name, op.partials)[slot]
    return _compiled(formula, ", ".join([*ARGUMENTS[: op.arity], "v"]))


@cache
def _compiled(formula: str, names: str) -> Any:
    return compile_formula(formula, names, _FUNCTIONS)


def _function(op: Op) -> Any:
    return lambda *arguments: call(op, *arguments)


def _where(c: Any, x: Any, y: Any) -> Any:
    """Return where(c, x, y), or a product with [c > 0] or [c ≤ 0] if x or y is 0."""
    condition, x, y = _expression(c), _expression(x), _expression(y)
    if condition.number is not None:
        return x if condition.number > 0 else y
    if _is_finite(x) and y.number == 0:
        return x * call(IS_POSITIVE, condition)
    if _is_finite(y) and x.number == 0:
        return y * call(IS_NOT_POSITIVE, condition)
    return call(OPS["where"], condition, x, y)


def _is_finite(x: Expression) -> bool:
    """Return whether 0 · x = 0: for numbers, and for products of conditions."""
    atoms = [atom for monomial, _ in x.terms.values() for atom, _ in monomial]
    conditions = (IS_POSITIVE, IS_NOT_POSITIVE)
    return all(isinstance(atom, Call) and atom.op in conditions for atom in atoms)


_FUNCTIONS: dict[str, Any] = {name: _function(OPS[name]) for name in FUNCTIONS if name in OPS} | {
    "max": _function(OPS["maximum"]),
    "min": _function(OPS["minimum"]),
    "pow": lambda x, y: _expression(x) ** y,
    "where": _where,
    "nan": FUNCTIONS["nan"],
}
