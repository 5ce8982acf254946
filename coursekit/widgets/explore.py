"""∂ℓ/∂w as the inputs change: sliders, every path one by one, every adjoint in order."""

from typing import Any

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.widgets.graph_view import graph_view
from coursekit.widgets.sliders import Range
from coursekit.widgets.view import View


def explore(graph: Graph | Linearization[Any], /, **inputs: Range) -> View:
    """Return the live picture of a graph, with a slider for each input.

    Ranges are abbreviated as in ipywidgets' `interact`: a number is the initial value, (low, high)
    or (low, high, step) is the range, and a FloatSlider is used unchanged. A linearization has no
    formulas, so its picture has no sliders.

    >>> from coursekit.examples import example
    >>> explore(example(), a=2.0, b=(-3.0, 3.0)).sliders[1].value
    0.0
    """
    return graph_view("explore", graph, inputs)
