"""θ, state ← step(θ, ∇ℓ(θ), state) for each batch: training, with all parameters in one vector."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from rich.progress import track

from coursekit.engine.graph import Graph
from coursekit.errors import GraphError
from coursekit.networks.descent import minibatches

Step = Callable[..., tuple[Any, Any]]


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
    a rule from `descent.py` with its η, for example `partial(gradient_descent, eta=0.3)`.

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
