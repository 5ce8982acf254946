"""ℓ and ∇ℓ(W) as straight-line code: the forward and the reverse sweep, written out."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from coursekit.engine.formulas import FUNCTIONS
from coursekit.engine.graph import Graph, Vertex
from coursekit.engine.tape import forward
from coursekit.engine.tape.inputs import input_values
from coursekit.programs.source import Shape, Sweeps, identifiers

if TYPE_CHECKING:
    from coursekit.programs.flat import Flat

MAX_VERTICES = 100_000  # a larger graph would take seconds to compile, so it is interpreted


class Program:
    """A compiled graph: called with inputs, it returns the loss and its gradient.

    The gradient has an entry for each parameter; in a graph without parameters, for each input.
    An input may be a number, an array, or a column with a number for each example of a batch; a
    loss of several numbers counts as their sum. `source` has a line for each value and adjoint.

    >>> from coursekit.examples import example
    >>> program = example().compile()
    >>> program(a=2.0, b=1.0)
    (6.0, {'a': 2.0, 'b': 5.0})
    >>> print(program.source)
    def program(a, b):
        # forward: values
        c = a + b
        d = b + 1.0
        l = c * d
        # reverse: adjoints
        dl_dl = 1.0
        dl_dd = dl_dl * c
        dl_dc = dl_dl * d
        dl_db = dl_dc + dl_dd
        dl_da = dl_dc
        return l, {'a': dl_da, 'b': dl_db}
    <BLANKLINE>
    """

    def __init__(self, graph: Graph) -> None:
        _ = graph.loss_vertex  # raises GraphError if there is none
        self.graph = snapshot(graph)
        self._variants: dict[tuple[Shape, ...], Callable[..., tuple[Any, dict[str, Any]]]] = {}
        self.source = "# call the program once: its code depends on the shapes of the inputs\n"
        if not graph.columns.of_arrays and len(graph.vertices) <= MAX_VERTICES:
            self._variant(((),) * len(graph.inputs), [])

    def __call__(self, /, **inputs: Any) -> tuple[Any, dict[str, Any]]:
        """Return the loss, and by name its derivative by every parameter or input."""
        at = input_values(self.graph.inputs, inputs)
        if len(self.graph.vertices) > MAX_VERTICES:
            return self._interpret(inputs)
        if self.graph.columns.of_arrays:  # a formula may say x.T, which a float does not have
            from numpy import float64

            at = [float64(x) if type(x) is float else x for x in at]
        shapes = tuple([() if type(x) is float else x.shape for x in at])
        function = self._variants.get(shapes) or self._variant(shapes, at)
        try:
            return function(*at)
        except (ArithmeticError, ValueError):
            self.graph.linearize(**inputs)  # raises the error that names the vertex
            raise

    def flat(self, **parameters: Any) -> "Flat":
        """Return the program with all its parameters, starting at these values, in one vector."""
        from coursekit.programs.flat import Flat  # a program of numbers does not need numpy

        return Flat(self.graph, parameters)

    def _interpret(self, inputs: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        tape = self.graph.linearize(**inputs)
        adjoints = tape.adjoints()
        wanted = differentiated(self.graph).items()
        return tape.values[tape.loss], {name: adjoints[v] for name, v in wanted}

    def _variant(self, shapes: tuple[Shape, ...], at: Sequence[Any]) -> Callable[..., Any]:
        """Return the function for inputs of these shapes."""
        columns = self.graph.columns
        scope: dict[str, Any] = {f"k{i}": k for i, k in enumerate(columns.constants)}
        if columns.of_arrays or any(shapes):
            from coursekit.engine.tape.functions import ARRAY_FUNCTIONS

            values = forward.evaluate(columns, at)
            self.source = listing(self.graph, [getattr(x, "shape", ()) for x in values])
            scope |= ARRAY_FUNCTIONS
        else:
            self.source = listing(self.graph, [()] * len(columns.ops))
            scope |= FUNCTIONS
        # exec is safe here: the source is made of the table's formulas, of checked identifiers,
        # and of the repr() of names and floats
        exec(compile(self.source, "<program>", "exec"), scope)
        self._variants[shapes] = scope["program"]
        return self._variants[shapes]

    def __repr__(self) -> str:
        return f"<Program of {', '.join(self.graph.inputs)}: {len(self.graph.vertices)} vertices>"


def snapshot(graph: Graph) -> Graph:
    """Return a copy of the graph with the same vertices; it does not grow with the graph."""
    twin = copy(graph)
    twin.columns = graph.columns.copy()
    twin.vertices = twin.columns.vertices
    twin.inputs, twin.parameters = graph.inputs.copy(), graph.parameters.copy()
    return twin


def differentiated(graph: Graph) -> dict[str, Vertex]:
    """Return W by name; in a graph without parameters, every input."""
    return {str(v): v for v in graph.parameters} or graph.inputs


def listing(graph: Graph, shapes: Sequence[Shape]) -> str:
    """Return the source of a program for values of these shapes."""
    names, loss = identifiers(graph.columns), graph.loss_vertex.index
    wanted = differentiated(graph)
    sweeps = Sweeps(graph.columns, loss, names, shapes, {v.index for v in wanted.values()})
    gradient = ", ".join(f"{name!r}: {sweeps.adjoint[v.index]}" for name, v in wanted.items())
    return "\n    ".join(
        [
            f"def program({', '.join(names[v.index] for v in graph.inputs.values())}):",
            "# forward: values",
            *(f"{name} = {expression}" for name, expression in sweeps.forward),
            "# reverse: adjoints",
            *(f"{name} = {expression}" for name, expression in sweeps.reverse),
            f"return {names[loss]}, {{{gradient}}}\n",
        ]
    )
