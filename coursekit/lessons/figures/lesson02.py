"""G = (V, E) blank, with values, and linearized: the figure for lesson 02."""

from typing import TYPE_CHECKING

from coursekit.examples import example
from coursekit.figures import register
from coursekit.render.diagram import diagram_of
from coursekit.render.plot import draw_graph
from coursekit.render.state import State

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@register(
    "02-linearized",
    "The graph of (a + b)(b + 1) three times: blank, with a value above each vertex, and with the"
    " local partial derivative on each edge. Below the vertices are dashes: no adjoint is known.",
    frames=3,
)
def linearized(axes: "Axes", frame: int) -> None:
    """Draw the graph; values appear in frame 2, and partials in frame 3."""
    lin = example().linearize(a=2.0, b=1.0)
    values = [lin.values[v] for v in lin.vertices] if frame > 1 else []
    partials = [lin.partials[e] for e in lin.edges] if frame > 2 else []
    unknown = [None for _ in lin.vertices] if frame > 2 else []
    title = [
        r"$G = (V, E)$",
        r"$a = 2,\ b = 1$",
        r"$\partial u / \partial v$ on the edge $v \to u$",
    ]
    state = State(values, unknown, partials)
    draw_graph(axes, diagram_of(example()), state, title[frame - 1])
