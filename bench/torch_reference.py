"""A program of arrays in torch, in double precision: values, gradient, Hessian times vector.

Where torch is wrong, or differs from numpy, it is corrected below: its derivatives of σ, tanh and
expm1 lose digits far out; those of x ** y by y are 0 at y = 0; softmax is NaN beside an infinity;
softplus is linear beyond 20; a tie of maxima is split; and an index takes no negative steps.
"""

import operator
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import torch
import torch._dynamo  # takes seconds: some second derivatives import it, in each process

from tests.support.array_programs import SHARED, ArrayProgram, Library, Values, as_floats, run

torch.set_num_threads(1)


def tensor(x: Any) -> Any:
    number = as_floats(x, np.float64)
    return torch.tensor(np.array(number, np.float64, order="C"), dtype=torch.float64)


def _array(x: Any) -> Any:
    # torch keeps some zeros without memory, and to read a part of those kills the process
    return (x.detach() + torch.zeros(x.shape, dtype=torch.float64)).numpy()


def _axes(x: Any, axis: Any) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(x.ndim))
    return axis if isinstance(axis, tuple) else (axis,)


def _sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    axes = _axes(x, axis)
    return x.sum(axes, keepdims) if axes else x * 1.0  # to torch, no axes are all axes


def _mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    total = _sum(x, axis, keepdims)
    return total * (total.numel() / x.numel()) if x.numel() else total / 0.0


