"""w ← w − η ℓ'(w) for three η, and where stochastic steps end up: the figures for lesson 01."""

from typing import TYPE_CHECKING

import numpy as np

from coursekit.figures import register
from coursekit.networks.bowl import draw_contours, problem, trajectory
from coursekit.render.theme import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

START = 3.0
RATES = {0.1: "crawls", 0.45: "arrives", 1.03: "diverges"}


def walk(eta: float, steps: int) -> list[float]:
    """Return w at the start and after each step on ℓ = w²."""
    return [START * (1 - 2 * eta) ** t for t in range(steps + 1)]


@register(
    "01-eta",
    "Gradient descent on the parabola w² from w = 3: with η = 0.1 in short steps on one side, with"
    " η = 0.45 almost at once, with η = 1.03 from side to side and higher with each step.",
)
def three_rates(axes: "Axes") -> None:
    """Draw three parabolas side by side, each with the steps of one η."""
    ws = np.linspace(-4.1, 4.1, 121)
    for k, (eta, fate) in enumerate(RATES.items()):
        middle = 9.5 * k
        axes.plot(ws + middle, ws**2, color=GREY, linewidth=1)
        steps = np.array(walk(eta, 5))
        axes.plot(steps + middle, steps**2, "o-", color=VERMILION, markersize=4, linewidth=1.2)
        axes.plot([START + middle], [START**2], "s", color=BLUE)
        axes.text(middle, -2.2, f"η = {eta} {fate}", ha="center")
    axes.set(ylabel="ℓ", ylim=(-3.2, 17), xticks=[], yticks=[0, 5, 10, 15])
    axes.spines["bottom"].set_visible(False)


@register(
    "01-cloud",
    "The last 200 of 600 stochastic steps over the contours of a loss: a wide cloud around the"
    " minimum with η = 0.2, a small one with η = 0.02.",
)
def cloud(axes: "Axes") -> None:
    """Draw where stochastic steps end up, for two learning rates."""
    X, y, order = problem(1)
    draw_contours(axes, X, y, color=GREY)
    for eta, colour, mark in ((0.2, VERMILION, "o"), (0.02, BLUE, "s")):
        ws = trajectory(X, y, order, eta, 1, 600)
        axes.plot(*ws[400:].T, mark, color=colour, markersize=3, label=f"η = {eta}")
    axes.legend(frameon=False)
