"""Views of one graph, with a slider for each input, or of a linearization without sliders."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import ipywidgets

from coursekit.engine.gradients import backprop
from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization
from coursekit.engine.names import input_values
from coursekit.engine.paths import topological_order
from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError
from coursekit.render.diagram import numbered_diagram
from coursekit.render.drawing import scene_of
from coursekit.render.options import Options, split_options
from coursekit.render.picture import picture_of
from coursekit.render.styling import with_options
from coursekit.render.svg import live_svg
from coursekit.render.text import shorten
from coursekit.widgets.view import View, slider

Range: TypeAlias = (
    "float | tuple[float, float] | tuple[float, float, float] | ipywidgets.FloatSlider"
)


PLAIN = Options()


def explore(graph: Graph | Linearization[Any], /, **inputs: Any) -> View:
    """Return the live picture of a graph, with a slider for each input.

    The options of `draw` that hide, frame, colour, label and place may follow the inputs.

    Ranges are abbreviated as in ipywidgets' `interact`: a number is the initial value, (low, high)
    or (low, high, step) is the range, and a FloatSlider is used unchanged. A linearization has no
    formulas, so its picture has no sliders.

    >>> from coursekit.examples import example
    >>> explore(example(), a=2.0, b=(-3.0, 3.0)).sliders[1].value
    0.0
    """
    return _graph_view("explore", graph, inputs)


def show_out(graph: Graph | Linearization[Any], /, **inputs: Any) -> View:
    """Return a live picture that highlights out(v) for a chosen v; partials can be hidden.

    Ranges are abbreviated as in `explore`, and options may follow.

    >>> from coursekit.examples import example
    >>> show_out(example(), a=2.0, b=1.0)
    Computational graph of ℓ with 5 vertices and 5 edges, from a and b. At a = 2 and b = 1: ℓ = 6.
    """
    return _graph_view("show_out", graph, inputs, adjoints=False)


def nudge(graph: Graph, v: Vertex, /, **inputs: Any) -> View:
    """Return the live picture with v changed by δ, and each out-neighbour's contribution as a bar.

    Ranges are abbreviated as in `explore`, and options may follow.

    >>> from coursekit.examples import example
    >>> g = example()
    >>> nudge(g, g.inputs["b"], a=2.0, b=1.0).widget.scene["vertex"]
    1
    """
    return _graph_view("nudge", graph, inputs, vertex=graph.index(v))


def walk_paths(lin: Linearization[Any]) -> View:
    """Return a view that highlights the paths one by one and adds up their products.

    >>> from coursekit.examples import kite
    >>> walk_paths(kite())
    Computational graph of ℓ with 5 vertices and 5 edges, from x.
    """
    return _graph_view("walk_paths", lin, {}, adjoints=False)


def order_game(lin: Linearization[Any]) -> View:
    """Return a picture in which the student repeatedly chooses a vertex that can be finished.

    >>> from coursekit.examples import kite
    >>> order_game(kite())
    Computational graph of ℓ with 5 vertices and 5 edges, from x. ∂ℓ/∂ℓ = 1. Which can be finished \
