"""G = (V, E) as flat lists: the operation of each vertex, and the operands of all of them.

Vertices are numbered in creation order. That is a topological order, because a vertex can only be
computed from vertices that already exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from numbers import Real
from typing import Any, TypeVar

from coursekit.engine.linearization import Edge, no_edge
from coursekit.engine.op import Op
from coursekit.errors import GraphError, did_you_mean

V = TypeVar("V")
NUMBERS = (float, int, Real)  # the common types first: isinstance is slow for abstract classes


class Columns:
    """A graph's vertices, their operations and their operands; the lists only grow."""

    __slots__ = ("_structure", "args", "constants", "lines", "loss", "of_arrays", "ops", "vertices")

    def __init__(self) -> None:
        self.vertices: list[Any] = []
        self.ops: list[Op | None] = []  # None for an input
        self.args: list[int] = []  # the operands of the first operation, then of the second, …
        # the k-th constant is operand −k: in the forward pass, its value is `values[-k]`
        self.constants: list[Any] = []
        self.loss: int | None = None
        self.of_arrays = False  # whether a constant is an array, or an operation needs arrays
        self.lines: dict[int, tuple[str, int]] = {}  # the file and line that built each vertex
        self._structure: Structure | None = None

    def add_constant(self, name: str, operand: Any) -> int:
        """Add a constant operand of the operation `name`; return its number −k."""
        if type(operand) is not float:
            if not isinstance(operand, (*NUMBERS, list)) and not hasattr(operand, "__array__"):
                raise GraphError(f"{name}: {operand!r} is neither a number nor a vertex")
            operand = number_or_array(operand, f"a constant of {name}")
            self.of_arrays |= type(operand) is not float
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
        self.vertices, self.ops = tuple(columns.vertices), tuple(columns.ops)
        # shared, because the graph only ever adds to them
        self.args, self.constants, self.lines = columns.args, columns.constants, columns.lines
        self.of_arrays = columns.of_arrays
        self.arities = [op.arity if op else 0 for op in self.ops]

    @cached_property
    def starts(self) -> list[int]:
        """The position in `args` of each vertex's first operand."""
        return list(accumulate(self.arities, initial=0))

    def operands(self, j: int) -> list[int]:
        """Return the operands of vertex j: vertex numbers, and −k for the k-th constant."""
        return self.args[self.starts[j] : self.starts[j + 1]]

    @cached_property
    def tails(self) -> list[tuple[int, ...]]:
        """The in-neighbours of each vertex, without constants; x · x has only one."""
        ends = pairwise(self.starts)
        return [tuple(dict.fromkeys(i for i in self.args[a:b] if i >= 0)) for a, b in ends]

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
        raise GraphError(self._refusal(vertex))

    def _refusal(self, vertex: object) -> str:
        if not isinstance(vertex, str):
            return f"{vertex} is not a vertex of this graph, or was added after the linearization"
        names = [str(v) for v in self.vertices]
        if vertex not in names:
            return f"there is no vertex {vertex!r}{did_you_mean(vertex, names)}"
        is_input = self.ops[names.index(vertex)] is None
        use = f"g.inputs[{vertex!r}]" if is_input else "the variable that holds the vertex"
        return f"{vertex!r} is a name, not a vertex: use {use}"

    def out(self, vertex: Any) -> tuple[Any, ...]:
        return self._out[self.index(vertex)]

    def into(self, vertex: Any) -> tuple[Any, ...]:
        return tuple([self.vertices[i] for i in self.tails[self.index(vertex)]])


class Column(Mapping[V, Any]):
    """One number or array for each vertex."""

    def __init__(self, structure: Structure, numbers: Sequence[Any]) -> None:
        self._structure, self._numbers = structure, numbers

    def __getitem__(self, vertex: V) -> Any:
        return self._numbers[self._structure.index(vertex)]

    def __iter__(self) -> Iterator[V]:
        return iter(self._structure.vertices)

    def __len__(self) -> int:
        return len(self._structure.vertices)

    def __repr__(self) -> str:
        return repr(dict(self))


class EdgeColumn(Mapping[tuple[V, V], Any]):
    """One local derivative for each edge: `partials[v, u]` is summed over all uses of v by u."""

    def __init__(self, structure: Structure, local: Sequence[Any]) -> None:
        self._structure, self._local = structure, local

    def __getitem__(self, edge: tuple[V, V]) -> Any:
        try:
            tail, head = edge
        except (TypeError, ValueError):
            raise GraphError(no_edge(edge)) from None
        i, j = self._structure.index(tail), self._structure.index(head)
        args, starts = self._structure.args, self._structure.starts
        uses = [self._local[k] for k in range(starts[j], starts[j + 1]) if args[k] == i]
        if not uses:
            raise GraphError(no_edge(edge))
        return sum(uses[1:], uses[0])

    def __iter__(self) -> Iterator[tuple[V, V]]:
        for head in self._structure.vertices:
            yield from (Edge(tail, head) for tail in self._structure.into(head))

    def __len__(self) -> int:
        return sum(map(len, self._structure.tails))


def number_or_array(value: Any, name: str) -> Any:
    """Convert a value to a float, or to an array of floats; `name` is for the error message."""
    floats = ("float64", "float32")
    if type(value) is float or (getattr(value, "dtype", None) in floats and value.ndim):
        return value
    if isinstance(value, NUMBERS):
        return float(value)
    if not isinstance(value, list) and not hasattr(value, "__array__"):
        raise GraphError(f"{name} = {value!r} is not a number")
    import numpy as np  # a graph of numbers does not need it

    try:
        array = np.asarray(value)  # float32 stays float32
        return array if array.dtype.kind == "f" else array.astype(np.float64)
    except (TypeError, ValueError):
        raise GraphError(f"{name} is not an array of numbers: {str(value)[:60]}") from None
