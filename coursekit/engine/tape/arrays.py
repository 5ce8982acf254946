"""ḡ ↦ ḡ · ∂v/∂x and ẋ ↦ ∂v/∂x · ẋ: local derivatives that are arrays or linear maps.

Between arrays a local derivative is a matrix that nobody writes down. Element by element it is
its diagonal, an array; else it is given by what it does: to an adjoint from the left (the
pullback), to a tangent from the right (the pushforward). `adjoint * partial` and
`partial * tangent` mean that, so the algorithms read alike for numbers and for arrays.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from numbers import Real
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from coursekit.engine.op import ARGUMENTS, Op, compiled
from coursekit.errors import GraphError

if TYPE_CHECKING:
    from coursekit.engine.tape.structure import Tape

Array: TypeAlias = Any  # a number or a numpy array


class LinearMap:
    """∂v/∂x by what it does: `adjoint * map` pulls back, `map * tangent` pushes forward.

    >>> transpose = LinearMap(lambda g: g.T, lambda t: t.T)
    >>> (np.array([[1.0, 2.0]]) * transpose).shape
    (2, 1)
    """

    __slots__ = ("at", "pull", "push")
    __array_ufunc__ = None  # so that numpy's arrays leave * and + to us

    def __init__(
        self, pull: Callable[..., Array], push: Callable[..., Array], at: Sequence[Array] = ()
    ) -> None:
        self.pull, self.push, self.at = pull, push, at  # both are handed `at` as well

    def __rmul__(self, adjoint: Array) -> Array:
        return 0 if _empty_sum(adjoint) else self.pull(adjoint, *self.at)

    def __mul__(self, tangent: Array) -> Array:
        return 0 if _empty_sum(tangent) else self.push(tangent, *self.at)

    def __add__(self, other: Array) -> "LinearMap":
        return LinearMap(lambda g: g * self + g * other, lambda t: self * t + other * t)

    __radd__ = __add__


def _empty_sum(x: Array) -> bool:
    return type(x) in (int, float) and x == 0  # nothing was added up, in whatever shape


# ---- what a formula may call, besides + - * / and the methods of arrays


def where(c: Array, x: Array, y: Array) -> Array:
    """Return x where c > 0, else y; numbers take the precision of c."""
    if type(x) is type(y) is float and (x, y) == (1.0, 0.0):
        return np.greater(c, 0).astype(np.result_type(c))
    x, y = (np.result_type(c).type(a) if type(a) is float else a for a in (x, y))
    return np.where(np.greater(c, 0), x, y)


def total(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Return Σ x."""
    return np.add.reduce(x, axis, None, None, keepdims)  # type: ignore[call-overload]


def fit(g: Array, x: Array) -> Array:
    """Return g summed over the axes along which x was broadcast."""
    shape = np.shape(x)
    if g.shape == shape:
        return g
    g = total(g, tuple(range(g.ndim - len(shape))))
    stretched = tuple(k for k, n in enumerate(shape) if n == 1 != g.shape[k])
    return total(g, stretched, True) if stretched else g


