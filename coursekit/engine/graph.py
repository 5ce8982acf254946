"""G = (V, E): the value at v_i is used to compute v_j if and only if (v_i, v_j) ∈ E.

Operators on vertices build the graph; nothing is evaluated until `evaluate` or `linearize`.
A vertex is a handle, its facts stand in columns of the graph: the operation and its operands.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from coursekit.engine.location import user_location
from coursekit.engine.op import Op, fixed
from coursekit.engine.tape.forward import forward, has_arrays
from coursekit.engine.tape.structure import Column, Structure, Tape
from coursekit.engine.vertex import NUMBERS, Vertex, new
from coursekit.errors import GraphError, did_you_mean

if TYPE_CHECKING:
    from coursekit.programs.program import Program

BY_HAND = 12  # vertices that note their line in any case: larger graphs are made by loops


class Graph:
    """A computational graph: inputs, operations, trainable parameters, one loss.

    >>> g = Graph()
    >>> a, b = g.input("a"), g.input("b")
    >>> g.loss((a + b) * (b + 1))
    l = v3 × v4
    >>> g.linearize(a=2.0, b=1.0).partials[b, g.out(b)[0]]
    1.0
    """

    def __init__(self) -> None:
        self.vertices: list[Vertex] = []
        self.parameters: list[Vertex] = []
        self.inputs: dict[str, Vertex] = {}  # parameters included: all that needs a value
        # the tape: an operation for each vertex, and the operands of all of them, flat
        self.ops: list[Op | None] = []
        self.args: list[int] = []
        # a constant is operand −k: it stands k places from the end of the values
        self.constants: list[Any] = []
        self.ell: Vertex | None = None  # the loss, once it is set
        # swift: operators need not look for a loss, for arrays, or for the line that called them
        self.swift, self.of_arrays = False, False
        self.lines: dict[int, tuple[str, int]] = {}  # where the user made a vertex
        self._names: dict[str, int] = {}
        self._named: dict[int, str] = {}
        self._structure: Structure | None = None

    def input(self, name: str) -> Vertex:
        """Return a new vertex without in-neighbours; its value is given at each evaluation."""
        if not isinstance(name, str) or not name:
            raise GraphError(f"an input's name is a text such as 'x', not {name!r}")
        self._check_free(name)
        v = self._append(None)
        self._names[name], self._named[v.index] = v.index, name
        self.inputs[name] = v
        return v

    def parameter(self, name: str) -> Vertex:
        """Return a new input that belongs to W, the trainable vertices."""
        self.parameters.append(self.input(name))
        return self.parameters[-1]

    def loss(self, vertex: Vertex) -> Vertex:
        """Return `vertex`, now ℓ: the vertex whose derivatives are asked for."""
        if not isinstance(vertex, Vertex):
            raise GraphError(f"the loss is a vertex of this graph, not {vertex!r}")
        if self.ell is not None and self.ell is not vertex:
            raise GraphError(f"the loss is {self.ell} already; make a new Graph() for another")
        if (index := self.index(vertex)) in self.args:
            raise GraphError(
                f"{vertex} has the out-neighbour {self.out(vertex)[0]}, and a loss is used by"
                " nothing: choose the last vertex"
            )
        self.ell, self.swift = vertex, False
        if index not in self._named and "l" not in self._names:
            self.name(vertex, "l")
        return vertex

    def name(self, vertex: Vertex, name: str) -> None:
        """Call the vertex `name`; any text may be a name, but only once."""
        if vertex.index in self._named:
            raise GraphError(f"the vertex {vertex} has a name already")
        self._check_free(name)
        self._names[name] = self.index(vertex)
        self._named[vertex.index] = name

    def _check_free(self, name: str) -> None:
        if name in self._names:
            raise GraphError(f"there is a vertex {name!r} already; choose another name")

    def name_of(self, vertex: Vertex) -> str:
        """Return the given name, or v_i for the i-th vertex."""
        if (named := self._named.get(vertex.index)) is not None:
            return named
        name = f"v{vertex.index + 1}"
        while name in self._names:
            name += "′"
        return name

    def formula(self, vertex: Vertex) -> str:
        """Return how the vertex is computed, "" for an input."""
        op = self.ops[vertex.index]
        return op.formula(*self.operand_names(vertex)) if op else ""

    def add(self, op: Op, operands: Sequence[Any]) -> Vertex:
        """Return a new vertex, computed by `op` from vertices of this graph and constants."""
        indices, constant = [], []
        for k, operand in enumerate(operands):
            if type(operand) is Vertex:
                if operand is self.ell:
                    raise GraphError(f"{operand} is the loss, and a loss is used by nothing")
                indices.append(self.index(operand))
            else:
                self.constants.append(self._constant(op, operand))
                indices.append(-len(self.constants))
                constant.append(k)
        self.of_arrays |= not op.elementwise
        if self.of_arrays or len(self.ops) < BY_HAND:
            self.lines[len(self.ops)] = user_location()
        self.args += indices
        return self._append(fixed(op, tuple(constant)) if constant else op)

    def _append(self, op: Op | None) -> Vertex:
        vertex = new(Vertex)
        vertex.graph, vertex.index = self, len(self.ops)
        self.vertices.append(vertex)
        self.ops.append(op)
        self.swift = len(self.ops) >= BY_HAND and not self.of_arrays and self.ell is None
        return vertex

    def _constant(self, op: Op, operand: Any) -> Any:
        if not isinstance(operand, (*NUMBERS, list)) and not hasattr(operand, "__array__"):
            raise GraphError(f"{op.name}: {operand!r} is neither a number nor a vertex")
        constant = number_or_array(operand, f"a constant of {op.name}")
        self.of_arrays |= type(constant) is not float
        return constant

    def index(self, vertex: Vertex) -> int:
        """Return the place of a vertex in creation order; a stranger is refused."""
        if getattr(vertex, "graph", None) is not self:
            raise GraphError(
                f"{vertex} is no vertex of this graph: combine vertices of one Graph() only"
            )
        return vertex.index

    @property
    def structure(self) -> Structure:
        """The vertices and edges as they are now."""
        if self._structure is None or len(self._structure.vertices) < len(self.vertices):
            self._structure = Structure(self)
        return self._structure

    def operands(self, vertex: Vertex) -> tuple[int, ...]:
        """Return the numbers of the vertices that it is computed from; a constant is −k."""
        starts = self.structure.starts
        return tuple(self.args[starts[vertex.index] : starts[vertex.index + 1]])

    def out(self, vertex: Vertex) -> tuple[Vertex, ...]:
        """Return out(v) = {v_j ∈ V : (v, v_j) ∈ E}, in the order in which the edges were made."""
        return self.structure.out(vertex)

    def into(self, vertex: Vertex) -> tuple[Vertex, ...]:
        """Return the in-neighbours: the vertices from which v is computed."""
        return self.structure.into(vertex)

    def evaluate(self, /, **inputs: Any) -> Column:
        """Return the value at every vertex: numbers, or arrays where inputs are arrays.

        >>> g = Graph()
        >>> l = g.loss(g.input("a") * 3)
        >>> g.evaluate(a=2.0)[l]
        6.0
        """
        return Column(self.structure, forward(self, in_order(self.inputs, inputs))[0])

    def linearize(self, /, **inputs: Any) -> Tape:
        """Return the graph with its values and one local derivative on each edge, at these inputs.

        A loss that is an array counts as the sum of its numbers.
        """
        loss, given = self.the_loss(), in_order(self.inputs, inputs)
        values, local = forward(self, given, partials=True)
        return Tape(self.structure, loss, values, local, of_arrays=has_arrays(self, given))

    def the_loss(self) -> Vertex:
        """Return the loss vertex; without one there is nothing to differentiate."""
        if self.ell is None:
            raise GraphError("this graph has no loss yet: call g.loss(vertex) first")
        return self.ell

    def compile(self) -> "Program":
        """Return the two sweeps as one straight-line function of the inputs."""
        from coursekit.programs.program import Program  # the one import that goes upwards

        return Program(self)

    def operand_names(self, vertex: Vertex) -> list[str]:
        """Return what the vertex is computed from: names of vertices, and constants."""
        return [
            self.name_of(self.vertices[i]) if i >= 0 else constant_name(self.constants[-i - 1])
            for i in self.operands(vertex)
        ]

    def __repr__(self) -> str:
        edges = sum(map(len, self.structure.tails))
        loss = f"loss {self.ell}" if self.ell is not None else "no loss yet"
        return f"<Graph: {len(self.vertices)} vertices, {edges} edges, {loss}>"


def constant_name(constant: Any) -> str:
    """Return a constant as it stands in a formula; of an array only the shape."""
    if isinstance(constant, float):
        return f"{constant:g}".replace("-", "−")
    return f"array{constant.shape}".replace(",)", ")")


def in_order(names: Mapping[str, object], inputs: Mapping[str, Any]) -> list[Any]:
    """Return the inputs' values in the order of the names, each found, a number or an array."""
    if names.keys() != inputs.keys():
        for name in inputs:
            if name not in names:
                raise GraphError(
                    f"there is no input {name!r}{did_you_mean(name, names)};"
                    f" the inputs are: {', '.join(names) or 'none'}"
                )
        missing = next(name for name in names if name not in inputs)
        raise GraphError(f"no value for the input {missing!r}: pass {missing}=1.0, say")
    return [number_or_array(inputs[name], name) for name in names]


def number_or_array(value: Any, name: str) -> Any:
    """Return a value that a vertex may hold: a float, or an array of floats."""
    floats = ("float64", "float32")
    if type(value) is float or (getattr(value, "dtype", None) in floats and value.ndim):
        return value
    if isinstance(value, NUMBERS):
        return float(value)
    if isinstance(value, list) or hasattr(value, "__array__"):
        from coursekit.engine.tape.arrays import as_array  # numpy only where there are arrays

        return as_array(value, name)
    raise GraphError(f"{name} = {value!r} is not a number")
