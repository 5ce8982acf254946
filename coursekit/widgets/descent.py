"""w ← w − η ∇ℓ_B(w): descent on the mean of small losses, by batches B of them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from coursekit.render.paper import BLUE, GREY, VERMILION, printed
from coursekit.render.picture import Picture
from coursekit.render.text import number
from coursekit.widgets.view import Shown, slider

Array = npt.NDArray[np.float64]
EXAMPLES, MOST_STEPS = 16, 60
REACH = 3.0  # both weights from −3 to 3
BEST = np.array([1.0, 0.5])
START = np.array([-2.4, 2.2])


def descent(*, eta: float = 0.3, batch: int = EXAMPLES, steps: int = 15, seed: int = 1) -> Shown:
    """Return the contours of a loss in two weights, with sliders for η, batch size and steps.

    >>> descent(eta=0.3)
    η = 0.3, batches of 16 of 16: after 15 steps the loss is 0.22, from 9.072 at the start.
    """
    X, y, order = problem(seed)
    ranges = {"η": (0.01, 1.6, 0.01), "batch": (1, EXAMPLES, 1), "steps": (0, MOST_STEPS, 1)}
    at = (eta, batch, steps)
    sliders = [
        slider(name, value, *ends) for value, (name, ends) in zip(at, ranges.items(), strict=True)
    ]
    scene = {
        "kind": "descent",
        "X": X.tolist(),
        "y": y.tolist(),
        "order": order.tolist(),
        "start": START.tolist(),
        "reach": REACH,
        "contours": [contour(X, y, level).tolist() for level in LEVELS],
        "at": list(at),
        "ranges": list(ranges.values()),
        "names": list(ranges),
    }
    ws = trajectory(X, y, order, eta, batch, steps)
    text = (
        f"η = {number(eta)}, batches of {batch} of {EXAMPLES}: after {steps} steps the loss is"
        f" {number(loss(X, y, ws[-1]))}, from {number(loss(X, y, START))} at the start."
    )
    still = Picture(printed(lambda axes: draw(axes, X, y, ws), "svg").decode(), text)
    return Shown(scene, text=text, still=still.html, sliders=sliders)


LEVELS = (0.2, 0.6, 1.4, 3.0, 5.5, 9.0)


def problem(seed: int) -> tuple[Array, Array, npt.NDArray[np.intp]]:
    """Return examples x, targets y, and the order in which batches take the examples."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(EXAMPLES, 2)) * [1.3, 0.7]
    order = [rng.permutation(EXAMPLES) for _ in range(MOST_STEPS)]
    return X, X @ BEST + rng.normal(0.0, 0.5, EXAMPLES), np.concatenate(order)


def loss(X: Array, y: Array, w: Array) -> float:
    """Return ℓ(w), the mean of (x · w − y)² / 2."""
    return float(np.mean((X @ w - y) ** 2) / 2)


def trajectory(
    X: Array, y: Array, order: npt.NDArray[np.intp], eta: float, batch: int, steps: int
) -> Array:
    """Return w at the start and after each step, of shape (steps + 1, 2)."""
    ws = [START]
    for t in range(steps):
        B = order[t * batch : (t + 1) * batch]
        ws.append(ws[-1] - eta * X[B].T @ (X[B] @ ws[-1] - y[B]) / batch)
    return np.array(ws)


def contour(X: Array, y: Array, level: float) -> Array:
    """Return points of the ellipse on which ℓ exceeds its minimum by `level`."""
    H = X.T @ X / len(X)
    lowest = np.linalg.solve(H, X.T @ y / len(X))
    turns = np.linspace(0, 2 * np.pi, 73)
    circle = np.sqrt(2 * level) * np.array([np.cos(turns), np.sin(turns)])
    points = lowest[:, None] + np.linalg.solve(np.linalg.cholesky(H).T, circle)
    return np.asarray(points.T.round(3), dtype=np.float64)


def draw(axes: Any, X: Array, y: Array, ws: Array) -> None:
    """Draw the contours and the steps."""
    draw_contours(axes, X, y)
    axes.plot(*ws.T, "o-", color=VERMILION, markersize=3, linewidth=1.5)
    axes.plot(*ws[0], "s", color=BLUE)


def draw_contours(axes: Any, X: Array, y: Array) -> None:
    """Draw the contours of the loss over both weights."""
    for level in LEVELS:
        axes.plot(*contour(X, y, level).T, color=GREY, linewidth=1)
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xlabel="w₁", ylabel="w₂")
