"""dl_db = dl_dc + dl_dd: both sweeps of a graph as lines of Python source."""

import ast
import keyword
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

from coursekit.engine.formulas import ARGUMENTS, setting_text, substitute
from coursekit.engine.gradients import backprop
from coursekit.engine.op import Op
from coursekit.engine.operations import OPS
from coursekit.engine.tape.columns import Structure
from coursekit.engine.tape.sweeps import Tape

Shape = tuple[int, ...]
Line = tuple[str, str]  # a name, and the expression to assign to it
STEP = "where(x, 1.0, 0.0)"  # a formula that is shorter in Python: x > 0.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A graph when it is compiled: the graph may grow later, but its program does not."""

    structure: Structure
    loss: int
    inputs: Mapping[str, int]  # name → vertex
    parameters: Mapping[str, int]

    @property
    def targets(self) -> Mapping[str, int]:
        """The vertices in the gradient: the parameters, or every input if there are none."""
        return self.parameters or self.inputs

    def interpret(self, at: Sequence[Any]) -> tuple[Any, dict[str, Any]]:
        """Return the loss and the gradient at these inputs, without compiling anything."""
        lin = Tape[Any](self.structure, self.loss, at)
        adjoints = backprop(lin)
        gradient = {name: adjoints[lin.vertices[j]] for name, j in self.targets.items()}
        return lin.values[lin.loss], gradient


class Sweeps:
    """The lines of the forward and the reverse sweep, for values of these shapes.

    `names` has an identifier for each vertex. An adjoint is computed only if the adjoints of the
    targets need it: `adjoint[j]` names the adjoint of vertex j, or is 0 if it is not computed.
    """

    def __init__(self, graph: Snapshot, shapes: Sequence[Shape]) -> None:
        self.ops, self.constants = graph.structure.ops[: len(shapes)], graph.structure.constants
        self.of_arrays = graph.structure.of_arrays
        self.names, self.shapes = _identifiers(graph.structure.vertices), shapes
        self._operands = [graph.structure.operands(j) for j in range(len(shapes))]
        texts = dict(enumerate(self.names))
        texts |= {-k: _literal(x, k - 1) for k, x in enumerate(self.constants, 1)}
        self._shape_of = dict(zip(self.names, shapes, strict=True))
        self._active = set(graph.targets.values())  # the vertices that depend on a target
        for j, operands in enumerate(self._operands):
            if not self._active.isdisjoint(operands):
                self._active.add(j)
        self.adjoint = [f"d{self.names[graph.loss]}_d{name}" for name in self.names]
        self.data = {f"k{k}": x for k, x in enumerate(self.constants)}  # names in the source
        # what to substitute for x, y, z, v, w, g and settings in the formulas of each vertex
        self._words = [
            dict(zip(ARGUMENTS, [texts[i] for i in operands], strict=False))
            | {"v": name, "w": f"w_{name}", "g": adjoint}
            | {key: self._setting(name, x) for key, x in (op.settings.items() if op else ())}
            for op, operands, name, adjoint in zip(
                self.ops, self._operands, self.names, self.adjoint, strict=True
            )
        ]
        self.forward = list(self._forward())
        self.reverse = self._reverse(graph.loss)

    def _setting(self, name: str, setting: Any) -> str:
        """Return the source of a setting of the vertex `name`; an array is data, not source."""
        parts = setting if isinstance(setting, tuple) else (setting,)
        if not any(hasattr(part, "dtype") for part in parts):
            return setting_text(setting)
        self.data[f"k_{name}"] = setting
        return f"k_{name}"

    def _forward(self) -> Iterator[Line]:
        for name, op, words in zip(self.names, self.ops, self._words, strict=True):
            if op:
                if op.common:
                    yield words["w"], substitute(op.common, words)
                yield name, substitute(_without_defaults(op.value, op), words)

    def _reverse(self, loss: int) -> list[Line]:
        of_numbers = not any(self.shapes) and not self.of_arrays
        one = "1.0" if of_numbers else f"ones_like({self.names[loss]})"
        lines = [(self.adjoint[loss], one)]
        terms: dict[int, list[str]] = {loss: []}
        for j in range(loss, -1, -1):
            if j in terms and j != loss:
                lines += _sum(self.adjoint[j], terms[j][::-1])
            if j not in terms or (op := self.ops[j]) is None:
                continue
            for slot, i in enumerate(self._operands[j]):
                if i in self._active:
                    terms.setdefault(i, []).append(self._term(op, slot, i, j))
        for j, shape in enumerate(self.shapes):
            if j not in terms:
                self.adjoint[j] = "0.0" if shape == () else f"zeros({shape})"
        return lines

    def _shape(self, i: int) -> Shape:
        return self.shapes[i] if i >= 0 else getattr(self.constants[-i - 1], "shape", ())

    def _term(self, op: Op, slot: int, i: int, j: int) -> str:
        """Return the expression that vertex j contributes to the adjoint of its operand i."""
        words, shapes, adjoint = self._words[j], self.shapes, self.adjoint[j]
        if not op.elementwise:
            of_matrices = all(len(self._shape(k)) == 2 for k in self._operands[j])
            pulls = op.matrix_pulls if of_matrices and op.matrix_pulls else op.pulls
            return substitute(_without_defaults(pulls[slot], op), words)
        formula = op.partials[slot]
        partial = substitute("x > 0.0" if formula == STEP else formula, words)
        term = _product(adjoint, partial)
        if shapes[i] == shapes[j]:
            return term
        if shapes[i] == () and shapes[j] == self._shape_of.get(partial) and len(shapes[j]) == 1:
            return f"dot({adjoint}, {partial})"  # a number that multiplies a column
        # sum over the axes along which the operand was broadcast
        whole = term if term.isidentifier() else f"({term})"
        if shapes[j][1:] == shapes[i]:
            return f"{whole}.sum(0)"
        return f"{whole}.sum()" if shapes[i] == () else f"fit({term}, {self.names[i]})"


