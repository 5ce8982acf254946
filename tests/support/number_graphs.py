"""Random programs of numbers, and programs at special values: ±0, ±∞, NaN, 1e308, subnormals."""

from math import inf, nan
from random import Random
from typing import Any

import numpy as np

from tests.support.array_graphs import THREE, TWO
from tests.support.array_programs import ArrayProgram, Values
from tests.support.builder import LARGEST, Builder, number

NUMBERS = ("float64",)
ONE = ("sin", "tanh", "neg", "exp", "cos", "sigmoid", "softplus", "relu", "leaky_relu", "abs",
       "sqrt", "log", "tan", "square", "log1p", "expm1")  # fmt: skip
MOST = ("max", "min")
TAME = tuple(op for op in ONE if op != "tan")
SPECIAL = (0.0, -0.0, 1.0, inf, -inf, nan, 1e308, -1e308, 1e-308, -1e-308, 5e-324, -1.0, 40.0,
           -800.0)  # fmt: skip


def random_numbers(rng: Random, size: int = 12) -> ArrayProgram:
    """Return a program of numbers: every operation, a constant on either side, dead branches."""
    inputs = {name: _number(rng) for name in "xyz"[: rng.choice((2, 1, 3))]}
    return _elementwise(rng, inputs, size, finite=True)


def tame_numbers(rng: Random, size: int = 8) -> ArrayProgram:
    """Return a program of numbers whose values and derivatives all exist."""
    b = Builder(rng, {name: _number(rng) for name in "xyz"}, NUMBERS, bound=100.0)
    for _ in range(size):
        x, y = b.pick(), rng.choice((b.pick(), number(rng)))
        ops = [op for op in TAME if op not in ("sqrt", "log", "log1p") or b.values[x] > 0.1]
        op = rng.choice([*ops, "mul", "add", "sub", "maximum", "where"])
        pair = (x, y) if rng.randrange(2) else (y, x)
        b.add((op, (x,) if op in TAME else (*pair, x) if op == "where" else pair, {}))
    names = list(b.values)
    b.add(("add", (names[-1], rng.choice(names)), {}), finite=False)
    return ArrayProgram(b.inputs, tuple(b.steps))


def special_numbers(rng: Random, size: int = 5) -> ArrayProgram:
    """Return a short program at special values: of numbers, or of arrays with reductions."""
    if rng.randrange(2):
        inputs: Values = {name: rng.choice(SPECIAL) for name in "xy"[: rng.choice((1, 2))]}
    else:
        shape = rng.choice(((2,), (3,), (2, 2)))
        inputs = {name: _specials(rng, shape) for name in "xy"[: rng.choice((1, 2))]}
    return _elementwise(rng, inputs, rng.randrange(size) + 1, finite=False)


def _number(rng: Random) -> Any:
    return rng.choice((round(rng.uniform(-2.0, 2.0), 3), round(rng.uniform(0.1, 3.0), 3), 2, -1))


def _specials(rng: Random, shape: tuple[int, ...]) -> Any:
    numbers = [rng.choice((*SPECIAL, 0.5, 0.5, 2.0)) for _ in range(int(np.prod(shape)))]
    return np.array(numbers).reshape(shape)


def _elementwise(rng: Random, inputs: Values, size: int, *, finite: bool) -> ArrayProgram:
    b = Builder(rng, inputs, NUMBERS, bound=None if not finite else 1e6)
    arrays = any(np.ndim(x) for x in inputs.values())
    while len(b.steps) < size:
        x, y = b.pick(), b.pick()
        constant = number(rng) if finite else rng.choice((number(rng), rng.choice(SPECIAL)))
        pair = rng.choice(((x, y), (x, constant), (constant, x)))
        choices = [
            (rng.choice(ONE), (x,), {}),
            (op := rng.choice((*TWO, "pow")), (*pair, y) if op in THREE else pair, {}),
        ]
        if arrays:
            # torch takes some functions of subnormal numbers as 0, and then another one is largest
            is_tiny = np.any((b.values[x] != 0.0) & (np.abs(b.values[x]) < 1e-300))
            ops = ("sum", "logsumexp", "softmax", "mean", "var", *(() if is_tiny else MOST))
            axis = rng.choice((None, -1)) if b.values[x].ndim else None
            choices.append((rng.choice(ops), (x,), {"axis": axis}))
        # one in eight may overflow; then nothing reads it
        b.add(rng.choice(choices), finite=finite and bool(rng.randrange(8)))
    names = [name for name, x in b.values.items() if x.size <= LARGEST]
    b.add(("add", (names[-1], rng.choice(names)), {}), finite=False)
    return ArrayProgram(inputs, tuple(b.steps))
