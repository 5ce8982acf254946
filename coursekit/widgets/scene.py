"""A linearization as plain data for the browser: structure, formulas, numbers, and the picture."""

from typing import Any

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.paths import topological_order
from coursekit.render.diagram import numbered_diagram
from coursekit.render.svg import svg
from coursekit.render.text import shorten


def scene(lin: Linearization[Any], graph: Graph | None = None) -> dict[str, Any]:
    """Return the scene of a linearization; if `graph` is passed, the view can change the inputs.

    >>> from coursekit.examples import kite
    >>> scene(kite())["order"]
    [0, 1, 2, 3, 4]
    """
    diagram = numbered_diagram(lin)
    place = {v: i for i, v in enumerate(lin.vertices)}
    edge = {pair: k for k, pair in enumerate(diagram.edges)}
    order = [place[v] for v in topological_order(lin.vertices, lin.out)]
    out = [[edge[place[v], place[u]] for u in lin.out(v)] for v in lin.vertices]
    data = {
        "names": [shorten(name, 40) for name in diagram.names],
        "edges": diagram.edges,
        "out": out,
        "loss": place[lin.loss],
        "order": order,
        "reads": [k for v in reversed(order) for k in out[v]],  # as backprop reads the edges
        "inputs": [i for i, v in enumerate(lin.vertices) if not lin.into(v)],
        "values": list(diagram.values),
        "partials": list(diagram.partials),
        "svg": svg(diagram),
        "below": "its adjoint ∂ℓ/∂v",
    }
    return data | _formulas(graph) if graph else data


def _formulas(graph: Graph) -> dict[str, Any]:
    """Return each vertex's operation and operands; an operand −k means the k-th constant."""
    operands = graph.columns.structure.operands
    code = [[op.name if op else None, *operands(j)] for j, op in enumerate(graph.columns.ops)]
    return {"code": code, "constants": graph.columns.constants}
