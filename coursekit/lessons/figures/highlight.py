"""A linearization with some of its edges highlighted, and a formula above it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from coursekit.engine.linearization import Linearization
from coursekit.render.diagram import diagram_of
from coursekit.render.plot import draw_graph
from coursekit.render.state import State, edge_indices

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_highlighted(
    axes: "Axes", lin: Linearization[Any], edges: Iterable[tuple[Any, Any]], title: str
) -> None:
    """Draw a linearization with its partials, and highlight these edges."""
    diagram = diagram_of(lin)
    partials = [lin.partials[edge] for edge in lin.edges]
    state = State(partials=partials, highlight=edge_indices(lin, diagram, edges))
    draw_graph(axes, diagram, state, title)
