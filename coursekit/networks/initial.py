"""w_ji ~ N(0, s²): initial weights, scaled so that a layer's output is as large as its input.

He et al. (2015) use s² = 2 / inputs for ReLU; Glorot and Bengio (2010) use
s² = 2 / (inputs + outputs) for tanh and similar functions. Biases start at 0.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
Initial: TypeAlias = Callable[[np.random.Generator, int, int], Array]


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
