"""out(v), the vertices computed from v: highlight the out-edges of a chosen vertex."""

from typing import Any

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.widgets.graph_view import graph_view
from coursekit.widgets.sliders import Range
from coursekit.widgets.view import View


def show_out(graph: Graph | Linearization[Any], /, **inputs: Range) -> View:
    """Return a live picture that highlights out(v) for a chosen v; partials can be hidden.

    Ranges are abbreviated as in `explore`.

    >>> from coursekit.examples import example
    >>> show_out(example(), a=2.0, b=1.0)
    Computational graph of ℓ with 5 vertices and 5 edges, from a and b. At a = 2 and b = 1: ℓ = 6.
    """
    return graph_view("show_out", graph, inputs, adjoints=False)
