"""f ↦ G: trace an ordinary function into a graph, and unroll a graph of arrays into scalars."""

import inspect
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from coursekit.engine.formulas import ARGUMENTS, compile_formula
from coursekit.engine.graph import Graph
from coursekit.engine.names import input_values
from coursekit.engine.op import Op
from coursekit.engine.operations import OPS
from coursekit.engine.sums import quiet
from coursekit.engine.tape.functions import ARRAY_FUNCTIONS, log_softmax_at
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
    examples = input_values(graph.inputs, inputs)
    shapes = dict(zip(graph.inputs, map(np.shape, examples), strict=True))
    scalar, structure = Graph(), graph.columns.structure
    values = [None] * len(structure.vertices) + structure.constants[::-1]  # constant k is at −k
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