def _without_defaults(formula: str, op: Op) -> str:
    """Return a formula without the last arguments of its calls, where they are the defaults."""
    if not op.settings:
        return formula
    from coursekit.engine.tape.functions import ARRAY_FUNCTIONS  # numbers do not need numpy

    tree = ast.parse(formula)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=function), args=[*_, ast.Name()] as arguments):
                parameters = list(signature(ARRAY_FUNCTIONS[function]).parameters.values())
                for parameter in parameters[len(arguments) - 1 :: -1]:
                    last = arguments[-1]
                    if not isinstance(last, ast.Name) or last.id not in op.settings:
                        break
                    if op.settings[last.id] is not parameter.default:
                        break
                    arguments.pop()
    return ast.unparse(tree)


def _sum(name: str, terms: Sequence[str]) -> list[Line]:
    """Return lines that add up the terms, eight at a time because Python's parser is recursive."""
    lines = [(name, " + ".join(terms[:8]))]
    for k in range(8, len(terms), 8):
        lines.append((name, " + ".join([name, *terms[k : k + 8]])))
    return lines


def _literal(constant: Any, k: int) -> str:
    if type(constant) is not float:
        return f"k{k}"
    text = repr(constant)
    if "n" in text:  # nan and inf
        return f"float({text!r})"
    return text if text.replace(".", "").isdigit() else f"({text})"


def _product(adjoint: str, partial: str) -> str:
    if partial == "1.0":
        return adjoint
    return f"{adjoint} * {partial if partial.isidentifier() else f'({partial})'}"


def _identifiers(vertices: Sequence[Any]) -> list[str]:
    """Return a unique Python identifier for each vertex: its name, if that is an identifier."""
    taken = {"program", "float", "zeros", "ones_like", "dot"}  # and what formulas call
    for op in OPS.values():
        formulas = " ".join([op.common, op.value, *op.partials, *op.pulls])
        taken.update(re.findall(r"[a-z_]\w*", formulas))
    taken -= set(ARGUMENTS)
    names = []
    for j, v in enumerate(vertices):
        name = str(v)
        if name != f"v{j + 1}":  # else the vertex has no name
            name = unicodedata.normalize("NFKC", name)  # as Python normalizes identifiers
            plain = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
            if not plain or re.match(r"d.*_d|[wk]_|k\d+$|out_|ones_", name):  # reserved
                name = f"v{j + 1}"
        while name in taken:
            name += "_"
        taken.add(name)
        names.append(name)
    return names
