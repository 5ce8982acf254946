"""G = (V, E): the value at v_i is used to compute v_j if and only if (v_i, v_j) ∈ E.

Operators on vertices build the graph; nothing is evaluated until `evaluate` or `linearize`.
A vertex is a handle, its facts stand in columns of the graph: the operation and its operands.
"""

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

from coursekit.engine.columns import EdgeColumn, Structure, Values
from coursekit.engine.linearization import Linearization
from coursekit.engine.ops import (
    ADD,
    BOTH,
    DIV,
    FIRST,
    MUL,
    NEG,
    POW,
    SAME,
    SECOND,
    SUB,
    Op,
    Slots,
    reason,
    rule,
)
from coursekit.errors import GraphError, did_you_mean

if TYPE_CHECKING:
    from coursekit.engine.program import Program


NUMBERS = (float, int, Real)  # the usual ones first: asking an abstract class is slow


class Vertex:
    """The result of one computation, or an input: `a + b` builds a vertex from two.

    >>> g = Graph()
    >>> a, b = g.input("a"), g.input("b")
    >>> (a + b).named("c"), b + 1
    (c = a + b, v4 = b + 1)
    """

    __slots__ = ("graph", "index")
    __array_ufunc__ = None  # so that numpy's numbers leave the operators to us

    def __init__(self, graph: "Graph", index: int) -> None:
        self.graph, self.index = graph, index

    def __add__(self, other: Any) -> "Vertex":
        return self.graph.add(ADD, (self, other))

    def __radd__(self, other: Any) -> "Vertex":
        return self.graph.add(ADD, (other, self))

    def __sub__(self, other: Any) -> "Vertex":
        return self.graph.add(SUB, (self, other))

    def __rsub__(self, other: Any) -> "Vertex":
        return self.graph.add(SUB, (other, self))

    def __mul__(self, other: Any) -> "Vertex":
        return self.graph.add(MUL, (self, other))

    def __rmul__(self, other: Any) -> "Vertex":
        return self.graph.add(MUL, (other, self))

    def __truediv__(self, other: Any) -> "Vertex":
        return self.graph.add(DIV, (self, other))

    def __rtruediv__(self, other: Any) -> "Vertex":
        return self.graph.add(DIV, (other, self))

    def __pow__(self, other: Any) -> "Vertex":
        return self.graph.add(POW, (self, other))

    def __rpow__(self, other: Any) -> "Vertex":
        return self.graph.add(POW, (other, self))

    def __neg__(self) -> "Vertex":
        return self.graph.add(NEG, (self,))

    def named(self, name: str) -> "Vertex":
        """Return the vertex itself, now called `name`."""
        self.graph.name(self, name)
        return self

    @property
    def formula(self) -> str:
        """How the vertex is computed, "" for an input."""
        return self.graph.formula(self)

    def __str__(self) -> str:
        return self.graph.name_of(self)

    def __repr__(self) -> str:
        return f"{self} = {self.formula}" if self.formula else str(self)


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
        self.ops: list[Op | None] = []
        self.constants: list[float] = []
        # a constant is operand −k: in evaluate, it stands k places from the end of the values
        self.operands: list[tuple[int, ...]] = []
        self.tails: list[tuple[int, ...]] = []
        self.slots: list[Slots] = []  # for each in-edge, the arguments that it feeds
        self._names: dict[str, int] = {}
        self._named: dict[int, str] = {}
        self.ell: Vertex | None = None  # the loss, once it is set
        self._structure: Structure | None = None

    def input(self, name: str) -> Vertex:
        """Return a new vertex without in-neighbours; its value is given at each evaluation."""
        if not isinstance(name, str) or not name:
            raise GraphError(f"an input's name is a text such as 'x', not {name!r}")
        self._check_free(name)
        v = self._append(None, ())
        self.name(v, name)
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
        index = self.index(vertex)
        if self.ell is not None and self.ell is not vertex:
            raise GraphError(f"the loss is {self.ell} already; make a new Graph() for another")
        if users := self.out(vertex):
            raise GraphError(
                f"{vertex} has the out-neighbour {users[0]}, and a loss is used by nothing:"
                " choose the last vertex"
            )
        self.ell = vertex
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
        """Return a new vertex, computed by `op` from vertices of this graph and numbers."""
        indices = []
        for operand in operands:
            if type(operand) is Vertex:
                if operand.graph is not self or operand is self.ell:
                    self._refuse(operand)
                indices.append(operand.index)
            elif isinstance(operand, NUMBERS):
                self.constants.append(float(operand))
                indices.append(-len(self.constants))
            else:
                raise GraphError(f"{op.name}: {operand!r} is neither a number nor a vertex")
        return self._append(op, tuple(indices))

    def _append(self, op: Op | None, operands: tuple[int, ...]) -> Vertex:
        vertex = Vertex(self, len(self.vertices))
        tails, slots = in_edges(operands)
        self.vertices.append(vertex)
        self.ops.append(op)
        self.operands.append(operands)
        self.tails.append(tails)
        self.slots.append(slots)
        self._structure = None
        return vertex

    def _refuse(self, vertex: Vertex) -> None:
        self.index(vertex)
        raise GraphError(f"{vertex} is the loss, and a loss is used by nothing")

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
        if self._structure is None:
            self._structure = Structure(self.vertices, self.tails)
        return self._structure

    def out(self, vertex: Vertex) -> tuple[Vertex, ...]:
        """Return out(v) = {v_j ∈ V : (v, v_j) ∈ E}, in the order in which the edges were made."""
        return self.structure.out(vertex)

    def into(self, vertex: Vertex) -> tuple[Vertex, ...]:
        """Return the in-neighbours: the vertices from which v is computed."""
        return self.structure.into(vertex)

    def evaluate(self, /, **inputs: float) -> Values:
        """Return the value at every vertex.

        >>> g = Graph()
        >>> l = g.loss(g.input("a") * 3)
        >>> g.evaluate(a=2.0)[l]
        6.0
        """
        return self._forward(inputs, [()] * len(self.vertices))[0]

    def linearize(self, /, **inputs: float) -> Linearization[Vertex]:
        """Return the graph with its values and one local partial on each edge, at these inputs."""
        loss, structure = self.the_loss(), self.structure
        values, partials = self._forward(inputs, self.slots)
        return Linearization(
            structure.vertices,
            loss,
            structure.out,
            structure.into,
            EdgeColumn(structure, partials),
            values,
        )

    def the_loss(self) -> Vertex:
        """Return the loss vertex; without one there is nothing to differentiate."""
        if self.ell is None:
            raise GraphError("this graph has no loss yet: call g.loss(vertex) first")
        return self.ell

    def compile(self) -> "Program":
        """Return the two sweeps as one straight-line function of the inputs."""
        from coursekit.engine.program import Program  # the one import that goes upwards

        return Program(self)

    def _forward(
        self, inputs: Mapping[str, float], wanted: Sequence[Slots]
    ) -> tuple[Values, list[tuple[float, ...]]]:
        """Return the values, and at each vertex the partials of the edges that are wanted."""
        given = iter(in_order(self.inputs, inputs))
        values: list[float] = [0.0] * len(self.vertices)
        values += reversed(self.constants)
        partials: list[tuple[float, ...]] = []
        tape = zip(self.ops, wanted, self.operands, strict=True)
        for j, (op, slots, operands) in enumerate(tape):
            if op is None:
                values[j] = next(given)
                partials.append(())
                continue
            try:
                values[j], *local = rule(op, slots)(*[values[i] for i in operands])
            except (ArithmeticError, ValueError) as error:
                raise GraphError(self._why(self.vertices[j], values, error)) from None
            partials.append(tuple(local))
        return Values(self.structure, values), partials

    def _why(self, vertex: Vertex, values: Sequence[float], error: Exception) -> str:
        i = vertex.index
        at = ", ".join(f"{self.vertices[t]} = {values[t]:g}" for t in self.tails[i])
        op, arguments = self.ops[i], [values[k] for k in self.operands[i]]
        assert op is not None  # an input is not computed
        try:
            op(*arguments)
        except GraphError:
            return f"{vertex!r} cannot be computed at {at}: {reason(error)}"
        return f"{vertex!r} has no derivative at {at}; move the input off this point"

    def operand_names(self, vertex: Vertex) -> list[str]:
        """Return what the vertex is computed from: names of vertices, and constants."""
        return [
            self.name_of(self.vertices[i])
            if i >= 0
            else f"{self.constants[-i - 1]:g}".replace("-", "−")
            for i in self.operands[vertex.index]
        ]

    def __repr__(self) -> str:
        edges = sum(map(len, self.tails))
        loss = f"loss {self.ell}" if self.ell else "no loss yet"
        return f"<Graph: {len(self.vertices)} vertices, {edges} edges, {loss}>"


