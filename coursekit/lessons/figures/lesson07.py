"""out(z_i) = {a_i}, and σ with σ' for four nonlinearities: the figures for lesson 07."""

from typing import TYPE_CHECKING

from coursekit.engine.from_partials import linearization
from coursekit.engine.operations import OPS
from coursekit.figures import register
from coursekit.lessons.figures.highlight import draw_highlighted
from coursekit.render.theme import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Z = (-2.0, 0.0, 1.0)
SIGMAS = ("sigmoid", "tanh", "relu", "softplus")
REACH = 4.0


@register(
    "07-out",
    "Three sigmoids side by side: one edge leads from each z to its own a, and carries the slope of"
    " the sigmoid at that z; from each a one edge leads to the loss.",
)
def elementwise_out(axes: "Axes") -> None:
    """Draw out(z_i) = {a_i}, with its edges highlighted."""
    slopes = {(f"z{i}", f"a{i}"): OPS["sigmoid"].rule(z)[1] for i, z in enumerate(Z, 1)}
    lin = linearization(slopes | {(a, "l"): 1 for _, a in slopes}, loss="l")
    # mathtext draws its own prime as a 0 in SVG
    title = r"$\mathrm{out}(z_i) = \{a_i\},\quad \partial a_i/\partial z_i = \sigma$′$(z_i)$"
    draw_highlighted(axes, lin, slopes, title)


@register(
    "07-pairs",
    "Four nonlinearities with their derivatives, from z = −4 to 4: the sigmoid, whose slope never"
    " exceeds a quarter; tanh, whose slope is 1 at 0; ReLU, whose slope jumps from 0 to 1; and"
    " softplus, whose slope is the sigmoid.",
    frames=4,
)
def pairs(axes: "Axes", frame: int) -> None:
    """Draw one σ, with σ' as a dashed line."""
    op = OPS[SIGMAS[frame - 1]]
    xs = [k / 50 for k in range(int(-50 * REACH), int(50 * REACH) + 1)]
    values, slopes = zip(*(op.rule(x)[:2] for x in xs), strict=True)
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.plot(xs, values, color=BLUE, label="σ(z)")
    axes.plot(xs, slopes, "--", color=VERMILION, label="σ'(z)")
    axes.set(xlabel="z", title=op.name, ylim=(-1.2, 2.2))
    axes.legend(frameon=False, loc="upper left")
