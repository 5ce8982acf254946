"""∂ℓ/∂w while you move: a slider for each input, every path in turn, every adjoint in order."""

from typing import Any

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.widgets.graph_view import graph_view
from coursekit.widgets.sliders import Range
from coursekit.widgets.view import View


def explore(graph: Graph | Linearization[Any], /, **inputs: Range) -> View:
    """Return the live picture, with a slider for each input of a graph.

    Ranges are abbreviated as in ipywidgets' `interact`: a number is the slider's start, (low, high)
    or (low, high, step) are its ends, and a FloatSlider is used as it is. A linearization has no
    formulas, so its picture has no sliders.

    >>> from coursekit.examples import example
    >>> explore(example(), a=2.0, b=(-3.0, 3.0)).sliders[1].value
    0.0
    """
    return graph_view("explore", graph, inputs)
