"""ḡ ↦ ḡ · ∂v/∂x and ẋ ↦ ∂v/∂x · ẋ: local derivatives that are arrays or linear maps.

Between arrays a local derivative is a matrix that nobody writes down. Element by element it is
its diagonal, an array; else it is given by what it does: to an adjoint from the left (the
pullback), to a tangent from the right (the pushforward). `adjoint * partial` and
`partial * tangent` mean that, so the algorithms read alike for numbers and for arrays.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from numbers import Real
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from coursekit.engine.ops import ARGUMENTS, Op, compiled
from coursekit.errors import GraphError

Array: TypeAlias = Any  # a number or a numpy array


class LinearMap:
    """∂v/∂x by what it does: `adjoint * map` pulls back, `map * tangent` pushes forward.

    `map * map` is their composition, `map + map` their sum.

    >>> transpose = LinearMap(lambda g: g.T, lambda t: t.T)
    >>> (np.array([[1.0, 2.0]]) * transpose).shape
    (2, 1)
    """

    __slots__ = ("pull", "push")
    __array_ufunc__ = None  # so that numpy's arrays leave * and + to us

    def __init__(self, pull: Callable[[Array], Array], push: Callable[[Array], Array]) -> None:
        self.pull, self.push = pull, push

    def __rmul__(self, adjoint: Array) -> Array:
        return 0 if _empty_sum(adjoint) else self.pull(adjoint)

    def __mul__(self, other: Array) -> Array:
        if not isinstance(other, LinearMap):
            return 0 if _empty_sum(other) else self.push(other)
        first, then = other, self  # ∂v/∂u · ∂u/∂x
        return LinearMap(lambda g: first.pull(then.pull(g)), lambda t: then.push(first.push(t)))

    def __add__(self, other: "LinearMap") -> "LinearMap":
        one, two = self, other
        return LinearMap(lambda g: one.pull(g) + two.pull(g), lambda t: one.push(t) + two.push(t))


def _empty_sum(x: Array) -> bool:
    return type(x) is int and x == 0  # nothing was added up yet, in whatever shape


# ---- what a formula may call, besides + - * / and the methods of arrays


def where(c: Array, x: Array, y: Array) -> Array:
    """Return x where c > 0, else y; numbers take the precision of c."""
    kind = np.result_type(c)
    x, y = (kind.type(a) if type(a) is float else a for a in (x, y))
    return np.where(np.greater(c, 0), x, y)


def fit(g: Array, x: Array) -> Array:
    """Return g summed over the axes along which x was broadcast."""
    shape = np.shape(x)
    if np.shape(g) == shape:
        return g
    g = np.sum(g, axis=tuple(range(np.ndim(g) - len(shape))))
    stretched = tuple(k for k, n in enumerate(shape) if n == 1)
    return np.sum(g, axis=stretched, keepdims=True) if stretched else g


def spread(g: Array, x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Return g, which a reduction of x left over, in the shape of x."""
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def scatter(g: Array, x: Array, at: Any) -> Array:
    """Return zeros in the shape of x, with g added at an index."""
    out = np.zeros_like(x, dtype=np.result_type(g))
    np.add.at(out, at, g)
    return out


def softmax(x: Array, axis: int = -1) -> Array:
    """Return exp x over its sum; the maximum is subtracted first, so that nothing overflows."""
    e = np.exp(x - np.max(x, axis, keepdims=True))
    return e / np.sum(e, axis, keepdims=True)


def logsumexp(x: Array, axis: Any = -1, keepdims: bool = False) -> Array:
    """Return log Σ exp x, without overflow."""
    top = np.max(x, axis, keepdims=True)
    found = top + np.log(np.sum(np.exp(x - top), axis, keepdims=True))
    return found if keepdims else np.squeeze(found, axis)


def labelled(x: Array, y: Array) -> Array:
    """Return the labels y as rows of probabilities in the shape of the logits x."""
    if np.shape(y) == np.shape(x):
        return y
    if np.shape(y) != np.shape(x)[:-1]:
        raise ValueError("one label for each row of logits")
    return (np.asarray(y)[..., None] == np.arange(np.shape(x)[-1])).astype(x.dtype)


def cross_entropy(x: Array, y: Array) -> Array:
    """Return −Σ y log softmax(x), the mean over the rows."""
    p = labelled(x, y)
    return np.sum(p * (logsumexp(x, -1, True) - x)) / _rows(x)


def p_minus_y(x: Array, y: Array) -> Array:
    """Return the derivative of `cross_entropy` by the logits."""
    p = labelled(x, y)
    return (softmax(x) * np.sum(p, -1, keepdims=True) - p) / _rows(x)


def by_labels(x: Array, y: Array) -> Array:
    """Return the derivative of `cross_entropy` by the labels."""
    same = np.shape(y) == np.shape(x)  # whole numbers have no derivative
    return (logsumexp(x, -1, True) - x) / _rows(x) if same else np.zeros_like(y)


def _rows(x: Array) -> float:
    return float(np.size(x) / np.shape(x)[-1])


