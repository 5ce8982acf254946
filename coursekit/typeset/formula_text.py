r"""σ(z)(1 − σ(z)), or \sigma(z)(1 - \sigma(z)): an expression as text, and in LaTeX.

After `MOST` vertices and functions, an ellipsis stands for the rest.
"""

import re
from abc import ABC, abstractmethod
from fractions import Fraction
from typing import Any

from coursekit.algorithms.expressions import Atom, Call, Expression, Monomial, Shared
from coursekit.engine.vertex import Vertex
from coursekit.typeset.spans import math, plain

MOST = 40
_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_COMMANDS = {name: f"\\{name}" for name in ("exp", "log", "sin", "cos", "tan", "tanh")} | {
    "sigmoid": r"\sigma", "maximum": r"\max", "minimum": r"\min"
}  # fmt: skip


class Writer(ABC):
    """Writes one expression; `left` is how many vertices and functions may still follow."""

    minus, dots, at_most, at_least = "−", "…", "≤", "≥"
    has_bars = False  # fractions with a bar need no brackets

    def __init__(self) -> None:
        self.left = MOST

    def write(self, x: Expression) -> str:
        """Return a sum: 2a + b − 1."""
        text = ""
        for monomial, coefficient in _in_order([*x.terms.values()]):
            if self.left <= 0:
                return f"{text} + {self.dots}" if text else self.dots
            term = self.term(monomial, abs(coefficient))
            if text:
                text += f" {self.minus if coefficient < 0 else '+'} {term}"
            else:
                text = f"{self.minus}{term}" if coefficient < 0 else term
        return text or "0"

    def term(self, monomial: Monomial, coefficient: float) -> str:
        """Return a product with its denominator: 2a/(b·c)."""
        above = [(atom, k) for atom, k in monomial if k > 0]
        below = [(atom, -k) for atom, k in monomial if k < 0]
        over, under = _fraction(coefficient, may_divide=bool(below))
        if not below and under == "1":
            return self.product(over, above, bare=False)
        numerator = self.product(over, above, bare=self.has_bars)
        denominator = self.product(under, below, bare=self.has_bars)
        return self.fraction(numerator, denominator, len(below) + (under != "1"))

    def product(self, number: str, factors: list[tuple[Atom, float]], *, bare: bool) -> str:
        """Return a product; with `bare`, a sum that is the only factor gets no brackets."""
        text = "" if number == "1" and factors else number.replace("-", self.minus)
        after_number = True
        for atom, k in factors:
            if self.left <= 0:
                return self.times(text, self.dots, after_number=False) if text else self.dots
            factor = self.power(atom, k, bare=bare and k == 1 and not text and len(factors) == 1)
            text = self.times(text, factor, after_number=after_number) if text else factor
            after_number = False
        return text

    def power(self, atom: Atom, k: float, *, bare: bool) -> str:
        self.left -= 1
        inner = atom.expression if isinstance(atom, Shared) else atom
        if isinstance(inner, Expression):
            base, needs_brackets = self.write(inner), not bare
        elif isinstance(inner, Call):
            base, needs_brackets = self.call(inner), inner.op.name == "pow" and k != 1
        else:  # (z⁽ˡ⁾)²: an index above would be read as part of the exponent
            base = self.name(inner)
            needs_brackets = k != 1 and _has_exponent(base)
        if k == 0.5:
            return self.function("sqrt", "√", base)
        base = f"({base})" if needs_brackets else base
        return base if k == 1 else self.raised(base, f"{k:g}")

    def call(self, atom: Call) -> str:
        """Return a function, a power or a condition."""
        op, arguments = atom.op, atom.arguments
        if op.name == "pow":
            base, exponent = map(self.write, arguments)
            is_one = len(arguments[0].terms) == 1 and not re.search(r"[ /·^−-]", base)
            return self.raised(base if is_one else f"({base})", exponent)
        if op.name in ("is_positive", "is_not_positive"):
            return self.condition(arguments[0], is_positive=op.name == "is_positive")
        return self.function(op.name, op.symbol, ", ".join(map(self.write, arguments)))

    def condition(self, x: Expression, *, is_positive: bool) -> str:
        """Return [x > y] for x − y > 0."""
        above = Expression({key: term for key, term in x.terms.items() if term[1] > 0})
        below = above - x
        sign, turned = (">", "<") if is_positive else (self.at_most, self.at_least)
        if above.number is not None and below.number is None:  # [x < 1] rather than [1 > x]
            above, below, sign = below, above, turned
        return f"[{self.write(above)} {sign} {self.write(below)}]"

    @abstractmethod
    def name(self, vertex: Any) -> str:
        """Return the name of a vertex."""

    @abstractmethod
    def function(self, name: str, symbol: str, arguments: str) -> str:
        """Return a function of its arguments."""

    @abstractmethod
    def raised(self, base: str, exponent: str) -> str:
        """Return a power."""

    @abstractmethod
    def fraction(self, above: str, below: str, parts: int) -> str:
        """Return a fraction; its denominator has so many parts."""

    @abstractmethod
    def times(self, left: str, right: str, *, after_number: bool) -> str:
        """Return a product."""


