"""w ← w − η ∇ℓ_B(w): descent on a mean of losses, one batch B of them per step."""

from typing import Any

from coursekit.networks import bowl
from coursekit.networks.bowl import EXAMPLES, START, Array, loss, problem, trajectory
from coursekit.render.picture import plot_picture
from coursekit.render.text import format_number
from coursekit.render.theme import BLUE, GREY, VERMILION
from coursekit.widgets.view import View, slider

__all__ = ["START", "descent", "loss", "problem", "trajectory"]


def descent(*, eta: float = 0.3, batch: int = EXAMPLES, steps: int = 15, seed: int = 1) -> View:
    """Return the contours of a loss over two weights, with sliders for η, batch size and steps.

    >>> descent(eta=0.3)
    η = 0.3, batches of 16 of 16: after 15 steps the loss is 0.22, from 9.072 at the start.
    """
    X, y, order = problem(seed)
    sliders = [
        slider("η", eta, 0.01, 1.6, 0.01),
        slider("batch", batch, 1, EXAMPLES, 1),
        slider("steps", steps, 0, bowl.MAX_STEPS, 1),
    ]
    scene = {
        "X": X.tolist(),
        "y": y.tolist(),
        "order": order.tolist(),
        "start": START.tolist(),
        "reach": bowl.REACH,
        "contours": [bowl.contour(X, y, level).tolist() for level in bowl.LEVELS],
    }
    ws = trajectory(X, y, order, eta, batch, steps)
    end, start = (format_number(loss(X, y, w)) for w in (ws[-1], START))
    text = (
        f"η = {format_number(eta)}, batches of {batch} of {EXAMPLES}: after {steps} steps the loss"
        f" is {end}, from {start} at the start."
    )
    still = plot_picture(lambda axes: _draw(axes, X, y, ws), text)
    return View("descent", scene, text=text, still=still.html, sliders=sliders)


def _draw(axes: Any, X: Array, y: Array, ws: Array) -> None:
    bowl.draw_contours(axes, X, y, color=GREY)
    axes.plot(*ws.T, "o-", color=VERMILION, markersize=3, linewidth=1.5)
    axes.plot(*ws[0], "s", color=BLUE)
