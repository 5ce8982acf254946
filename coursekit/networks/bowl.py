"""ℓ(w) = mean of (x · w − y)² / 2: a loss in two weights, and minibatch descent on it."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
EXAMPLES, MAX_STEPS = 16, 60
REACH = 3.0  # pictures show both weights from −3 to 3
LEVELS = (0.2, 0.6, 1.4, 3.0, 5.5, 9.0)  # the height of each contour above the minimum
TRUE_WEIGHTS = np.array([1.0, 0.5])  # the targets are x · w at these weights, plus noise
START = np.array([-2.4, 2.2])


def problem(seed: int) -> tuple[Array, Array, npt.NDArray[np.intp]]:
    """Return examples x, targets y, and the order in which batches take the examples."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(EXAMPLES, 2)) * [1.3, 0.7]
    order = [rng.permutation(EXAMPLES) for _ in range(MAX_STEPS)]
    return X, X @ TRUE_WEIGHTS + rng.normal(0.0, 0.5, EXAMPLES), np.concatenate(order)


def loss(X: Array, y: Array, w: Array) -> float:
    """Return ℓ(w), the mean of (x · w − y)² / 2."""
    return float(np.mean((X @ w - y) ** 2) / 2)


def trajectory(
    X: Array, y: Array, order: npt.NDArray[np.intp], eta: float, batch: int, steps: int
) -> Array:
    """Return w at the start and after each step, in an array of shape (steps + 1, 2)."""
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


def draw_contours(axes: Any, X: Array, y: Array, *, color: str) -> None:
    """Draw the contours of ℓ over both weights on matplotlib's axes."""
    for level in LEVELS:
        axes.plot(*contour(X, y, level).T, color=color, linewidth=1)
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xlabel="w₁", ylabel="w₂")