def in_edges(operands: tuple[int, ...]) -> tuple[tuple[int, ...], Slots]:
    """Return the tails of a vertex's in-edges, and the arguments that each feeds.

    >>> in_edges((4, -1)), in_edges((4, 4)), in_edges((3, 4))
    (((4,), ((0,),)), ((4,), ((0, 1),)), ((3, 4), ((0,), (1,))))
    """
    if len(operands) < 2:
        return operands, FIRST[: len(operands)]
    i, j = operands
    if i < 0:
        return (j,), SECOND
    if j < 0:
        return (i,), FIRST
    return ((i,), SAME) if i == j else (operands, BOTH)


def in_order(names: Mapping[str, object], inputs: Mapping[str, float]) -> list[float]:
    """Return the inputs' values in the order of the names, each found and a number."""
    for name in inputs:
        if name not in names:
            raise GraphError(
                f"there is no input {name!r}{did_you_mean(name, names)};"
                f" the inputs are: {', '.join(names) or 'none'}"
            )
    if missing := [name for name in names if name not in inputs]:
        raise GraphError(f"no value for the input {missing[0]!r}: pass {missing[0]}=1.0, say")
    for name, value in inputs.items():
        if not isinstance(value, Real):
            raise GraphError(f"{name} = {value!r} is not a number")
    return [float(inputs[name]) for name in names]
