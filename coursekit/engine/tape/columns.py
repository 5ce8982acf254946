"""G = (V, E) as columns: the operation of each vertex, and the numbers of its operands x, y, z.

Vertices are numbered in creation order. That is a topological order, because a vertex can only be
computed from vertices that already exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from coursekit.engine.blocks import Block, blocks_among
from coursekit.engine.linearization import Edge, no_edge
from coursekit.engine.op import Op
from coursekit.engine.values import NUMBERS_OR_LISTS, number_or_array
from coursekit.errors import GraphError, MissingKeyError, no_vertex

if TYPE_CHECKING:
    from coursekit.engine.tape.steps import Steps

V = TypeVar("V")


class Columns:
    """A graph's vertices, their operations and their operands; the lists only grow."""

    __slots__ = (
        "_structure", "blocks", "constants", "lines", "loss", "of_arrays", "ops", "vertices",
        "x", "y", "z",
    )  # fmt: skip

    def __init__(self) -> None:
        self.vertices: list[Any] = []
        self.ops: list[Op | None] = []  # None for an input
        # Each operand is the number of a vertex, or −k for the k-th constant, whose value in the
        # forward pass is `values[-k]`. Where there is no operand x or y, the column holds 0.
        self.x: list[int] = []
        self.y: list[int] = []
        self.z: dict[int, int] = {}  # few operations have a third operand
        self.constants: list[Any] = []
        self.loss: int | None = None
        self.of_arrays = False  # whether a constant is an array, or an operation needs arrays
        self.lines: dict[int, tuple[str, int]] = {}  # the file and line that built each vertex
        self.blocks: list[Block] = []
        self._structure: Structure | None = None

    def add_constant(self, name: str, operand: Any) -> int:
        """Add a constant operand of the operation `name`; return its number −k."""
        if type(operand) is not float:
            if not isinstance(operand, NUMBERS_OR_LISTS) and not hasattr(operand, "__array__"):
                raise GraphError(f"{name}: {operand!r} is neither a number nor a vertex")
            operand = number_or_array(operand, f"a constant of {name}")
            if type(operand) is not float:
                operand, self.of_arrays = operand.copy(), True
        self.constants.append(operand)
        return -len(self.constants)

    @property
    def structure(self) -> Structure:
        """The vertices and edges at this moment."""
        if self._structure is None or len(self._structure.vertices) < len(self.vertices):
            self._structure = Structure(self)
        return self._structure


class Structure:
    """V and E at one moment: the graph may grow later, but its linearization does not."""

    def __init__(self, columns: Columns) -> None:
        self.vertices = tuple(columns.vertices)
        # shared and perhaps longer than `vertices`, because the graph only ever adds to them
        self.ops = columns.ops
        self.x, self.y, self.z = columns.x, columns.y, columns.z
        self.constants, self.lines = columns.constants, columns.lines
        self.of_arrays, self._blocks = columns.of_arrays, columns.blocks

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of these vertices."""
        return blocks_among(self._blocks, len(self.vertices))

    def room_for_values(self) -> list[Any]:
        """Return a list with room for the value of every vertex, followed by the constants."""
        return [0.0] * len(self.vertices) + self.constants[::-1]

    def operands(self, j: int) -> tuple[int, ...]:
        """Return the operands of vertex j: vertex numbers, and −k for the k-th constant."""
        op = self.ops[j]
        if op is None:
            return ()
        if op.arity == 1:
            return (self.x[j],)
        return (self.x[j], self.y[j]) if op.arity == 2 else (self.x[j], self.y[j], self.z[j])

    @cached_property
    def inputs(self) -> list[int]:
        """The numbers of the vertices without an operation."""
        return [j for j, op in zip(range(len(self.vertices)), self.ops, strict=False) if not op]

    @cached_property
    def steps(self) -> Steps:
        """The operations, if values are arrays."""
        from coursekit.engine.tape.steps import Steps  # numbers do not need numpy

        steps = Steps(len(self.vertices))
        for j, op in zip(range(len(self.vertices)), self.ops, strict=False):
            if op:
                steps.add(j, op, self.operands(j))
        return steps

    @cached_property
    def tails(self) -> list[tuple[int, ...]]:
        """The in-neighbours of each vertex, without constants; x · x has only one."""
        return [
            tuple(dict.fromkeys([i for i in self.operands(j) if i >= 0]))
            for j in range(len(self.vertices))
        ]

    @cached_property
    def _out(self) -> list[tuple[Any, ...]]:
        out: list[list[Any]] = [[] for _ in self.vertices]
        for head, tails in zip(self.vertices, self.tails, strict=True):
            for i in tails:
                out[i].append(head)
        return [tuple(heads) for heads in out]

    def index(self, vertex: Any) -> int:
        """Return the number of a vertex; raise GraphError if it is not in this graph."""
        try:
            index: int = vertex.index
            if self.vertices[index] is vertex:
                return index
        except (AttributeError, IndexError, TypeError):  # a string has a method `index`
            pass
        raise MissingKeyError(self._refusal(vertex))

    def _refusal(self, vertex: object) -> str:
        if not isinstance(vertex, str):
            return f"{vertex} is not a vertex of this graph, or was added after the linearization"
        names = [str(v) for v in self.vertices]
        if vertex in names and self.ops[names.index(vertex)] is None:
            return no_vertex(vertex, names, f"g.inputs[{vertex!r}]")
        return no_vertex(vertex, names)

    def out(self, vertex: Any) -> tuple[Any, ...]:
        return self._out[self.index(vertex)]

    def into(self, vertex: Any) -> tuple[Any, ...]:
        return tuple([self.vertices[i] for i in self.tails[self.index(vertex)]])


class Column(Mapping[V, Any]):
    """One number or array for each vertex."""

    __slots__ = ("_numbers", "_structure")

    def __init__(self, structure: Structure, numbers: Sequence[Any]) -> None:
        self._structure, self._numbers = structure, numbers

    def __getitem__(self, vertex: V) -> Any:
        number = self._numbers[self._structure.index(vertex)]
        # results do not share memory, neither with one another nor with inputs
        return number.copy() if hasattr(number, "copy") else number

    def __iter__(self) -> Iterator[V]:
        return iter(self._structure.vertices)

    def __len__(self) -> int:
        return len(self._structure.vertices)

    def __repr__(self) -> str:
        return repr(dict(self))


class EdgeColumn(Mapping[tuple[V, V], Any]):
    """One local derivative for each edge: `partials[v, u]` is summed over all uses of v by u."""

    __slots__ = ("_local", "_structure")

    def __init__(self, structure: Structure, local: Callable[[int, int], Any]) -> None:
        self._structure, self._local = structure, local  # (vertex, operand) ↦ local derivative

    def __getitem__(self, edge: tuple[V, V]) -> Any:
        try:
            tail, head = edge
        except (TypeError, ValueError):
            raise MissingKeyError(no_edge(edge)) from None
        i, j = self._structure.index(tail), self._structure.index(head)
        slots = [slot for slot, k in enumerate(self._structure.operands(j)) if k == i]
        if not slots:
            raise MissingKeyError(no_edge(edge))
        first, *others = (self._local(j, slot) for slot in slots)
        return sum(others, first)

    def __iter__(self) -> Iterator[tuple[V, V]]:
        for head in self._structure.vertices:
            yield from (Edge(tail, head) for tail in self._structure.into(head))

    def __len__(self) -> int:
        return sum(map(len, self._structure.tails))

    def __repr__(self) -> str:
        return repr(dict(self))
