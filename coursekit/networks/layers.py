"""z_j = Σ_i w_ji a_i + b_j, a_i = σ(z_i): layers, and networks of layers, as graphs.

Each row of a batch is an example, so a layer is Z = A Wᵀ + b, and W[j, i] is w_ji in the lessons.

Initial weights are drawn from N(0, s²), so that a layer's output is as large as its input. He et
al. (2015) use s² = 2 / inputs for ReLU; Glorot and Bengio (2010) use s² = 2 / (inputs + outputs)
for tanh and similar functions. Biases start at 0.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from coursekit.engine.graph import Graph
from coursekit.engine.operations import OPS
from coursekit.engine.vertex import Vertex

Array: TypeAlias = npt.NDArray[np.float64]
Initial: TypeAlias = Callable[[np.random.Generator, int, int], Array]
Build: TypeAlias = Callable[..., Any]  # an operation, or any function that builds vertices


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


def he(rng: np.random.Generator, outputs: int, inputs: int) -> Array:
    """Return weights of shape (outputs, inputs) for a layer before ReLU.

    >>> he(np.random.default_rng(0), 3, 2).shape
    (3, 2)
    """
    return scaled((2.0 / inputs) ** 0.5)(rng, outputs, inputs)


def glorot(rng: np.random.Generator, outputs: int, inputs: int) -> Array:
    """Return weights of shape (outputs, inputs) for a layer before tanh or σ.

    >>> glorot(np.random.default_rng(0), 3, 2).shape
    (3, 2)
    """
    return scaled((2.0 / (inputs + outputs)) ** 0.5)(rng, outputs, inputs)


def scaled(s: float) -> Initial:
    """Return an initialisation with standard deviation s; s = 0 gives zeros.

    >>> scaled(0.0)(np.random.default_rng(0), 1, 2)
    array([[0., 0.]])
    """
    return lambda rng, outputs, inputs: rng.normal(0.0, s, (outputs, inputs))


def parameters_of(
    widths: Sequence[int], rng: np.random.Generator, *, initial: Initial = he
) -> dict[str, Array]:
    """Return initial W1, b1, W2, b2, … for a network with layers of these widths.

    >>> {name: w.shape for name, w in parameters_of([64, 32, 10], np.random.default_rng(0)).items()}
    {'W1': (32, 64), 'b1': (32,), 'W2': (10, 32), 'b2': (10,)}
    """
    parameters: dict[str, Array] = {}
    for k, (inputs, outputs) in enumerate(pairwise(widths), 1):
        parameters |= {f"W{k}": initial(rng, outputs, inputs), f"b{k}": np.zeros(outputs)}
    return parameters


def accuracy(
    g: Graph, parameters: Mapping[str, Any], X: npt.ArrayLike, labels: Sequence[int]
) -> float:
    """Return the fraction of the rows of X for which the largest logit is that of the label.

    >>> identity = {"W1": np.eye(2), "b1": np.zeros(2)}
    >>> accuracy(network(1), identity, [[1.0, 0.0], [0.0, 1.0]], [0, 0])
    0.5
    """
    values = g.evaluate(X=X, Y=np.asarray(labels), **parameters)
    logits = next(values[v] for v in values if str(v) == "logits")
    return float(np.mean(np.argmax(logits, axis=1) == labels))
