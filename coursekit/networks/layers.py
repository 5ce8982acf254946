"""z_j = Σ_i w_ji a_i + b_j, a_i = σ(z_i): layers, and networks of layers, as graphs.

Each row of a batch is an example, so a layer is Z = A Wᵀ + b, and W[j, i] is the note's w_ji.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from coursekit.engine.graph import Graph, Vertex
from coursekit.engine.operations import OPS

Build = Callable[..., Any]  # an operation, or any function that builds vertices


def linear(g: Graph, a: Vertex, name: str | int) -> Vertex:
    """Return z = a Wᵀ + b, with new parameters W and b.

    W has the shape (outputs, inputs), and b the shape (outputs,).

    >>> g = Graph()
    >>> linear(g, g.input("X"), 1)
    v6 = v5 + b1
    """
    w, b = g.parameter(f"W{name}"), g.parameter(f"b{name}")
    return a @ w.T + b  # type: ignore[no-any-return]


def network(
    layers: int, *, sigma: Build = OPS["relu"], loss: Build = OPS["cross_entropy"]
) -> Graph:
    """Return a network of linear layers with σ between them.

    Its inputs are X and Y, its parameters W1, b1, W2, b2, …. The result of the last layer is
    named "logits"; the loss compares it with Y.

    >>> list(map(str, network(2).parameters))
    ['W1', 'b1', 'W2', 'b2']
    """
    g = Graph()
    a, y = g.input("X"), g.input("Y")
    for k in range(1, layers):
        a = sigma(linear(g, a, k))
    g.loss(loss(linear(g, a, layers).named("logits"), y))
    return g


def accuracy(
    g: Graph, parameters: Mapping[str, Any], X: npt.ArrayLike, labels: Sequence[int]
) -> float:
    """Return the fraction of the rows of X whose largest logit is at their label.

    >>> identity = {"W1": np.eye(2), "b1": np.zeros(2)}
    >>> accuracy(network(1), identity, [[1.0, 0.0], [0.0, 1.0]], [0, 0])
    0.5
    """
    values = g.evaluate(X=X, Y=np.asarray(labels), **parameters)
    logits = next(values[v] for v in values if str(v) == "logits")
    return float(np.mean(np.argmax(logits, axis=1) == labels))
