"""∇f(x), ∂f/∂x · v, v · ∂f/∂x and ∂²f/∂x² for an ordinary function f of numbers or arrays.

Each call traces f at its arguments and runs an algorithm of the course. Positional arguments are
differentiated; keyword arguments are passed on as they are.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, wraps
from itertools import product
from typing import Any

import numpy as np

from coursekit.algorithms.derivatives import both_sweeps, gradient_graph, jacobian, toward
from coursekit.engine.gradients import backprop, forward_mode
from coursekit.engine.graph import Graph
from coursekit.engine.sums import NOTHING, derivative_like, like
from coursekit.engine.tape.sweeps import Tape
from coursekit.engine.values import number_or_array
from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError, plural
from coursekit.tracing import call_traced, make_loss, name_of, unroll

Function = Callable[..., Any]


def gradient(f: Function) -> Function:
    """Return the function that maps x to ∇f(x): one derivative, or a tuple for several arguments.

    f must return one number; a derivative has the shape of its argument. Keyword arguments are
    held fixed. For numbers, `gradient(gradient(f))` is the second derivative.

    >>> f = lambda a, b: (a + b) * (b + 1)
    >>> gradient(f)(2.0, 1.0)
    (2.0, 5.0)
    >>> gradient(lambda x: x @ x)([1.0, 2.0])
    array([2., 4.])
    """

    @wraps(f)
    def slopes(*x: Any, **settings: Any) -> Any:
        return value_and_gradient(f)(*x, **settings)[1]

    return slopes


def value_and_gradient(f: Function) -> Function:
    """Return the function that maps x to f(x) and ∇f(x).

    >>> value_and_gradient(lambda a, b: (a + b) * (b + 1))(2.0, 1.0)
    (6.0, (2.0, 5.0))
    """

    @wraps(f)
    def value_and_slopes(*x: Any, **settings: Any) -> tuple[Any, Any]:
        call = Call(f, x, settings, may_nest=True)
        result = call.one_number()
        if not call.is_nested:
            value, slopes = call.value, call.pull(like(call.value, 1.0))
        elif call.results:
            make_loss(call, result)
            value, slopes = both_sweeps(call, iter(call.at))
        else:
            value, slopes = result, [0.0] * len(x)
        return value, slopes[0] if len(x) == 1 else tuple(slopes)

    return value_and_slopes


def jvp(f: Function, x: Any, v: Any) -> tuple[Any, Any]:
    """Return f(x) and ∂f/∂x · v, its derivative in the direction v, by one forward sweep.

    For a function of several arguments, x and v are tuples. f may return a number, an array, or a
    list of numbers, which counts as an array.

    >>> jvp(lambda a, b: (a + b) * (b + 1), (2.0, 1.0), (0.0, 1.0))
    (6.0, 5.0)
    """
    call = Call(f, as_arguments(x), {})
    return call.value, call.push(_tangents(x, v))


def vjp(f: Function, x: Any) -> tuple[Any, Function]:
    """Return f(x) and the pullback, which maps a seed v to v · ∂f/∂x by a reverse sweep.

    The seed has the shape of f(x). For a function of several arguments, x is a tuple, and so is
    v · ∂f/∂x.

    >>> value, pull = vjp(lambda a, b: (a + b) * (b + 1), (2.0, 1.0))
    >>> value, pull(1.0)
    (6.0, (2.0, 5.0))
    """
    call = Call(f, as_arguments(x), {})

    def pull(seed: Any) -> Any:
        slopes = call.pull(derivative_like(call.value, seed, "the seed"))
        return tuple(slopes) if isinstance(x, tuple) else slopes[0]

    return call.value, pull


def hessian(f: Function) -> Function:
    """Return the function that maps x to the second derivatives of f, which returns one number.

    For a number, that is a number, and for a vector a matrix; for arrays of the shapes s and t it
    is an array of the shape s + t. For several arguments, H[i][j] belongs to arguments i and j.

    >>> hessian(lambda a, b: (a + b) * (b + 1))(2.0, 1.0)
    ((0.0, 1.0), (1.0, 2.0))
    >>> hessian(lambda x: x[0] ** 2 * x[1])([1.0, 3.0])
    array([[6., 2.],
           [2., 0.]])
    """

    @wraps(f)
    def second_derivatives(*x: Any, **settings: Any) -> Any:
        call = Call(f, x, settings)
        matrix = _hessian_matrix(call, call.one_number())
        ends = np.cumsum([np.size(a) for a in call.at])[:-1]
        blocks: list[list[Any]] = [np.split(rows, ends, axis=1) for rows in np.split(matrix, ends)]
        for (i, a), (j, b) in product(enumerate(call.at), repeat=2):
            kind = np.result_type(a, b)
            block = blocks[i][j].reshape(np.shape(a) + np.shape(b)).astype(kind)
            blocks[i][j] = block if block.ndim else float(block)
        return blocks[0][0] if len(x) == 1 else tuple(map(tuple, blocks))

    return second_derivatives


def _hessian_matrix(call: "Call", result: Any) -> Any:
    """Return ∂²f/∂x² with a row and a column for each number in the arguments."""
    size = sum(map(np.size, call.at))
    matrix = np.zeros((size, size))
    if not call.results:
        return matrix
    make_loss(call, result)
    scalar = unroll(call, **dict(zip(call.inputs, call.at, strict=True)))
    h, slopes = gradient_graph(scalar)
    rows = [i for i, slope in enumerate(slopes.values()) if isinstance(slope, Vertex)]
    outputs = [slope for slope in slopes.values() if isinstance(slope, Vertex)]
    if outputs:
        numbers = [float(x) for a in call.at for x in np.ravel(a)]
        lin = Tape[Vertex](h.columns.structure, outputs[0].index, numbers)
        matrix[rows] = jacobian(lin, [*h.inputs.values()], outputs).matrix
    return matrix


class Call(Graph):
    """The graph of f(*x), with the values of its inputs: numbers, arrays, or other vertices."""

    def __init__(
        self, f: Function, x: Sequence[Any], settings: Mapping[str, Any], may_nest: bool = False
    ) -> None:
        super().__init__()
        self.f = name_of(f)
        arguments = bind(f, x, settings, may_nest)
        self.at = list(arguments.values())
        self.is_nested = any(isinstance(a, Vertex) for a in self.at)
        result = call_traced(f, self, *map(self.input, arguments), **settings)
        try:
            self.entries = np.asarray(result, dtype=object)  # vertices and constants
        except ValueError:  # a list of arrays
            raise self._refusal(f"{len(result)} arrays") from None
        self.results = [r for r in self.entries.flat if isinstance(r, Vertex)]
        for r in self.results:
            self.index(r)  # raises the error for a vertex of another graph
        if self.is_nested and (self.columns.of_arrays or any(map(_may_be_array, self.at))):
            raise GraphError(
                "a gradient of a gradient needs functions of numbers: for arrays, use hessian(f)(x)"
            )

    def _refusal(self, what: str) -> GraphError:
        return GraphError(
            f"{self.f} returns {what}, but gradient and hessian need one number: return the sum,"
            " or use jvp or vjp"
        )

    def one_number(self) -> Any:
        """Return the result of f; raise GraphError if it is not one number."""
        if self.entries.size != 1 or (not self.is_nested and np.size(self.value) != 1):
            shape = np.shape(self.entries if self.is_nested else self.value)
            raise self._refusal(f"an array of the shape {shape}")
        return self.entries.item()

    def lin_at(self, x: Sequence[Any]) -> Tape[Vertex]:
        """Return the linearization at other values of the arguments."""
        loss = (self.results or self.vertices)[0]
        return Tape(self.columns.structure, loss.index, x)

    def value_of(self, lin: Tape[Vertex]) -> Any:
        """Return f(x), where the linearization was made at x."""
        constant = f"the result of {self.f}"
        return self._like_result(lin.values, lambda r: number_or_array(r, constant))

    lin = cached_property(lambda self: self.lin_at(self.at))
    value = cached_property(lambda self: self.value_of(self.lin))

    def _like_result(self, numbers: Mapping[Vertex, Any], constant: Callable[[Any], Any]) -> Any:
        """Return the number of each vertex in the result of f, in the shape of the result."""
        parts = [numbers[r] if isinstance(r, Vertex) else constant(r) for r in self.entries.flat]
        if self.entries.ndim == 0:
            return _plain(parts[0])
        if any(map(np.ndim, parts)):
            raise self._refusal(f"a list of {len(parts)} arrays")
        return np.array(parts, dtype=float).reshape(self.entries.shape)

    def push(self, tangents: Sequence[Any]) -> Any:
        """Return the tangent of f(x), given a tangent of each argument."""
        pushed = forward_mode(self.lin, dict(zip(self.inputs.values(), tangents, strict=True)))
        return self._like_result(pushed, lambda _: 0.0)

    def pull(self, seed: Any) -> list[Any]:
        """Return seed · ∂f/∂x for each argument x; the seed has the shape of f(x)."""
        slopes = [NOTHING] * len(self.at)
        seeds = np.ravel(seed) if self.entries.ndim else [seed]
        for r, s in zip(self.entries.flat, seeds, strict=True):
            if isinstance(r, Vertex):
                adjoints = backprop(toward(self.lin, r), seed=s)
                slopes = [
                    x + adjoints[v] for x, v in zip(slopes, self.inputs.values(), strict=True)
                ]
        return [
            like(a, 0.0) if x is NOTHING else _plain(x)
            for a, x in zip(self.at, slopes, strict=True)
        ]


def _plain(x: Any) -> Any:
    """Return a number as Python's float; an array or a float32 stays as it is."""
    return float(x) if type(x) is np.float64 else x


