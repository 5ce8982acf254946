"""∂f/∂x ≈ (f(x + h) − f(x − h)) / 2h: check derivatives against differences of values."""

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from coursekit.algorithms.debug import best_step, central_difference
from coursekit.calls import Call, as_arguments, bind
from coursekit.engine.sums import quiet
from coursekit.engine.values import number_or_array
from coursekit.errors import GraphError, plural
from coursekit.tracing import name_of

ONE_BY_ONE = 300  # of more numbers, a random direction is checked, and halved where it fails
RELATIVE, ROUNDING = 1e-7, 100 * sys.float_info.epsilon  # errors of differences, and of values
Vector = Any  # a number for each number in the arguments
Line = Callable[[Sequence[float]], float]  # [t] ↦ f at the point t of a line


@quiet
def check_gradients(
    f: Callable[..., Any], x: Any, *, gradient: Callable[..., Any] | None = None
) -> None:
    """Raise GraphError if a partial derivative of f at x differs from a central difference.

    Both modes are checked for each number in x, which is a tuple if f takes several arguments; of
    more than 300 numbers, a random direction is checked, and searched if it is wrong. The error
    names the wrong partial, or the kink if the slope of f jumps at x. `gradient` is your own
    function to check instead: it returns one derivative, or a tuple of several.

    >>> f = lambda a, b: (a + b) * (b + 1)
    >>> check_gradients(f, (2.0, 1.0))
    >>> check_gradients(f, (2.0, 1.0), gradient=lambda a, b: (b + 1, a + b))
    Traceback (most recent call last):
    coursekit.errors.GraphError: ∂f/∂b at b = 1: expected 5 (central difference), got 3 (gradient)
    """
    point = _Point(bind(f, as_arguments(x), {}))
    checked = _by_both_modes(f, point) if gradient is None else _by_user(f, gradient, point)
    checked.refuse_point()
    numbers = np.arange(point.start.size)
    groups = numbers[:, None] if numbers.size <= ONE_BY_ONE else [numbers]
    for group in groups:
        if fault := checked.first_fault(group):
            raise GraphError(fault)


def _by_both_modes(f: Callable[..., Any], point: "_Point") -> "_Checked":
    """Return what is checked: a weighted sum of the results of f, and both modes' derivatives."""
    call = Call(f, point.arguments(point.start), {})
    weights = _weights(np.shape(call.value))
    gradient = point.vector(call.pull(weights))
    return _Checked(
        _name(f),
        point,
        lambda z: np.sum(weights * call.value_of(call.lin_at(point.arguments(z)))),
        gradient,
        {
            "reverse mode": lambda d: gradient @ d,
            "forward mode": lambda d: np.sum(weights * call.push(point.arguments(d))),
        },
    )


def _by_user(f: Callable[..., Any], own: Callable[..., Any], point: "_Point") -> "_Checked":
    """Return what is checked: f, and the gradient that the user's function returns."""
    gradient = point.vector(_derivatives(own(*point.arguments(point.start)), point))
    return _Checked(
        _name(f),
        point,
        lambda z: _one_number(f, point.arguments(z)),
        gradient,
        {"gradient": lambda d: gradient @ d},
    )


def _name(f: Callable[..., Any]) -> str:
    return name_of(f) if name_of(f).isidentifier() else "f"


def _weights(shape: tuple[int, ...]) -> Any:
    """Return the weights of the results of f, whose weighted sum is checked."""
    return np.random.default_rng(0).uniform(0.5, 1.5, shape) if shape else 1.0


def _one_number(f: Callable[..., Any], x: Sequence[Any]) -> float:
    result = number_or_array(f(*x), f"the result of {name_of(f)}")
    if np.size(result) != 1:
        raise GraphError(
            f"{name_of(f)} returns an array of the shape {np.shape(result)}, but a gradient belongs"
            " to a function that returns one number"
        )
    return float(np.reshape(result, ())[()])


def _derivatives(slopes: Any, point: "_Point") -> list[Any]:
    """Return the derivatives of the user's gradient; raise GraphError for a wrong shape."""
    several = isinstance(slopes, tuple) or (isinstance(slopes, list) and len(point.names) > 1)
    slopes = slopes if several else [slopes]
    if len(slopes) != len(point.names):
        raise GraphError(
            f"gradient must return {plural(len(point.names), 'derivative')}, not {len(slopes)}"
        )
    arrays = []
    for slope, name, shape in zip(slopes, point.names, point.shapes, strict=True):
        arrays.append(number_or_array(slope, f"the derivative with respect to {name}"))
        if np.shape(slope) != shape:
            raise GraphError(
                f"the derivative with respect to {name} has the shape {np.shape(slope)}, but {name}"
                f" has the shape {shape}"
            )
    return arrays


