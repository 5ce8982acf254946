"""2^k · 2k reads against 4k, and a sweep step by step: the figures for lesson 05."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

from coursekit.engine.gradients import backprop, path_sum
from coursekit.engine.linearization import Edge
from coursekit.engine.order import topological_order
from coursekit.engine.paths import paths
from coursekit.engine.watch import Watched
from coursekit.examples import kite, ladder
from coursekit.figures import register
from coursekit.lessons.figures.highlight import draw_highlighted
from coursekit.render.diagram import diagram_of
from coursekit.render.plot import draw_graph
from coursekit.render.state import State
from coursekit.render.theme import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COUNTED = range(1, 11)


def reads_of_paths(k: int) -> int:
    """Return the number of partials that the sum over paths reads on a ladder of k diamonds."""
    watched = Watched(ladder(k))
    path_sum(watched, "x0")
    return len(watched.edges_read)


def reads_of_backprop(k: int) -> int:
    """Return the number of partials that backpropagation reads on the same ladder."""
    watched = Watched(ladder(k))
    backprop(watched)
    return len(watched.edges_read)


@register(
    "05-bill",
    "Partials read against k, on a logarithmic axis: the sum over paths rises on a straight line,"
    " backpropagation reads four for each diamond.",
)
def bill(axes: "Axes", paths: Mapping[int, int] | None = None) -> None:
    """Draw the reads of both algorithms against the number of diamonds."""
    paths = paths or {k: reads_of_paths(k) for k in COUNTED}
    axes.semilogy(list(paths), list(paths.values()), "o", color=BLUE, label="sum over paths")
    extended = range(max(paths), 31)
    axes.semilogy(
        extended,
        [2**k * 2 * k for k in extended],
        "--",
        color=BLUE,
        label="the same, extended: 2ᵏ · 2k",
    )
    axes.semilogy(
        list(paths),
        [reads_of_backprop(k) for k in paths],
        "s",
        color=VERMILION,
        label="backpropagation: 4k",
    )
    axes.set(xlabel="diamonds k", ylabel="partials read")
    axes.legend(frameon=False)


@register(
    "05-linear",
    "Reads of vertices and neighbours by Kahn's algorithm against the size |V| + |E|: five points"
    " on a straight line through the origin.",
)
def linear(axes: "Axes", sizes: Sequence[int] = (5, 10, 20, 40, 80)) -> None:
    """Draw the cost of a topological order for several sizes."""
    points = []
    for k in sizes:
        watched = Watched(ladder(k))
        topological_order(watched.vertices, watched.out)
        points.append((len(watched.vertices) + len(watched.edges), watched.neighbours_read))
    xs, ys = zip(*points, strict=True)
    axes.plot([0, max(xs)], [0, max(ys)], "-", color=GREY, linewidth=1)
    axes.plot(xs, ys, "o", color=VERMILION)
    axes.set(xlabel="|V| + |E|", ylabel="reads", xlim=(0, None), ylim=(0, None))


@register(
    "05-cost",
    "Partials read against the number of edges, both axes logarithmic: backpropagation follows a"
    " straight line of slope 1, and the sum over paths curves upwards, away from it.",
)
def cost(axes: "Axes") -> None:
    """Draw the reads of both algorithms on the same ladders."""
    edges = [4 * k for k in COUNTED]
    paths = [reads_of_paths(k) for k in COUNTED]
    sweep = [reads_of_backprop(k) for k in COUNTED]
    axes.loglog(edges, paths, "o-", color=BLUE, label="sum over paths")
    axes.loglog(edges, sweep, "s-", color=VERMILION, label="backpropagation")
    axes.set(xlabel="edges |E|", ylabel="partials read")
    axes.legend(frameon=False)


@register(
    "05-paths",
    "The kite with its two paths from x to ℓ highlighted in turn: 6 times 2 times 1, then 6 times 3"
    " times 1.",
    frames=2,
)
def two_paths(axes: "Axes", frame: int) -> None:
    """Draw one path of the kite, with its product as a formula."""
    lin = kite()
    path = list(paths(lin, "x"))[frame - 1]
    steps = list(pairwise(path))
    factors = [lin.partials[step] for step in steps]
    product = r" \cdot ".join(map(str, factors))
    draw_highlighted(axes, lin, steps, rf"${product} = {prod(factors)}$")


@register(
    "05-sweep",
    "The kite, with its adjoints computed from the loss backwards: ℓ 1, q and p 1, then h 5, then"
    " x 30; a dash stands for an adjoint that is not known yet.",
    frames=6,
)
def sweep(axes: "Axes", frame: int) -> None:
    """Draw the kite after backpropagation has read `frame` − 1 partials, below the recurrence."""
    lin = kite()
    watched = Watched(lin)
    final = backprop(watched)
    reads = watched.edges_read[: frame - 1]
    partial = {lin.loss: 1.0}
    for tail, head in reads:
        partial[tail] = partial.get(tail, 0) + final[head] * lin.partials[tail, head]
    current = frozenset(lin.edges.index(Edge(*read)) for read in reads[-1:])
    title = (
        r"$\frac{\partial \ell}{\partial v} = \sum_{u \in \mathrm{out}(v)}"
        r"\frac{\partial \ell}{\partial u} \, \frac{\partial u}{\partial v}$"
    )
    adjoints = [partial.get(v) for v in lin.vertices]
    partials = [lin.partials[e] for e in lin.edges]
    draw_graph(axes, diagram_of(lin), State([], adjoints, partials, current), title)
