"""θ ← θ − η ∇ℓ(θ) and its refinements: pure functions (θ, ∇ℓ, state) ↦ (θ, state).

A rule stores no state: `train` passes the state that one call returns to the next call. It keeps
all parameters in one vector θ.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from rich.progress import track

from coursekit.engine.graph import Graph
from coursekit.errors import GraphError

Array: TypeAlias = Any  # a number or an array of floats
Step: TypeAlias = Callable[..., tuple[Any, Any]]


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
    if size < 1:
        raise GraphError(f"a batch of {size} examples is too small: use 1 or more")
    order = rng.permutation(n)
    for start in range(0, n, size):
        yield order[start : start + size]


class Trained(NamedTuple):
    """The trained parameters, and the mean loss of each epoch."""

    parameters: dict[str, Any]
    losses: list[float]


def train(
    g: Graph,
    parameters: Mapping[str, Any],
    data: Mapping[str, Any],
    *,
    step: Step,
    rng: np.random.Generator,
    epochs: int = 30,
    batch: int = 32,
    progress: bool = True,
) -> Trained:
    """Train by minibatch descent, starting at `parameters`; the arguments are not changed.

    `data` has an array for each input that is not a parameter; each row is an example. `step` is
    a rule such as `adam` with its η, for example `partial(gradient_descent, eta=0.3)`.

    >>> from functools import partial
    >>> from coursekit.networks import gradient_descent, network, parameters_of
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(64, 2))
    >>> trained = train(network(2), parameters_of([2, 8, 2], rng), {"X": X, "Y": X[:, 0] > X[:, 1]},
    ...                 step=partial(gradient_descent, eta=0.3), rng=rng, progress=False)
    >>> trained.losses[-1] < 0.2 < trained.losses[0]
    True
    """
    arrays = {name: np.asarray(x, dtype=float) for name, x in data.items()}
    sizes = {len(x) for x in arrays.values()}
    if len(sizes) != 1:
        counts = " and ".join(map(str, sorted(sizes)))
        raise GraphError(f"the arrays have {counts} rows, but each needs one row per example")
    flat, state, losses = g.compile().flat(**parameters), None, []
    rows = sizes.pop()
    for _ in track(range(epochs), "Training", disable=not progress, transient=True):
        total = 0.0
        for examples in minibatches(rows, batch, rng):
            loss = flat(**{name: x[examples] for name, x in arrays.items()})
            rest = () if state is None else (state,)
            flat.theta, state = step(flat.theta, flat.gradient, *rest)
            total += float(loss) * len(examples)
        losses.append(total / rows)
    return Trained({name: x.copy() for name, x in flat.parameters.items()}, losses)