def _may_be_array(x: Any) -> bool:
    """Return whether x is an array, or a vertex whose value may be one."""
    if not isinstance(x, Vertex):
        return isinstance(x, np.ndarray)
    return x.graph.columns.of_arrays or any(map(_may_be_array, getattr(x.graph, "at", ())))


def bind(
    f: Function, x: Sequence[Any], settings: Mapping[str, Any], may_nest: bool = False
) -> dict[str, Any]:
    """Return the positional arguments of f by name; *args are args[0], args[1], …

    >>> bind(lambda a, *more: a, [2, 3.0, 1.0], {})
    {'a': 2.0, 'more[0]': 3.0, 'more[1]': 1.0}
    """
    if not callable(f):
        raise GraphError(f"{f!r} is not a function: pass f itself, and its arguments later")
    if not x:
        raise GraphError(
            f"{name_of(f)} has nothing to be differentiated: pass the arguments by position, as in"
            " gradient(f)(2.0), because keyword arguments are held fixed"
        )
    arguments = dict(zip(_names(f, x, settings), x, strict=True))
    for name, argument in arguments.items():
        if isinstance(argument, tuple):
            raise GraphError(
                f"{name} is a tuple: pass an array or a list, or several arguments: gradient(f)(*x)"
            )
        if not isinstance(argument, Vertex):
            arguments[name] = number_or_array(argument, name)
        elif not may_nest:
            raise GraphError(
                f"{name} is a vertex, not a number or an array: inside a traced function, only"
                " gradient and value_and_gradient can be called"
            )
    return arguments


