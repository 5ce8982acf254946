"""ℓ and ∇ℓ(W) as straight-line code: what a forward and a reverse sweep do, written out."""

import keyword
import re
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from coursekit.engine.graph import in_order
from coursekit.engine.ops import FUNCTIONS

if TYPE_CHECKING:
    from coursekit.engine.graph import Graph, Vertex


class Program:
    """A compiled graph: called with inputs, it returns the loss and its gradient.

    `source` is the whole of it, one line for each value and each adjoint.

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
        self._graph = graph
        self._inputs = dict(graph.inputs)  # a graph may grow, its program does not
        self.source = _source(graph)
        namespace: dict[str, Any] = dict(FUNCTIONS)
        # the source holds formulas of the table, cleaned identifiers and repr() of names and floats
        exec(compile(self.source, "<program>", "exec"), namespace)
        self._run: Callable[..., tuple[float, dict[str, float]]] = namespace["program"]

    def __call__(self, /, **inputs: float) -> tuple[float, dict[str, float]]:
        """Return the loss and its derivative by every input and parameter, by name."""
        given = in_order(self._inputs, inputs)
        try:
            return self._run(*given)
        except (ArithmeticError, ValueError):
            self._graph.linearize(**inputs)  # says where, in one sentence
            raise

    def __repr__(self) -> str:
        return f"<Program of {', '.join(self._inputs)}: {self.source.count(chr(10))} lines>"


def _source(graph: "Graph") -> str:
    loss = graph.the_loss()
    names = _identifiers(graph)
    adjoint = [f"d{names[loss.index]}_d{name}" for name in names]
    forward, reverse = [], [f"{adjoint[loss.index]} = 1.0"]
    live = {loss.index}  # vertices with a path to the loss
    terms: dict[int, list[str]] = {}
    for v in graph.vertices:
        if op := graph.ops[v.index]:
            arguments = _arguments(graph, v, names)
            forward.append(f"{names[v.index]} = {_fill(op.value, arguments)}")
    for v in reversed(graph.vertices):
        if v.index in terms:
            live.add(v.index)
            reverse.append(f"{adjoint[v.index]} = {' + '.join(reversed(terms[v.index]))}")
        if v.index not in live or not (op := graph.ops[v.index]):
            continue
        arguments = _arguments(graph, v, names) | {"v": names[v.index]}
        for tail, fed in zip(graph.tails[v.index], graph.slots[v.index], strict=True):
            term = _times(adjoint[v.index], _fill(op.partial(fed), arguments))
            terms.setdefault(tail, []).append(term)
    gradient = ", ".join(
        f"{name!r}: {adjoint[v.index] if v.index in live else 0.0}"
        for name, v in graph.inputs.items()
    )
    return "\n    ".join(
        [
            f"def program({', '.join(names[v.index] for v in graph.inputs.values())}):",
            "# forward: values",
            *forward,
            "# reverse: adjoints",
            *reverse,
            f"return {names[loss.index]}, {{{gradient}}}\n",
        ]
    )


def _arguments(graph: "Graph", v: "Vertex", names: list[str]) -> dict[str, str]:
    """Return what stands for x and y in the formulas of v."""
    texts = [
        names[i] if i >= 0 else _literal(graph.constants[-i - 1]) for i in graph.operands[v.index]
    ]
    return dict(zip("xy", texts, strict=False))


def _literal(constant: float) -> str:
    text = repr(constant)
    if not text.strip("-").replace(".", "").isdigit():
        return f"float({text!r})" if "n" in text else f"({text})"
    return f"({text})" if constant < 0 else text


def _fill(formula: str, arguments: dict[str, str]) -> str:
    return re.sub(r"\b[xyv]\b", lambda found: arguments[found[0]], formula)


def _times(adjoint: str, partial: str) -> str:
    if partial == "1.0":
        return adjoint
    return f"{adjoint} * {partial if partial.isidentifier() else f'({partial})'}"


def _identifiers(graph: "Graph") -> list[str]:
    """Return a Python identifier for each vertex: its name where that is one, and unique."""
    taken: set[str] = {"program", "float", *FUNCTIONS}
    found = []
    for v in graph.vertices:
        name = unicodedata.normalize("NFKC", str(v))  # as Python reads it
        plain = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
        if not plain or re.match(r"d.*_d", name):  # adjoints have names of that form
            name = f"v{v.index + 1}"
        while name in taken:
            name += "_"
        taken.add(name)
        found.append(name)
    return found