def spread(g: Array, x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Return g, which a reduction of x left over, in the shape of x."""
    if axis is not None and not keepdims and np.ndim(x):
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def scatter(g: Array, x: Array, at: Any) -> Array:
    """Return zeros in the shape of x, with g added at an index."""
    out = np.zeros_like(x, dtype=np.result_type(g))
    np.add.at(out, at, g)
    return out


def softmax(x: Array, axis: int = -1) -> Array:
    """Return exp x over its sum."""
    return np.exp(log_softmax(x, axis))


def log_softmax(x: Array, axis: int = -1) -> Array:
    """Return log softmax(x); the maximum is subtracted first, so that nothing overflows."""
    x = x - np.maximum.reduce(x, axis=axis, keepdims=True)
    return x - np.log(total(np.exp(x), axis, True))


def logsumexp(x: Array, axis: Any = -1, keepdims: bool = False) -> Array:
    """Return log Σ exp x, without overflow."""
    top = np.max(x, axis, keepdims=True)
    found = top + np.log(total(np.exp(x - top), axis, True))
    return found if keepdims else np.squeeze(found, axis)


def log_softmax_at(x: Array, y: Array) -> tuple[Array, Array | None]:
    """Return log softmax(x), and where in it, flat, each row's label stands.

    Labels are whole numbers, or rows of probabilities: then None.
    """
    logs = np.ascontiguousarray(log_softmax(x))  # row by row, also where x is a transpose
    if np.shape(y) == x.shape:
        return logs, None
    if np.shape(y) != x.shape[:-1]:
        raise ValueError("one label for each row of logits")
    return logs, _first_of_rows(x.size, x.shape[-1]) + np.ravel(y).astype(np.intp)


@lru_cache(maxsize=8)
def _first_of_rows(size: int, columns: int) -> Array:
    return np.arange(0, size, columns)


def nll(w: tuple[Array, Array | None], y: Array) -> Array:
    """Return −Σ y · log softmax, the mean over the rows: the cross entropy."""
    logs, at = w
    return total(logs * y if at is None else logs.ravel()[at]) * (-logs.shape[-1] / logs.size)


def p_minus_y(w: tuple[Array, Array | None], y: Array) -> Array:
    """Return the derivative of the cross entropy by the logits: (p − y) / rows."""
    logs, at = w
    p = np.exp(logs)
    if at is None:
        p = p * total(y, -1, True) - y
    else:
        p.ravel()[at] -= 1.0
    p *= logs.shape[-1] / logs.size
    return p


def by_labels(w: tuple[Array, Array | None], y: Array) -> Array:
    """Return the derivative of the cross entropy by the labels; whole numbers have none."""
    logs, at = w
    return logs * (-logs.shape[-1] / logs.size) if at is None else np.zeros_like(y)


def mse(x: Array, y: Array) -> Array:
    """Return the mean of (x − y)²."""
    if np.shape(x) != np.shape(y):
        raise ValueError("the two shapes are the same")
    return np.mean((x - y) ** 2)


def mean(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Return the mean of x."""
    return np.mean(x, axis, keepdims=keepdims)


OF_NUMPY = ["exp", "log", "log1p", "sqrt", "sin", "cos", "tan", "tanh", "abs"]
OF_NUMPY += ["size", "s_", "dot", "zeros", "ones", "broadcast_to"]
OURS: list[Callable[..., Any]] = [where, mean, total, fit, spread, scatter, softmax, logsumexp]
OURS += [log_softmax_at, nll, p_minus_y, by_labels, mse]
ARRAY_FUNCTIONS: Mapping[str, Any] = MappingProxyType(
    {name: getattr(np, name) for name in OF_NUMPY}
    | {function.__name__: function for function in OURS}
    | {"max": np.maximum, "min": np.minimum, "pow": np.power}
    | {"sum": total, "outer": np.multiply.outer}
)


# ---- one operation on arrays


def as_array(value: Any, name: str) -> Array:
    """Return an array of floats; float32 stays what it is."""
    try:
        array = np.asarray(value)
        return array if array.dtype.kind == "f" else array.astype(np.float64)
    except (TypeError, ValueError):
        raise GraphError(f"{name} is no array of numbers: {str(value)[:60]}") from None


@cache
def _steps(op: Op) -> tuple[Callable[..., Array], list[tuple[Callable[..., Array], ...]]]:
    """Return an operation's functions: to w and v; for each argument to a local derivative."""
    names = ", ".join(ARGUMENTS[: op.arity])

    def made(arguments: str, formula: str) -> Callable[..., Array]:
        return compiled(formula, arguments, ARRAY_FUNCTIONS)

    value = made(names, f"(w := {op.kept or None}, {op.value})")
    if op.elementwise:
        return value, [(made(f"{names}, v", partial),) for partial in op.partials]
    both = zip(op.pulls, op.pushes, strict=True)
    return value, [
        (made(f"g, {names}, v, w", pull), made(f"t, {names}, v, w", push)) for pull, push in both
    ]


def value_of(op: Op, operands: Sequence[Array]) -> Array:
    """Return the operation's value at numbers and arrays."""
    for x in operands:
        if not isinstance(x, (np.ndarray, Real, list)):
            raise GraphError(f"{op.name}: {x!r} is neither a number nor a vertex of a graph")
    with np.errstate(all="ignore"):  # infinities and NaN are values: `first_not_finite` finds them
        return linearized(op, [np.asarray(x) for x in operands], ())[0]


def linearized(
    op: Op, arguments: Sequence[Array], wanted: Sequence[int]
) -> tuple[Array, list[Array]]:
    """Return the value, and a local derivative for each argument: 0 where it is not wanted.

    A local derivative is a number, an array, or a linear map.
    """
    to_value, to_local = _steps(op)
    if not op.partials:
        arguments = [np.float64(x) if type(x) is float else x for x in arguments]
    try:
        kept, value = to_value(*arguments)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        shapes = " and ".join(str(np.shape(x)) for x in arguments)
        if op.arity == 1:
            raise GraphError(f"{op.name}: {error} (of the shape {shapes})") from None
        raise GraphError(
            f"{op.name}: the shapes {shapes} do not go together under {op.symbol}"
        ) from None
    local: list[Array] = [0.0] * len(arguments)
    shape, at = np.shape(value), (*arguments, value, kept)
    for slot in wanted:
        if not op.partials:
            pull, push = to_local[slot]
            local[slot] = LinearMap(pull, push, at)
            continue
        x, partial = arguments[slot], to_local[slot][0](*arguments, value)
        if type(partial) is not float and partial.shape != shape:
            partial = np.broadcast_to(partial, shape)
        same = (() if type(x) is float else x.shape) == shape
        local[slot] = partial if same else LinearMap(*BROADCAST, (partial, x, shape))
    return value, local


def _pull_broadcast(g: Array, partial: Array, x: Array, shape: tuple[int, ...]) -> Array:
    if type(partial) is not float or partial != 1.0:
        g = g * partial
    return fit(g if np.shape(g) == shape else np.broadcast_to(g, shape), x)


def _push_broadcast(t: Array, partial: Array, _: Array, shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(partial * t, shape)


BROADCAST = (_pull_broadcast, _push_broadcast)


def reverse(tape: "Tape") -> list[Array]:
    """Return ∂ℓ/∂v for each vertex; a loss of several numbers counts as their sum."""
    args, arities, values = tape.structure.args, tape.structure.arities, tape.column
    k, local, adjoints = len(tape.local), tape.local, [None] * len(values)
    adjoints[tape.loss.index] = np.ones_like(values[tape.loss.index])
    for j in range(len(values) - 1, -1, -1):
        k -= arities[j]
        if (g := adjoints[j]) is None:
            continue
        for i, partial in zip(args[k : k + arities[j]], local[k : k + arities[j]], strict=True):
            if i < 0:
                continue  # a constant
            if type(partial) is LinearMap:  # as g * partial does, without asking numpy first
                term = partial.pull(g, *partial.at)
            else:
                term = g if type(partial) is float and partial == 1.0 else g * partial
            adjoints[i] = term if adjoints[i] is None else adjoints[i] + term
    return [np.zeros_like(x) if g is None else g for g, x in zip(adjoints, values, strict=True)]
