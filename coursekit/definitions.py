"""v = f(x, y), ∂v/∂x, ∂v/∂y: an operation of your own, tested when it is defined."""

import ast
import keyword
import math
import sys
from collections.abc import Collection, Iterator
from importlib.util import find_spec
from itertools import product
from typing import Any

import numpy as np

from coursekit.algorithms.second_derivatives import BUILD
from coursekit.checking import check_gradients
from coursekit.engine.formulas import ARGUMENTS, FUNCTIONS
from coursekit.engine.op import Op
from coursekit.engine.operations import OPS
from coursekit.engine.values import number_or_array
from coursekit.errors import GraphError, did_you_mean, plural

KNOWN = FUNCTIONS.keys() & BUILD.keys() - {"nan"}  # the functions that every formula may call
ARITIES = {"pow": 2, "max": 2, "min": 2, "where": 3}  # the other functions take one argument
SIGNS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub)
LANGUAGE = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant, ast.Load, *SIGNS)
ENOUGH = 25  # points for a test
SHOWN = 60  # letters of a formula in an error message
# where partials are tested: no round numbers, because kinks and poles are often there
POINTS = (-2.3171, -0.7283, 0.4129, 1.3377, 2.9219)


def define(name: str, symbol: str, value: str, *partials: str, default: float | None = None) -> Op:
    """Add an element-by-element operation of your own, after a test of its partials; return it.

    `value` is a formula in x, y and z, and each partial a formula in these and the value v.
    A formula may use + - * / and the functions exp, expm1, log, log1p, sqrt, sin, cos, tan, tanh,
    sigmoid, abs, pow, max, min and where(c, x, y), which is x if c > 0 and y otherwise. The
    partials must agree with central differences. `default` is the last argument if it is omitted.
    The operation works wherever those of the table do; the same definition may run again.

    >>> define("cube", "³", "x * x * x", "2.0 * x * x")
    Traceback (most recent call last):
    coursekit.errors.GraphError: ∂cube/∂x at x = -2.3171: expected 16.1069 (central difference), \
got 10.7379 (reverse mode)
    """
    value = _formula(value, ARGUMENTS)
    arity = _arity(value)
    row = tuple([_formula(partial, (*ARGUMENTS[:arity], "v")) for partial in partials])
    if len(row) != arity:
        raise GraphError(
            f"{name} needs {plural(arity, 'partial')}, one for each argument in {value!r},"
            f" not {len(row)}"
        )
    if not isinstance(symbol, str) or not symbol:
        raise GraphError(f"the symbol of {name} must be a string such as 'σ', not {symbol!r}")
    if default is not None:
        default = number_or_array(default, "default")
        if arity == 1:
            raise GraphError(f"{name} has one argument, which cannot have a default")
    op = Op(name, symbol, value, row, default=default)
    if (old := OPS.get(name)) and _definition(old) == _definition(op):
        return old
    _refuse_name(op)
    _test(op)
    OPS[name] = op
    return op


def _definition(op: Op) -> tuple[Any, ...]:
    return op.symbol, op.value, op.partials, op.default


def _formula(formula: str, names: Collection[str]) -> str:
    """Return a formula in which all numbers are floats; raise GraphError if it is not valid."""
    if not isinstance(formula, str):
        raise GraphError(
            f"a formula must be a string such as 'x * x', not a {type(formula).__name__}"
        )
    text = " ".join(formula.split())
    try:
        if not text.isascii() or "#" in text:
            raise ValueError
        tree = ast.parse(text, mode="eval").body
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        raise GraphError(f"{formula[:SHOWN]!r} is not a formula such as 'x * exp(y)'") from None
    numbers = []
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in ast.walk(tree):
        if problem := _problem(node, names, called):
            raise GraphError(f"formula {formula[:SHOWN]!r}: {problem}")
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            numbers.append((node.col_offset, node.end_col_offset, float(node.value)))
    for begin, end, number in sorted(numbers, reverse=True):
        text = f"{text[:begin]}{number!r}{text[end:]}"
    while "--" in text:  # which has another meaning in JavaScript
        text = text.replace("--", "- -")
    return text


