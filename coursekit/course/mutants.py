"""Change a function's syntax tree in small ways, one at a time, as a mistake would."""

import ast
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

SWAPS: dict[type[ast.AST], Any] = {  # operator → its replacement
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.MatMult: ast.Mult, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
COMMUTATIVE = ast.Add | ast.Mult | ast.BitAnd | ast.BitOr | ast.BitXor


def _operator_changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield an operation with another operator, one operand only, or swapped operands."""
    match node:
        case ast.BinOp(left, op, right):
            yield ast.BinOp(left, SWAPS[type(op)](), right)
            if not isinstance(op, COMMUTATIVE):
                yield ast.BinOp(right, op, left)
            yield left
            yield right
        case ast.Compare(left, ops, rest):
            for i, sign in enumerate(ops):
                yield ast.Compare(left, [*ops[:i], SWAPS[type(sign)](), *ops[i + 1 :]], rest)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(SWAPS[type(op)](), values)
            yield from values
        case ast.UnaryOp(_, operand):
            yield operand
        case ast.AugAssign(target, op, value):
            yield ast.AugAssign(target, SWAPS[type(op)](), value)
            yield ast.Assign([target], value)


def _value_changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield slightly different constants, calls and subscripts."""
    match node:
        case ast.Constant(value=int() as n) if not isinstance(n, bool):
            yield ast.Constant(n + 1)
            yield ast.Constant(n - 1)
        case ast.Constant(value=float() as x):
            yield ast.Constant(2 * x)
        case ast.Call(ast.Name("reversed" | "sorted" | "set" | "list" | "abs"), [argument]):
            yield argument
        case ast.Call(f, [first, second, *rest]):
            yield ast.Call(f, [second, first, *rest], node.keywords)
        case ast.Call(ast.Attribute(value), []):
            yield value
        case ast.Subscript(value, ast.Tuple([first, second], ctx), context):
            yield ast.Subscript(value, ast.Tuple([second, first], ctx), context)
        case ast.Subscript(value, ast.Slice()):
            yield value


def _flow_changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield reversed conditions, dropped filters and omitted statements."""
    match node:
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.If(test, body, orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.comprehension(target, iterable, [_, *rest], is_async):
            yield ast.comprehension(target, iterable, rest, is_async)
        case ast.Expr(ast.Constant(str())):  # a docstring
            return
        case ast.Assign() | ast.AugAssign() | ast.Expr() | ast.Raise() | ast.Return():
            yield ast.Pass()


class Mutant(NamedTuple):
    """A changed source; `change` shows the code before and after."""

    change: str
    line: int
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Yield each version of the source that has one small change.

    >>> [m.change for m in mutants("def f(x):\\n    'less'\\n    return x - 1")]
    ['return x - 1 → pass', 'x - 1 → x + 1', 'x - 1 → 1 - x', 'x - 1 → x', 'x - 1 → 1', \
'1 → 2', '1 → 0']
    """
    tree = ast.parse(source)
    for parent, node, put in _places(tree):
        before = _first_line(node)
        for change in chain(_operator_changes(node), _value_changes(node), _flow_changes(node)):
            if (after := _first_line(change)) != before:
                put(change)
                changed = ast.unparse(tree)
                put(node)
                line = getattr(node, "lineno", getattr(parent, "lineno", 1))
                yield Mutant(f"{before} → {after}", line, changed)


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, Callable[[ast.AST], None]]]:
    """Yield each node's parent, the node, and a function that puts another node in its place."""
    for parent in ast.walk(tree):
        for field, value in () if _is_docstring(parent) else ast.iter_fields(parent):
            if isinstance(value, ast.AST):
                yield parent, value, partial(setattr, parent, field)
            elif isinstance(value, list):
                for i, node in enumerate(value):
                    if isinstance(node, ast.AST) and not _is_docstring(node):
                        yield parent, node, partial(value.__setitem__, i)


def _is_docstring(node: ast.AST) -> bool:
    """Return whether a statement is only a string, which no check can notice."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _first_line(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(node)).split("\n")[0]