def _var(x: Any, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Any:
    total = _sum((x - _mean(x, axis, True)) ** 2, axis, keepdims)
    return total / max(x.numel() // max(total.numel(), 1) - ddof, 0)


def _max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the largest numbers; torch's amax splits the derivative among equal ones."""
    if not x.ndim:
        return x * 1.0
    axes = sorted(k % x.ndim for k in _axes(x, axis))
    rest = [k for k in range(x.ndim) if k not in axes]
    rows = x.permute([*rest, *axes]).reshape([x.shape[k] for k in rest] + [-1])
    first = torch.tensor(rows.numpy(force=True).argmax(-1))[..., None]
    shape = [1 if k in axes else n for k, n in enumerate(x.shape) if keepdims or k not in axes]
    return rows.gather(-1, first).reshape(shape)


def _logsumexp(x: Any, axis: Any = -1, keepdims: bool = False) -> Any:
    axes = _axes(x, axis)
    return torch.logsumexp(x, axes, keepdims) if axes else x * 1.0


def _sigmoid(x: Any) -> Any:
    """Return σ(x); the derivative of torch's own, v · (1 − v), loses digits far out."""
    return torch.exp(-torch.logaddexp(-x, torch.zeros_like(x)))


def _tanh(x: Any) -> Any:
    """Return tanh(x); the derivative of torch's own, 1 − v², loses digits far out."""
    slope = 2.0 * _sigmoid(2.0 * x)
    return torch.tanh(x).detach() + (slope - slope.detach())


def _expm1(x: Any) -> Any:
    """Return exp(x) − 1; the derivative of torch's own, v + 1, loses digits far out."""
    e = torch.exp(x)
    return torch.where(torch.isinf(e), e, torch.expm1(x).detach() + (e - e.detach()))


def _log1p(x: Any) -> Any:
    """Return log(1 + x); torch's own of a subnormal number is 0."""
    y = torch.log1p(x)
    return y + torch.where(y == 0.0, x, 0.0).detach()


def _log_softmax(x: Any, axis: Any = -1) -> Any:
    if not x.numel():
        return x * 1.0
    most = torch.finfo(x.dtype).max
    below = x - x.detach().amax(_axes(x, axis), True).clamp(-most, most)
    return below - _logsumexp(below, axis, True)


def _softmax(x: Any, axis: Any = -1) -> Any:
    """Return softmax(x); beside an infinity, torch's own is NaN instead of 0."""
    return torch.exp(_log_softmax(x, axis))


def _cross_entropy(x: Any, y: Any) -> Any:
    logs = _log_softmax(x)
    if y.shape != x.shape:
        rows = logs.reshape(-1, x.shape[-1])
        return -rows[torch.arange(len(rows)), y.reshape(-1).long()].mean()
    masked = torch.where(y == 0, 0.0, logs)  # 0 · −∞ counts as 0
    return -(y * masked).sum(-1).mean()


def _pow(x: Any, y: Any) -> Any:
    """Return x ** y; at y = 0, torch's own derivatives by y are 0.

    But 0 ** y jumps there, and the derivative of x ** y by y, and then by x, is 1 / x.
    """
    is_root = y.numel() == 1 and not y.requires_grad and y.item() == 0.5
    x, y = torch.broadcast_tensors(x, y)
    if is_root:
        return torch.where(x == -torch.inf, torch.nan, x**y)  # as numpy does
    if not y.requires_grad or not (y == 0).any():
        return x**y
    jumps, smooth = (x == 0) & (y == 0), (x > 0) & torch.isfinite(x) & (y == 0)
    z = torch.where(jumps, y, 1.0)
    power = torch.exp(torch.where(smooth, y, 0.0) * torch.log(torch.where(smooth, x, 1.0)))
    others = x ** torch.where(smooth, 1.0, y) + torch.where(jumps, torch.sqrt(z * z), 0.0)
    return torch.where(smooth, power, others)  # √(z²) is 0, and its derivative is NaN


def _dot(x: Any, y: Any) -> Any:
    if not (x.ndim and y.ndim):
        return x * y
    x, y = (a.to(torch.result_type(x, y)) for a in (x, y))
    return torch.tensordot(x, y, ([x.ndim - 1], [max(y.ndim - 2, 0)]))


def _index(x: Any, at: Any) -> Any:
    positions = np.arange(x.numel()).reshape(tuple(x.shape))[at]
    return x.reshape(-1)[torch.tensor(np.array(positions))]


def _larger(x: Any, y: Any) -> Any:
    return torch.where((x > y) | torch.isnan(x), x, y)


def _smaller(x: Any, y: Any) -> Any:
    return torch.where((x < y) | torch.isnan(x), x, y)


TORCH: Library = {
    **SHARED,
    "matmul": operator.matmul,
    "dot": _dot,
    "pow": _pow,
    **{
        name: getattr(torch, name)
        for name in ("exp", "log", "sqrt", "square", "sin", "cos", "tan", "relu")
    },
    "expm1": _expm1,
    "log1p": _log1p,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    # torch's softplus is linear beyond its threshold of 20, and its gradient NaN at infinity
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "leaky_relu": lambda x, slope=0.01: torch.where(x > 0, x, x * slope),
    "maximum": _larger,
    "minimum": _smaller,
    "clip": lambda x, a, b: _smaller(_larger(x, a), b),
    "where": lambda c, x, y: torch.where(c > 0, x, y),
    "sum": _sum,
    "mean": _mean,
    "var": _var,
    "max": _max,
    "min": lambda x, axis=None, keepdims=False: -_max(-x, axis, keepdims),
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    "cross_entropy": _cross_entropy,
    "mse": lambda x, y: _mean((x - y) ** 2),
    "index": _index,
    "transpose": lambda x, axes=None: x.permute(axes or tuple(range(x.ndim)[::-1])),
    "swapaxes": lambda x, axis1=-2, axis2=-1: x.swapaxes(axis1, axis2),
    "expand_dims": lambda x, axis: x.unsqueeze(axis),
    "concatenate": lambda *xs, axis=0: torch.cat(xs, axis),
    "stack": lambda *xs, axis=0: torch.stack(xs, axis),
    "reshape": lambda x, shape: x.reshape(shape if isinstance(shape, tuple) else (shape,)),
    "broadcast_to": lambda x, shape: torch.broadcast_to(x, shape),
}


class Reference:
    """A program's values and derivatives as torch computes them."""

    def __init__(self, program: ArrayProgram, noise: float = 0.0, seed: int = 0) -> None:
        """Compute the values; `noise` is a relative error of every operand, as rounding makes."""
        self.program = program
        self.inputs = {name: tensor(x).requires_grad_() for name, x in program.inputs.items()}
        rng = np.random.default_rng(seed)
        library = {op: _noisy(f, noise, rng) for op, f in TORCH.items()} if noise else TORCH
        self.tensors = run(program, library, self.inputs, tensor)

    @cached_property
    def values(self) -> Values:
        return {name: _array(x) for name, x in self.tensors.items()}

    @cached_property
    def _slopes(self) -> dict[str, Any]:
        return _grad(self.tensors[self.program.loss].sum(), self.tensors)

    @cached_property
    def adjoints(self) -> Values:
        return {name: _array(x) for name, x in self._slopes.items()}

    @property
    def gradient(self) -> Values:
        return {name: self.adjoints[name] for name in self.inputs}

    def hessian_times(self, direction: Values) -> Values:
        along = sum((self._slopes[name] * tensor(d)).sum() for name, d in direction.items())
        return {name: _array(x) for name, x in _grad(along, self.inputs).items()}

    @cached_property
    def has_slopes(self) -> bool:
        """Return whether the loss is finite: an infinite loss has no derivatives to compare."""
        return bool(np.all(np.isfinite(self.values[self.program.loss])))

    def is_finite(self, *, dead: bool, order: int = 1) -> bool:
        """Return whether all numbers and their derivatives, up to this order, are finite.

        `dead` includes what the loss does not depend on.
        """
        needed = {self.program.loss}
        for step in reversed(self.program.steps):
            if dead or step.name in needed:
                needed.update(x for x in step.operands if isinstance(x, str))
                needed.add(step.name)
        tensors = {name: x for name, x in self.tensors.items() if name in needed}
        results = [*tensors.values()]
        for _ in range(order):
            results += _grad(sum(x.sum() for x in results), tensors).values()
        return all(bool(torch.isfinite(x).all()) for x in results)


def _noisy(f: Callable[..., Any], noise: float, rng: np.random.Generator) -> Callable[..., Any]:
    """Return f with relative errors in its operands, and in the adjoint that each receives."""

    def moved(x: Any) -> Any:
        return x * tensor(1.0 + noise * rng.uniform(-1.0, 1.0, tuple(x.shape)))

    def wrong(x: Any) -> Any:
        if not x.requires_grad:
            return x
        y = moved(x)
        y.register_hook(moved)
        return y

    return lambda *operands, **settings: f(*map(wrong, operands), **settings)


def _grad(y: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the derivatives of y, which are 0 for whatever y does not depend on."""
    found = {name: torch.zeros_like(x) for name, x in inputs.items()}
    some = {name: x for name, x in inputs.items() if x.requires_grad}
    if some and getattr(y, "requires_grad", False):
        slopes = torch.autograd.grad(y, list(some.values()), create_graph=True, allow_unused=True)
        found |= {name: s for name, s in zip(some, slopes, strict=True) if s is not None}
    return found
