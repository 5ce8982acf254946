"""ḡ ↦ ḡ · ∂v/∂x and ẋ ↦ ∂v/∂x · ẋ: one operation on arrays, with its local derivatives.

A local derivative between arrays is a matrix, which is too large to store. For an
element-by-element operation the matrix is diagonal, and only its diagonal is stored; any other
operation has a `LinearMap` instead.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

from coursekit.engine.formulas import ARGUMENTS, Formulas, compile_formula, setting_text
from coursekit.engine.sums import NOTHING
from coursekit.engine.tape.functions import ARRAY_FUNCTIONS
from coursekit.engine.tape.reductions import Array, fit
from coursekit.engine.values import NUMBERS_OR_LISTS, number_or_array
from coursekit.errors import GraphError

Formula = Callable[..., Array]


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


class Point(NamedTuple):
    """An operation at its arguments: the value, and what the derivatives share with it."""

    arguments: Sequence[Array]
    settings: Sequence[Any]
    value: Array
    common: Any


class ArrayRule:
    """An operation on arrays: its value, and a local derivative for each argument."""

    def __init__(self, op: Formulas) -> None:
        x, settings = ", ".join(ARGUMENTS[: op.arity]), "".join(f", {name}" for name in op.settings)
        self.op = op
        self._value = _array_formula(f"(w := {op.common or None}, {op.value})", x + settings)
        self._partials = [_array_formula(partial, f"{x}, v") for partial in op.partials]
        at = f"{x}, v, w{settings}"
        self._pulls = [_array_formula(pull, f"g, {at}") for pull in op.pulls]
        self._pushes = [_array_formula(push, f"t, {at}") for push in op.pushes]

    def evaluate(self, operands: Sequence[Array], settings: Mapping[str, Any]) -> Array:
        """Return the value for numbers and arrays that a user passed in."""
        for x in operands:
            if not isinstance(x, NUMBERS_OR_LISTS) and not hasattr(x, "__array__"):
                name = self.op.name
                raise GraphError(f"{name}: {x!r} is neither a number nor a vertex of a graph")
        arguments = [number_or_array(x, f"an argument of {self.op.name}") for x in operands]
        with np.errstate(all="ignore"):  # infinity and NaN are allowed: see `first_not_finite`
            return self.at(arguments, settings).value

    def at(self, arguments: list[Array], settings: Mapping[str, Any]) -> Point:
        """Return the operation at these arguments, which become numpy's numbers and arrays.

        A Python float adapts to the precision of arrays; a result of floats alone is a float.
        """
        kinds = [type(x) for x in arguments]
        if float not in kinds:
            common, value = self._evaluate(arguments, settings)
        elif set(kinds) == {float} or not self.op.elementwise:
            arguments = [np.float64(x) if type(x) is float else x for x in arguments]
            common, value = self._evaluate(arguments, settings)
            value = float(value) if self.op.elementwise else value
        else:
            common, value = self._evaluate(arguments, settings)
            arguments = [value.dtype.type(x) if type(x) is float else x for x in arguments]
        return Point(arguments, tuple(settings.values()), value, common)

    def _evaluate(
        self, arguments: Sequence[Array], settings: Mapping[str, Any]
    ) -> tuple[Any, Array]:
        """Return the common part and the value."""
        try:
            common, value = self._value(*arguments, *settings.values())
            return common, value
        except GraphError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise GraphError(self._explain(error, arguments, settings)) from None

    def _explain(
        self, error: Exception, arguments: Sequence[Array], settings: Mapping[str, Any]
    ) -> str:
        shapes, name = " and ".join(str(np.shape(x)) for x in arguments), self.op.name
        if len(arguments) == 1:
            chosen = {key: x for key, x in settings.items() if x is not None and x is not False}
            at = " and ".join(f"{key}={setting_text(x)}" for key, x in chosen.items())
            return f"{name}: {at or 'it'} does not fit an argument of the shape {shapes}"
        if isinstance(error, ValueError):  # numpy raises it for shapes that do not match
            return f"{name}: {self.op.symbol} cannot combine the shapes {shapes}"
        return f"{name}: {error} (the arguments have the shapes {shapes})"

    def local(self, slot: int, at: Point) -> Array:
        """Return the local derivative with respect to an argument: number, array or linear map."""
        shape, x = np.shape(at.value), at.arguments[slot]
        if self.op.elementwise and x.shape == shape:
            with np.errstate(all="ignore"):
                diagonal = self._partials[slot](*at.arguments, at.value)
            is_whole = type(diagonal) is float or diagonal.shape == shape
            return diagonal if is_whole else np.broadcast_to(diagonal, shape)

        def pull(g: Array) -> Array:
            if np.shape(g) != shape:
                shapes = f"{np.shape(g)}, but the value has the shape {shape}"
                raise GraphError(f"{self.op.name}: the adjoint has the shape {shapes}")
            return self.pull(slot, at, np.asarray(g, float) if type(g) in (int, float) else g)

        return LinearMap(pull, partial(self.push, slot, at))

    def pull(self, slot: int, at: Point, g: Array) -> Array:
        """Return g · ∂v/∂x for an argument x: an adjoint with the shape and the type of x."""
        x = at.arguments[slot]
        if not self.op.elementwise:
            term = self._pulls[slot](g, *at.arguments, at.value, at.common, *at.settings)
        else:
            one = self.op.partials[slot] == "1.0"
            term = g if one else g * self._partials[slot](*at.arguments, at.value)
            if term.shape != x.shape:
                shape = np.shape(at.value)
                term = fit(term if term.shape == shape else np.broadcast_to(term, shape), x)
        return term if term.dtype is x.dtype else np.asarray(term, x.dtype)

    def push(self, slot: int, at: Point, t: Array) -> Array:
        """Return ∂v/∂x · t for a tangent t of an argument: a tangent of the value."""
        t = np.float64(t) if type(t) in (int, float) else t
        if not self.op.elementwise:
            term = self._pushes[slot](t, *at.arguments, at.value, at.common, *at.settings)
        else:
            diagonal = self._partials[slot](*at.arguments, at.value)
            term = np.broadcast_to(diagonal * t, np.shape(at.value))
        return np.asarray(term, np.result_type(at.value))


def rule_of(op: Formulas) -> ArrayRule:
    """Return the operation on arrays; operations that differ only in settings share it."""
    return _rule_of(op.base or op)


_rule_of = cache(ArrayRule)


def _array_formula(formula: str, names: str) -> Formula:
    return compile_formula(formula, names, ARRAY_FUNCTIONS)
