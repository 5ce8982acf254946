"""θ ∈ Rⁿ, ∇ℓ(θ) ∈ Rⁿ: all parameters in one vector, so that a descent step takes two calls.

The lines of a `Program` are rewritten to reuse memory: they write the gradient into one flat
vector, and intermediate results into buffers that are allocated once.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from coursekit.engine.names import input_values
from coursekit.engine.tape.functions import ARRAY_FUNCTIONS, Array
from coursekit.engine.tape.sweeps import evaluate
from coursekit.programs.source import Shape, Snapshot, Sweeps

# operator or name in a line → numpy's function, which accepts `out=`
UFUNCS = {
    **{"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "@": np.matmul},
    **{name: getattr(np, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh")},
    **{"max": np.maximum, "min": np.minimum},
}


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
        self._theta = np.concatenate([np.ravel(x) for x in start]) if start else np.zeros(0)
        self.gradient = np.zeros_like(self._theta)
        self.parameters = dict(zip(names, _views(self._theta, start), strict=True))
        self.slopes = dict(zip(names, _views(self.gradient, start), strict=True))
        self._data = [name for name in graph.inputs if name not in self.parameters]
        self._variants: dict[tuple[Shape, ...], Callable[..., Any]] = {}

    @property
    def theta(self) -> Array:
        """All parameters, in creation order; an assignment copies the numbers."""
        return self._theta

    @theta.setter
    def theta(self, values: Array) -> None:
        self._theta[...] = values

    def __call__(self, /, **inputs: Any) -> Any:
        """Return the loss at theta, and overwrite `gradient`."""
        if inputs.keys() != set(self._data):
            input_values(dict.fromkeys(self._data), inputs)  # raises the error
        data = [inputs[name] for name in self._data]
        shapes = tuple(map(np.shape, data))
        function = self._variants.get(shapes) or self._variant(shapes, inputs)
        return function(*data)

    def _variant(self, shapes: tuple[Shape, ...], inputs: Mapping[str, Any]) -> Callable[..., Any]:
        """Compile and cache the function for inputs of these shapes."""
        graph = self._graph
        values = evaluate(
            graph.structure, input_values(graph.inputs, {**inputs, **self.parameters})
        )
        sweeps = Sweeps(graph, list(map(np.shape, values)))
        names, constants = sweeps.names, enumerate(graph.structure.constants)
        functions: dict[str, Any] = dict(UFUNCS)
        if {np.result_type(x) for x in values} == {self.theta.dtype}:  # np.dot needs equal types
            functions |= {"@": np.dot, "dot": np.dot}
        buffers = self._buffers(sweeps, values, ones="dot" in functions)
        seed = f"{sweeps.adjoint[graph.loss]} * "  # a factor of 1, which is dropped
        slopes = {sweeps.adjoint[j] for j in graph.parameters.values()}
        body = [
            _into(name, line.removeprefix(seed), buffers, list(functions), must=name in slopes)
            for name, line in sweeps.forward + sweeps.reverse
        ]
        arguments = ", ".join(names[graph.inputs[name]] for name in self._data)
        result = f"return {names[graph.loss]}\n"
        source = "\n    ".join([f"def program({arguments}):", *body, result])
        scope: dict[str, Any] = {
            **ARRAY_FUNCTIONS,
            **{f"out_{k}": f for k, f in enumerate(functions.values())},
            **{f"k{k}": x for k, x in constants},
            **{names[graph.inputs[name]]: x for name, x in self.parameters.items()},
            **buffers,
        }
        exec(compile(source, "<program>", "exec"), scope)
        return self._variants.setdefault(shapes, scope["program"])

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


def _views(vector: Array, arrays: Sequence[Array]) -> list[Array]:
    """Return consecutive pieces of a vector, shaped like these arrays, that share its memory."""
    pieces = np.split(vector, np.cumsum([np.size(x) for x in arrays]))
    return [piece.reshape(np.shape(x)) for piece, x in zip(pieces, arrays, strict=False)]


def _into(
    name: str, line: str, buffers: dict[str, Array], functions: list[str], *, must: bool
) -> str:
    """Return the assignment to `name`: into its buffer, if that is possible or if it `must`.

    A buffer that cannot be used is removed.
    """
    operand = r"-?[\w.]+|\([^()]*\)"
    if name not in buffers:
        return f"{name} = {line}"
    if match := re.fullmatch(rf"({operand}) ([-+*/@]) ({operand})", line):
        function, arguments = match[2], f"{match[1]}, {match[3]}"
    elif (match := re.fullmatch(r"(\w+)\(([^()]*)\)", line)) and match[1] in functions:
        function, arguments = match[1], match[2]
    elif (match := re.fullmatch(r"(\w+)\.sum\(0\)", line)) and "dot" in functions:
        # a product with ones is faster than a sum
        function, arguments = "dot", f"ones_{match[1]}, {match[1]}"
    elif must:
        return f"{name}[...] = {line}"
    else:
        del buffers[name]  # an ordinary assignment needs no buffer
        return f"{name} = {line}"
    return f"out_{functions.index(function)}({arguments}, out={name})"
