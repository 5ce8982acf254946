"""ḡ ↦ ḡ · ∂v/∂x and ẋ ↦ ∂v/∂x · ẋ: one operation on arrays, with its local derivatives.

A local derivative between arrays is a matrix, which is too large to store. For an
element-by-element operation the matrix is diagonal, and only its diagonal is stored; any other
operation has a `LinearMap` instead.
"""

from collections.abc import Callable, Sequence
from functools import cache
from numbers import Real

import numpy as np

from coursekit.engine.formulas import ARGUMENTS, Formulas, compile_formula
from coursekit.engine.tape.functions import ARRAY_FUNCTIONS, Array, fit
from coursekit.errors import GraphError

Formula = Callable[..., Array]


class LinearMap:
    """∂u/∂v between arrays, given by two functions instead of a matrix.

    `adjoint * partial` is the pullback and `partial * tangent` the pushforward, so that the
    algorithms read the same for arrays as for numbers. `at` holds extra arguments for both.

    >>> double = LinearMap(lambda g: 2 * g, lambda t: 2 * t)
    >>> 3 * double, double * 5
    (6, 10)
    """

    __slots__ = ("at", "pull", "push")
    __array_ufunc__ = None  # so that numpy arrays leave * and + to this class

    def __init__(self, pull: Formula, push: Formula, at: Sequence[Array] = ()) -> None:
        self.pull, self.push, self.at = pull, push, at

    def __rmul__(self, adjoint: Array) -> Array:
        return 0 if _is_empty_sum(adjoint) else self.pull(adjoint, *self.at)

    def __mul__(self, tangent: Array) -> Array:
        return 0 if _is_empty_sum(tangent) else self.push(tangent, *self.at)

    def __add__(self, other: Array) -> "LinearMap":
        return LinearMap(lambda g: g * self + g * other, lambda t: self * t + other * t)

    __radd__ = __add__


def _is_empty_sum(x: Array) -> bool:
    return type(x) in (int, float) and x == 0  # no terms have been added yet


class ArrayRule:
    """An operation on arrays: its value, and a local derivative for each argument."""

    def __init__(self, op: Formulas) -> None:
        self.op, x = op, ", ".join(ARGUMENTS[: op.arity])
        self._value = _array_formula(f"(w := {op.common or None}, {op.value})", x)
        self._partials = [_array_formula(partial, f"{x}, v") for partial in op.partials]
        self._maps = [
            (_array_formula(pull, f"g, {x}, v, w"), _array_formula(push, f"t, {x}, v, w"))
            for pull, push in zip(op.pulls, op.pushes, strict=True)
        ]

    def evaluate(self, operands: Sequence[Array]) -> Array:
        """Return the value for numbers and arrays that a user passed in."""
        for x in operands:
            if not isinstance(x, (np.ndarray, Real, list)):
                raise GraphError(
                    f"{self.op.name}: {x!r} is neither a number nor a vertex of a graph"
                )
        with np.errstate(all="ignore"):  # infinity and NaN are allowed: see `first_not_finite`
            return self.value_at([np.asarray(x) for x in operands])[1]

    def prepare(self, arguments: list[Array]) -> list[Array]:
        """Convert floats to numpy floats for formulas that need them, such as x.T."""
        if self.op.elementwise:
            return arguments
        return [np.float64(x) if type(x) is float else x for x in arguments]

    def value_at(self, arguments: Sequence[Array]) -> tuple[Array, Array]:
        """Return the shared result w, and the value."""
        try:
            return self._value(*arguments)  # type: ignore[no-any-return]
        except GraphError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise GraphError(self._explain(error, [np.shape(x) for x in arguments])) from None

    def _explain(self, error: Exception, shapes: Sequence[tuple[int, ...]]) -> str:
        both, name = " and ".join(map(str, shapes)), self.op.name
        if self.op.arity == 1:
            return f"{name}: {error} (the argument has the shape {both})"
        if isinstance(error, ValueError):  # numpy raises it for shapes that do not match
            return f"{name}: {self.op.symbol} cannot combine the shapes {both}"
        return f"{name}: {error} (the arguments have the shapes {both})"

    def local_at(self, slot: int, arguments: Sequence[Array], w: Array, value: Array) -> Array:
        """Return the local derivative with respect to an argument: number, array or linear map."""
        if not self.op.elementwise:
            return LinearMap(*self._maps[slot], (*arguments, value, w))
        shape, x = np.shape(value), arguments[slot]
        partial = self._partials[slot](*arguments, value)
        if type(partial) is not float and partial.shape != shape:
            partial = np.broadcast_to(partial, shape)
        if (() if type(x) is float else x.shape) == shape:
            return partial
        return LinearMap(_pull_broadcast, _push_broadcast, (partial, x, shape))


rule_of = cache(ArrayRule)


def _array_formula(formula: str, names: str) -> Formula:
    return compile_formula(formula, names, ARRAY_FUNCTIONS)


def _pull_broadcast(g: Array, partial: Array, x: Array, shape: tuple[int, ...]) -> Array:
    if type(partial) is not float or partial != 1.0:
        g = g * partial
    return fit(g if np.shape(g) == shape else np.broadcast_to(g, shape), x)


def _push_broadcast(t: Array, partial: Array, _: Array, shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(partial * t, shape)
