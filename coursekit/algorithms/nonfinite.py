"""∞ − ∞ = NaN: find the first infinity or NaN, which caused all the others."""

from collections.abc import Hashable
from typing import TypeVar

import numpy as np

from coursekit.engine.linearization import Linearization

V = TypeVar("V", bound=Hashable)


def first_not_finite(lin: Linearization[V]) -> V | None:
    """Return the first vertex, in creation order, whose value is infinite or NaN.

    Return None if all values are finite.

    >>> from coursekit import Graph
    >>> g = Graph()
    >>> x = g.input("x")
    >>> g.loss((x * 1e200).named("big") * 1e200 - 1)
    l = v3 − 1
    >>> first_not_finite(g.linearize(x=1.0))
    v3 = big × 1e+200
    """
    return next((v for v, value in lin.values.items() if not np.all(np.isfinite(value))), None)
