"""Show a graph or a linearization as one picture with sliders and cards."""

from collections.abc import Mapping
from typing import Any

import ipywidgets

from coursekit.engine.gradients import backprop
from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.names import input_values
from coursekit.errors import GraphError
from coursekit.render.diagram import numbered_diagram
from coursekit.render.picture import picture_of
from coursekit.widgets.scene import scene
from coursekit.widgets.sliders import Range, slider_for
from coursekit.widgets.view import View


def graph_view(
    kind: str,
    graph: Graph | Linearization[Any],
    inputs: Mapping[str, Range],
    *,
    adjoints: bool = True,
    data: dict[str, Any] | None = None,
) -> View:
    """Return a view of a graph with a slider for each input, or of a linearization without sliders.

    `data` is added to the scene; `adjoints` says whether the still shows the adjoints.
    """
    if isinstance(graph, Linearization):
        if inputs:
            raise GraphError("a linearization is a graph at one point: explore its Graph instead")
        lin, sliders = graph, []
    else:
        sliders = _sliders(graph, inputs)
        lin = graph.linearize(**{slider.description: slider.value for slider in sliders})
    content = scene(lin, graph if isinstance(graph, Graph) else None) | (data or {})
    if any(isinstance(x, str) for x in content["values"]):
        raise GraphError("a view needs numbers, not arrays: call unroll(graph, …) first")
    still = picture_of(numbered_diagram(lin, backprop(lin) if adjoints else None))
    return View(kind, content, text=still.alt, still=still.html, sliders=sliders)


def _sliders(graph: Graph, inputs: Mapping[str, Range]) -> list[ipywidgets.FloatSlider]:
    input_values(graph.inputs, dict.fromkeys(inputs, 0.0))  # rejects unknown and missing names
    longest = min(max(map(len, graph.inputs), default=0), 14)
    width = f"{0.65 * longest + 1:.1f}em"
    return [slider_for(name, inputs[name], name_width=width) for name in graph.inputs]
