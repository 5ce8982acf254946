"""Curves that compare: steps of descent, numbers of paths and reads, nonlinearities; one table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullLocator

from coursekit.engine.gradients import backprop, path_sum
from coursekit.engine.operations import OPS
from coursekit.engine.paths import count_paths, topological_order
from coursekit.engine.watch import Watched
from coursekit.errors import GraphError
from coursekit.examples import ladder, layered
from coursekit.figures import register
from coursekit.networks.bowl import draw_contours, problem, trajectory
from coursekit.render.text import format_number
from coursekit.render.theme import BLUE, GREY, VERMILION

START = 3.0
RATES = {0.1: "crawls", 0.45: "arrives", 1.03: "diverges"}
SIZES = range(1, 11)  # numbers of layers and of diamonds
SIGMAS = ("sigmoid", "tanh", "relu", "softplus")


@register("01-eta")
def three_rates(axes: Axes) -> None:
    """Gradient descent on the parabola w² from w = 3: with η = 0.1 in short steps on one side, with
    η = 0.45 almost at once, with η = 1.03 from side to side and higher with each step.
    """
    ws = np.linspace(-4.1, 4.1, 121)
    for k, (eta, fate) in enumerate(RATES.items()):
        middle = 9.5 * k
        axes.plot(ws + middle, ws**2, color=GREY, linewidth=1)
        steps = np.array([START * (1 - 2 * eta) ** t for t in range(6)])  # on ℓ = w²
        axes.plot(steps + middle, steps**2, "o-", color=VERMILION, markersize=4, linewidth=1.2)
        axes.plot([START + middle], [START**2], "s", color=BLUE)
        axes.text(middle, -2.2, f"η = {eta} {fate}", ha="center")
    axes.set(ylabel="ℓ", ylim=(-3.2, 17), xticks=[], yticks=[0, 5, 10, 15])
    axes.spines["bottom"].set_visible(False)


@register("01-cloud")
def cloud(axes: Axes) -> None:
    """The last 200 of 600 stochastic steps over the contours of a loss: a wide cloud around the
    minimum with η = 0.2, a small one with η = 0.02.
    """
    X, y, order = problem(1)
    draw_contours(axes, X, y, color=GREY)
    for eta, colour, mark in ((0.2, VERMILION, "o"), (0.02, BLUE, "s")):
        ws = trajectory(X, y, order, eta, 1, 600)
        axes.plot(*ws[400:].T, mark, color=colour, markersize=3, label=f"η = {eta}")
    axes.legend(frameon=False)


@register("04-growth")
def growth(axes: Axes) -> None:
    """The numbers of paths and of edges against the number of layers of four, on a logarithmic
    axis: the paths from one vertex rise on a straight line to 262,144, the edges stay below 150.
    """
    graphs = [layered([4] * depth) for depth in SIZES]
    counts = [count_paths(lin, "v1,1") for lin in graphs]
    edges = [len(lin.edges) for lin in graphs]
    axes.semilogy(SIZES, counts, "o-", color=BLUE, label="paths from one vertex")
    axes.semilogy(SIZES, edges, "s-", color=VERMILION, label="edges")
    axes.annotate(f"{counts[-1]:,}", (10, counts[-1]), (8.4, counts[-1]), va="center")
    axes.annotate(f"{edges[-1]}", (10, edges[-1]), (9.7, 3 * edges[-1]), va="center")
    axes.set(xlabel="layers of four", xticks=list(SIZES))
    axes.legend(frameon=False)


def _reads(algorithm: Callable[..., Any], k: int, *start: str) -> int:
    """Return the number of partials that an algorithm reads on a ladder of k diamonds."""
    watched = Watched(ladder(k))
    algorithm(watched, *start)
    return len(watched.edges_read)


@register("05-bill")
def bill(axes: Axes, paths: Mapping[int, int] | None = None) -> None:
    """Partials read against k, on a logarithmic axis: the sum over paths rises on a straight line,
    backpropagation reads four for each diamond.
    """
    paths = paths or {k: _reads(path_sum, k, "x0") for k in SIZES}
    more = range(max(paths), 31)
    ks = sorted({*paths, *more})
    axes.semilogy(list(paths), list(paths.values()), "o", color=BLUE, label="sum over paths")
    formula = [2**k * 2 * k for k in more]
    axes.semilogy(more, formula, "--", color=BLUE, label="the same, extended: 2ᵏ · 2k")
    sweep = [_reads(backprop, k) for k in ks]
    axes.semilogy(ks, sweep, "s", color=VERMILION, label="backpropagation: 4k")
    axes.set(xlabel="diamonds k", ylabel="partials read")
    axes.legend(frameon=False)


@register("05-linear")
def linear(axes: Axes, sizes: Sequence[int] = (5, 10, 20, 40, 80)) -> None:
    """Reads of vertices and neighbours by Kahn's algorithm against the size |V| + |E|: five points
    on a straight line through the origin.
    """
    if not sizes:
        raise GraphError("pass at least one number of diamonds, such as sizes=[5, 10]")
    points = []
    for k in sizes:
        watched = Watched(ladder(k))
        topological_order(watched.vertices, watched.out)
        points.append((len(watched.vertices) + len(watched.edges), watched.neighbours_read))
    xs, ys = zip(*points, strict=True)
    axes.plot([0, max(xs)], [0, max(ys)], "-", color=GREY, linewidth=1)
    axes.plot(xs, ys, "o", color=VERMILION)
    axes.set(xlabel="|V| + |E|", ylabel="reads", xlim=(0, None), ylim=(0, None))


@register("05-cost")
def cost(axes: Axes) -> None:
    """Partials read against the number of edges, both axes logarithmic: backpropagation follows a
    straight line of slope 1, and the sum over paths curves upwards, away from it.
    """
    edges = [4 * k for k in SIZES]
    paths = [_reads(path_sum, k, "x0") for k in SIZES]
    sweep = [_reads(backprop, k) for k in SIZES]
    axes.loglog(edges, paths, "o-", color=BLUE, label="sum over paths")
    axes.loglog(edges, sweep, "s-", color=VERMILION, label="backpropagation")
    axes.set_xticks([4, 8, 16, 24, 32, 40], labels=["4", "8", "16", "24", "32", "40"])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel="edges |E|", ylabel="partials read")
    axes.legend(frameon=False)


@register("06-outer")
def outer(axes: Axes) -> None:
    """The outer product as a table: a₁ to a₃ above the columns, 2, −1 and 3; the adjoints of z₁ and
    z₂ beside the rows, 3 and 1; in each cell the number of its row times that of its column.
    """
    inputs, adjoints = np.array([2.0, -1.0, 3.0]), np.array([3.0, 1.0])
    for (j, i), x in np.ndenumerate(np.outer(adjoints, inputs)):
        axes.add_patch(Rectangle((i - 0.5, -j - 0.5), 1, 1, fill=False, edgecolor=GREY))
        axes.text(i, -j, format_number(x), ha="center", va="center", color=VERMILION, fontsize=15)
    for i, a in enumerate(inputs):
        axes.text(i, 0.75, rf"$a_{i + 1} = {a:g}$", ha="center", va="center", color=BLUE)
    for j, d in enumerate(adjoints):
        label = rf"$\partial\ell/\partial z_{j + 1} = {d:g}$"
        axes.text(-0.7, -j, label, ha="right", va="center", color=VERMILION)
    label = r"$\partial\ell/\partial w_{ji} = \partial\ell/\partial z_j \cdot a_i$"
    axes.text(1, -1.85, label, ha="center", va="center")
    axes.set(xlim=(-2.3, 2.8), ylim=(-2.2, 1.1), aspect="equal")
    axes.axis("off")


@register("07-pairs", frames=4)
def pairs(axes: Axes, frame: int) -> None:
    """Four nonlinearities with their derivatives, from z = −4 to 4: the sigmoid, whose slope never
    exceeds a quarter; tanh, whose slope is 1 at 0; ReLU, whose slope jumps from 0 to 1; and
    softplus, whose slope is the sigmoid.
    """
    op = OPS[SIGMAS[frame - 1]]
    xs = [k / 50 for k in range(-200, 201)]
    values, slopes = zip(*(op.rule(x)[:2] for x in xs), strict=True)
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.plot(xs, values, color=BLUE, label="σ(z)")
    axes.plot(xs, slopes, "--", color=VERMILION, label="σ'(z)")
    axes.set(xlabel="z", title=op.name, ylim=(-1.2, 2.2))
    axes.legend(frameon=False, loc="upper left")
