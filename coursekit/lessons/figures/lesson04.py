"""nᵈ⁻¹ paths against n²(d − 1) + n edges, and paths one by one: the figures for lesson 04."""

from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

from coursekit.engine.linearization import Edge
from coursekit.engine.paths import count_paths, paths
from coursekit.examples import ladder, layered
from coursekit.figures import register
from coursekit.lessons.figures.highlight import draw_highlighted
from coursekit.render.theme import BLUE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, DEPTHS = 4, range(1, 11)


@register(
    "04-paths",
    "Two diamonds in a row. Their four paths from x₀ to ℓ are highlighted one after the other, each"
    " with the product of its partials and the sum so far: 4, 6, 8, 9.",
    frames=4,
)
def one_by_one(axes: "Axes", frame: int) -> None:
    """Draw one path of two diamonds, its product, and the sum so far."""
    lin = ladder(2)
    routes = [[Edge(*step) for step in pairwise(path)] for path in paths(lin, "x0")]
    products = [prod(lin.partials[edge] for edge in path) for path in routes]
    factors = r" \cdot ".join(str(lin.partials[edge]) for edge in routes[frame - 1])
    so_far = rf"\quad \mathrm{{sum\ so\ far}}\ {sum(products[:frame])}"
    title = f"${factors} = {products[frame - 1]},{so_far}$"
    draw_highlighted(axes, lin, routes[frame - 1], title)


@register(
    "04-growth",
    "The numbers of paths and of edges against the number of layers of four, on a logarithmic axis:"
    " the paths from one vertex rise on a straight line to 262,144, the edges stay below 150.",
)
def growth(axes: "Axes") -> None:
    """Draw the numbers of paths and edges against the number of layers of four."""
    graphs = [layered([WIDTH] * depth) for depth in DEPTHS]
    counts = [count_paths(lin, "v1,1") for lin in graphs]
    edges = [len(lin.edges) for lin in graphs]
    axes.semilogy(DEPTHS, counts, "o-", color=BLUE, label="paths from one vertex")
    axes.semilogy(DEPTHS, edges, "s-", color=VERMILION, label="edges")
    axes.annotate(f"{counts[-1]:,}", (10, counts[-1]), (8.4, counts[-1]), va="center")
    axes.annotate(f"{edges[-1]}", (10, edges[-1]), (9.7, 3 * edges[-1]), va="center")
    axes.set(xlabel="layers of four", xticks=list(DEPTHS))
    axes.legend(frameon=False)
