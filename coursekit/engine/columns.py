"""One number for each vertex, one for each edge: columns behind the mappings of the note.

`lin.partials[v, u]` reads like a dictionary, and costs a dictionary's memory only where it is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from coursekit.engine.linearization import Edge, no_edge
from coursekit.errors import GraphError

if TYPE_CHECKING:
    from coursekit.engine.graph import Vertex


class Structure:
    """V and E at one moment: a graph may grow, a linearization of it does not."""

    __slots__ = ("_into", "_out", "tails", "vertices")

    def __init__(self, vertices: Sequence[Vertex], tails: Sequence[tuple[int, ...]]) -> None:
        self.vertices, self.tails = tuple(vertices), tuple(tails)
        heads: list[list[Vertex]] = [[] for _ in vertices]
        for head, into in zip(vertices, tails, strict=True):
            for i in into:
                heads[i].append(head)
        self._out = [tuple(column) for column in heads]
        self._into = [tuple([vertices[i] for i in into]) for into in tails]

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
        return self._into[self.index(vertex)]


class Values(Mapping["Vertex", float]):
    """One number for each vertex."""

    __slots__ = ("_column", "_structure")

    def __init__(self, structure: Structure, column: Sequence[float]) -> None:
        self._structure, self._column = structure, column

    def __getitem__(self, vertex: Vertex) -> float:
        return self._column[self._structure.index(vertex)]

    def __iter__(self) -> Iterator[Vertex]:
        return iter(self._structure.vertices)

    def __len__(self) -> int:
        return len(self._structure.vertices)


class EdgeColumn(Mapping[tuple["Vertex", "Vertex"], float]):
    """One number for each edge: `partials[v, u]`."""

    __slots__ = ("_columns", "_structure")

    def __init__(self, structure: Structure, columns: Sequence[tuple[float, ...]]) -> None:
        self._structure, self._columns = structure, columns

    def __getitem__(self, edge: tuple[Vertex, Vertex]) -> float:
        tail, head = edge
        j = self._structure.index(head)
        try:
            place = self._structure.tails[j].index(self._structure.index(tail))
        except ValueError:
            raise GraphError(no_edge(edge)) from None
        return self._columns[j][place]

    def __iter__(self) -> Iterator[tuple[Vertex, Vertex]]:
        vertices = self._structure.vertices
        return chain.from_iterable(
            (Edge(vertices[i], u) for i in into)
            for u, into in zip(vertices, self._structure.tails, strict=True)
        )

    def __len__(self) -> int:
        return sum(map(len, self._structure.tails))
