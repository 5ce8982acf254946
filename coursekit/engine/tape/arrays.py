"""ḡ ↦ ḡ · ∂v/∂x and ẋ ↦ ∂v/∂x · ẋ: one operation on arrays, with its local derivatives.

A local derivative between arrays is a matrix, which is too large to store. For an
element-by-element operation the matrix is diagonal, and only its diagonal is stored; any other
operation has a `LinearMap` instead.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from coursekit.engine.formulas import ARGUMENTS, Formulas, compile_formula, setting_text, substitute
from coursekit.engine.sums import NOTHING
from coursekit.engine.tape.functions import ARRAY_FUNCTIONS
from coursekit.engine.tape.reductions import Array, fit
from coursekit.engine.values import NUMBERS_OR_LISTS, number_or_array
from coursekit.errors import GraphError

Formula = Callable[..., Array]
Words: TypeAlias = tuple[Any, ...]
ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)  # of formulas


class LinearMap:
    """∂u/∂v between arrays, given by two functions instead of a matrix.

    `adjoint * partial` is the pullback and `partial * tangent` the pushforward, so that the
    algorithms read the same for arrays as for numbers.

    >>> double = LinearMap(lambda g: 2 * g, lambda t: 2 * t)
    >>> print(3 * double, double * 5)
    6 10
    """

    __slots__ = ("pull", "push")
    __array_ufunc__ = None  # so that numpy arrays leave * and + to this class

    def __init__(self, pull: Formula, push: Formula) -> None:
        self.pull, self.push = pull, push

    def __rmul__(self, adjoint: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.array(self.pull(adjoint))[()]  # a copy, to which an algorithm may add

    def __mul__(self, tangent: Array) -> Array:
        with np.errstate(all="ignore"):
            return NOTHING if tangent is NOTHING else np.array(self.push(tangent))[()]

    def __add__(self, other: Array) -> "LinearMap":
        return LinearMap(lambda g: g * self + g * other, lambda t: self * t + other * t)

    __radd__ = __add__


class ArrayRule:
    """An operation on arrays: its value, and a local derivative for each argument.

    The formulas take a tuple of words: the common part w, if there is one; the value v; the
    arguments x, y and z; and the settings.
    """

    def __init__(self, op: Formulas) -> None:
        before = ["w", "v"] if op.common else ["v"]
        self.op, self.first = op, len(before)  # the place of x among the words
        names = [*before, *ARGUMENTS[: op.arity], *op.settings]
        pulls = op.pulls or [_product("g", partial) for partial in op.partials]
        pushes = op.pushes or [_product("t", partial) for partial in op.partials]
        self._pulls = [_of_words(formula, names, "g, ") for formula in pulls]
        self._pushes = [_of_words(formula, names, "t, ") for formula in pushes]
        self._partials = [_of_words(formula, names) for formula in op.partials]
        value = f"(w := {op.common}, {op.value})" if op.common else op.value
        # a pair of the common part and the value, if there is a common part
        self.value = _of_words(value, ["", *names[1:]] if op.common else names)

    def __reduce__(self) -> tuple[Callable[..., "ArrayRule"], tuple[Formulas]]:
        return rule_of, (self.op,)  # compiled formulas cannot be pickled

    def evaluate(self, operands: Sequence[Array], settings: Mapping[str, Any]) -> Array:
        """Return the value for numbers and arrays that a user passed in."""
        for x in operands:
            if not isinstance(x, NUMBERS_OR_LISTS) and not hasattr(x, "__array__"):
                name = self.op.name
                raise GraphError(f"{name}: {x!r} is neither a number nor a vertex of a graph")
        arguments = [number_or_array(x, f"an argument of {self.op.name}") for x in operands]
        words = (*[None] * self.first, *arguments, *settings.values())
        try:
            with np.errstate(all="ignore"):  # infinity and NaN are allowed: see `first_not_finite`
                result = self.value_with_floats(words)
        except ERRORS as error:
            raise GraphError(self.explain(error, words)) from None
        return result[1] if self.op.common else result

    def value_with_floats(self, words: Words) -> Any:
        """Return the value at words that may include Python's floats.

        A Python float adapts to the precision of arrays; a result of floats alone is a float.
        """
        if float not in map(type, words):
            return self.value(words)
        if not self.op.elementwise:
            return self.value(_in_numpy(words, np.float64))
        if {*map(type, words[self.first :])} == {float}:
            return float(self.value(_in_numpy(words, np.float64)))
        return self.value(words)

    def in_numpy(self, words: Words) -> Words:
        """Return the words with numpy's numbers in place of Python's, in the value's precision."""
        if float not in map(type, words):
            return words
        value = words[self.first - 1]
        return _in_numpy(words, np.float64 if type(value) is float else value.dtype.type)

    def explain(self, error: Exception, words: Words) -> str:
        """Explain why the value cannot be computed."""
        if isinstance(error, GraphError):
            return str(error)
        last = self.first + self.op.arity
        arguments, settings = words[self.first : last], words[last:]
        shapes, name = " and ".join(str(np.shape(x)) for x in arguments), self.op.name
        if len(arguments) == 1:
            chosen = zip(self.op.settings, settings, strict=True)
            at = " and ".join(
                f"{key}={setting_text(x)}" for key, x in chosen if x is not None and x is not False
            )
            return f"{name}: {at or 'it'} does not fit an argument of the shape {shapes}"
        if isinstance(error, ValueError):  # numpy raises it for shapes that do not match
            return f"{name}: {self.op.symbol} cannot combine the shapes {shapes}"
        return f"{name}: {error} (the arguments have the shapes {shapes})"

    def local(self, slot: int, words: Words) -> Array:
        """Return the local derivative with respect to an argument: number, array or linear map."""
        value, x = words[self.first - 1], words[self.first + slot]
        shape = np.shape(value)
        if self.op.elementwise and x.shape == shape:
            with np.errstate(all="ignore"):
                diagonal = self._partials[slot](words)
            is_whole = type(diagonal) is float or diagonal.shape == shape
            return diagonal if is_whole else np.broadcast_to(diagonal, shape)

        def pull(g: Array) -> Array:
            if np.shape(g) != shape:
                shapes = f"{np.shape(g)}, but the value has the shape {shape}"
                raise GraphError(f"{self.op.name}: the adjoint has the shape {shapes}")
            return self.pull(slot, words, np.float64(g) if type(g) in (int, float) else g)

        def push(t: Array) -> Array:
            t = np.float64(t) if type(t) in (int, float) else t
            tangent = np.broadcast_to(self._pushes[slot](t, words), shape)
            return np.asarray(tangent, np.result_type(value))

        return LinearMap(pull, push)

    def pull(self, slot: int, words: Words, g: Array) -> Array:
        """Return g · ∂v/∂x for an argument x: an adjoint with the shape and the type of x."""
        term, x = self._pulls[slot](g, words), words[self.first + slot]
        if term.shape != x.shape:
            term = fit(term, x)  # x was broadcast
        return term if term.dtype is x.dtype else np.asarray(term, x.dtype)


def rule_of(op: Formulas) -> ArrayRule:
    """Return the operation on arrays; operations that differ only in settings share it."""
    return _rule_of(op.base or op)


_rule_of = cache(ArrayRule)


def _in_numpy(words: Words, kind: Callable[[float], Any]) -> Words:
    return tuple([kind(x) if type(x) is float else x for x in words])


def _product(factor: str, partial: str) -> str:
    return factor if partial == "1.0" else f"{factor} * ({partial})"


def _of_words(formula: str, names: Sequence[str], before: str = "") -> Formula:
    """Compile a formula to a function of `before` and a tuple of words with these names."""
    places = {name: f"words[{k}]" for k, name in enumerate(names)}
    return compile_formula(substitute(formula, places), f"{before}words", ARRAY_FUNCTIONS)
