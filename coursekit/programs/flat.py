"""θ ∈ Rⁿ, ∇ℓ(θ) ∈ Rⁿ: all parameters in one vector, so that a descent step takes two calls.

The lines of a `Program` are rewritten to reuse memory: they write the gradient into one flat
vector, and intermediate results into buffers that are allocated once.
"""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from coursekit.engine.names import input_values
from coursekit.engine.tape.functions import ARRAY_FUNCTIONS
from coursekit.engine.tape.reductions import Array
from coursekit.engine.tape.sweeps import evaluate
from coursekit.engine.values import number_or_array
from coursekit.errors import GraphError, did_you_mean
from coursekit.programs.source import Shape, Snapshot, Sweeps

# operator or name in a line → numpy's function, which accepts `out=`
UFUNCS = {
    **{"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "@": np.matmul},
    **{name: f for name, f in ARRAY_FUNCTIONS.items() if isinstance(f, np.ufunc)},
}
SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
Kinds = tuple[tuple[Shape, Any], ...]  # the shape and the type of each input


class Flat:
    """A program of arrays whose parameters are views of one vector `theta`.

    Called with the other inputs, it returns the loss and fills `gradient`, a vector like theta.

    >>> from coursekit import Graph, sum
    >>> g = Graph()
    >>> w, x = g.parameter("w"), g.input("x")
    >>> g.loss(sum((w * x) ** 2))
    l = Σ(v4)
    >>> f = g.compile().flat(w=[1.0, 2.0])
    >>> float(f(x=np.array([1.0, 3.0])))
    37.0
    >>> f.theta -= 0.1 * f.gradient
    >>> f.parameters["w"]
    array([ 0.8, -1.6])
    """

    def __init__(self, graph: Snapshot, parameters: Mapping[str, Any]) -> None:
        self._graph, names = graph, list(graph.parameters)
        start = input_values(graph.parameters, parameters)
        kind = np.result_type(*[x for x in start if type(x) is not float] or [float])
        self._theta = np.concatenate([np.zeros(0, kind), *map(np.ravel, start)], dtype=kind)
        self._gradient = np.zeros_like(self._theta)
        self.parameters = _Views(zip(names, _views(self._theta, start), strict=True))
        self.slopes = _Views(zip(names, _views(self._gradient, start), strict=True))
        self._data = dict.fromkeys(name for name in graph.inputs if name not in self.parameters)
        self._variants: dict[Kinds, Callable[..., Any]] = {}

    @property
    def theta(self) -> Array:
        """All parameters, in creation order; an assignment copies the numbers."""
        return self._theta

    @theta.setter
    def theta(self, values: Array) -> None:
        _assign(self._theta, values, "theta")

    @property
    def gradient(self) -> Array:
        """∂ℓ/∂θ after a call; an assignment copies the numbers."""
        return self._gradient

    @gradient.setter
    def gradient(self, values: Array) -> None:
        _assign(self._gradient, values, "gradient")

    def __getstate__(self) -> tuple[Any, ...]:
        return self._graph, dict(self.parameters), self._gradient

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        graph, parameters, gradient = state
        Flat.__init__(self, graph, parameters)  # a copy has views and compiled code of its own
        self.gradient = gradient

    def __call__(self, /, **inputs: Any) -> Any:
        """Return the loss at theta, and overwrite `gradient`; only one thread may call this."""
        if inputs.keys() != self._data.keys():
            input_values(self._data, inputs)  # raises the error
        data = [np.asarray(number_or_array(inputs[name], name)) for name in self._data]
        kinds = tuple([(x.shape, x.dtype) for x in data])
        function = self._variants.get(kinds) or self._variant(kinds, inputs)
        try:
            loss = function(*data)
            # a copy, because the loss may be a view of a buffer or of theta
            return loss.copy() if type(loss) is np.ndarray else loss
        except ZeroDivisionError:  # Python divides by a constant 0; numpy's result is infinite
            loss, slopes = self._graph.interpret(self._inputs(inputs))
            for name, slope in self.slopes.items():
                slope[...] = slopes[name]
            return loss

    def _inputs(self, data: Mapping[str, Any]) -> list[Any]:
        return input_values(self._graph.inputs, {**data, **self.parameters})

    def _variant(self, kinds: Kinds, inputs: Mapping[str, Any]) -> Callable[..., Any]:
        """Compile and cache the function for inputs of these shapes and types."""
        graph = self._graph
        values = evaluate(graph.structure, self._inputs(inputs))
        sweeps = Sweeps(graph, list(map(np.shape, values)))
        names, functions = sweeps.names, dict[str, Any](UFUNCS)
        if {np.result_type(x) for x in values} == {self.theta.dtype}:  # np.dot needs equal types
            functions["dot"] = np.dot
        buffers = self._buffers(sweeps, values, ones="dot" in functions)
        body = [*self._body(sweeps, list(functions), buffers)]
        arguments = ", ".join(names[graph.inputs[name]] for name in self._data)
        result = f"return {names[graph.loss]}\n"
        source = "\n    ".join([f"def program({arguments}):", *body, result])
        scope: dict[str, Any] = {
            **ARRAY_FUNCTIONS,
            **{f"out_{k}": f for k, f in enumerate(functions.values())},
            **sweeps.data,
            **{names[graph.inputs[name]]: x for name, x in self.parameters.items()},
            **buffers,
        }
        exec(compile(source, "<program>", "exec"), scope)
        program = np.errstate(all="ignore")(scope["program"])
        return self._variants.setdefault(kinds, program)

    def _body(
        self, sweeps: Sweeps, functions: list[str], buffers: dict[str, Array]
    ) -> Iterator[str]:
        """Yield the lines of both sweeps; a buffer that no line can write into is removed."""
        loss, seed = self._graph.loss, sweeps.adjoint[self._graph.loss]
        lines = [
            (name, ast.parse(line, mode="eval").body)
            for name, line in (*sweeps.forward, *sweeps.reverse)
        ]
        if sweeps.shapes[loss] == ():
            lines = [(name, _without_factor(seed, tree)) for name, tree in lines]
        nodes = [node for _, tree in lines for node in ast.walk(tree)]
        seed_is_used = any(isinstance(node, ast.Name) and node.id == seed for node in nodes)
        of_vertices = zip(sweeps.names, sweeps.adjoint, sweeps.shapes, strict=True)
        matrices = {name for *names, shape in of_vertices if len(shape) == 2 for name in names}
        slopes = {sweeps.adjoint[j] for j in self._graph.parameters.values()}
        for name, tree in (part for line in lines for part in _parts(*line, buffers)):
            if name == seed and not seed_is_used:
                continue
            written = _into(tree, functions, matrices) if name in buffers else None
            if written:
                yield f"{written}, out={name})"
            elif name in slopes or (name in buffers and isinstance(tree, ast.Compare)):
                yield f"{name}[...] = {ast.unparse(tree)}"
            else:
                buffers.pop(name, None)  # an ordinary assignment needs no buffer
                yield f"{name} = {ast.unparse(tree)}"

    def _buffers(self, sweeps: Sweeps, values: Sequence[Any], *, ones: bool) -> dict[str, Array]:
        """Return a buffer for each name in the source whose value can be written into one."""
        graph, buffers = self._graph, {}
        slopes = {graph.parameters[name]: slope for name, slope in self.slopes.items()}
        unwritable = {*graph.inputs.values(), graph.loss}
        for j, (value, adjoint) in enumerate(zip(values, sweeps.adjoint, strict=True)):
            if j in slopes:
                buffers[adjoint] = slopes[j]
            elif np.shape(value) and j not in unwritable:
                for name in (sweeps.names[j], adjoint):
                    buffers[name] = np.empty(np.shape(value), value.dtype)
            if np.shape(value) and ones:
                buffers[f"ones_{adjoint}"] = np.ones(len(value), value.dtype)
        return buffers


class _Views(dict[str, Array]):
    """Arrays by name that share memory with one vector: an assignment copies the numbers."""

    def __setitem__(self, name: str, values: Array) -> None:
        if name not in self:
            raise GraphError(f"there is no parameter {name!r}{did_you_mean(name, self)}")
        _assign(self[name], values, name)


def _assign(array: Array, values: Any, name: str) -> None:
    if values is not array:  # else the numbers are there already, as after theta -= …
        values = number_or_array(values, name)
        if np.shape(values) != array.shape:
            raise GraphError(
                f"{name} has the shape {array.shape}, and cannot be set to an array of the shape"
                f" {np.shape(values)}"
            )
        array[...] = values


def _views(vector: Array, arrays: Sequence[Array]) -> list[Array]:
    """Return consecutive pieces of a vector, shaped like these arrays, that share its memory."""
    pieces = np.split(vector, np.cumsum([np.size(x) for x in arrays]))
    return [piece.reshape(np.shape(x)) for piece, x in zip(pieces, arrays, strict=False)]


def _without_factor(name: str, tree: ast.expr) -> ast.expr:
    """Return an expression without the factor `name`, which is 1; a truth value keeps it."""
    match tree:
        case ast.BinOp(left=ast.Name(id=factor), op=ast.Mult(), right=right) if factor == name:
            return tree if isinstance(right, ast.Compare) else right
    return tree


def _parts(name: str, tree: ast.expr, buffers: Mapping[str, Array]) -> list[tuple[str, ast.expr]]:
    """Return a line; a product with truth values becomes two, because numbers multiply faster."""
    match tree:
        case ast.BinOp(left=left, op=ast.Mult(), right=ast.Compare() as condition) if (
            name in buffers
        ):
            return [(name, condition), (name, ast.BinOp(left, ast.Mult(), ast.Name(name)))]
    return [(name, tree)]


def _into(tree: ast.expr, functions: list[str], matrices: set[str]) -> str | None:
    """Return the call of a numpy function that writes into a buffer, without its end, or None."""

    def is_matrix(node: ast.expr) -> bool:
        inner = node.value if isinstance(node, ast.Attribute) else node
        return isinstance(inner, ast.Name) and inner.id in matrices

    match tree:
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            function, operands = "@", [left, right]
            if "dot" in functions and is_matrix(left) and is_matrix(right):
                function = "dot"  # faster
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in SIGNS:
            function, operands = SIGNS[type(sign)], [left, right]
        case ast.Call(func=ast.Name(id=function), args=operands) if function in functions:
            pass
        case ast.Call(func=ast.Attribute(value=ast.Name(id=x), attr="sum"), args=[_]) if (
            x in matrices and "dot" in functions
        ):
            # a product with ones is faster than a sum
            function, operands = "dot", [ast.Name(f"ones_{x}"), ast.Name(x)]
        case _:
            return None
    return f"out_{functions.index(function)}({', '.join(map(ast.unparse, operands))}"
