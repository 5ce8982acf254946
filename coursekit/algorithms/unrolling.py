"""X ↦ X[0,0], X[0,1], …: unroll a graph of arrays into a graph of numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from coursekit.engine.formulas import ARGUMENTS, compile_formula
from coursekit.engine.graph import Graph
from coursekit.engine.names import input_values
from coursekit.engine.op import Op
from coursekit.engine.operations import OPS
from coursekit.engine.sums import quiet
from coursekit.engine.tape.functions import ARRAY_FUNCTIONS
from coursekit.engine.tape.losses import log_softmax_at
from coursekit.engine.tape.sweeps import evaluate
from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError


@quiet
def unroll(graph: Graph, /, **inputs: Any) -> Graph:
    """Return the scalar graph of a graph of arrays, for inputs of these shapes.

    An input X becomes the inputs "X[0,0]", "X[0,1]", …; each number of a result becomes a vertex.

    >>> g = Graph()
    >>> g.loss(OPS["sum"](g.input("X") @ [2.0, 3.0]))
    l = Σ(v2)
    >>> unroll(g, X=np.ones((1, 2))).linearize(**{"X[0,0]": 1.0, "X[0,1]": 1.0}).values
    {X[0,0]: 1.0, X[0,1]: 1.0, v3 = X[0,0] × 2: 2.0, v4 = X[0,1] × 3: 3.0, l = v3 + v4: 5.0}
    """
    if not isinstance(graph, Graph):
        raise GraphError(f"unroll needs a graph, not {str(graph)[:60]}: pass g itself")
    examples = input_values(graph.inputs, inputs)
    shapes = dict(zip(graph.inputs, map(np.shape, examples), strict=True))
    scalar, structure = Graph(), graph.columns.structure
    evaluate(structure, [*map(np.asarray, examples)])  # raises the error for a wrong shape
    values = structure.room_for_values()
    needed = {graph.ell.index}
    for j in range(graph.ell.index, -1, -1):
        if j in needed:
            needed.update(structure.operands(j))
    for j, op in zip(range(len(structure.vertices)), structure.ops, strict=False):
        if op is None:
            values[j] = _scalar_inputs(scalar, graph.names[j], shapes[graph.names[j]])
        elif j in needed:
            values[j] = _on_objects(op)(*[np.asarray(values[i]) for i in structure.operands(j)])
    loss = np.sum(np.asarray(values[graph.ell.index], dtype=object))
    if not isinstance(loss, Vertex) or scalar.out(loss):
        loss = scalar.add(OPS["add"], (loss, 0.0))  # the loss is a vertex that nobody reads
    scalar.loss(loss)
    return scalar


def _scalar_inputs(scalar: Graph, name: str, shape: tuple[int, ...]) -> Any:
    """Return an array of new inputs "X[0,0]", "X[0,1]", …; for a number, the input is "X"."""
    vertices = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        suffix = f"[{','.join(map(str, index))}]" if index else ""
        vertices[index] = scalar.input(f"{name}{suffix}")
    return vertices


def _each(f: Callable[..., Any], arity: int) -> Callable[..., Any]:
    """Return f for arrays of vertices; its result is an array, even for a single vertex."""
    ufunc = np.frompyfunc(f, arity, 1)
    return lambda *xs: np.asarray(ufunc(*[np.asarray(x, object) for x in xs]), object)


_exp, _square = _each(OPS["exp"], 1), _each(OPS["square"], 1)
_add, _sub, _min = (_each(OPS[name], 2) for name in ("add", "sub", "minimum"))
_log = _each(lambda x: OPS["log"](x) if isinstance(x, Vertex) else np.log(x), 1)
_MAX = np.frompyfunc(OPS["maximum"], 2, 1)


def _log_softmax(x: Any, axis: Any = -1) -> tuple[Any, Any]:
    """Return log softmax(x), and log Σ exp(x)."""
    most, top = np.finfo(float).max, x
    for k in range(x.ndim) if axis is None else np.atleast_1d(axis):
        top = _MAX.reduce(top, axis=k, keepdims=True, initial=-most)
    below = _sub(x, top := _min(top, most))  # exp of it cannot overflow
    log = _log(np.sum(_exp(below), axis, keepdims=True))
    return _sub(below, log), _add(top, log)


def _logsumexp(x: Any, axis: Any = -1, keepdims: bool = False) -> Any:
    _, result = _log_softmax(x, axis)
    return result if keepdims else np.squeeze(result, axis)


def _extreme(name: str) -> Callable[..., Any]:
    """Return the reduction by an operation that keeps the first of equal numbers."""
    first = np.frompyfunc(lambda x, y: OPS[name](y, x), 2, 1)

    def reduce(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axes = range(x.ndim) if axis is None else np.ravel(axis).astype(int) % max(x.ndim, 1)
        for k in sorted(axes[: x.ndim], reverse=True):  # each row first, then the rows
            x = first.reduce(x, axis=k, keepdims=True)
        return x if keepdims else np.squeeze(x, tuple(axes[: x.ndim]))

    return reduce


def _var(x: Any, axis: Any, keepdims: bool, ddof: int) -> Any:
    average = np.asarray(_mean(x, axis, keepdims=True), object)
    n = x.size // max(average.size, 1)
    squares = _square(_sub(x, average))
    return np.sum(squares, axis, keepdims=keepdims) * (1 / (n - ddof) if n > ddof else np.inf)


def _log_softmax_at(x: Any, y: Any) -> Any:
    if y.dtype == object and y.shape == x.shape[:-1]:
        raise GraphError(
            "cross_entropy reads the number that a label chooses, so the labels of a scalar graph"
            " must be constants, not inputs: use lambda x: cross_entropy(x, labels)"
        )
    _, at = log_softmax_at(np.zeros(x.shape), y)
    return _log_softmax(x)[0], at


def _mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    total = np.asarray(np.sum(x, axis, keepdims=keepdims), object)
    return total / (x.size / total.size) if x.size else total * np.nan


def _nll(w: Any, y: Any) -> Any:
    logs, at = w
    return -np.sum(logs * y if at is None else logs.ravel()[at]) / (logs.size // logs.shape[-1])


# formulas on arrays of vertices
_OWN = {
    "sum": lambda x, axis, keepdims: np.sum(x, axis, keepdims=keepdims),
    "mean": _mean,
    "var": _var,
    "largest": _extreme("maximum"),
    "smallest": _extreme("minimum"),
    "softmax": lambda x, axis: _exp(_log_softmax(x, axis)[0]),
    "logsumexp": _logsumexp,
    "log_softmax_at": _log_softmax_at,
    "nll": _nll,
    "mse": lambda x, y: _mean(np.asarray((x - y) ** 2, dtype=object)),
}


def _on_objects(op: Op) -> Callable[..., Any]:
    """Return the operation as a function of numpy arrays of vertices."""
    if op.elementwise:
        return _each(op, op.arity)
    formula = f"(w := {op.common or None}, {op.value})[1]"
    functions = {**ARRAY_FUNCTIONS, **_OWN, **op.settings}
    return compile_formula(formula, ", ".join(ARGUMENTS[: op.arity]), functions)
