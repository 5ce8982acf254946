"""Small changes of a function's syntax tree, one at a time: errors that a check should notice."""

import ast
import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

SWAPS: dict[type[ast.AST], Any] = {  # each stands for its own kind of node
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.MatMult: ast.Mult, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in a node's place."""
    match node:
        case ast.BinOp(left, op, right):
            yield ast.BinOp(left, SWAPS[type(op)](), right)
            if not isinstance(op, ast.Add | ast.Mult | ast.BitAnd | ast.BitOr | ast.BitXor):
                yield ast.BinOp(right, op, left)
            yield left
            yield right
        case ast.Compare(left, ops, rest):
            for i, one in enumerate(ops):
                yield ast.Compare(left, [*ops[:i], SWAPS[type(one)](), *ops[i + 1 :]], rest)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(SWAPS[type(op)](), values)
            yield from values
        case ast.UnaryOp(_, operand):
            yield operand
        case ast.AugAssign(target, op, value):
            yield ast.AugAssign(target, SWAPS[type(op)](), value)
            yield ast.Assign([target], value)
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
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.If(test, body, orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.comprehension(target, iterable, [_, *rest], is_async):
            yield ast.comprehension(target, iterable, rest, is_async)
    match node:
        case ast.Assign() | ast.AugAssign() | ast.Expr() | ast.Raise() | ast.Return():
            yield ast.Pass()


def _places(tree: ast.AST) -> list[tuple[ast.AST, str, int | None]]:
    """Return where a node may stand: a field, or a place in a list of one."""
    return [
        (parent, field, index)
        for parent in ast.walk(tree)
        for field, value in ast.iter_fields(parent)
        for index in (range(len(value)) if isinstance(value, list) else [None])
    ]


def _written(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split("\n")[0]


class Mutant(NamedTuple):
    """A changed source; `change` says what stood there and what stands there now."""

    change: str
    line: int
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Yield each source that a small change makes of this one.

    >>> [m.change for m in mutants("def f(x):\\n    return x - 1")]
    ['return x - 1 → pass', 'x - 1 → x + 1', 'x - 1 → 1 - x', 'x - 1 → x', 'x - 1 → 1', \
'1 → 2', '1 → 0']
    """
    tree = ast.parse(source)
    for number, (parent, field, index) in enumerate(_places(tree)):
        node = getattr(parent, field) if index is None else getattr(parent, field)[index]
        for change in _changes(node) if isinstance(node, ast.AST) else ():
            if (before := _written(node)) == (after := _written(change)):
                continue
            changed = copy.deepcopy(tree)
            there, _, _ = _places(changed)[number]
            if index is None:
                setattr(there, field, copy.deepcopy(change))
            else:
                getattr(there, field)[index] = copy.deepcopy(change)
            line = getattr(node, "lineno", getattr(parent, "lineno", 1))
            whole = ast.unparse(ast.fix_missing_locations(changed))
            yield Mutant(f"{before} → {after}", line, whole)