def mse(x: Array, y: Array) -> Array:
    """Return the mean of (x − y)²."""
    if np.shape(x) != np.shape(y):
        raise ValueError("the two shapes are the same")
    return np.mean((x - y) ** 2)


ARRAY_FUNCTIONS: Mapping[str, Any] = MappingProxyType(
    {
        name: getattr(np, name)
        for name in ("exp", "log", "log1p", "sqrt", "sin", "cos", "tan", "tanh", "abs")
    }
    | {"max": np.maximum, "min": np.minimum, "pow": np.power}
    | {"where": where, "outer": np.multiply.outer}
    | {"sum": lambda x, axis=None, keepdims=False: np.sum(x, axis=axis, keepdims=keepdims)}
    | {"mean": lambda x, axis=None, keepdims=False: np.mean(x, axis=axis, keepdims=keepdims)}
    | {
        "size": np.size,
        "zeros": np.zeros,
        "ones": np.ones,
        "s_": np.s_,
        "broadcast_to": np.broadcast_to,
    }
    | {f.__name__: f for f in (fit, spread, scatter, softmax, logsumexp)}
    | {f.__name__: f for f in (cross_entropy, p_minus_y, by_labels, mse)}
)


# ---- one operation on arrays


def shape_of(x: Array) -> tuple[int, ...]:
    """Return the shape, () for a number."""
    return np.shape(x)


def all_finite(x: Array) -> bool:
    """Return whether no number is infinite or NaN."""
    return bool(np.all(np.isfinite(x)))


def as_array(value: Any, name: str) -> Array:
    """Return an array of floats; float32 stays what it is."""
    try:
        array = np.asarray(value)
        return array if array.dtype.kind == "f" else array.astype(np.float64)
    except (TypeError, ValueError):
        raise GraphError(f"{name} is no array of numbers: {str(value)[:60]}") from None


@cache
def _value(op: Op) -> Callable[..., Array]:
    return compiled(op.value, op.arity, ARRAY_FUNCTIONS)


@cache
def _local(op: Op) -> tuple[Callable[..., Array], ...]:
    """Return, for each argument, the local derivative as a function of the arguments and v."""
    names = f"{', '.join(ARGUMENTS[: op.arity])}, v"
    if op.elementwise:
        sources = [f"lambda {names}: {partial}" for partial in op.partials]
    else:
        sources = [
            f"lambda {names}: LinearMap(lambda g: {pull}, lambda t: {push})"
            for pull, push in zip(op.pulls, op.pushes, strict=True)
        ]
    scope = dict(ARRAY_FUNCTIONS) | {"LinearMap": LinearMap}
    return tuple(eval(source, scope) for source in sources)  # the table's own text


def value_of(op: Op, operands: Sequence[Array]) -> Array:
    """Return the operation's value at numbers and arrays."""
    for x in operands:
        if not isinstance(x, (float, np.ndarray, Real, list)):
            raise GraphError(f"{op.name}: {x!r} is neither a number nor a vertex of a graph")
    try:
        with np.errstate(all="ignore"):  # infinities and NaN are values: `first_not_finite`
            return _value(op)(*[np.asarray(x) if not op.elementwise else x for x in operands])
    except (TypeError, ValueError) as error:
        raise GraphError(f"{op.name}: {mismatch(op, operands) or error}") from None


def local_of(op: Op, slot: int, arguments: Sequence[Array], value: Array) -> Array:
    """Return ∂v/∂(the argument in that slot): a number, an array or a linear map."""
    with np.errstate(all="ignore"):
        partial = _local(op)[slot](*arguments, value)
    x = arguments[slot]
    if not op.elementwise or np.shape(x) == np.shape(value):
        return partial
    shape = np.shape(value)  # x was broadcast: its adjoint is a sum
    return LinearMap(
        lambda g: fit(np.broadcast_to(g * partial, shape), x),
        lambda t: np.broadcast_to(partial * t, shape),
    )


def mismatch(op: Op, operands: Sequence[Array]) -> str:
    """Return the shapes that do not go together, in words; "" where that is not the fault."""
    try:
        shapes = [np.shape(x) for x in operands]
    except ValueError:
        return ""
    return f"the shapes {' and '.join(map(str, shapes))} do not go together under {op.symbol}"


def reverse(
    args: Sequence[int],
    heads: Sequence[int],
    local: Sequence[Array],
    values: Sequence[Array],
    loss: int,
) -> Iterator[Array]:
    """Yield ∂ℓ/∂v for each vertex; a loss of several numbers counts as their sum."""
    adjoints: list[Array] = [None] * len(values)
    adjoints[loss] = np.ones_like(values[loss])
    for i, j, partial in zip(reversed(args), reversed(heads), reversed(local), strict=True):
        if i >= 0 and adjoints[j] is not None:
            term = adjoints[j] * partial
            adjoints[i] = term if adjoints[i] is None else adjoints[i] + term
    return (np.zeros_like(x) if g is None else g for g, x in zip(adjoints, values, strict=True))
