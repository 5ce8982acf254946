"""ℓ and ∇ℓ(W) as straight-line code: what a forward and a reverse sweep do, written out."""

import keyword
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from coursekit.engine.graph import in_order
from coursekit.engine.op import ARGUMENTS, FUNCTIONS, substitute
from coursekit.engine.operations import OPS
from coursekit.engine.tape.forward import forward
from coursekit.engine.vertex import Vertex

if TYPE_CHECKING:
    from coursekit.engine.graph import Graph
    from coursekit.programs.flat import Flat

MOST = 100_000  # vertices: beyond, compiling takes seconds, and the tape is interpreted

Shape = tuple[int, ...]
Line = tuple[str, str]  # a name, and the expression that it stands for


class Program:
    """A compiled graph: called with inputs, it returns the loss and its gradient.

    The gradient has an entry for each parameter; in a graph without any, for each input. Inputs
    may be numbers, arrays, or columns of a batch in place of numbers: a loss of several numbers
    counts as their sum. `source` is the whole of it, one line for each value and each adjoint.

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

    def __init__(self, graph: "Graph") -> None:
        graph.the_loss()
        self.graph = frozen(graph)  # a graph may grow, its program does not
        self._variants: dict[tuple[Shape, ...], Callable[..., tuple[Any, dict[str, Any]]]] = {}
        self.source = "# call the program once: its code depends on the shapes of the inputs\n"
        if not graph.of_arrays and len(graph.ops) <= MOST:
            self._variant(((),) * len(graph.inputs), [])

    def __call__(self, /, **inputs: Any) -> tuple[Any, dict[str, Any]]:
        """Return the loss and its derivative by every parameter, or input, by name."""
        given = in_order(self.graph.inputs, inputs)
        if len(self.graph.ops) > MOST:
            return self._interpret(inputs)
        if self.graph.of_arrays:  # a number may stand where a line says x.T
            from numpy import float64

            given = [float64(x) if type(x) is float else x for x in given]
        shapes = tuple([() if type(x) is float else x.shape for x in given])
        run = self._variants.get(shapes) or self._variant(shapes, given)
        try:
            return run(*given)
        except (ArithmeticError, ValueError):
            self.graph.linearize(**inputs)  # says where, in one sentence
            raise

    def flat(self, **parameters: Any) -> "Flat":
        """Return the program with its parameters, from these values on, in one flat vector."""
        from coursekit.programs.flat import Flat

        return Flat(self.graph, parameters)

    def _interpret(self, inputs: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        tape = self.graph.linearize(**inputs)
        adjoints = tape.adjoints()
        wanted = differentiated(self.graph).items()
        return tape.values[tape.loss], {name: adjoints[v] for name, v in wanted}

    def _variant(self, shapes: tuple[Shape, ...], given: Sequence[Any]) -> Callable[..., Any]:
        """Return the function for inputs of these shapes."""
        scope: dict[str, Any] = {f"k{i}": k for i, k in enumerate(self.graph.constants)}
        if self.graph.of_arrays or any(shapes):
            from coursekit.engine.tape.arrays import ARRAY_FUNCTIONS

            values = forward(self.graph, given)[0]
            self.source = listing(self.graph, [getattr(x, "shape", ()) for x in values])
            scope |= ARRAY_FUNCTIONS
        else:
            self.source = listing(self.graph, [()] * len(self.graph.ops))
            scope |= FUNCTIONS
        # the source holds formulas of the table, cleaned identifiers and repr() of names and floats
        exec(compile(self.source, "<program>", "exec"), scope)
        self._variants[shapes] = scope["program"]
        return self._variants[shapes]

    def __repr__(self) -> str:
        return f"<Program of {', '.join(self.graph.inputs)}: {len(self.graph.ops)} vertices>"


def frozen(graph: "Graph") -> "Graph":
    """Return the graph as it is now: it keeps its vertices and does not grow with them."""
    twin = copy(graph)
    for name, column in vars(graph).items():
        if isinstance(column, (list, dict)):
            setattr(twin, name, column.copy())
    return twin


def differentiated(graph: "Graph") -> dict[str, Vertex]:
    """Return W by name; in a graph without parameters, every input."""
    return {str(v): v for v in graph.parameters} or graph.inputs


def listing(graph: "Graph", shapes: Sequence[Shape]) -> str:
    """Return the source of a program for values of these shapes."""
    names = identifiers(graph)
    wanted = differentiated(graph)
    forward, reverse, adjoint = sweeps(graph, names, shapes, {v.index for v in wanted.values()})
    gradient = ", ".join(f"{name!r}: {adjoint[v.index]}" for name, v in wanted.items())
    loss = names[graph.the_loss().index]
    return "\n    ".join(
        [
            f"def program({', '.join(names[v.index] for v in graph.inputs.values())}):",
            "# forward: values",
            *(f"{name} = {expression}" for name, expression in forward),
            "# reverse: adjoints",
            *(f"{name} = {expression}" for name, expression in reverse),
            f"return {loss}, {{{gradient}}}\n",
        ]
    )


def sweeps(
    graph: "Graph", names: Sequence[str], shapes: Sequence[Shape], wanted: Collection[int]
) -> tuple[list[Line], list[Line], list[str]]:
    """Return the lines of both sweeps, and where each vertex's adjoint stands."""
    loss = graph.the_loss().index
    zero = ["0.0" if shape == () else f"zeros({shape})" for shape in shapes]
    adjoint = [f"d{names[loss]}_d{name}" for name in names]
    starts, args = graph.structure.starts, graph.args
    shape_of = dict(zip(names, shapes, strict=True))
    texts = dict(enumerate(names))
    texts |= {-k: _literal(x, k - 1) for k, x in enumerate(graph.constants, 1)}
    forward, reverse = (
        [],
        [(adjoint[loss], "1.0" if shapes[loss] == () else f"ones({shapes[loss]})")],
    )
    active = set(wanted)  # what depends on something wanted
    for j, op in enumerate(graph.ops):
        if op:
            into = args[starts[j] : starts[j + 1]]
            active |= {j} & {j for i in into if i in active}
            filled = dict(zip(ARGUMENTS, [texts[i] for i in into], strict=False))
            filled["w"] = f"w_{names[j]}"
            forward += [(filled["w"], substitute(op.kept, filled))] if op.kept else []
            forward.append((names[j], substitute(op.value, filled)))
    terms: dict[int, list[str]] = {loss: []}
    for j in range(loss, -1, -1):
        if j in terms and j != loss:
            reverse += _summed(adjoint[j], terms[j][::-1])
        if j not in terms or (op := graph.ops[j]) is None:
            continue
        into = args[starts[j] : starts[j + 1]]
        filled = dict(zip((*ARGUMENTS, "v"), [texts[i] for i in into], strict=False))
        filled |= {"v": names[j], "w": f"w_{names[j]}", "g": adjoint[j]}
        for slot, i in enumerate(into):
            if i not in active:
                continue
            if op.elementwise:
                partial = substitute(op.partials[slot], filled)
                term = _times(adjoint[j], partial)
                if shapes[i] == () and shapes[j] == shape_of.get(partial) and len(shapes[j]) == 1:
                    term = f"dot({adjoint[j]}, {partial})"  # a number's share of a column
                elif shapes[i] != shapes[j]:
                    term = _reduced(term, shapes[j], shapes[i], names[i])
            else:
                term = substitute(_chosen(op.pulls[slot], into, shapes, graph), filled)
            terms.setdefault(i, []).append(term)
    return forward, reverse, [name if j in terms else zero[j] for j, name in enumerate(adjoint)]


