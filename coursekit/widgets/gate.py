"""∂ℓ/∂z = ∂ℓ/∂a · σ'(z): an element-wise nonlinearity as a gate for the adjoint."""

from typing import Any

from coursekit.engine.operations import OPS
from coursekit.errors import GraphError, did_you_mean
from coursekit.render.picture import plot_picture
from coursekit.render.text import format_number
from coursekit.render.theme import BLUE, VERMILION
from coursekit.widgets.view import View, slider

SIGMAS = ("sigmoid", "tanh", "relu", "leaky_relu", "softplus")
REACH = 4.0  # z from −4 to 4


def gate(sigma: str = "sigmoid", *, z: float = 1.0, upstream: float = 1.0) -> View:
    """Return a plot of σ and σ' with sliders for z and for the incoming adjoint ∂ℓ/∂a.

    >>> gate("tanh", z=0.0)
    tanh at z = 0: a = 0, σ'(z) = 1. From ∂ℓ/∂a = 1 comes ∂ℓ/∂z = 1.
    """
    if sigma not in SIGMAS:
        raise GraphError(f"there is no gate {sigma!r}{did_you_mean(sigma, SIGMAS)}")
    scene = {
        "sigma": sigma,
        "sigmas": list(SIGMAS),
        "defaults": {name: OPS[name].default for name in SIGMAS},
        "kinks": [name for name in SIGMAS if OPS[name].kink],
    }
    a, slope = _value_and_slope(sigma, z)
    text = (
        f"{sigma} at z = {format_number(z)}: a = {format_number(a)},"
        f" σ'(z) = {format_number(slope)}. From ∂ℓ/∂a = {format_number(upstream)} comes"
        f" ∂ℓ/∂z = {format_number(upstream * slope)}."
    )
    still = plot_picture(lambda axes: _draw(axes, sigma, z), text)
    sliders = [slider("z", z, -REACH, REACH, 0.1), slider("∂ℓ/∂a", upstream, -2.0, 2.0, 0.1)]
    return View("gate", scene, text=text, still=still.html, sliders=sliders)


def _draw(axes: Any, sigma: str, z: float) -> None:
    zs = [k / 50 for k in range(int(-50 * REACH), int(50 * REACH) + 1)]
    values, slopes = zip(*(_value_and_slope(sigma, x) for x in zs), strict=True)
    a, slope = _value_and_slope(sigma, z)
    axes.plot(zs, values, color=BLUE, label="σ(z)")
    axes.plot(zs, slopes, color=VERMILION, linestyle="--", label="σ'(z)")
    ends = (z - 1, z + 1)
    axes.plot(ends, [a + slope * (x - z) for x in ends], color=BLUE, linewidth=1)
    axes.plot([z], [a], "o", color=BLUE)
    axes.plot([z], [slope], "s", color=VERMILION)
    axes.set(xlabel="z", title=sigma)
    axes.legend(frameon=False)


def _value_and_slope(sigma: str, z: float) -> tuple[float, float]:
    op = OPS[sigma]
    value, slope = op.rule(*([z] if op.default is None else [z, op.default]))[:2]
    return value, slope
