"""∂ℓ/∂w while you move: a slider for each input, every path lit in turn, every adjoint in order."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import ipywidgets

from coursekit.engine.gradients import backprop
from coursekit.engine.graph import Graph, in_order
from coursekit.engine.linearization import Linearization
from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError
from coursekit.render.diagram import diagram
from coursekit.render.picture import picture
from coursekit.render.state import linearization_state
from coursekit.render.text import scalar_or_shape
from coursekit.widgets.scene import BELOW, scene
from coursekit.widgets.view import View

Range: TypeAlias = "float | tuple[float, float] | tuple[float, float, float] | Any"  # Any: a slider


def explore(graph: Graph | Linearization[Any], /, **inputs: Range) -> View:
    """Return the live picture, with a slider for each input of a graph.

    Ranges are abbreviated as ipywidgets' `interact` has them: a number is where the slider starts,
    (low, high) and (low, high, step) where it ends, a FloatSlider is taken as it is. A
    linearization has no formulas, so its picture has no sliders.

    >>> from coursekit.examples import example
    >>> explore(example(), a=2.0, b=(-3.0, 3.0)).sliders[1].value
    0.0
    """
    return _explored(graph, inputs, [{"kind": "paths"}, {"kind": "sweep"}])


def show_out(graph: Graph | Linearization[Any], /, **inputs: Range) -> View:
    """Return the live picture in which a chosen vertex lights out(v); partials can be hidden.

    >>> from coursekit.examples import example
    >>> show_out(example(), a=2.0, b=1.0).widget.scene["cards"]
    [{'kind': 'out'}]
    """
    return _explored(graph, inputs, [{"kind": "out"}], adjoints=False)


def nudge(graph: Graph, v: Vertex, /, **inputs: Range) -> View:
    """Return the live picture in which v moves by δ: a bar for each out-neighbour's contribution.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> nudge(g, g.inputs["b"], a=2.0, b=1.0).widget.scene["start"]
    1
    """
    shown = _explored(graph, inputs, [{"kind": "fan"}])
    shown.widget.scene = shown.widget.scene | {"start": graph.index(v)}
    return shown


def _explored(
    graph: Graph | Linearization[Any],
    inputs: Mapping[str, Range],
    cards: list[dict[str, Any]],
    *,
    adjoints: bool = True,
) -> View:
    if isinstance(graph, Linearization):
        if inputs:
            raise GraphError("a linearization is a graph at one point: explore its Graph instead")
        lin, sliders, data = graph, [], scene(graph)
    else:
        in_order(graph.inputs, dict.fromkeys(inputs, 0.0))  # each named, none missing
        sliders = [_slider(name, inputs[name]) for name in graph.inputs]
        room = 0.65 * min(max(map(len, graph.inputs), default=0), 14) + 1
        for slider in sliders:
            slider.style.description_width = f"{room:.1f}em"
        lin = graph.linearize(**{s.description: s.value for s in sliders})
        data = scene(lin, graph)
        data["ranges"] = [[s.min, s.max, s.step] for s in sliders]
    if lin.values and any(isinstance(scalar_or_shape(x), str) for x in lin.values.values()):
        raise GraphError("a view moves numbers, and these are arrays: unroll(graph, …) first")
    data |= {"kind": "graph", "below": BELOW, "cards": cards}
    still = picture(diagram(lin), linearization_state(lin, backprop(lin) if adjoints else {}))
    return View(data, text=still.alt, still=still.html, sliders=sliders)


def walk_paths(lin: Linearization[Any]) -> View:
    """Return the picture with its paths alone, lit one by one, their products added up.

    >>> from coursekit.examples import kite
    >>> walk_paths(kite())
    Computational graph of ℓ with 5 vertices and 5 edges, from x.
    """
    still = picture(diagram(lin), linearization_state(lin))
    data = scene(lin) | {"kind": "graph", "below": BELOW, "cards": [{"kind": "paths"}]}
    return View(data, text=still.alt, still=still.html)


def _slider(name: str, given: Range) -> ipywidgets.FloatSlider:
    if isinstance(given, ipywidgets.FloatSlider):
        given.description = name
        return given
    try:
        if isinstance(given, tuple):
            low, high, *step = (float(x) for x in given)
            if not low < high:
                raise ValueError
            start = (low + high) / 2
        else:
            start, step = float(given), []
            # interact's rule: from −x to 3x, and from 0 to 1 for 0
            low, high = sorted((-start, 3 * start)) if start else (0.0, 1.0)
    except (TypeError, ValueError):
        raise GraphError(
            f"{name} = {given!r}: give a number, (low, high) or (low, high, step)"
        ) from None
    return ipywidgets.FloatSlider(
        value=start,
        min=low,
        max=high,
        step=step[0] if step else 0.1,
        description=name,
        layout={"width": "min(100%, 26em)"},
    )
