"""A linearization as plain data for the browser: structure, formulas, numbers, and the picture."""

from typing import Any, NamedTuple

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.paths import topological_order
from coursekit.render.diagram import Diagram, State, diagram_of, state_of
from coursekit.render.svg import svg
from coursekit.render.text import shorten

BELOW = "its adjoint ∂ℓ/∂v"


class Drawing(NamedTuple):
    """A linearization's diagram and numbers, which its scene and its still share."""

    diagram: Diagram
    state: State


def drawing_of(lin: Linearization[Any]) -> Drawing:
    """Return the drawing of a linearization, before any adjoint is known."""
    return Drawing(diagram_of(lin), state_of(lin))


def scene(
    lin: Linearization[Any], graph: Graph | None = None, *, drawing: Drawing | None = None
) -> dict[str, Any]:
    """Return the scene of a linearization; if `graph` is passed, the view can change the inputs.

    >>> from coursekit.examples import kite
    >>> scene(kite())["order"]
    [0, 1, 2, 3, 4]
    """
    drawing = drawing or drawing_of(lin)
    shape, state = drawing
    picture = svg(shape, state)
    return structure(lin, graph, drawing) | {"svg": picture, "below": BELOW}


def structure(lin: Linearization[Any], graph: Graph | None, drawing: Drawing) -> dict[str, Any]:
    """Return the part of a scene that the sweeps read: everything except the picture."""
    shape, state = drawing
    place = {v: i for i, v in enumerate(lin.vertices)}
    edge = {pair: k for k, pair in enumerate(shape.edges)}
    order = [place[v] for v in topological_order(lin.vertices, lin.out)]
    out = [[edge[place[v], place[u]] for u in lin.out(v)] for v in lin.vertices]
    data = {
        "names": [shorten(name, 40) for name in shape.names],
        "edges": shape.edges,
        "out": out,
        "loss": place[lin.loss],
        "order": order,
        "reads": [k for v in reversed(order) for k in out[v]],  # as backprop reads the edges
        "inputs": [v for v, kind in enumerate(shape.kinds) if kind == "input"],
        "values": list(state.values),
        "partials": list(state.partials),
    }
    return data | (formulas(graph) if graph else {})


def formulas(graph: Graph) -> dict[str, Any]:
    """Return each vertex's operation and operands; an operand −k means the k-th constant."""
    code = [
        [op.name if op else None, *graph.columns.structure.operands(j)]
        for j, op in enumerate(graph.columns.ops)
    ]
    inputs = [v.index for v in graph.inputs.values()]
    return {"code": code, "constants": graph.columns.constants, "inputs": inputs}
