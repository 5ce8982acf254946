"""A linearization with some of its edges lit, and a formula above: what many figures are."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from coursekit.engine.linearization import Edge, Linearization
from coursekit.render.diagram import diagram
from coursekit.render.plot import draw_graph
from coursekit.render.state import State

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_highlighted(
    axes: "Axes", lin: Linearization[Any], edges: Iterable[tuple[Any, Any]], title: str
) -> None:
    """Draw partials on all edges, and these edges lit."""
    lit = frozenset(lin.edges.index(Edge(*edge)) for edge in edges)
    partials = [lin.partials[edge] for edge in lin.edges]
    draw_graph(axes, diagram(lin), State([], [], partials, lit), title)