def _problem(node: ast.AST, names: Collection[str], called: Collection[ast.AST]) -> str:
    """Return what is wrong with a part of a formula, or ""."""
    match node:
        case ast.Call(func=ast.Name(id=function), args=args, keywords=[]) if function in KNOWN:
            arity = ARITIES.get(function, 1)
            return "" if len(args) == arity else f"{function} takes {plural(arity, 'argument')}"
        case ast.Name(id=name) if node in called:
            known = did_you_mean(name, KNOWN) or f": the functions are {', '.join(sorted(KNOWN))}"
            return "" if name in KNOWN else f"there is no function {name!r}{known}"
        case ast.Name(id=name) if name in KNOWN:
            return f"{name} is a function: write {name}(x)"
        case ast.Name(id=name):
            known = f": use {', '.join(names)}"
            return "" if name in (*names, "nan") else f"there is no argument {name!r}{known}"
        case ast.Constant(value=int() | float() as number) if type(number) is not bool:
            return "" if abs(number) < sys.float_info.max else f"{number!r:.20} is too large"
        case ast.Constant(value=constant):
            return f"{constant!r} is not a number"
        case ast.Pow():
            return "use pow(x, y) instead of **"
        case ast.Compare() | ast.IfExp() | ast.BoolOp():
            return "use where(c, x, y), which is x if c > 0 and y otherwise"
        case ast.Call(func=ast.Name(id=function)) if function in KNOWN:
            return f"{function} takes no keywords"
    if isinstance(node, LANGUAGE):
        return ""
    return "it may have only numbers, arguments, + - * / and calls such as exp(x)"


def _arity(value: str) -> int:
    """Return the number of arguments in a formula."""
    nodes = ast.walk(ast.parse(value))
    used = {node.id for node in nodes if isinstance(node, ast.Name)} & {*ARGUMENTS}
    if not used or used != {*ARGUMENTS[: len(used)]}:
        raise GraphError(f"{value!r} must use x, or x and y, or x, y and z")
    return len(used)


def _refuse_name(op: Op) -> None:
    """Raise GraphError if an operation cannot have its name."""
    name, package = op.name, sys.modules[__package__]
    plain = isinstance(name, str) and name.isidentifier() and name.isascii()
    if not plain or keyword.iskeyword(name) or name.startswith("_"):
        raise GraphError(f"{name!r} cannot name an operation: use an identifier such as 'cube'")
    taken = (*OPS, *dir(package), *FUNCTIONS, *ARGUMENTS, "v")
    if name in taken or find_spec(f"{package.__name__}.{name}"):
        raise GraphError(f"the name {name!r} is already taken: choose another one")
    theirs = getattr(np, name, None)  # numpy.name(vertex) calls the operation
    if callable(theirs):
        try:
            same = all(np.isclose(theirs(*p), op.function(*p)) for p in _points(op))
        except Exception:  # whatever numpy raises for two numbers
            same = False
        if not same:
            raise GraphError(f"numpy.{name} has another meaning: choose another name")


def _points(op: Op) -> Iterator[tuple[float, ...]]:
    """Yield test points at which an operation has a finite value; their numbers all differ."""
    rows = [[point + 0.19 * k for point in POINTS] for k in range(op.arity)]
    for point in product(*rows):
        try:
            if math.isfinite(op.function(*point)):
                yield point
        except (ArithmeticError, ValueError):  # outside the domain
            pass


def _test(op: Op) -> None:
    """Raise GraphError if a partial is wrong, for numbers or for arrays."""
    points = [*_points(op)]
    points = points[:: 1 + len(points) // ENOUGH]
    if not points:
        raise GraphError(f"{op.name} cannot be computed at any of the test points: {POINTS}")
    for point in points:
        check_gradients(op, point)
    check_gradients(op, tuple(np.array(points).T))
