"""A program under construction: each step is added only if numpy can compute it, and small."""

from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

import numpy as np

from tests.support.array_programs import AS_NUMPY, NUMPY, Step, Values, as_floats

LARGEST = 200  # numbers in one array
Choice = tuple[str, tuple[Any, ...], dict[str, Any]]  # an operation, its operands, its settings


class Builder:
    """The steps so far, with the value of each as numpy computes it."""

    def __init__(
        self, rng: Random, inputs: Values, dtypes: tuple[str, ...], bound: float | None = 1e3
    ) -> None:
        self.rng, self.inputs, self.dtypes, self.bound = rng, inputs, dtypes, bound
        self.values = {name: np.asarray(as_floats(x)) for name, x in inputs.items()}
        self.steps: list[Step] = []
        self.fresh = (f"v{k}" for k in count(1))

    def add(self, choice: Choice | None, *, finite: bool = True) -> bool:
        """Append a step, unless its shapes do not match or its numbers are out of bounds."""
        if choice is None:
            return False
        op, operands, settings = choice
        known = [self.values[x] if isinstance(x, str) else as_floats(x) for x in operands]
        try:
            with np.errstate(all="ignore"):
                value = np.asarray(NUMPY[op](*known, **settings))
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return False
        bounded = self.bound is None or np.all(np.abs(value) < self.bound)
        if value.ndim > 4 or value.size > LARGEST or value.dtype.kind != "f":
            return False
        if finite and not bounded:
            return False
        name = next(self.fresh)
        if self.rng.randrange(4) == 3:
            op = AS_NUMPY.get(op, op)
        self.steps.append(Step(name, op, operands, settings))
        if bounded:  # what is infinite stays dead
            self.values[name] = value
        return True

    def pick(self, fits: Callable[[Any], bool] = lambda _: True) -> str | None:
        """Return the name of a value that fits, more often a recent one."""
        names = [name for name, value in self.values.items() if fits(value)]
        if self.rng.randrange(2):
            names = names[-3:]
        return self.rng.choice(names[::-1]) if names else None

    def constant(self, shape: tuple[int, ...]) -> Any:
        """Return a constant that broadcasts with this shape, as a user may write it."""
        if self.rng.randrange(2):
            return number(self.rng)
        last = shape[self.rng.randrange(len(shape) + 1) :]
        shape = tuple(self.rng.choice((n, n, 1)) for n in last)
        x = array(self.rng, shape, self.rng.choice(self.dtypes))
        return x.tolist() if shape and 0 not in shape and not self.rng.randrange(4) else x


def number(rng: Random) -> Any:
    choices = (2.0, 0.5, 3, -1, 0, -0.25, True, np.float64(1.5), np.int64(2))
    return rng.choice(choices)


def array(rng: Random, shape: tuple[int, ...], dtype: str) -> Any:
    """Return numbers of moderate size; their digits depend on a single choice."""
    numpy_rng = np.random.default_rng(rng.randrange(2**16))
    match np.dtype(dtype).kind:
        case "b":
            return np.asarray(numpy_rng.integers(0, 2, shape), dtype)
        case "i" | "u":
            return np.asarray(numpy_rng.integers(0 if dtype == "uint8" else -3, 4, shape), dtype)
    return np.asarray(numpy_rng.normal(0.0, 1.0, shape).round(3), dtype)
