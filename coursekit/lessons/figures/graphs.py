"""G = (V, E) in steps: values, partials, the paths one by one, and adjoints from the loss back."""

from collections.abc import Collection
from dataclasses import replace
from itertools import pairwise
from math import prod
from typing import Any, TypeAlias

from matplotlib.axes import Axes

from coursekit.engine.gradients import backprop
from coursekit.engine.linearization import Linearization, linearization
from coursekit.engine.operations import OPS
from coursekit.engine.paths import paths
from coursekit.engine.watch import Watched
from coursekit.examples import example, kite, ladder
from coursekit.figures import register
from coursekit.render.diagram import diagram_of, numbered_diagram
from coursekit.render.plot import draw_graph

Edges: TypeAlias = Collection[tuple[Any, Any]]


@register("02-linearized", frames=3)
def linearized(axes: Axes, frame: int) -> None:
    """The graph of (a + b)(b + 1) three times: blank, with a value above each vertex, and with the
    local partial derivative on each edge. Below the vertices are dashes: no adjoint is known.
    """
    g = example()
    lin = g.linearize(a=2.0, b=1.0)
    diagram, title = [
        (diagram_of(g), r"$G = (V, E)$"),
        (numbered_diagram(g, values=lin.values), r"$a = 2,\ b = 1$"),
        (numbered_diagram(lin), r"$\partial u / \partial v$ on the edge $v \to u$"),
    ][frame - 1]
    draw_graph(axes, diagram, title)


@register("03-fan", frames=3)
def fan(axes: Axes, frame: int) -> None:
    """The graph of (a + b)(b + 1) with the edges out of b highlighted one after the other: c
    contributes 2 times 1, d contributes 3 times 1, and below b stands the sum, 5.
    """
    lin = example().linearize(a=2.0, b=1.0)
    _, b, c, d, loss = lin.vertices
    adjoints = backprop(lin)
    routes = [(c,), (d,), (c, d)][frame - 1]
    names = r"\ \mathrm{and}\ ".join(map(str, routes))
    terms = " + ".join(rf"{adjoints[u]:g} \cdot {lin.partials[b, u]:g}" for u in routes)
    total = sum(adjoints[u] * lin.partials[b, u] for u in routes)
    title = rf"$\mathrm{{through}}\ {names}:\quad {terms} = {total:g}$"
    known = {v: adjoints[v] for v in ([loss, c, d] if frame < 3 else [loss, c, d, b])}
    draw_graph(axes, numbered_diagram(lin, known, edges=[(b, u) for u in routes]), title)


@register("04-paths", frames=4)
def one_by_one(axes: Axes, frame: int) -> None:
    """Two diamonds in a row. Their four paths from x₀ to ℓ are highlighted one after the other,
    each with the product of its partials and the sum so far: 4, 6, 8, 9.
    """
    lin = ladder(2)
    routes = [list(pairwise(path)) for path in paths(lin, "x0")]
    products = [prod(lin.partials[edge] for edge in path) for path in routes]
    so_far = rf",\quad \mathrm{{sum\ so\ far}}\ {sum(products[:frame])}"
    _draw_path(axes, lin, routes[frame - 1], so_far)


@register("05-paths", frames=2)
def two_paths(axes: Axes, frame: int) -> None:
    """The kite with its two paths from x to ℓ highlighted in turn: 6 times 2 times 1, then 6 times
    3 times 1.
    """
    path = list(paths(kite(), "x"))[frame - 1]
    _draw_path(axes, kite(), list(pairwise(path)))


@register("05-sweep", frames=6)
def sweep(axes: Axes, frame: int) -> None:
    """The kite, with its adjoints computed from the loss backwards: ℓ 1, q and p 1, then h 5, then
    x 30; a dash stands for an adjoint that is not known yet.
    """
    lin = kite()
    watched = Watched(lin)
    final = backprop(watched)
    reads = watched.edges_read[: frame - 1]
    partial = {lin.loss: 1.0}
    for tail, head in reads:
        partial[tail] = partial.get(tail, 0) + final[head] * lin.partials[tail, head]
    title = (
        r"$\frac{\partial \ell}{\partial v} = \sum_{u \in \mathrm{out}(v)}"
        r"\frac{\partial \ell}{\partial u} \, \frac{\partial u}{\partial v}$"
    )
    draw_graph(axes, numbered_diagram(lin, partial, edges=reads[-1:]), title)


@register("06-out", frames=2)
def out_edges(axes: Axes, frame: int) -> None:
    """Two parts of a layer. First the weights of row 2: one edge leads from w₂₁ to z₂, and carries
    a₁. Then the activation a₁: an edge leads to each z, and carries the weight.
    """
    if frame == 1:
        partials = {(f"w2,{i}", "z2"): a for i, a in enumerate((2.0, -1.0, 3.0), 1)}
        partials["z2", "l"] = 1.0
        edges = [("w2,1", "z2")]
        title = r"$\mathrm{out}(w_{ji}) = \{z_j\},\quad \partial z_j/\partial w_{ji} = a_i$"
    else:
        partials = {("a1", "z1"): 1.0, ("a1", "z2"): -1.0, ("z1", "l"): 3.0, ("z2", "l"): 1.0}
        edges = [("a1", "z1"), ("a1", "z2")]
        title = (
            r"$\mathrm{out}(a_i) = \{z_1, \ldots, z_k\},\quad \partial z_j/\partial a_i = w_{ji}$"
        )
    _draw_edges(axes, linearization(partials, loss="l"), edges, title)


@register("07-out")
def elementwise_out(axes: Axes) -> None:
    """Three sigmoids side by side: one edge leads from each z to its own a, and carries the slope
    of the sigmoid at that z; from each a one edge leads to the loss.
    """
    rule, zs = OPS["sigmoid"].rule, (-2.0, 0.0, 1.0)
    slopes = {(f"z{i}", f"a{i}"): rule(z)[1] for i, z in enumerate(zs, 1)}
    lin = linearization(slopes | {(a, "l"): 1 for _, a in slopes}, loss="l")
    # mathtext draws its own prime as a 0 in SVG
    title = r"$\mathrm{out}(z_i) = \{a_i\},\quad \partial a_i/\partial z_i = \sigma$′$(z_i)$"
    _draw_edges(axes, lin, slopes, title)


def _draw_path(axes: Axes, lin: Linearization[Any], edges: Edges, so_far: str = "") -> None:
    """Draw a linearization with a path highlighted, below the product of its partials."""
    factors = [lin.partials[edge] for edge in edges]
    product = r" \cdot ".join(map(str, factors))
    _draw_edges(axes, lin, edges, f"${product} = {prod(factors)}{so_far}$")


def _draw_edges(axes: Axes, lin: Linearization[Any], edges: Edges, title: str) -> None:
    """Draw a linearization with its partials, without adjoints, and highlight these edges."""
    draw_graph(axes, replace(numbered_diagram(lin, edges=edges), adjoints=()), title)
