"""Random indices: whole numbers, slices, sequences, masks, new axes, an ellipsis."""

from random import Random
from typing import Any

import numpy as np


def random_index(rng: Random, shape: tuple[int, ...]) -> Any:
    """Return an index for an array of this shape, as a user may write it."""
    if len(shape) > 1 and not rng.randrange(10):
        dimensions = rng.randrange(2, len(shape) + 1)
        mask = _mask(rng, shape[:dimensions])
        return rng.choice((mask, mask.tolist(), (mask, ..., None), (None, mask)))
    if shape and shape[0] and not rng.randrange(10):
        return rng.choice(([(0, -1)], np.array([[0, -1], [-1, 0]])))
    used = shape[: rng.randrange(len(shape) + 1)]
    parts = [_part(rng, n) for n in used]
    if not rng.randrange(3):
        parts.insert(rng.randrange(len(parts) + 1), ...)
    for _ in range(rng.choice((0, 0, 1, 2))):
        parts.insert(rng.randrange(len(parts) + 1), None)
    return parts[0] if len(parts) == 1 and rng.randrange(2) else tuple(parts)


def _part(rng: Random, n: int) -> Any:
    """Return an index for one axis of n numbers."""
    start, stop = rng.choice((None, 0, 1, -2)), rng.choice((None, n, -1, 1))
    numbers = [rng.randrange(-n, n) for _ in range(rng.choice((2, 3, 1)))] if n else []
    choices = [slice(None), slice(start, stop), slice(start, stop, rng.choice((-1, 2, -2)))]
    choices += [numbers, np.array(numbers, int), _mask(rng, (n,)), *numbers[:1]]
    return rng.choice(choices)


def _mask(rng: Random, shape: tuple[int, ...]) -> Any:
    chosen = [rng.randrange(2) for _ in range(int(np.prod(shape)))]
    return np.array(chosen, bool).reshape(shape)
