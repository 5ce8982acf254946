"""θ ← θ − η ∇ℓ(θ) and its refinements: pure functions (θ, ∇ℓ, state) ↦ (θ, state).

A rule stores no state: the caller passes the state that one call returns to the next call.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = Any  # a number or an array of floats


def gradient_descent(
    theta: Array, gradient: Array, state: None = None, *, eta: float
) -> tuple[Array, None]:
    """Return θ − η ∇ℓ.

    >>> gradient_descent(1.0, 2.0, eta=0.25)
    (0.5, None)
    """
    return theta - eta * gradient, state


def momentum(
    theta: Array, gradient: Array, velocity: Array = 0.0, *, eta: float, mu: float = 0.9
) -> tuple[Array, Array]:
    """Return θ + v and v = μ v − η ∇ℓ (Polyak 1964).

    >>> momentum(1.0, 2.0, 0.5, eta=0.25, mu=0.5)
    (0.75, -0.25)
    """
    velocity = mu * velocity - eta * gradient
    return theta + velocity, velocity


def adam(
    theta: Array,
    gradient: Array,
    state: tuple[int, Array, Array] = (0, 0.0, 0.0),
    *,
    eta: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[Array, tuple[int, Array, Array]]:
    """Return θ − η m̂ / (√v̂ + ε), and the state (t, m, v) (Kingma and Ba 2015, algorithm 1).

    >>> round(adam(1.0, 2.0, eta=0.1)[0], 6)
    0.9
    """
    t, m, v = state[0] + 1, *state[1:]
    m = beta1 * m + (1.0 - beta1) * gradient
    v = beta2 * v + (1.0 - beta2) * gradient**2
    step = eta * (m / (1.0 - beta1**t)) / ((v / (1.0 - beta2**t)) ** 0.5 + epsilon)
    return theta - step, (t, m, v)


def minibatches(n: int, size: int, rng: np.random.Generator) -> Iterator[npt.NDArray[np.intp]]:
    """Yield the numbers 0 … n − 1 in random order, `size` at a time; the last batch may be smaller.

    >>> sorted(int(k) for batch in minibatches(5, 2, np.random.default_rng(0)) for k in batch)
    [0, 1, 2, 3, 4]
    """
    order = rng.permutation(n)
    for start in range(0, n, size):
        yield order[start : start + size]
