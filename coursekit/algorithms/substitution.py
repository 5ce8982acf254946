"""d + c ↦ 5 at d = 2, c = 3: numbers or expressions in place of vertices, innermost first."""

from collections.abc import Iterator, Mapping
from typing import Any

from coursekit.algorithms.expressions import Atom, Call, Expression, as_expression, call, inside
from coursekit.engine.op import Op
from coursekit.engine.operations import OPS
from coursekit.engine.values import number_or_array
from coursekit.errors import GraphError, did_you_mean


def vertices_of(expression: Expression) -> list[Any]:
    """Return the vertices in an expression, in order of appearance."""
    parts = _inner_first(expression)
    atoms = (a for e in parts for monomial, _ in e.terms.values() for a, _ in monomial)
    return [*dict.fromkeys(atom for atom in atoms if not inside(atom))]


def substitute(
    expression: Expression, values: Mapping[Any, Any], named: Mapping[str, Any]
) -> Expression:
    """Return the expression with numbers or expressions in place of vertices."""
    vertices = vertices_of(expression)
    by_name = {str(v): v for v in vertices}
    for name in named.keys() - by_name if vertices else ():
        graph = getattr(vertices[0], "graph", None)
        names = [*by_name, *(map(str, graph.vertices) if graph else ())]
        if name not in names:
            raise GraphError(
                f"there is no vertex {name!r}{did_you_mean(name, names)};"
                f" the formula contains {', '.join(by_name)}"
            )
    known = {v: values[v] for v in vertices if v in values}
    known |= {by_name[name]: value for name, value in named.items() if name in by_name}
    return replaced(expression, {v: _number(value, str(v)) for v, value in known.items()})


def replaced(
    expression: Expression, known: Mapping[Any, Any], *, evaluate: bool = True
) -> Expression:
    """Return the expression with known numbers and expressions; log(2) may stay as it is."""
    results: dict[int, Any] = {}
    for part in _inner_first(expression):
        total: Any = 0.0
        for monomial, product in part.terms.values():
            for atom, exponent in monomial:
                product *= _power(_value(atom, known, results, evaluate), exponent)
            total += product
        results[id(part)] = total
    result = as_expression(results[id(expression)])
    assert result is not None  # sums and products of numbers and expressions
    return result


def _inner_first(expression: Expression) -> Iterator[Expression]:
    """Yield each expression in it once, after the ones that it contains."""
    seen, stack = set[int](), [(expression, False)]
    while stack:
        part, is_ready = stack.pop()
        if is_ready:
            yield part
        elif id(part) not in seen:
            seen.add(id(part))
            stack.append((part, True))
            atoms = [a for monomial, _ in part.terms.values() for a, _ in monomial]
            stack += [(inner, False) for atom in reversed(atoms) for inner in inside(atom)]


def _value(atom: Atom, known: Mapping[Any, Any], results: Mapping[int, Any], evaluate: bool) -> Any:
    if isinstance(atom, Call):
        return _called(atom.op, [results[id(x)] for x in atom.arguments], evaluate)
    if parts := inside(atom):
        return results[id(parts[0])]
    return known[atom] if atom in known else Expression.of(atom)


def _called(op: Op, arguments: list[Any], evaluate: bool) -> Any:
    """Return the value of an operation: a number if all arguments are numbers."""
    numbers = [x.number if isinstance(x, Expression) else x for x in arguments]
    if None not in numbers and evaluate:
        return op(*numbers)
    if op is OPS["pow"] and isinstance(arguments[0], Expression):
        return arguments[0] ** arguments[1]
    return call(op, *arguments)


def _power(x: Any, exponent: float) -> Any:
    if exponent == 1:
        return x
    return x**exponent if isinstance(x, Expression) else OPS["pow"](x, exponent)


def _number(value: Any, name: str) -> Any:
    if isinstance(value, Expression):
        return value if value.number is None else value.number
    number = number_or_array(value, name)
    if getattr(number, "ndim", 0):
        raise GraphError(f"{name} is an array: a formula of numbers takes numbers")
    return float(number)
