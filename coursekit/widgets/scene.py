"""A linearization as plain data for the browser: structure, formulas, numbers of the moment."""

from typing import Any

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.order import topological_order
from coursekit.render.diagram import diagram
from coursekit.render.layout import layout
from coursekit.render.state import linearization_state
from coursekit.render.svg import svg
from coursekit.render.text import shorten

BELOW = "its adjoint ∂ℓ/∂v"


def scene(lin: Linearization[Any], graph: Graph | None = None) -> dict[str, Any]:
    """Return what a view needs of a linearization; with its graph, it can move the inputs.

    >>> from coursekit.examples import kite
    >>> scene(kite())["order"]
    [0, 1, 2, 3, 4]
    """
    drawn, state = diagram(lin), linearization_state(lin)
    place = {v: i for i, v in enumerate(lin.vertices)}
    edge = {pair: k for k, pair in enumerate(drawn.edges)}
    placed = layout(len(drawn.names), drawn.edges)
    data = {
        "names": [shorten(name, 40) for name in drawn.names],
        "edges": drawn.edges,
        "out": [[edge[place[v], place[u]] for u in lin.out(v)] for v in lin.vertices],
        "loss": place[lin.loss],
        "order": [place[v] for v in topological_order(lin.vertices, lin.out)],
        "inputs": [v for v, kind in enumerate(drawn.kinds) if kind == "input"],
        "values": list(state.values),
        "partials": list(state.partials),
        "svg": svg(drawn, placed, state),
    }
    return data | (formulas(graph) if graph else {})


def formulas(graph: Graph) -> dict[str, Any]:
    """Return each vertex's operation with its operands; a constant is operand −k."""
    code = [
        [op.name if op else None, *graph.operands(v)]
        for op, v in zip(graph.ops, graph.vertices, strict=True)
    ]
    inputs = [v.index for v in graph.inputs.values()]
    return {"code": code, "constants": graph.constants, "inputs": inputs}
