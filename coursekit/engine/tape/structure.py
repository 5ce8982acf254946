"""One value for each vertex, one local derivative for each argument: columns of a tape.

The tape is what a graph's operators wrote: operations in creation order, which is a topological
order, and their operands in one flat list. `lin.partials[v, u]` reads like a dictionary and is a
look into a column; a sweep over the whole tape is one pass over flat lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, wraps
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar, cast

from coursekit.engine.linearization import Edge, Linearization, no_edge
from coursekit.errors import GraphError

if TYPE_CHECKING:
    from coursekit.engine.graph import Graph
    from coursekit.engine.vertex import Vertex

F = TypeVar("F", bound=Callable[..., Any])


class Structure:
    """V and E at one moment: a graph may grow, a linearization of it does not."""

    def __init__(self, graph: Graph) -> None:
        self.vertices = tuple(graph.vertices)
        self.args = graph.args  # to which the graph only ever appends
        self.arities = [op.arity if op else 0 for op in graph.ops]

    @cached_property
    def starts(self) -> list[int]:
        """For each vertex, where its arguments begin."""
        return list(accumulate(self.arities, initial=0))

    @cached_property
    def tails(self) -> list[tuple[int, ...]]:
        """For each vertex, its in-neighbours: constants are none, and x · x has one."""
        ends = zip(self.starts, self.starts[1:], strict=False)
        return [tuple(dict.fromkeys(i for i in self.args[a:b] if i >= 0)) for a, b in ends]

    @cached_property
    def _out(self) -> list[tuple[Vertex, ...]]:
        out: list[list[Vertex]] = [[] for _ in self.vertices]
        for head, tails in zip(self.vertices, self.tails, strict=True):
            for i in tails:
                out[i].append(head)
        return [tuple(heads) for heads in out]

    def index(self, vertex: Vertex) -> int:
        try:
            if self.vertices[vertex.index] is vertex:
                return vertex.index
        except (AttributeError, IndexError):
            pass
        raise GraphError(
            f"{vertex} is no vertex of this graph, or was added after it was linearized"
        )

    def out(self, vertex: Vertex) -> tuple[Vertex, ...]:
        return self._out[self.index(vertex)]

    def into(self, vertex: Vertex) -> tuple[Vertex, ...]:
        return tuple([self.vertices[i] for i in self.tails[self.index(vertex)]])


class Column(Mapping["Vertex", Any]):
    """One number or array for each vertex."""

    __slots__ = ("_column", "_structure")

    def __init__(self, structure: Structure, column: Sequence[Any]) -> None:
        self._structure, self._column = structure, column

    def __getitem__(self, vertex: Vertex) -> Any:
        return self._column[self._structure.index(vertex)]

    def __iter__(self) -> Iterator[Vertex]:
        return iter(self._structure.vertices)

    def __len__(self) -> int:
        return len(self._structure.vertices)

    def __repr__(self) -> str:
        return repr(dict(self))


class EdgeColumn(Mapping[tuple["Vertex", "Vertex"], Any]):
    """One local derivative for each edge: `partials[v, u]`, summed over the arguments it feeds."""

    __slots__ = ("_local", "_structure")

    def __init__(self, structure: Structure, local: Sequence[Any]) -> None:
        self._structure, self._local = structure, local

    def __getitem__(self, edge: tuple[Vertex, Vertex]) -> Any:
        tail, head = edge
        i, j = self._structure.index(tail), self._structure.index(head)
        args, starts = self._structure.args, self._structure.starts
        found = [self._local[k] for k in range(starts[j], starts[j + 1]) if args[k] == i]
        if not found:
            raise GraphError(no_edge(edge))
        return found[0] if len(found) == 1 else sum(found[1:], found[0])

    def __iter__(self) -> Iterator[tuple[Vertex, Vertex]]:
        for head in self._structure.vertices:
            yield from (Edge(tail, head) for tail in self._structure.into(head))

    def __len__(self) -> int:
        return sum(map(len, self._structure.tails))


class Tape(Linearization["Vertex"]):
    """A graph's linearization: what it offers reads columns, and a sweep is one pass over them."""

    def __init__(
        self, structure: Structure, loss: Vertex, values: Any, local: Any, *, of_arrays: bool
    ) -> None:
        super().__init__(
            structure.vertices,
            loss,
            structure.out,
            structure.into,
            EdgeColumn(structure, local),
            Column(structure, values),
        )
        self.structure, self.local, self.column = structure, local, values
        self.of_arrays = of_arrays

    def adjoints(self) -> Mapping[Vertex, Any]:
        """Return ∂ℓ/∂v for every vertex v: each pushes its adjoint to what it is computed from."""
        args, arities, local = self.structure.args, self.structure.arities, self.local
        if self.of_arrays:
            from coursekit.engine.tape.arrays import reverse  # numpy only where there are arrays

            return Column(self.structure, reverse(self))
        # a constant is argument −k: what it is sent ends up behind the vertices, and is dropped
        k, adjoints = len(local), [0.0] * (len(local) + len(self.vertices))
        adjoints[self.loss.index] = 1.0
        for j in range(len(arities) - 1, -1, -1):
            adjoint = adjoints[j]
            if arities[j] == 2:  # the usual case: without a loop
                k -= 2
                adjoints[args[k + 1]] += adjoint * local[k + 1]
                adjoints[args[k]] += adjoint * local[k]
            else:
                for _ in range(arities[j]):
                    k -= 1
                    adjoints[args[k]] += adjoint * local[k]
        del adjoints[len(self.vertices) :]
        return Column(self.structure, adjoints)


def on_a_tape(swift: Callable[[Tape], Any]) -> Callable[[F], F]:
    """Return a decorator: on a `Tape`, the same result by a pass over its columns.

    What is watched, drawn or handed to a student is no tape: there the function itself runs.
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def either(lin: Linearization[Any], **seed: Any) -> Any:
            return swift(lin) if type(lin) is Tape and not seed else function(lin, **seed)

        return cast(F, either)

    return decorate
