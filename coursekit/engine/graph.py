"""G = (V, E): the value at v_i is used to compute v_j if and only if (v_i, v_j) ∈ E.

Operators on vertices build the graph; nothing is computed until `evaluate` or `linearize`.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

from coursekit.engine.blocks import new_block
from coursekit.engine.names import Names, input_values
from coursekit.engine.op import Op
from coursekit.engine.tape.columns import Column, Columns
from coursekit.engine.tape.sweeps import Tape, evaluate
from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError, Lookup, plural, user_location

if TYPE_CHECKING:
    from coursekit.algorithms.symbolic import Symbolic
    from coursekit.programs.program import Program

FIRST_VERTICES = 12  # these record their line of code; larger graphs are built in loops


class Graph:
    """A computational graph with inputs, operations, trainable parameters and one loss.

    >>> g = Graph()
    >>> a, b = g.input("a"), g.input("b")
    >>> g.loss((a + b) * (b + 1))
    l = v3 × v4
    >>> g.linearize(a=2.0, b=1.0).partials[b, g.out(b)[0]]
    1.0
    """

    def __init__(self) -> None:
        self.columns = Columns()
        self.vertices: list[Vertex] = self.columns.vertices
        self.inputs: dict[str, Vertex] = Lookup()  # every vertex that needs a value
        self.parameters: list[Vertex] = []
        self.names = Names(self.columns)
        self.appends_directly = False  # whether operators may skip the checks of `add`
        self.is_traced = False  # whether a == b for two vertices is refused

    def input(self, name: str, *, tex: str = "") -> Vertex:
        """Return a new vertex without in-neighbours; each evaluation sets its value.

        Pictures and formulas write it as `tex`, for example r"x_j^{(l)}".
        """
        self.names.add(len(self.vertices), name, tex)
        self.inputs[name] = self.append(None)
        return self.inputs[name]

    def parameter(self, name: str, *, tex: str = "") -> Vertex:
        """Return a new input that belongs to W, the trainable vertices."""
        self.parameters.append(self.input(name, tex=tex))
        return self.parameters[-1]

    def loss(self, vertex: Vertex) -> Vertex:
        """Make `vertex` the loss ℓ, the vertex to be differentiated, and return it."""
        if not isinstance(vertex, Vertex):
            raise GraphError(f"the loss must be a vertex of this graph, not {vertex!r}")
        index, columns = self.index(vertex), self.columns
        if columns.loss not in (None, index):
            raise GraphError(f"the loss is already {self.ell}: use another Graph()")
        if vertex is not self.vertices[-1] and (heads := self.out(vertex)):
            raise GraphError(
                f"{vertex} cannot be the loss, because {heads[0]} is computed from it:"
                " choose the last vertex"
            )
        columns.loss, self.appends_directly = index, False
        with suppress(GraphError):  # unless it has a name, or another vertex is called l
            self.name(vertex, "l")
        return vertex

    def name(self, vertex: Vertex, name: str, *, tex: str = "") -> None:
        """Name a vertex; any string may be a name, but it must be unique."""
        self.names.add(self.index(vertex), name, tex)

    def block(self, title: str) -> AbstractContextManager[None]:
        """Return a context that collects new vertices in a block: `draw` frames it or folds it."""
        return new_block(title, self.vertices, self.columns.blocks)

    def add(self, op: Op, operands: Sequence[Any]) -> Vertex:
        """Return a new vertex, computed by `op` from vertices of this graph and constants."""
        columns = self.columns
        numbers = [
            self.index(x) if type(x) is Vertex else columns.add_constant(op.name, x)
            for x in operands
        ]
        if columns.of_arrays or not op.elementwise:
            columns.of_arrays, self.appends_directly = True, False
        if not self.appends_directly:
            if columns.loss in numbers:
                raise GraphError(f"{self.ell} is the loss: nothing may be computed from it")
            if columns.of_arrays or len(columns.ops) < FIRST_VERTICES:
                columns.lines[len(columns.ops)] = user_location()
            else:
                self.appends_directly = columns.loss is None
        if op.arity == 3:
            columns.z[len(columns.ops)] = numbers.pop()
        return self.append(op, *numbers)

    def append(self, op: Op | None, x: int = 0, y: int = 0) -> Vertex:
        """Return a new vertex, computed by `op` from the operands with these numbers."""
        columns, vertex = self.columns, Vertex()
        vertex.graph, vertex.index = self, len(columns.ops)
        columns.vertices.append(vertex)
        columns.ops.append(op)
        columns.x.append(x)
        columns.y.append(y)
        return vertex

    def index(self, vertex: Vertex) -> int:
        """Return the creation number of a vertex; raise GraphError if it is not in this graph."""
        if getattr(vertex, "graph", None) is not self:
            raise GraphError(
                f"{vertex} is not a vertex of this graph: combine only vertices of the same Graph()"
            )
        return vertex.index

    def out(self, vertex: Vertex) -> tuple[Vertex, ...]:
        """Return out(v) = {v_j ∈ V : (v, v_j) ∈ E}, in the order in which the edges were added."""
        return self.columns.structure.out(vertex)

    def into(self, vertex: Vertex) -> tuple[Vertex, ...]:
        """Return the in-neighbours: the vertices from which v is computed."""
        return self.columns.structure.into(vertex)

    def evaluate(self, /, *values: Any, **inputs: Any) -> Column[Vertex]:
        """Return the value of every vertex: a number, or an array if inputs are arrays.

        >>> g = Graph()
        >>> l = g.loss(g.input("a") * 3)
        >>> g.evaluate(a=2.0)[l]
        6.0
        """
        structure = self.columns.structure
        return Column(structure, evaluate(structure, input_values(self.inputs, inputs, values)))

    def linearize(self, /, *values: Any, **inputs: Any) -> Tape[Vertex]:
        """Return the linearization at these inputs: a value at each vertex, a partial on each edge.

        An array loss counts as the sum of its elements.
        """
        at = input_values(self.inputs, inputs, values)
        return Tape(self.columns.structure, self.ell.index, at)

    def symbolic(self) -> "Symbolic":
        """Return the linearization in which values, partials and adjoints are formulas."""
        from coursekit.algorithms.symbolic import Symbolic  # from a higher floor

        return Symbolic(self.columns.structure, self.ell.index)

    @property
    def ell(self) -> Vertex:
        """The loss ℓ; raises GraphError if no loss has been set."""
        if self.columns.loss is None:
            raise GraphError("this graph has no loss yet: call g.loss(vertex) first")
        return self.vertices[self.columns.loss]

    @property
    def partials(self) -> NoReturn:
        raise GraphError(
            "a Graph has no partials before it is evaluated: use g.linearize(…), for example"
            " backprop(g.linearize(x=1.0))"
        )

    values = partials

    def compile(self) -> "Program":
        """Return the two sweeps as one straight-line function of the inputs."""
        from coursekit.programs.program import Program  # the only import from a higher floor

        return Program(self)

    def __repr__(self) -> str:
        vertices = plural(len(self.vertices), "vertex", "vertices")
        edges = plural(sum(map(len, self.columns.structure.tails)), "edge")
        loss = "no loss yet" if self.columns.loss is None else f"loss {self.ell}"
        return f"<Graph: {vertices}, {edges}, {loss}>"
