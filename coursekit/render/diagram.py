"""The drawable part of a graph: names, symbols and edges by index, without the engine's objects."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from coursekit.engine.graph import Graph, Vertex
from coursekit.engine.linearization import Linearization
from coursekit.engine.order import topological_order
from coursekit.errors import plural
from coursekit.render.text import join_words, label

MAX_LAYERS = 16  # a folded graph with more layers is drawn without its middle ones


@dataclass(frozen=True, slots=True)
class Diagram:
    """The drawable part of a graph, with vertices and edges in the order of the graph."""

    names: tuple[str, ...]
    symbols: tuple[str, ...]  # the operation inside the circle, or ""
    kinds: tuple[str, ...]  # input, inner or loss
    edges: tuple[tuple[int, int], ...]
    title: str
    formulas: tuple[str, ...] = ()  # the formula of each vertex, or "" for an input
    caption: str = ""  # a note on the parts that are left out

    def of_kind(self, kind: str) -> list[int]:
        """Return the indices of the vertices of this kind."""
        return [v for v, each in enumerate(self.kinds) if each == kind]


def diagram_of(graph: Graph | Linearization[Any]) -> Diagram:
    """Return the diagram of a graph or of a linearization.

    >>> from coursekit.examples import example
    >>> diagram_of(example()).edges
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
    size = f"{plural(len(names), 'vertex', 'vertices')} and {plural(len(edges), 'edge')}"
    of_loss = f" of {names[place[loss]]}" if loss in place else ""
    title = f"Computational graph{of_loss} with {size}"
    if inputs := [name for name, kind in zip(names, kinds, strict=True) if kind == "input"]:
        title += f", from {join_words(inputs)}"
    formulas = tuple(map(_formula, vertices))
    return Diagram(names, tuple(map(_symbol, vertices)), kinds, edges, title, formulas)


def folded_diagram(graph: Graph | Linearization[Any]) -> Diagram:
    """Return the diagram of a large graph, in which one vertex stands for a whole layer.

    >>> from coursekit.examples import layered
    >>> folded_diagram(layered([3, 4])).names
    ('3', '4', '1')
    """
    vertices: Sequence[Any] = graph.vertices
    layer = _layers(graph)
    sizes = list(Counter(layer.values()).values())  # in the order of the layers
    ends = [(v, u) for u in vertices for v in graph.into(u)]
    edges = {(layer[v], layer[u]) for v, u in ends}
    names, kinds = [f"{n}" for n in sizes], ["input", *["inner"] * (len(sizes) - 1)]
    caption = (
        f"{plural(len(vertices), 'vertex', 'vertices')} in {plural(len(sizes), 'layer')}:"
        " a circle is a layer"
    )
    if len(sizes) > MAX_LAYERS:
        half = MAX_LAYERS // 2
        names, kinds = [*names[:half], "…", *names[-half:]], kinds[: MAX_LAYERS + 1]
        edges = _without_middle(edges, half, len(sizes))
        caption += f"; the dots stand for {len(sizes) - 2 * half:,} more"
    blank = ("",) * len(names)
    title = f"Computational graph with {plural(len(ends), 'edge')}, folded: {caption}"
    return Diagram(tuple(names), blank, tuple(kinds), tuple(sorted(edges)), title, blank, caption)


def _layers(graph: Graph | Linearization[Any]) -> dict[Any, int]:
    """Return each vertex's layer (the length of the longest path to it), sorted by layer."""
    layer: dict[Any, int] = {}
    for v in topological_order(graph.vertices, graph.out):
        layer[v] = max((layer[t] + 1 for t in graph.into(v)), default=0)
    return dict(sorted(layer.items(), key=lambda item: item[1]))


def _without_middle(edges: set[tuple[int, int]], half: int, layers: int) -> set[tuple[int, int]]:
    """Return the edges of the first and last layers, with one vertex for all layers in between."""
    ends = [*range(half), *range(layers - half, layers)]
    place = {k: i + (i >= half) for i, k in enumerate(ends)}
    among = {(place[a], place[b]) for a, b in edges if a in place and b in place}
    return among | {(half - 1, half), (half, half + 1)}


def _formula(vertex: Hashable) -> str:
    """Return the formula of a vertex, such as "a + b", or "" for an input."""
    if not isinstance(vertex, Vertex) or (op := vertex.graph.columns.ops[vertex.index]) is None:
        return ""
    return op.formula(*map(label, vertex.graph.names.operands(vertex.index)))


def _symbol(vertex: Hashable) -> str:
    """Return the operation with its constants, such as "+ 1" or "exp", or "" for an input."""
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