class Text(Writer):
    """Writes an expression for terminals and pictures.

    >>> from coursekit import Graph
    >>> x = Graph().input("x")
    >>> Text().write(Expression.of(x) * 3 - 0.5)
    '3x − 0.5'
    """

    def name(self, vertex: Any) -> str:
        text = "ℓ" if _is_loss(vertex) else plain(vertex)
        return f"({text})" if re.search(r"[\s+−*/·]", text) else text

    def function(self, name: str, symbol: str, arguments: str) -> str:
        if name == "abs":
            return f"|{arguments}|"
        if name == "sqrt":
            is_name = arguments.isalnum() and not _has_exponent(arguments)
            return f"√{arguments}" if is_name else f"√({arguments})"
        return f"{symbol}({arguments})"

    def raised(self, base: str, exponent: str) -> str:
        if re.fullmatch(r"-?\d+", exponent):
            return base + exponent.translate(_POWERS)
        exponent = exponent.replace("-", self.minus)
        return f"{base}^{exponent}" if re.fullmatch(r"[\w.]+", exponent) else f"{base}^({exponent})"

    def fraction(self, above: str, below: str, parts: int) -> str:
        return f"{above}/({below})" if parts > 1 else f"{above}/{below}"

    def times(self, left: str, right: str, *, after_number: bool) -> str:
        if after_number:  # 2x, but 2·loss
            is_close = len(right) == 1 or not (right[0].isdigit() or right[:2].isalpha())
        else:
            is_close = left.endswith(")") and right.startswith("(")
        return f"{left}{right}" if is_close else f"{left}·{right}"


class Tex(Writer):
    r"""Writes an expression in LaTeX, for amsmath.

    >>> from coursekit import Graph
    >>> x = Graph().input("x_ji")
    >>> Tex().write(2 / Expression.of(x) ** 2)
    '\\frac{2}{x_{ji}^{2}}'
    """

    minus, dots, at_most, at_least = "-", r"\dots", r"\leq", r"\geq"
    has_bars = True

    def name(self, vertex: Any) -> str:
        return r"\ell" if _is_loss(vertex) else math(vertex)

    def function(self, name: str, symbol: str, arguments: str) -> str:
        if name == "abs":
            return rf"\lvert {arguments} \rvert"
        if name == "sqrt":
            return rf"\sqrt{{{arguments}}}"
        word = symbol if symbol.isascii() and symbol.isalpha() else math(symbol)
        command = _COMMANDS.get(name) or rf"\operatorname{{{word}}}"
        return f"{command}({arguments})"

    def raised(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def fraction(self, above: str, below: str, parts: int) -> str:  # noqa: ARG002
        return rf"\frac{{{above}}}{{{below}}}"

    def times(self, left: str, right: str, *, after_number: bool) -> str:
        is_close = after_number or (left.endswith(")") and right.startswith("("))
        return f"{left}{right}" if is_close else rf"{left} \, {right}"


def _in_order(terms: list[tuple[Monomial, float]]) -> list[tuple[Monomial, float]]:
    """Return the terms with the number last: x − 1; but 1 − x."""
    others = [term for term in terms if term[0]]
    numbers = [term for term in terms if not term[0]]
    is_first = bool(others and numbers) and others[0][1] < 0 < numbers[0][1]
    return [*numbers, *others] if is_first else [*others, *numbers]


def _fraction(x: float, *, may_divide: bool) -> tuple[str, str]:
    """Return a number as a decimal, or as a fraction of small numbers: 0.5, but 1/3."""
    short = f"{x:g}"
    ratio = Fraction(x).limit_denominator(999) if abs(x) < 1e6 else Fraction(0)
    is_ratio = float(ratio) == x and ratio.denominator > 1
    if is_ratio and (float(short) != x or (may_divide and ratio.numerator == 1)):
        return str(ratio.numerator), str(ratio.denominator)
    return short, "1"


def _has_exponent(name: str) -> bool:
    return bool(re.search(r"\^|[⁰¹²³⁴-⁹⁺-⁾ⁱⁿʰʲʳˢʷˣʸˡᵃ-ᶻ]$", name))


def _is_loss(vertex: Any) -> bool:
    if not isinstance(vertex, Vertex):
        return False
    return vertex.tex == "l" and vertex.graph.columns.loss == vertex.index
