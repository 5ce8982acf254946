"""f ↦ G: the graph of an ordinary function, and the scalar graph of a graph of arrays."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from coursekit.engine.graph import Graph, in_order
from coursekit.engine.location import describe_location
from coursekit.engine.op import ARGUMENTS, Op, compiled
from coursekit.engine.operations import OPS
from coursekit.engine.tape.arrays import ARRAY_FUNCTIONS
from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError


def trace(f: Callable[..., Any]) -> Graph:
    """Return the graph of a function: an input for each of its arguments, its result the loss.

    The function is called once, with vertices. Arguments that have a default keep it, and
    numpy's functions build too. What depends on a value (`if x > 0`, `range(x)`, `math.exp(x)`)
    cannot be seen that way: the error names file and line.

    >>> def loss(a, b):
    ...     c = a + b
    ...     return c * (b + 1)
    >>> trace(loss).linearize(a=2.0, b=1.0).values
    {a: 2.0, b: 1.0, v3 = a + b: 3.0, v4 = b + 1: 2.0, l = v3 × v4: 6.0}
    """
    name = getattr(f, "__name__", "the function")
    try:
        arguments = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        raise GraphError(f"{name} has no signature to read: wrap it in a def or a lambda") from None
    g = Graph()
    by_place, by_name = [], {}
    for argument in arguments:
        if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
            raise GraphError(f"{name} takes {argument}: give each argument a name")
        if argument.default is not argument.empty:
            continue
        if argument.kind is argument.KEYWORD_ONLY:
            by_name[argument.name] = g.input(argument.name)
        else:
            by_place.append(g.input(argument.name))
    result = f(*by_place, **by_name)
    if isinstance(result, np.ndarray) and result.dtype == object:
        result = result.item() if result.size == 1 else result.sum()
    if not isinstance(result, Vertex) or result.graph is not g:
        where = (
            describe_location(f.__code__.co_filename, f.__code__.co_firstlineno)
            if inspect.isfunction(f)
            else ""
        )
        raise GraphError(
            f"{name} returns {str(result)[:60]}, which does not depend on its arguments"
            + (f" ({where})" if where else "")
        )
    g.loss(result * 1 if g.out(result) or result.index < len(g.inputs) else result)
    return g


def unroll(graph: Graph, /, **inputs: Any) -> Graph:
    """Return the scalar graph of a graph of arrays, for inputs of these shapes.

    An input X becomes inputs "X[0,0]", "X[0,1]", …, and each number of the result a vertex.

    >>> g = Graph()
    >>> g.loss(OPS["sum"](g.input("X") @ [2.0, 3.0]))
    l = Σ(v2)
    >>> unroll(g, X=np.ones((1, 2))).linearize(**{"X[0,0]": 1.0, "X[0,1]": 1.0}).values
    {X[0,0]: 1.0, X[0,1]: 1.0, v3 = X[0,0] × 2: 2.0, v4 = X[0,1] × 3: 3.0, l = v3 + v4: 5.0}
    """
    shapes = dict(zip(graph.inputs, map(np.shape, in_order(graph.inputs, inputs)), strict=True))
    scalar = Graph()
    made = [None] * len(graph.ops) + graph.constants[::-1]  # constant −k is at −k
    for j, (v, op) in enumerate(zip(graph.vertices, graph.ops, strict=True)):
        if op is None:
            names = np.empty(shapes[str(v)], dtype=object)
            for place in np.ndindex(names.shape):
                names[place] = scalar.input(
                    f"{v}[{','.join(map(str, place))}]" if place else str(v)
                )
            made[j] = names
        else:
            made[j] = _of_objects(op)(*[np.asarray(made[i]) for i in graph.operands(v)])
    loss = made[graph.the_loss().index]
    scalar.loss(np.sum(loss) if isinstance(loss, np.ndarray) else loss)
    return scalar


_exp, _log = (np.frompyfunc(OPS[name], 1, 1) for name in ("exp", "log"))


def _softmax(x: Any, axis: int = -1) -> Any:
    return _exp(x) / np.sum(_exp(x), axis, keepdims=True)


def _logsumexp(x: Any, axis: Any = -1, keepdims: bool = False) -> Any:
    return _log(np.sum(_exp(x), axis, keepdims=keepdims))


def _log_softmax_at(x: Any, y: Any) -> Any:
    one_hot = y if y.shape == x.shape else np.eye(x.shape[-1])[y.astype(int)]
    return x - _logsumexp(x, -1, True), one_hot


def _nll(w: Any, _: Any) -> Any:
    logs, one_hot = w
    return np.sum(logs * one_hot) * (-logs.shape[-1] / logs.size)


# formulas on arrays of vertices; without a maximum subtracted, whose derivative cancels
OF_OBJECTS: dict[str, Callable[..., Any]] = {"softmax": _softmax, "logsumexp": _logsumexp}
OF_OBJECTS |= {"log_softmax_at": _log_softmax_at, "nll": _nll}


def _of_objects(op: Op) -> Callable[..., Any]:
    if op.elementwise:
        return np.frompyfunc(op, op.arity, 1)
    formula = f"(w := {op.kept or None}, {op.value})[1]"
    names = ", ".join(ARGUMENTS[: op.arity])
    return compiled(formula, names, {**ARRAY_FUNCTIONS, **OF_OBJECTS})
