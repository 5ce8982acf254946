"""f(*x) at one point: the graph of a call, the values of its inputs, and sweeps both ways."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from coursekit.algorithms.jacobians import toward
from coursekit.engine.formulas import ARGUMENTS
from coursekit.engine.gradients import backprop, forward_mode
from coursekit.engine.graph import Graph
from coursekit.engine.op import Op
from coursekit.engine.sums import NOTHING, like
from coursekit.engine.tape.sweeps import Tape
from coursekit.engine.values import number_or_array
from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError, plural
from coursekit.tracing import call_traced, name_of

Function = Callable[..., Any]


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
        except ValueError:  # arrays of several shapes
            raise self._list_of_arrays(len(result)) from None
        self.results = [r for r in self.entries.flat if isinstance(r, Vertex)]
        for r in self.results:
            self.index(r)  # raises the error for a vertex of another graph
        if self.is_nested and (self.columns.of_arrays or any(map(_may_be_array, self.at))):
            raise GraphError(
                "a gradient of a gradient needs functions of numbers: for arrays, use hessian(f)(x)"
            )

    def index(self, vertex: Vertex) -> int:
        """Return the number of a vertex; raise GraphError for one of another call."""
        graph = getattr(vertex, "graph", self)
        if graph is not self and isinstance(graph, Call):
            raise GraphError(
                f"{vertex} is combined with a vertex of another function that is being"
                " differentiated: let both be arguments of the inner function"
            )
        return super().index(vertex)

    def _list_of_arrays(self, length: int) -> GraphError:
        return GraphError(
            f"{self.f} returns a list of {length} arrays: return one array, or one number"
        )

    def one_number(self) -> Any:
        """Return the result of f; raise GraphError if it is not one number."""
        if self.entries.size != 1 or (not self.is_nested and np.size(self.value) != 1):
            shape = np.shape(self.entries if self.is_nested else self.value)
            raise GraphError(
                f"{self.f} returns an array of the shape {shape}, but gradient and hessian need one"
                " number: return the sum, or use jvp or vjp"
            )
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
            raise self._list_of_arrays(len(parts))
        return np.array(parts, dtype=float).reshape(self.entries.shape)

    def push(self, tangents: Sequence[Any]) -> Any:
        """Return the tangent of f(x), given a tangent of each argument."""
        pushed = forward_mode(self.lin, dict(zip(self.inputs.values(), tangents, strict=True)))
        return self._like_result(pushed, lambda _: 0.0)

    def pull(self, seed: Any) -> list[Any]:
        """Return seed · ∂f/∂x for each argument x; the seed has the shape of f(x)."""
        slopes = dict.fromkeys(self.inputs.values(), NOTHING)
        seeds = np.ravel(seed) if self.entries.ndim else [seed]
        for r, s in zip(self.entries.flat, seeds, strict=True):
            if isinstance(r, Vertex):
                adjoints = backprop(toward(self.lin, r), seed=s)
                slopes = {v: x + adjoints[v] for v, x in slopes.items()}
        return [
            like(a, 0.0) if x is NOTHING else _plain(x)
            for a, x in zip(self.at, slopes.values(), strict=True)
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
            f"{name_of(f)} has no argument to differentiate: pass the arguments by position, as in"
            " gradient(f)(2.0), because keyword arguments are held fixed"
        )
    arguments = dict(zip(_names(f, x, settings), x, strict=True))
    for name, argument in arguments.items():
        if isinstance(argument, tuple | dict):
            raise GraphError(
                f"{name} is a {type(argument).__name__}: pass an array or a list, or several"
                " arguments, as in gradient(f)(*x)"
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
    if isinstance(f, Op) and len(x) <= f.arity:
        return list(ARGUMENTS[: len(x)])
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
