"""The parts of a graph in a picture, by index: names, edges, known numbers, highlights."""

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.paths import topological_order
from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError, did_you_mean, plural
from coursekit.render.text import join_words, label, scalar_or_shape, shorten

AnyGraph: TypeAlias = Graph | Linearization[Any]
Entry: TypeAlias = float | str | None  # a number, an array's shape, or None if not computed yet
LONGEST = 40  # letters of a name in a sentence
MAX_LAYERS = 16  # a folded graph with more layers is drawn without its middle ones


@dataclass(frozen=True, slots=True)
class Box:
    """A frame with a title around vertices, by index."""

    title: str
    vertices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Diagram:
    """The drawable part of a graph, with vertices and edges in the order of the graph."""

    names: tuple[str, ...]
    symbols: tuple[str, ...]  # the operation inside the circle, or ""
    kinds: tuple[str, ...]  # input, inner or loss
    edges: tuple[tuple[int, int], ...]
    title: str
    formulas: tuple[str, ...]  # the formula of each vertex, or "" for an input
    caption: str = ""  # a note on the parts that are left out
    small: bool = False  # dots instead of circles and names
    values: Sequence[Entry] = ()
    adjoints: Sequence[Entry] = ()
    partials: Sequence[Entry] = ()
    highlight: frozenset[int] = frozenset()  # edges
    wrong: int | None = None  # the vertex marked as wrong
    unfinished: frozenset[int] = frozenset()  # vertices whose adjoint is a sum that will grow
    vertices: tuple[Hashable, ...] = ()  # to which options refer; () in a folded graph
    boxes: tuple[Box, ...] = ()  # an outer one before those inside it
    sizes: tuple[int, ...] = ()  # for how many vertices a folded one stands, or 0
    colours: tuple[str, ...] = ()  # the name of each vertex's group, or ""
    edge_labels: tuple[str, ...] = ()  # of each edge, or ""
    matrices: tuple[tuple[int, int] | None, ...] = ()  # rows and columns, of what is a rectangle
    places: tuple[tuple[float, float] | None, ...] = ()  # column and row, if they are chosen
    headings: tuple[tuple[int, str], ...] = ()  # titles of the columns of some vertices
    hide: frozenset[str] = frozenset()  # whose room the layout uses
    upward: bool = False
    weights: bool = False  # partials are widths and colours, too
    room: Sequence[Entry] = ()  # adjoints of another step, for which there is room, too

    def of_kind(self, kind: str) -> list[int]:
        """Return the indices of the vertices of this kind."""
        return [v for v, each in enumerate(self.kinds) if each == kind]


def diagram_of(graph: AnyGraph, *, small: bool = False) -> Diagram:
    """Return the diagram of a graph or of a linearization, without numbers.

    >>> from coursekit.examples import example
    >>> diagram_of(example()).edges
    ((0, 2), (1, 2), (1, 3), (2, 4), (3, 4))
    """
    vertices: Sequence[Any] = graph.vertices
    if isinstance(graph, Linearization):
        loss = graph.loss
    else:
        loss = None if graph.columns.loss is None else graph.ell
    place = {v: i for i, v in enumerate(vertices)}
    names = tuple(label(v, loss=v == loss) for v in vertices)
    kinds = tuple("loss" if v == loss else "inner" if graph.into(v) else "input" for v in vertices)
    edges = tuple((place[v], place[u]) for v, u in _edges(graph))
    operations = [operation_of(v) for v in vertices]
    symbols, formulas = (tuple(each[i] for each in operations) for i in (0, 1))
    blocks = graph.columns.structure.blocks if isinstance(graph, Graph) else graph.blocks
    return Diagram(
        names, symbols, kinds, edges, title_of(names, kinds, len(edges)), formulas, small=small,
        vertices=tuple(vertices), boxes=tuple(Box(b.title, tuple(b.vertices)) for b in blocks),
    )  # fmt: skip


def title_of(names: Sequence[str], kinds: Sequence[str], edges: int) -> str:
    """Return the first sentence about a graph: its loss, its size and its inputs."""
    size = f"{plural(len(names), 'vertex', 'vertices')} and {plural(edges, 'edge')}"
    short = [shorten(name, LONGEST) for name in names]
    loss = next((name for name, kind in zip(short, kinds, strict=True) if kind == "loss"), "")
    title = f"Computational graph{f' of {loss}' if loss else ''} with {size}"
    inputs = [name for name, kind in zip(short, kinds, strict=True) if kind == "input"]
    return f"{title}, from {join_words(inputs)}" if inputs else title


