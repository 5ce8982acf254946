"""∂ℓ/∂b = ∂ℓ/∂c · ∂c/∂b + ∂ℓ/∂d · ∂d/∂b, one contribution at a time: the figure for lesson 03."""

from typing import TYPE_CHECKING

from coursekit.engine.gradients import backprop
from coursekit.engine.linearization import Edge
from coursekit.examples import example
from coursekit.figures import register
from coursekit.render.diagram import diagram_of
from coursekit.render.plot import draw_graph
from coursekit.render.state import State

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@register(
    "03-fan",
    "The graph of (a + b)(b + 1) with the edges out of b highlighted one after the other: c"
    " contributes 2 times 1, d contributes 3 times 1, and below b stands the sum, 5.",
    frames=3,
)
def fan(axes: "Axes", frame: int) -> None:
    """Draw the contribution through c, the one through d, and their sum."""
    g = example()
    lin = g.linearize(a=2.0, b=1.0)
    adjoints = backprop(lin)
    b, c, d = (v for v in lin.vertices if str(v) in "bcd")
    routes = [(c,), (d,), (c, d)][frame - 1]
    known = {lin.loss, c, d} | ({b} if frame == 3 else set())
    terms = " + ".join(rf"{adjoints[u]:g} \cdot {lin.partials[b, u]:g}" for u in routes)
    total = sum(adjoints[u] * lin.partials[b, u] for u in routes)
    names = r"\ \mathrm{and}\ ".join(map(str, routes))
    state = State(
        [lin.values[v] for v in lin.vertices],
        [adjoints[v] if v in known else None for v in lin.vertices],
        [lin.partials[e] for e in lin.edges],
        frozenset(lin.edges.index(Edge(b, u)) for u in routes),
    )
    draw_graph(
        axes, diagram_of(g), state, rf"$\mathrm{{through}}\ {names}:\quad {terms} = {total:g}$"
    )