def _summed(name: str, terms: Sequence[str]) -> list[Line]:
    """Return the lines that add the terms up, a handful at a time: Python's parser recurses."""
    lines = [(name, " + ".join(terms[:8]))]
    for k in range(8, len(terms), 8):
        lines.append((name, " + ".join([name, *terms[k : k + 8]])))
    return lines


def _chosen(pull: str, into: Sequence[int], shapes: Sequence[Shape], graph: "Graph") -> str:
    """Return the branch of a formula that holds for arrays of these dimensions."""
    if found := re.fullmatch(r"(.*) if (\w)\.ndim == 2 else (.*)", pull):
        i = into[ARGUMENTS.index(found[2])]
        shape = shapes[i] if i >= 0 else graph.constants[-i - 1].shape
        return found[1] if len(shape) == 2 else found[3]
    return pull


def _reduced(term: str, shape: Shape, wanted: Shape, name: str) -> str:
    """Return the term summed over the axes along which its argument was broadcast."""
    whole = term if term.isidentifier() else f"({term})"
    if shape[1:] == wanted:
        return f"{whole}.sum(0)"
    if wanted == ():
        return f"{whole}.sum()"
    return f"fit({term}, {name})"


def _literal(constant: Any, k: int) -> str:
    if type(constant) is not float:
        return f"k{k}"
    text = repr(constant)
    if not text.strip("-").replace(".", "").isdigit():
        return f"float({text!r})" if "n" in text else f"({text})"
    return f"({text})" if constant < 0 else text


def _times(adjoint: str, partial: str) -> str:
    if partial == "1.0":
        return adjoint
    partial = re.sub(r"^where\((\w+), 1.0, 0.0\)$", r"\1 > 0.0", partial)
    return f"{adjoint} * {partial if partial.isidentifier() else f'({partial})'}"


def identifiers(graph: "Graph") -> list[str]:
    """Return a Python identifier for each vertex: its name where that is one, and unique."""
    taken = {"program", "float", "zeros", "ones", "dot"}  # and what the table's formulas call
    for op in OPS.values():
        taken.update(
            re.findall(r"[a-z_]\w*", " ".join([op.kept, op.value, *op.partials, *op.pulls]))
        )
    taken -= set(ARGUMENTS)
    found = []
    for v in graph.vertices:
        name = unicodedata.normalize("NFKC", str(v))  # as Python reads it
        plain = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
        if not plain or re.match(r"d.*_d|w_|k\d+$", name):  # adjoints and constants have such names
            name = f"v{v.index + 1}"
        while name in taken:
            name += "_"
        taken.add(name)
        found.append(name)
    return found