def _names(f: Function, x: Sequence[Any], settings: Mapping[str, Any]) -> list[str]:
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        return [f"x{k}" for k, _ in enumerate(x, 1)]
    try:
        signature.bind(*x, **settings)
    except TypeError:
        takes = ", ".join(map(str, signature.parameters))
        raise GraphError(
            f"{name_of(f)} takes ({takes}), but got {plural(len(x), 'argument')}: pass a value for"
            " each, and in a tuple to jvp, vjp and check_gradients"
        ) from None
    names: list[str] = []
    for p in signature.parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            names += [f"{p.name}[{k}]" for k in range(len(x) - len(names))]
        else:
            names.append(p.name)
    return names[: len(x)]


def as_arguments(x: Any) -> tuple[Any, ...]:
    """Return the arguments that x stands for: a tuple holds several, anything else is one."""
    return x if isinstance(x, tuple) else (x,)


def _tangents(x: Any, v: Any) -> list[Any]:
    """Return the tangent of each argument; raise GraphError if v is not like x."""
    if isinstance(x, tuple) != isinstance(v, tuple) or len(as_arguments(x)) != len(as_arguments(v)):
        raise GraphError("x and v must both be tuples of the same length, or both be one argument")
    return [number_or_array(t, "a tangent in v") for t in as_arguments(v)]
