"""2·a·b + a ↦ {a·b: 2, a: 1}: formulas whose like terms are collected.

Why not sympy? Its expressions pass through `backprop` as these do. But it sorts d + c into c + d,
needs a printer of its own for 2x and σ(z)(1 − σ(z)), and has no bounds: a sum over the 1,024 paths
of a ladder takes it 100 times as long, and it prints the adjoint of a ladder of 20 as a tree of 2²⁰
leaves, which does not end. It would also be an install of 85 MB. Here the terms keep their order,
long formulas share their parts, and the text of a long one is cut.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, NoReturn, TypeAlias

from coursekit.engine.op import Op
from coursekit.engine.operations import OPS
from coursekit.errors import GraphError

MOST_TERMS = 1000  # of one sum; more are refused
MOST_FACTORS = 64  # of one product; a longer one becomes a factor of the next
DEEPEST = 8  # brackets in brackets; formulas that are deeper are compared by identity
Atom: TypeAlias = Hashable  # a vertex, a Call, an Expression in brackets, or a Shared one
Monomial: TypeAlias = "tuple[tuple[Atom, float], ...]"  # atoms with their exponents
Terms: TypeAlias = "dict[frozenset[tuple[Atom, float]], tuple[Monomial, float]]"


Rule: TypeAlias = "Callable[[Any, Any], Expression]"


def _operators(rule: Rule) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """Return an operator and its reflection, for expressions and numbers."""

    def operate(x: Any, y: Any) -> Any:
        return NotImplemented if (other := as_expression(y)) is None else rule(x, other)

    def reflected(x: Any, y: Any) -> Any:
        return NotImplemented if (other := as_expression(y)) is None else rule(other, x)

    return operate, reflected


class Expression:
    """A formula in the values of vertices: a sum of products.

    It has operators, `substitute`, and `tex`; `float` returns its value if it contains no vertex.

    >>> from coursekit.examples import example
    >>> a, b, *_ = example().vertices
    >>> x, y = Expression.of(a), Expression.of(b)
    >>> x + y * 2 + x - 1, x * x * 3 / y, (x + y) * (1 - x)
    (2a + 2b − 1, 3a²/b, (a + b)(1 − a))
    """

    __slots__ = ("_depth", "_hash", "terms")

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._depth = self._hash = -1

    @classmethod
    def of(cls, atom: Atom) -> Expression:
        """Return the expression that consists of one vertex, call or bracket."""
        monomial = ((atom, 1.0),)
        return cls({frozenset(monomial): (monomial, 1.0)})

    @classmethod
    def constant(cls, number: Any) -> Expression:
        """Return a number as an expression."""
        return cls({frozenset(): ((), float(number))} if number else {})

    @property
    def number(self) -> float | None:
        """The value of an expression without vertices and calls; None for any other."""
        if not self.terms:
            return 0.0
        if len(self.terms) == 1 and (term := self.terms.get(frozenset())):
            return term[1]
        return None

    @property
    def depth(self) -> int:
        """How many brackets are inside one another."""
        if self._depth < 0:
            atoms = (a for monomial, _ in self.terms.values() for a, _ in monomial)
            parts = (part.depth for a in atoms if type(a) is not Shared for part in inside(a))
            self._depth = 1 + max(parts, default=0)
        return self._depth

    def substitute(self, values: Mapping[Any, Any] | None = None, /, **named: Any) -> Expression:
        """Return the expression with numbers or expressions in place of vertices.

        >>> from coursekit import backprop
        >>> from coursekit.examples import example
        >>> g = example()
        >>> adjoint = backprop(g.symbolic())[g.inputs["b"]]
        >>> adjoint, adjoint.substitute(g.evaluate(a=2.0, b=1.0)), adjoint.substitute(c=3.0)
        (d + c, 5, d + 3)
        """
        from coursekit.algorithms.substitution import substitute  # imports this module

        result: Expression = substitute(self, values or {}, named)
        return result

    def expanded(self) -> Expression:
        """Return the expression in terms of the inputs of the graph.

        >>> from coursekit import backprop
        >>> from coursekit.examples import example
        >>> g = example()
        >>> backprop(g.symbolic())[g.inputs["b"]].expanded()
        2b + a + 1
        """
        from coursekit.algorithms.symbolic import expanded  # imports this module

        return expanded(self)

    @property
    def tex(self) -> str:
        """The expression in LaTeX."""
        from coursekit.typeset.formula_text import Tex  # imports this module

        return Tex().write(self)

    def __str__(self) -> str:
        from coursekit.typeset.formula_text import Text  # imports this module

        return Text().write(self)

    __repr__ = __str__

    def _plus(self, other: Expression) -> Expression:
        terms = dict(self.terms)
        for key, (monomial, number) in other.terms.items():
            number += terms[key][1] if key in terms else 0.0
            if number:
                terms[key] = terms[key][0] if key in terms else monomial, number
            else:
                del terms[key]
        if len(terms) > MOST_TERMS:
            raise GraphError(
                f"a formula has more than {MOST_TERMS:,} terms (path_sum adds one for each path):"
                " use g.linearize(…) for numbers, or a smaller graph"
            )
        return Expression(terms)

    def _times(self, other: Expression) -> Expression:
        for number, rest in ((self.number, other), (other.number, self)):
            if number is not None:
                return rest._scaled(number)
        (one, x), (two, y) = _factor(self), _factor(other)
        return _product(dict(one), two, x * y)

    def _to_the(self, other: Expression) -> Expression:
        n, base = other.number, self.number
        if n is None or (base is not None and base <= 0 and not (n > 0 and n.is_integer())):
            return call(OPS["pow"], self, other)
        if base is not None:
            return Expression.constant(OPS["pow"](base, n))
        if n == 0:
            return Expression.constant(1.0)
        monomial, number = _factor(self)
        if not n.is_integer() and (number != 1 or len(monomial) > 1 or monomial[0][1] != 1):
            monomial, number = ((_atom(self), 1.0),), 1.0  # (x²)^½ is not x
        return _product({}, tuple((atom, k * n) for atom, k in monomial), OPS["pow"](number, n))

    def _over(self, other: Expression) -> Expression:
        return self._scaled(1 / other.number) if other.number else self._times(other**-1)

    __add__, __radd__ = _operators(_plus)
    __mul__, __rmul__ = _operators(_times)
    __pow__, __rpow__ = _operators(_to_the)
    __truediv__, __rtruediv__ = _operators(_over)
    __sub__, __rsub__ = _operators(lambda x, y: x._plus(-y))

    def __neg__(self) -> Expression:
        return self._scaled(-1.0)

    def __abs__(self) -> Expression:
        return call(OPS["abs"], self)

    def _scaled(self, number: float) -> Expression:
        if number == 1:
            return self
        scaled = {key: (monomial, x * number) for key, (monomial, x) in self.terms.items()}
        return Expression({key: term for key, term in scaled.items() if term[1]})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return isinstance(other, Real) and self.number == other
        if self is other or len(self.terms) != len(other.terms) or hash(self) != hash(other):
            return self is other
        return all(other.terms.get(key, ((), None))[1] == x for key, (_, x) in self.terms.items())

    def __hash__(self) -> int:
        if self._hash == -1:
            terms = frozenset((key, x) for key, (_, x) in self.terms.items())
            self._hash = hash(terms) if self.number is None else hash(self.number)
        return self._hash

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __float__(self) -> float:
        return self._refuse() if self.number is None else self.number

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise GraphError(
            f"{self} has no value: substitute numbers for its vertices,"
            " or use g.linearize(…) instead of g.symbolic()"
        )

    __lt__ = __le__ = __gt__ = __ge__ = __int__ = __array_ufunc__ = __round__ = _refuse


@dataclass(frozen=True, slots=True)
class Call:
    """A function of expressions, such as σ(z)."""

    op: Op
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """An expression in brackets that is too long to be compared with others."""

    expression: Expression


def as_expression(x: Any) -> Expression | None:
    """Return a number or an expression as an expression; None for anything else."""
    if isinstance(x, Expression):
        return x
    return Expression.constant(float(x)) if isinstance(x, Real) else None


def inside(atom: Atom) -> tuple[Expression, ...]:
    """Return the expressions that an atom contains; a vertex contains none."""
    if isinstance(atom, Call):
        return atom.arguments
    if isinstance(atom, Shared):
        return (atom.expression,)
    return (atom,) if isinstance(atom, Expression) else ()


def call(op: Op, *arguments: Any) -> Expression:
    """Return a function of expressions and numbers.

    >>> call(OPS["exp"], 2.0)
    exp(2)
    """
    parts = [Expression.constant(x) if isinstance(x, Real) else x for x in arguments]
    deep = any(part.depth >= DEEPEST for part in parts)
    atoms = (
        Expression.of(Shared(part)) if deep and part.number is None else part for part in parts
    )
    return Expression.of(Call(op, tuple(atoms)))


def _atom(x: Expression) -> Atom:
    return Shared(x) if x.depth >= DEEPEST else x


def _factor(x: Expression) -> tuple[Monomial, float]:
    """Return an expression as one product and its coefficient."""
    if len(x.terms) != 1:
        return ((_atom(x), 1.0),), 1.0
    ((monomial, number),) = x.terms.values()
    if len(monomial) >= MOST_FACTORS:
        return ((Shared(x), 1.0),), 1.0
    return monomial, number


def _product(exponents: dict[Atom, float], more: Monomial, number: float) -> Expression:
    """Return a product; exponents of equal atoms are added."""
    for atom, k in more:
        exponents[atom] = exponents.get(atom, 0.0) + k
    monomial = tuple((atom, k) for atom, k in exponents.items() if k)
    if len(monomial) == 1 and isinstance(monomial[0][0], Expression) and monomial[0][1] == 1:
        return monomial[0][0]._scaled(number)  # the brackets are not needed
    return Expression({frozenset(monomial): (monomial, number)} if number else {})
