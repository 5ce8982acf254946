"""dl_db = dl_dc + dl_dd: both sweeps of a graph as lines of Python source."""

import keyword
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

from coursekit.engine.formulas import ARGUMENTS, substitute
from coursekit.engine.op import Op
from coursekit.engine.operations import OPS
from coursekit.engine.tape.columns import Columns

Shape = tuple[int, ...]
Line = tuple[str, str]  # a name, and the expression to assign to it


class Sweeps:
    """The lines of the forward and the reverse sweep, for values of these shapes.

    `names` has an identifier for each vertex. An adjoint is computed only if the adjoints of
    `targets` need it: `adjoint[j]` names the adjoint of vertex j, or is 0 if it is not computed.
    """

    def __init__(
        self,
        columns: Columns,
        loss: int,
        names: Sequence[str],
        shapes: Sequence[Shape],
        targets: Collection[int],
    ) -> None:
        self.columns, self.names, self.shapes = columns, names, shapes
        self._operands = _operands(columns)
        self._texts = dict(enumerate(names))
        self._texts |= {-k: _literal(x, k - 1) for k, x in enumerate(columns.constants, 1)}
        self._shape_of = dict(zip(names, shapes, strict=True))
        self._active = self._dependent_on(targets)
        self.adjoint = [f"d{names[loss]}_d{name}" for name in names]
        self._words = [self._words_of(j) for j in range(len(names))]
        self.forward = list(self._forward())
        self.reverse = self._reverse(loss)

    def _dependent_on(self, targets: Collection[int]) -> set[int]:
        active = set(targets)
        for j, operands in enumerate(self._operands):
            if not active.isdisjoint(operands):
                active.add(j)
        return active

    def _forward(self) -> Iterator[Line]:
        for j, op in enumerate(self.columns.ops):
            if op:
                words = self._words[j]
                if op.common:
                    yield words["w"], substitute(op.common, words)
                yield self.names[j], substitute(op.value, words)

    def _reverse(self, loss: int) -> list[Line]:
        one = "1.0" if self.shapes[loss] == () else f"ones({self.shapes[loss]})"
        lines = [(self.adjoint[loss], one)]
        terms: dict[int, list[str]] = {loss: []}
        for j in range(loss, -1, -1):
            if j in terms and j != loss:
                lines += _sum(self.adjoint[j], terms[j][::-1])
            if j not in terms or (op := self.columns.ops[j]) is None:
                continue
            words = self._words[j]
            for slot, i in enumerate(self._operands[j]):
                if i in self._active:
                    terms.setdefault(i, []).append(self._term(op, slot, i, j, words))
        for j, shape in enumerate(self.shapes):
            if j not in terms:
                self.adjoint[j] = "0.0" if shape == () else f"zeros({shape})"
        return lines

    def _words_of(self, j: int) -> dict[str, str]:
        """Return what to substitute for x, y, z, v, w and g in the formulas of vertex j."""
        words = {"v": self.names[j], "w": f"w_{self.names[j]}", "g": self.adjoint[j]}
        words.update(zip(ARGUMENTS, [self._texts[i] for i in self._operands[j]], strict=False))
        return words

    def _term(self, op: Op, slot: int, i: int, j: int, words: dict[str, str]) -> str:
        """Return the expression that vertex j contributes to the adjoint of its operand i."""
        if not op.elementwise:
            return substitute(self._pull(op.pulls[slot], self._operands[j]), words)
        partial = substitute(op.partials[slot], words)
        term, shapes = _product(self.adjoint[j], partial), self.shapes
        if shapes[i] == shapes[j]:
            return term
        if shapes[i] == () and shapes[j] == self._shape_of.get(partial) and len(shapes[j]) == 1:
            return f"dot({self.adjoint[j]}, {partial})"  # a number that multiplies a column
        return _reduced(term, shapes[j], shapes[i], self.names[i])

    def _pull(self, pull: str, operands: Sequence[int]) -> str:
        """Return the branch of a formula that applies to arrays of these dimensions."""
        if branch := re.fullmatch(r"(.*) if (\w)\.ndim == 2 else (.*)", pull):
            i = operands[ARGUMENTS.index(branch[2])]
            shape = self.shapes[i] if i >= 0 else self.columns.constants[-i - 1].shape
            return branch[1] if len(shape) == 2 else branch[3]
        return pull


def _operands(columns: Columns) -> list[list[int]]:
    starts, args = columns.structure.starts, columns.args
    return [args[a:b] for a, b in pairwise(starts)]


def _sum(name: str, terms: Sequence[str]) -> list[Line]:
    """Return lines that add up the terms, eight at a time because Python's parser is recursive."""
    lines = [(name, " + ".join(terms[:8]))]
    for k in range(8, len(terms), 8):
        lines.append((name, " + ".join([name, *terms[k : k + 8]])))
    return lines


def _reduced(term: str, shape: Shape, target: Shape, name: str) -> str:
    """Return the term summed over the axes along which its argument was broadcast."""
    whole = term if term.isidentifier() else f"({term})"
    if shape[1:] == target:
        return f"{whole}.sum(0)"
    if target == ():
        return f"{whole}.sum()"
    return f"fit({term}, {name})"


def _literal(constant: Any, k: int) -> str:
    if type(constant) is not float:
        return f"k{k}"
    text = repr(constant)
    if not text.strip("-").replace(".", "").isdigit():
        return f"float({text!r})" if "n" in text else f"({text})"
    return f"({text})" if constant < 0 else text


def _product(adjoint: str, partial: str) -> str:
    if partial == "1.0":
        return adjoint
    partial = re.sub(r"^where\((\w+), 1.0, 0.0\)$", r"\1 > 0.0", partial)
    return f"{adjoint} * {partial if partial.isidentifier() else f'({partial})'}"


def identifiers(columns: Columns) -> list[str]:
    """Return a unique Python identifier for each vertex: its name, if that is an identifier."""
    taken = {"program", "float", "zeros", "ones", "dot"}  # and every function that formulas call
    for op in OPS.values():
        formulas = " ".join([op.common, op.value, *op.partials, *op.pulls])
        taken.update(re.findall(r"[a-z_]\w*", formulas))
    taken -= set(ARGUMENTS)
    names = []
    for j, v in enumerate(columns.vertices):
        name = unicodedata.normalize("NFKC", str(v))  # as Python normalizes identifiers
        plain = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
        if not plain or re.match(r"d.*_d|w_|k\d+$", name):  # reserved for adjoints and constants
            name = f"v{j + 1}"
        while name in taken:
            name += "_"
        taken.add(name)
        names.append(name)
    return names
