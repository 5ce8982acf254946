"""(V, E) as a picture sees it: names, symbols and edges by number, and nothing of the engine."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from coursekit.engine.graph import Graph, Vertex
from coursekit.engine.linearization import Linearization
from coursekit.engine.order import topological_order
from coursekit.render.text import join_words, label


@dataclass(frozen=True, slots=True)
class Diagram:
    """What is drawn of a graph: vertices and edges are numbered as the graph lists them."""

    names: tuple[str, ...]
    symbols: tuple[str, ...]  # the operation inside the circle, "" for none
    kinds: tuple[str, ...]  # input, inner or loss
    edges: tuple[tuple[int, int], ...]
    title: str
    formulas: tuple[str, ...] = ()  # how each vertex is computed, "" for an input
    caption: str = ""  # what the picture leaves out


def diagram(graph: Graph | Linearization[Any]) -> Diagram:
    """Return what a picture shows of a graph or of a linearization.

    >>> from coursekit.examples import example
    >>> diagram(example()).edges
    ((0, 2), (1, 2), (1, 3), (2, 4), (3, 4))
    """
    vertices: Sequence[Any] = graph.vertices
    if isinstance(graph, Graph):
        number = graph.columns.loss
        loss = None if number is None else graph.vertices[number]
    else:
        loss = graph.loss
    place = {v: i for i, v in enumerate(vertices)}
    names = tuple(label(v, loss=v == loss) for v in vertices)
    kinds = tuple("loss" if v == loss else "inner" if graph.into(v) else "input" for v in vertices)
    edges = tuple((place[v], place[u]) for u in vertices for v in graph.into(u))
    of = f" of {names[place[loss]]}" if loss in place else ""
    title = f"Computational graph{of} with {len(names)} vertices and {len(edges)} edges"
    if sources := [name for name, kind in zip(names, kinds, strict=True) if kind == "input"]:
        title += f", from {join_words(sources)}"
    formulas = tuple(map(_formula, vertices))
    return Diagram(names, tuple(map(_symbol, vertices)), kinds, edges, title, formulas)


def folded(graph: Graph | Linearization[Any]) -> Diagram:
    """Return the diagram of a graph's layers: vertices as far from the inputs fold into one.

    >>> from coursekit.examples import layered
    >>> folded(layered([3, 4])).names
    ('3', '4', '1')
    """
    vertices: Sequence[Any] = graph.vertices
    level: dict[Any, int] = {}
    for v in topological_order(vertices, graph.out):
        level[v] = max((level[t] + 1 for t in graph.into(v)), default=0)
    sizes = [0] * (max(level.values(), default=-1) + 1)
    for depth in level.values():
        sizes[depth] += 1
    edges = dict.fromkeys((level[v], level[u]) for u in vertices for v in graph.into(u))
    count = sum(len(graph.into(u)) for u in vertices)
    caption = f"{len(vertices):,} vertices in {len(sizes):,} layers: a circle is a layer"
    kinds = ["input" if k == 0 else "inner" for k in range(len(sizes))]
    names = tuple(map(str, sizes))
    if len(sizes) > MOST_LAYERS:  # the middle is left out, and the title says so
        half = MOST_LAYERS // 2
        names, kinds = (*names[:half], "…", *names[-half:]), kinds[: MOST_LAYERS + 1]
        caption += f", {len(sizes) - 2 * half:,} are left out at the dots"
        kept = [*range(half), *range(len(sizes) - half, len(sizes))]
        place = {k: i + (i >= half) for i, k in enumerate(kept)}
        inside = [(place[a], place[b]) for a, b in edges if a in place and b in place]
        edges = dict.fromkeys([*inside, (half - 1, half), (half, half + 1)])
    blank = ("",) * len(names)
    title = f"Computational graph with {count:,} edges, folded: {caption}"
    return Diagram(names, blank, tuple(kinds), tuple(sorted(edges)), title, blank, caption)


MOST_LAYERS = 16  # of a folded graph


def _formula(vertex: Hashable) -> str:
    if not isinstance(vertex, Vertex) or (op := vertex.graph.columns.ops[vertex.index]) is None:
        return ""
    return op.formula(*map(label, vertex.graph.names.operands(vertex.index)))


def _symbol(vertex: Hashable) -> str:
    """Return the operation with its constants: "+ 1", "6 ×", "exp", "" for an input."""
    if not isinstance(vertex, Vertex) or (op := vertex.graph.columns.ops[vertex.index]) is None:
        return ""
    graph = vertex.graph
    numbers = graph.columns.operands(vertex.index)
    operands = zip(numbers, graph.names.operands(vertex.index), strict=True)
    constants = [text if i < 0 else "" for i, text in operands]
    if not any(constants):
        return op.symbol
    if op.infix:
        return op.formula(*constants).strip()
    return op.formula(*[constant or "·" for constant in constants])
