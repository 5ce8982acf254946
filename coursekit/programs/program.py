"""ℓ and ∇ℓ(W) as straight-line code: the forward and the reverse sweep, written out."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from coursekit.engine.formulas import FUNCTIONS
from coursekit.engine.names import input_values
from coursekit.engine.tape.sweeps import evaluate
from coursekit.errors import plural
from coursekit.programs.source import Shape, Snapshot, Sweeps

if TYPE_CHECKING:
    from coursekit.programs.flat import Flat

MAX_VERTICES = 100_000  # a larger graph would take seconds to compile, so it is interpreted


class Program:
    """A compiled graph: called with inputs, it returns the loss and its gradient.

    The gradient has an entry for each parameter, or for each input if there are no parameters.
    An input may be a number, an array, or a column with a number for each example of a batch; an
    array loss counts as the sum of its elements. `source` has a line for each value and adjoint.

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

    def __init__(self, graph: Any) -> None:  # a Graph, which imports this module
        self._graph = Snapshot(
            graph.columns.structure,
            graph.ell.index,
            {name: v.index for name, v in graph.inputs.items()},
            {str(v): v.index for v in graph.parameters},
        )
        places = {name: k for k, name in enumerate(self._graph.inputs)}
        self._targets = [places[name] for name in self._graph.targets]
        self._variants: dict[
            tuple[Shape | None, ...], Callable[..., tuple[Any, dict[str, Any]]]
        ] = {}
        self.source = "# call the program once: its code depends on the shapes of the inputs\n"
        structure = self._graph.structure
        self._too_large = len(structure.vertices) > MAX_VERTICES
        if not structure.of_arrays and not self._too_large:
            self._variant(((),) * len(self._graph.inputs), [])

    def __call__(self, /, *values: Any, **inputs: Any) -> tuple[Any, dict[str, Any]]:
        """Return the loss, and a dict of derivatives with respect to each parameter or input.

        Inputs are passed by name, or by position in the order in which they were made.
        """
        at = input_values(self._graph.inputs, inputs, values)
        if self._too_large:
            return self._graph.interpret(at)
        if self._graph.structure.of_arrays or any(type(x) is not float for x in at):
            return self._call_with_arrays(at)
        shapes = ((),) * len(at)
        function = self._variants.get(shapes) or self._variant(shapes, at)
        try:
            return function(*at)
        except (ArithmeticError, ValueError):
            self._graph.interpret(at)  # raises the error that names the vertex
            raise

    def _call_with_arrays(self, at: Sequence[Any]) -> tuple[Any, dict[str, Any]]:
        """Call the program; the gradient shares no memory, and has the types of the inputs."""
        import numpy as np  # a program of numbers does not need it

        if float in map(type, at):  # numbers adapt to the arrays
            arrays = [x for x in [*at, *self._graph.structure.constants] if type(x) is not float]
            kind = np.result_type(*arrays or [np.float64])
            at = [np.asarray(x, kind) if type(x) is float else x for x in at]
        shapes = (None, *[x.shape for x in at])
        function = self._variants.get(shapes) or self._variant(shapes, at)
        try:
            loss, gradient = function(*at)
        except ZeroDivisionError:  # Python divides by a constant 0; numpy's result is infinite
            return self._graph.interpret(at)
        taken = {*map(id, at)}
        for (name, g), k in zip(gradient.items(), self._targets, strict=True):
            own = type(g) is np.ndarray and g.base is None and id(g) not in taken
            if not own or g.dtype is not at[k].dtype:
                gradient[name] = np.array(g, at[k].dtype)[()]
            taken.add(id(g))
        return np.array(loss)[()], gradient

    def flat(self, /, **parameters: Any) -> "Flat":
        """Return the program with its parameters in one vector, which starts at these values."""
        from coursekit.programs.flat import Flat  # a program of numbers does not need numpy

        return Flat(self._graph, parameters)

    def _variant(self, shapes: tuple[Shape | None, ...], at: Sequence[Any]) -> Callable[..., Any]:
        """Compile and cache the function for numbers, or (None, …) for arrays of these shapes."""
        structure, functions, quiet = self._graph.structure, FUNCTIONS, None
        value_shapes: list[Shape] = [()] * len(structure.vertices)
        if shapes[:1] == (None,):
            from numpy import errstate  # a program of numbers does not need it

            from coursekit.engine.tape.functions import ARRAY_FUNCTIONS

            functions, quiet = ARRAY_FUNCTIONS, errstate(all="ignore")
            value_shapes = [getattr(x, "shape", ()) for x in evaluate(structure, at)]
        sweeps = Sweeps(self._graph, value_shapes)
        self.source, scope = _listing(self._graph, sweeps), {**functions, **sweeps.data}
        # exec is safe: the source consists of the table's formulas, checked identifiers,
        # and the repr() of names and floats
        exec(compile(self.source, "<program>", "exec"), scope)
        program = quiet(scope["program"]) if quiet else scope["program"]
        return self._variants.setdefault(shapes, program)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_variants": {}}  # compiled code cannot be pickled; it is made anew

    def __repr__(self) -> str:
        vertices = plural(len(self._graph.structure.vertices), "vertex", "vertices")
        return f"<Program of {', '.join(self._graph.inputs)}: {vertices}>"


def _listing(graph: Snapshot, sweeps: Sweeps) -> str:
    """Return the source of a program."""
    names = sweeps.names
    forward, reverse = (map(" = ".join, lines) for lines in (sweeps.forward, sweeps.reverse))
    gradient = ", ".join(f"{name!r}: {sweeps.adjoint[j]}" for name, j in graph.targets.items())
    return "\n    ".join(
        [
            f"def program({', '.join(names[j] for j in graph.inputs.values())}):",
            "# forward: values",
            *forward,
            "# reverse: adjoints",
            *reverse,
            f"return {names[graph.loss]}, {{{gradient}}}\n",
        ]
    )
