"""θ ∈ Rⁿ, ∇ℓ(θ) ∈ Rⁿ: every parameter in one vector, so that a step of descent is two calls.

The lines of a `Program` run here with their results written where they belong: the gradient into
one flat vector, everything between into buffers that are made once.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from coursekit.engine.graph import in_order
from coursekit.engine.tape.arrays import ARRAY_FUNCTIONS, Array
from coursekit.engine.tape.forward import forward
from coursekit.programs.program import Shape, identifiers, sweeps

if TYPE_CHECKING:
    from coursekit.engine.graph import Graph

# numpy's functions that take `out=`, by how a line calls them
UFUNCS = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "@": np.matmul}
UFUNCS |= {name: getattr(np, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh")}
UFUNCS |= {"max": np.maximum, "min": np.minimum}


class Flat:
    """A program of arrays whose parameters are views of one vector `theta`.

    Called with the other inputs it returns the loss and fills `gradient`, a vector like theta.

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

    def __init__(self, graph: "Graph", parameters: Mapping[str, Any]) -> None:
        self._graph = graph
        names = [str(v) for v in graph.parameters]
        given = in_order(dict.fromkeys(names), parameters)
        shapes = [np.shape(x) for x in given]
        self._theta = np.concatenate([np.ravel(x) for x in given]) if given else np.zeros(0)
        self.gradient = np.zeros_like(self._theta)
        self.parameters = dict(zip(names, _views(self._theta, shapes), strict=True))
        self.slopes = dict(zip(names, _views(self.gradient, shapes), strict=True))
        self._data = [name for name in graph.inputs if name not in self.parameters]
        self._variants: dict[tuple[Shape, ...], Callable[..., Any]] = {}

    @property
    def theta(self) -> Array:
        """Every parameter, in the order in which they were made; what is set is copied in."""
        return self._theta

    @theta.setter
    def theta(self, values: Array) -> None:
        self._theta[...] = values

    def __call__(self, /, **inputs: Any) -> Any:
        """Return the loss at theta; `gradient` is overwritten."""
        if inputs.keys() != set(self._data):
            in_order(dict.fromkeys(self._data), inputs)  # says what is missing
        given = [inputs[name] for name in self._data]
        shapes = tuple(map(np.shape, given))
        run = self._variants.get(shapes) or self._variant(shapes, inputs)
        return run(*given)

    def _variant(self, shapes: tuple[Shape, ...], inputs: Mapping[str, Any]) -> Callable[..., Any]:
        graph, names = self._graph, identifiers(self._graph)
        given = in_order(graph.inputs, {**inputs, **self.parameters})
        values = forward(graph, given)[0]
        wanted = {v.index for v in graph.parameters}
        there, back, adjoint = sweeps(graph, names, list(map(np.shape, values)), wanted)
        scope: dict[str, Any] = dict(ARRAY_FUNCTIONS)
        functions: dict[str, Any] = dict(UFUNCS)
        if {np.result_type(x) for x in values} == {self.theta.dtype}:  # dot insists on that
            functions |= {"@": np.dot, "dot": np.dot}
        scope |= {f"out_{k}": f for k, f in enumerate(functions.values())}
        scope |= {f"k{k}": x for k, x in enumerate(graph.constants)}
        home, final = {}, set()  # names with an array to be written into; those that must be
        for v, shape, value in zip(graph.vertices, map(np.shape, values), values, strict=True):
            name = names[v.index]
            if str(v) in self.parameters:
                scope[name] = self.parameters[str(v)]
                home[adjoint[v.index]] = self.slopes[str(v)]
                final.add(adjoint[v.index])
            elif shape and str(v) not in graph.inputs and v is not graph.ell:
                for kept in (name, adjoint[v.index]):
                    home[kept] = np.empty(shape, value.dtype)
            if shape and "dot" in functions:
                home[f"ones_{adjoint[v.index]}"] = np.ones(shape[0], value.dtype)
        seed = f"{adjoint[graph.the_loss().index]} * "
        body = [
            _into(name, line.removeprefix(seed), home, list(functions), must=name in final)
            for name, line in there + back
        ]
        arguments = ", ".join(names[graph.inputs[name].index] for name in self._data)
        source = "\n    ".join(
            [f"def program({arguments}):", *body, f"return {names[graph.the_loss().index]}\n"]
        )
        scope |= home
        exec(compile(source, "<program>", "exec"), scope)
        return self._variants.setdefault(shapes, scope["program"])


def _views(flat: Array, shapes: Sequence[Shape]) -> list[Array]:
    ends = np.cumsum([0, *(np.prod(shape, dtype=int) for shape in shapes)])
    pieces = zip(ends, ends[1:], shapes, strict=False)
    return [flat[a:b].reshape(shape) for a, b, shape in pieces]


def _into(name: str, line: str, home: dict[str, Array], functions: list[str], *, must: bool) -> str:
    """Return the line that writes into the array kept for `name`, where it `must` or can."""
    operand = r"-?[\w.]+|\([^()]*\)"
    if name not in home:
        return f"{name} = {line}"
    if found := re.fullmatch(rf"({operand}) ([-+*/@]) ({operand})", line):
        function, arguments = found[2], f"{found[1]}, {found[3]}"
    elif (found := re.fullmatch(r"(\w+)\(([^()]*)\)", line)) and found[1] in functions:
        function, arguments = found[1], found[2]
    elif (found := re.fullmatch(r"(\w+)\.sum\(0\)", line)) and "dot" in functions:
        # a product with ones is the faster sum
        function, arguments = "dot", f"ones_{found[1]}, {found[1]}"
    elif must:
        return f"{name}[...] = {line}"
    else:
        del home[name]  # a name of the function's own
        return f"{name} = {line}"
    return f"out_{functions.index(function)}({arguments}, out={name})"