class _Point:
    """The arguments of a function as one vector."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self.names, self.shapes = list(arguments), list(map(np.shape, arguments.values()))
        self.ends = np.cumsum([math.prod(shape) for shape in self.shapes])
        self.start = self.vector(arguments.values())

    def vector(self, arrays: Iterable[Any]) -> Vector:
        return np.concatenate([np.ravel(a).astype(float) for a in arrays])

    def arguments(self, vector: Vector) -> tuple[Any, ...]:
        pieces = zip(np.split(vector, self.ends[:-1]), self.shapes, strict=True)
        return tuple([p.reshape(shape).copy() if shape else float(p[0]) for p, shape in pieces])

    def label(self, i: int) -> str:
        """Return the name of a number in the vector, such as W[0,1]."""
        k = int(np.searchsorted(self.ends, i, side="right"))
        within = i - (self.ends[k] - math.prod(self.shapes[k]))
        index = ",".join(map(str, np.unravel_index(within, self.shapes[k])))
        return f"{self.names[k]}[{index}]" if index else self.names[k]


class _Checked(NamedTuple):
    """A function of a vector, and its derivatives along a direction by each mode."""

    name: str
    point: _Point
    value: Callable[[Vector], Any]
    gradient: Vector
    slopes: Mapping[str, Callable[[Vector], Any]]  # of each mode: direction ↦ derivative

    def refuse_point(self) -> None:
        """Raise GraphError if f or a derivative is infinite or NaN here, or f is random."""
        z = self.point.start
        value = float(self.value(z))
        if not math.isfinite(value):
            raise GraphError(f"{self.name} is {value} here: check it where it is finite")
        if value != float(self.value(z)):
            raise GraphError(
                f"{self.name} returns other values when it is called again: make it repeatable"
            )
        for i in np.flatnonzero(~np.isfinite(self.gradient))[:1]:
            label = self.point.label(i)
            raise GraphError(
                f"∂{self.name}/∂{label} is {self.gradient[i]} at {label} = {z[i]:g}: check it where"
                " it is finite"
            )

    def first_fault(self, group: Any) -> str | None:
        """Return a sentence about the first fault among the numbers with these indices."""
        fault = self.fault(group)
        if fault is None or len(group) == 1:
            return fault
        first, second = np.array_split(group, 2)
        return self.first_fault(first) or self.first_fault(second) or fault

    def fault(self, group: Any) -> str | None:
        """Return a sentence if the derivative along a line is wrong, or does not exist."""
        line, start, direction, label, at = self.line(group)
        h, sides = best_step(line, [start], 0), None
        for step in (h, h / 30, h / 900):  # a kink that is only near vanishes with the step
            h, noise = step, ROUNDING * max(abs(line([start])), abs(line([start + h]))) / step
            if not (sides := _sides(line, start, h, noise)):
                break
        expected, finer = (central_difference(line, [start], 0, step) for step in (h, h / 2))
        if not math.isfinite(expected):
            return f"{self.name} is not finite on both sides of {at}: check it at another point"
        if sides:
            return (
                f"{self.name} has a kink at {at}: its slope is {sides[0]:.4g} to the left and"
                f" {sides[1]:.4g} to the right; check it at another point"
            )
        for mode, slope in self.slopes.items():
            got = float(slope(direction))
            off, size = abs(got - finer), max(abs(got), abs(finer))
            # the differences may still be on their way to the derivative
            if off <= RELATIVE * size + noise or off <= 0.6 * abs(got - expected):
                continue
            what = f"∂{self.name}/∂{label} at {at}"
            if abs(expected - finer) > 0.1 * size:
                return (
                    f"{what} cannot be checked, because the central difference depends on its"
                    " step: check it at another point"
                )
            return f"{what}: expected {expected:.6g} (central difference), got {got:.6g} ({mode})"
        return None

    def line(self, group: Any) -> tuple[Line, float, Vector, str, str]:
        """Return f along a line, where it starts, its direction, and words for both.

        A line changes one number, or a group of numbers by the same random amounts.
        """
        z, direction = self.point.start, np.zeros_like(self.point.start)
        direction[group] = np.random.default_rng(0).choice([-1.0, 1.0], len(group))
        start, label, at = 0.0, "t", f"a random direction of {len(group)} numbers"
        if len(group) == 1:
            direction[group], start, label = 1.0, float(z[group[0]]), self.point.label(group[0])
            at = f"{label} = {start:g}"
        origin = z - start * direction

        @cache  # the differences share their points
        def f(t: float) -> float:
            try:
                return float(self.value(origin + t * direction))
            except (ArithmeticError, ValueError):
                return math.nan

        return lambda t: f(t[0]), start, direction, label, at


def _sides(line: Line, t: float, h: float, noise: float) -> tuple[float, float] | None:
    """Return the slopes to the left and to the right of t if there is a kink within t ± h."""

    def sides(h: float) -> tuple[float, float]:
        at = line([t])
        return (at - line([t - h])) / h, (line([t + h]) - at) / h

    def jump(h: float) -> float:
        left, right = sides(h)
        return abs(right - left)

    left, right = sides(h)
    whole = abs(right - left)
    if whole <= RELATIVE * max(abs(left), abs(right)) + noise:
        return None
    # where f is smooth, the jump is h · f''(t), and vanishes with h
    smooth = all(abs(jump(h / k) - whole / k) <= 0.1 * whole + k * noise for k in (2, 4))
    return None if smooth else (left, right)
