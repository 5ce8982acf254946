"""f ↦ G: trace an ordinary function into a graph."""

import inspect
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from coursekit.engine.graph import Graph
from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError, describe_location


def trace(f: Callable[..., Any]) -> Graph:
    """Return the graph of a function: its arguments are the inputs, and its result is the loss.

    The function is called once, with vertices. An argument with a default keeps the default, and
    numpy's functions build vertices, too. Code that depends on a value (`if x > 0`, `range(x)`,
    `math.exp(x)`) cannot be traced: the error names its file and line.

    >>> def loss(a, b):
    ...     c = a + b
    ...     return c * (b + 1)
    >>> trace(loss).linearize(a=2.0, b=1.0).values
    {a: 2.0, b: 1.0, v3 = a + b: 3.0, v4 = b + 1: 2.0, l = v3 × v4: 6.0}
    """
    g = Graph()
    bound = _bind_inputs(f, g)
    result = call_traced(f, g, *bound.args, **bound.kwargs)
    if isinstance(result, np.ndarray) and result.dtype == object:
        result = result.item() if result.size == 1 else result.sum()
    if isinstance(result, tuple | list) and any(isinstance(x, Vertex) for x in result):
        raise GraphError(
            f"{name_of(f)} returns {len(result)} results, but a graph has one result:"
            " return their sum, or use jacobian"
        )
    if not isinstance(result, Vertex) or result.graph is not g:
        code = f.__code__ if inspect.isfunction(f) else None
        suffix = f" ({describe_location(code.co_filename, code.co_firstlineno)})" if code else ""
        raise GraphError(
            f"{name_of(f)} returns {str(result)[:60]}, which does not depend on its arguments"
            f"{suffix}"
        )
    make_loss(g, result)
    return g


def call_traced(f: Callable[..., Any], g: Graph, /, *args: Any, **settings: Any) -> Any:
    """Return f(*args) for vertices of g; a comparison of vertices is refused during the call."""
    g.is_traced = True  # a == b asks for values
    try:
        result = f(*args, **settings)
    except (TypeError, ValueError) as error:
        if isinstance(error.__cause__, GraphError):  # numpy wraps it, as in zeros[0] = vertex
            raise error.__cause__ from None
        raise
    g.is_traced = False
    return result


def make_loss(g: Graph, vertex: Vertex) -> None:
    """Make a vertex the loss of g; if it is an input or others use it, a copy is the loss."""
    g.loss(vertex * 1 if g.out(vertex) or vertex.index < len(g.inputs) else vertex)


def _bind_inputs(f: Callable[..., Any], g: Graph) -> inspect.BoundArguments:
    """Add an input to g for each argument of f without a default, and bind them to f."""
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        raise GraphError(
            f"{name_of(f)} has no signature that Python can read: wrap it in a def or a lambda"
        ) from None
    inputs = OrderedDict[str, Vertex]()
    for argument in signature.parameters.values():
        if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
            raise GraphError(f"{name_of(f)} takes {argument}: give each argument a name")
        if argument.default is argument.empty:
            inputs[argument.name] = g.input(argument.name)
    return inspect.BoundArguments(signature, inputs)


def name_of(f: Callable[..., Any]) -> str:
    """Return the name of a function for error messages."""
    return getattr(f, "__name__", getattr(f, "name", "the function"))