next?
    """
    still = picture_of(numbered_diagram(lin, {lin.loss: 1}))
    text = f"{still.alt} Which can be finished next?"
    return View("order_game", scene(lin), text=text, still=still.html)


def scene(
    lin: Linearization[Any], graph: Graph | None = None, options: Options = PLAIN
) -> dict[str, Any]:
    """Return a linearization as plain data for the browser: structure, numbers, and the picture.

    If `graph` is passed, the scene contains its formulas, so that the view can change the inputs.

    >>> from coursekit.examples import kite
    >>> scene(kite())["order"]
    [0, 1, 2, 3, 4]
    """
    if options.fold:
        raise GraphError("fold: a live view shows every vertex; fold blocks with draw")
    plain = numbered_diagram(lin)
    if any(hasattr(x, "tex") for x in [*plain.values, *plain.partials]):
        raise GraphError(
            "a view computes with numbers, not with formulas: use g.linearize(…),"
            " or draw(…) for a picture of the formulas"
        )
    diagram = with_options(plain, options)
    place = {v: i for i, v in enumerate(lin.vertices)}
    edge = {pair: k for k, pair in enumerate(plain.edges)}
    order = [place[v] for v in topological_order(lin.vertices, lin.out)]
    out = [[edge[place[v], place[u]] for u in lin.out(v)] for v in lin.vertices]
    data = {
        "names": [
            shorten(new or old, 40) for new, old in zip(diagram.names, plain.names, strict=True)
        ],
        "edges": plain.edges,
        "out": out,
        "loss": place[lin.loss],
        "order": order,
        "reads": [k for v in reversed(order) for k in out[v]],  # in the order of backprop
        "inputs": [i for i, v in enumerate(lin.vertices) if not lin.into(v)],
        "values": list(plain.values),
        "partials": list(plain.partials),
        "svg": live_svg(scene_of(diagram), diagram.title),
        "below": "its adjoint ∂ℓ/∂v",
        "hide": sorted(diagram.hide),
        "upward": diagram.upward,
        "weights": diagram.weights,
    }
    if graph is None:
        return data
    # each vertex's operation and operands; an operand −k means the k-th constant
    operands = graph.columns.structure.operands
    code = [[op.name if op else None, *operands(j)] for j, op in enumerate(graph.columns.ops)]
    return data | {"code": code, "constants": graph.columns.constants}


def _graph_view(
    view: str,
    graph: Graph | Linearization[Any],
    inputs: Mapping[str, Range],
    *,
    adjoints: bool = True,
    **data: Any,
) -> View:
    """Return a view with `data` added to its scene; with `adjoints`, its still shows them."""
    names = () if isinstance(graph, Linearization) else graph.inputs
    options, inputs = split_options(inputs, names)
    if isinstance(graph, Linearization):
        if inputs:
            raise GraphError("a linearization is a graph at one point: explore its Graph instead")
        lin, sliders, content = graph, [], scene(graph, options=options)
    else:
        sliders = _sliders(graph, inputs)
        lin = graph.linearize(**{slider.description: slider.value for slider in sliders})
        content = scene(lin, graph, options)
    if any(isinstance(x, str) for x in content["values"]):
        raise GraphError("a view needs numbers, not arrays: call unroll(graph, …) first")
    diagram = numbered_diagram(lin, backprop(lin) if adjoints else None)
    still = picture_of(with_options(diagram, options))
    content |= {"view": view, **data}
    return View("explore", content, text=still.alt, still=still.html, sliders=sliders)


def _sliders(graph: Graph, inputs: Mapping[str, Range]) -> list[ipywidgets.FloatSlider]:
    input_values(graph.inputs, dict.fromkeys(inputs, 0.0))  # rejects unknown and missing names
    longest = min(max(map(len, graph.inputs), default=0), 14)
    width = f"{0.65 * longest + 1:.1f}em"
    return [_slider_for(name, inputs[name], name_width=width) for name in graph.inputs]


def _slider_for(name: str, choice: Range, *, name_width: str) -> ipywidgets.FloatSlider:
    """Return the slider for an abbreviated range; a FloatSlider is only relabelled."""
    if isinstance(choice, ipywidgets.FloatSlider):
        choice.description = name
        choice.style.description_width = name_width
        return choice
    try:
        value, low, high, step = _ends(choice)
    except (TypeError, ValueError):
        raise GraphError(
            f"{name} = {choice!r}: give a number, (low, high) or (low, high, step)"
        ) from None
    return slider(name, value, low, high, step, name_width=name_width)


def _ends(choice: float | tuple[float, ...]) -> tuple[float, float, float, float]:
    """Return value, low, high and step; a number x gets the range −x to 3x, and 0 gets 0 to 1."""
    if not isinstance(choice, tuple):
        value = float(choice)
        low, high = sorted((-value, 3 * value)) if value else (0.0, 1.0)
        return value, low, high, 0.1
    low, high, *step = (float(x) for x in choice)
    if not low < high:
        raise ValueError
    return (low + high) / 2, low, high, step[0] if step else 0.1