def folded_diagram(graph: AnyGraph) -> Diagram:
    """Return the diagram of a large graph, in which one vertex stands for a whole layer.

    >>> from coursekit.examples import layered
    >>> folded_diagram(layered([3, 4])).names
    ('3', '4', '1')
    """
    layer: dict[Any, int] = {}  # of each vertex: the length of the longest path to it
    for v in topological_order(graph.vertices, graph.out):
        layer[v] = max((layer[t] + 1 for t in graph.into(v)), default=0)
    sizes = [size for _, size in sorted(Counter(layer.values()).items())]
    ends = _edges(graph)
    edges = {(layer[v], layer[u]) for v, u in ends}
    names, kinds = [f"{n}" for n in sizes], ["input", *["inner"] * (len(sizes) - 1)]
    caption = (
        f"{plural(len(layer), 'vertex', 'vertices')} in {plural(len(sizes), 'layer')}:"
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


def numbered_diagram(
    graph: AnyGraph,
    adjoints: Mapping[Any, Any] | None = None,
    *,
    values: Mapping[Any, Any] | None = None,
    edges: Collection[tuple[Hashable, Hashable]] = (),
    wrong: Hashable = None,
) -> Diagram:
    """Return the diagram of a linearization, or of a graph with the numbers that are passed.

    `values` replace the linearization's values. `edges` are highlighted, and `wrong` is marked.
    """

    def numbers(known: Mapping[Any, Any]) -> list[Entry]:
        for v in known.keys() - set(graph.vertices):
            graph.into(v)  # raises the error for a name, or a vertex of another graph
        return [scalar_or_shape(known[v]) if v in known else None for v in graph.vertices]

    def without_names(values: list[Entry]) -> list[Entry]:
        """Leave out the formula of an input, which is its name."""
        pairs = zip(graph.vertices, values, strict=True)
        return ["" if hasattr(x, "tex") and not graph.into(v) else x for v, x in pairs]

    diagram, ends = diagram_of(graph), _edges(graph)
    diagram = replace(
        diagram,
        highlight=_edge_indices(graph, diagram, ends, edges),
        wrong=None if wrong is None else vertex_index(graph, wrong),
    )
    if isinstance(graph, Linearization):
        known = graph.values if values is None else values
        return replace(
            diagram,
            values=without_names(numbers(known)) if graph.values or values else [],
            adjoints=numbers(adjoints or {}),
            partials=[_partial(graph, tail, head) for tail, head in ends],
        )
    if values is None and adjoints is None:
        return diagram
    below = [] if adjoints is None else numbers(adjoints)
    return replace(diagram, values=numbers(values or {}), adjoints=below)


def vertex_index(graph: AnyGraph, v: Hashable) -> int:
    """Return the index of the vertex v; raise GraphError if it is unknown."""
    for index, u in enumerate(graph.vertices):
        if u is v or (isinstance(u, str) and u == v):
            return index
    names = [str(u) for u in graph.vertices]
    raise GraphError(f"there is no vertex {v!r} to show{did_you_mean(str(v), names)}")


def _edge_indices(
    graph: AnyGraph,
    diagram: Diagram,
    ends: Sequence[tuple[Any, Any]],
    edges: Collection[tuple[Hashable, Hashable]],
) -> frozenset[int]:
    """Return the indices of these edges among all `ends`; raise GraphError if one is missing."""
    place = {edge: k for k, edge in enumerate(ends)}
    for edge in edges:
        if edge not in place:
            names = [diagram.names[vertex_index(graph, v)] for v in edge]
            raise GraphError(f"there is no edge {' → '.join(names)} to highlight")
    return frozenset(place[edge] for edge in edges)


def _edges(graph: AnyGraph) -> list[tuple[Any, Any]]:
    """Return all edges, in the order of their heads."""
    vertices: Sequence[Any] = graph.vertices
    return [(v, u) for u in vertices for v in graph.into(u)]


def _partial(lin: Linearization[Any], tail: Any, head: Any) -> Entry:
    """Return an edge's partial, or the shape of its tail if either end is an array."""
    ends = [scalar_or_shape(lin.values[v]) for v in (tail, head)] if lin.values else []
    return ends[0] if any(isinstance(x, str) and x for x in ends) else lin.partials[tail, head]


def _without_middle(edges: set[tuple[int, int]], half: int, layers: int) -> set[tuple[int, int]]:
    """Return the edges of the first and last layers, with one vertex for all layers in between."""
    ends = [*range(half), *range(layers - half, layers)]
    place = {k: i + (i >= half) for i, k in enumerate(ends)}
    among = {(place[a], place[b]) for a, b in edges if a in place and b in place}
    return among | {(half - 1, half), (half, half + 1)}


def operation_of(vertex: Hashable, names: Mapping[int, str] | None = None) -> tuple[str, str]:
    """Return a vertex's symbol, such as "+ 1", and its formula, such as "a + 1"; "" for inputs.

    `names` replace those of operands with these numbers.
    """
    if not isinstance(vertex, Vertex) or (op := vertex.graph.columns.ops[vertex.index]) is None:
        return "", ""
    operands = vertex.graph.names.operands(vertex.index)
    numbers = vertex.graph.columns.structure.operands(vertex.index)
    constants = [text if i < 0 else "" for i, text in zip(numbers, operands, strict=True)]
    symbol = op.symbol
    if any(constants):
        shown = constants if op.infix else [constant or "·" for constant in constants]
        symbol = op.formula(*shown).strip()
    vertices, names = vertex.graph.vertices, names or {}
    shown = [
        names[i] if i in names else vertices[i].tex if i >= 0 else x
        for i, x in zip(numbers, operands, strict=True)
    ]
    return symbol, op.formula(*map(label, shown))
