"""δℓ ≈ ∂ℓ/∂v · δ = Σ ∂ℓ/∂u · ∂u/∂v · δ over u ∈ out(v): the effect of a nudge."""

from coursekit.engine.graph import Graph, Vertex
from coursekit.widgets.graph_view import graph_view
from coursekit.widgets.sliders import Range
from coursekit.widgets.view import View


def nudge(graph: Graph, v: Vertex, /, **inputs: Range) -> View:
    """Return the live picture with v changed by δ, and each out-neighbour's contribution as a bar.

    Ranges are abbreviated as in `explore`.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> nudge(g, g.inputs["b"], a=2.0, b=1.0).widget.scene["vertex"]
    1
    """
    return graph_view("nudge", graph, inputs, data={"vertex": graph.index(v)})
