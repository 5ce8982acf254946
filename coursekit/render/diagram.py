"""(V, E) as a picture sees it: names, symbols and edges by number, and nothing of the engine."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.vertex import Vertex
from coursekit.render.text import label, listed


@dataclass(frozen=True, slots=True)
class Diagram:
    """What is drawn of a graph: vertices and edges are numbered as the graph lists them."""

    names: tuple[str, ...]
    symbols: tuple[str, ...]  # the operation inside the circle, "" for none
    kinds: tuple[str, ...]  # input, inner or loss
    edges: tuple[tuple[int, int], ...]
    title: str


@dataclass(frozen=True, slots=True)
class State:
    """The numbers of one picture, and what is lit: None is a number that is not shown."""

    values: Sequence[float | None] = ()
    adjoints: Sequence[float | None] = ()
    partials: Sequence[float | None] = ()
    lit: frozenset[int] = frozenset()  # edges
    wrong: int | None = None  # the vertex to mark


def diagram(graph: Graph | Linearization[Any]) -> Diagram:
    """Return what a picture shows of a graph or of a linearization.

    >>> from coursekit.examples import example
    >>> diagram(example()).edges
    ((0, 2), (1, 2), (1, 3), (2, 4), (3, 4))
    """
    vertices: Sequence[Any] = graph.vertices
    loss = graph.ell if isinstance(graph, Graph) else graph.loss
    place = {v: i for i, v in enumerate(vertices)}
    names = tuple(label(v, loss=v == loss) for v in vertices)
    kinds = tuple("loss" if v == loss else "inner" if graph.into(v) else "input" for v in vertices)
    edges = tuple((place[v], place[u]) for u in vertices for v in graph.into(u))
    of = f" of {names[place[loss]]}" if loss in place else ""
    title = f"Computational graph{of} with {len(names)} vertices and {len(edges)} edges"
    if sources := [name for name, kind in zip(names, kinds, strict=True) if kind == "input"]:
        title += f", from {listed(sources)}"
    return Diagram(names, tuple(map(_symbol, vertices)), kinds, edges, title)


def _symbol(vertex: Hashable) -> str:
    """Return the operation with its constants: "+ 1", "6 ×", "exp", "" for an input."""
    if not isinstance(vertex, Vertex) or (op := vertex.graph.ops[vertex.index]) is None:
        return ""
    operands = zip(vertex.graph.operands(vertex), vertex.graph.operand_names(vertex), strict=True)
    constants = [text if i < 0 else "" for i, text in operands]
    if not any(constants):
        return op.symbol
    if op.infix:
        return op.formula(*constants).strip()
    return op.formula(*[constant or "·" for constant in constants])
