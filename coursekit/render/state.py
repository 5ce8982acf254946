"""The state of a graph in one picture: the numbers known so far, and the highlighted edges."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.errors import GraphError, did_you_mean
from coursekit.render.diagram import Diagram
from coursekit.render.text import scalar_or_shape

Entry: TypeAlias = "float | str | None"  # a number, an array's shape, or None if not computed yet


@dataclass(frozen=True, slots=True)
class State:
    """The numbers and highlights of one picture; vertices and edges are indices."""

    values: Sequence[Entry] = ()
    adjoints: Sequence[Entry] = ()
    partials: Sequence[Entry] = ()
    highlight: frozenset[int] = frozenset()  # edges
    wrong: int | None = None  # the vertex marked as wrong


def state_of(
    graph: Graph | Linearization[Any],
    values: Mapping[Any, Any] | None,
    adjoints: Mapping[Any, Any] | None,
) -> State:
    """Return the state of a graph or linearization; a graph without numbers is blank."""
    if isinstance(graph, Linearization):
        return linearization_state(graph, adjoints, values)
    if values is None and adjoints is None:
        return State()
    known = vertex_numbers(graph, adjoints) if adjoints is not None else []
    return State(vertex_numbers(graph, values or {}), known)


def linearization_state(
    lin: Linearization[Any],
    adjoints: Mapping[Any, Any] | None = None,
    values: Mapping[Any, Any] | None = None,
) -> State:
    """Return the state of a linearization; `values` replace the linearization's values."""
    partials = [_partial(lin, tail, head) for tail, head in lin.edges]
    known = lin.values if values is None else values
    return State(
        vertex_numbers(lin, known) if lin.values or values else [],
        vertex_numbers(lin, adjoints or {}),
        partials,
    )


def vertex_numbers(graph: Graph | Linearization[Any], known: Mapping[Any, Any]) -> list[Entry]:
    """Return one number, shape or None for each vertex."""
    return [scalar_or_shape(known[v]) if v in known else None for v in graph.vertices]


def vertex_index(graph: Graph | Linearization[Any], v: Hashable) -> int:
    """Return the index of the vertex v; raise GraphError if it is unknown."""
    for index, u in enumerate(graph.vertices):
        if u is v or (isinstance(u, str) and u == v):
            return index
    names = [str(u) for u in graph.vertices]
    raise GraphError(f"there is no vertex {v!r} to show{did_you_mean(str(v), names)}")


def edge_indices(
    graph: Graph | Linearization[Any],
    diagram: Diagram,
    edges: Iterable[tuple[Hashable, Hashable]],
) -> frozenset[int]:
    """Return the indices of these edges in the diagram; raise GraphError if one is missing."""
    indices = {ends: k for k, ends in enumerate(diagram.edges)}
    place = {v: i for i, v in enumerate(graph.vertices)}
    chosen = set()
    for edge in edges:
        tail, head = (place[v] if v in place else vertex_index(graph, v) for v in edge)
        if (tail, head) not in indices:
            names = f"{diagram.names[tail]} → {diagram.names[head]}"
            raise GraphError(f"there is no edge {names} to highlight")
        chosen.add(indices[tail, head])
    return frozenset(chosen)


def _partial(lin: Linearization[Any], tail: Any, head: Any) -> Entry:
    """Return an edge's partial, or the shape of its tail if either end is an array."""
    ends = [scalar_or_shape(lin.values[v]) for v in (tail, head)] if lin.values else []
    return ends[0] if any(isinstance(x, str) for x in ends) else lin.partials[tail, head]
