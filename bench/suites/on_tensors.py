"""micrograd's Value and MyGrad's Tensor on coursekit: each result has a graph of its own.

A result is evaluated at once; `backward` differentiates its graph in every way.
"""

import operator
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import coursekit
from bench.suites.case import Case
from bench.suites.record import lack, record
from bench.suites.stand_ins import Lacking, install
from coursekit import backprop

F = Callable[..., Any]
# MyGrad's names, and those of numpy and coursekit
NAMES = {"amax": "max", "amin": "min", "softmax_crossentropy": "cross_entropy"}


class Tensor:
    """A number or an array: an input, or the result of a function of other tensors."""

    __array_ufunc__ = None  # numpy's arrays leave * and + to this class
    __hash__ = object.__hash__

    def __init__(
        self, data: Any, *, constant: bool = False, function: Any = None, operands: Any = ()
    ) -> None:
        self._constant, self.function, self.operands, self.grad = constant, function, operands, None
        self.set(getattr(data, "data", data))

    def set(self, data: Any) -> None:
        self.data = np.array(data, float)[()]
        self.shape, self.ndim, self.size = self.data.shape, self.data.ndim, self.data.size

    def __copy__(self) -> "Tensor":
        return Tensor(self.data, constant=self.constant)

    def tensors(self) -> list["Tensor"]:
        """Return this tensor and all that it is computed from, each once, in order."""
        found = [t for x in self.operands if isinstance(x, Tensor) for t in x.tensors()]
        return list(dict.fromkeys([*found, self]))

    def case(self, weights: Any = 1.0) -> tuple[Case, dict["Tensor", Any]]:
        """Return the graph of this tensor at its inputs, and the vertex of each tensor."""
        tensors, vertices = self.tensors(), {}
        inputs = {f"x{k}": t for k, t in enumerate(tensors) if t.function is None}

        def f(**at: Any) -> Any:
            vertices.update({inputs[name]: vertex for name, vertex in at.items()})
            for t in tensors:
                if t.function:
                    operands = [vertices[x] if isinstance(x, Tensor) else x for x in t.operands]
                    vertices[t] = t.function(*operands)
            return vertices[self]

        case = Case(f, {name: t.data for name, t in inputs.items()}, weights)
        return case, dict(vertices)  # a copy, because some ways call f again

    def backward(self, grad: Any = 1.0) -> None:
        case, vertices = self.case(getattr(grad, "data", grad))
        case.check()
        adjoints = backprop(case.lin)
        for tensor, vertex in vertices.items():
            tensor.grad = None if tensor.constant else adjoints[vertex]

    def null_gradients(self) -> None:
        for tensor in self.tensors():
            tensor.grad = None

    @property
    def constant(self) -> bool:
        return self._constant  # a test sets it

    @property
    def T(self) -> "Tensor":  # noqa: N802
        return result(lambda x: x.T, self)

    def reshape(self, *shape: Any) -> "Tensor":
        return result(np.reshape, self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any, constant: bool = False) -> "Tensor":
        order = axes[0] if len(axes) == 1 else axes or None
        return result(np.transpose, self, order, constant=constant)

    def flatten(self, constant: bool = False) -> "Tensor":
        return result(np.reshape, self, -1, constant=constant)

    def __getitem__(self, at: Any) -> "Tensor":
        return result(lambda x: x[at], self)

    def __setitem__(self, *_: Any) -> None:
        lack("x[i] = y")

    def __iter__(self) -> Iterator["Tensor"]:
        return (self[k] for k in range(len(self)))

    def __len__(self) -> int:
        return len(self.data)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return partial(function_named(name), self)

    def __eq__(self, other: Any) -> Any:
        return self.data == getattr(other, "data", other)

    def __ne__(self, other: Any) -> Any:
        return self.data != getattr(other, "data", other)


def result(function: F, *operands: Any, constant: bool = False) -> Tensor:
    """Return the value of a function of tensors, evaluated by coursekit."""
    operands = tuple(Tensor(x) if is_array(x) else x for x in operands)
    if any(isinstance(y, Tensor) for x in operands if isinstance(x, list | tuple) for y in x):
        lack("a list of vertices as an argument")
    tensor = Tensor(0.0, constant=constant, function=function, operands=operands)
    tensor.set(tensor.case()[0].value)
    record.passed["value"] += 1  # the test compares it
    return tensor


def is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"  # unlike an index, or labels


def add_operator(name: str) -> None:
    function = getattr(operator, name)
    setattr(Tensor, f"__{name}__", lambda *operands: result(function, *operands))
    setattr(Tensor, f"__r{name}__", lambda x, y: result(function, y, x))


for name in ("add", "sub", "mul", "truediv", "pow", "matmul", "neg", "pos", "abs"):
    add_operator(name)


def function_named(name: str) -> F:
    """Return MyGrad's function of this name: numpy's on vertices, or one of coursekit's."""
    name = NAMES.get(name, name)
    function = getattr(np, name, None) or getattr(coursekit, name, None)
    if not callable(function):
        return Lacking(f"mygrad.{name}")

    def of_tensors(*operands: Any, constant: bool = False, **settings: Any) -> Tensor:
        return result(partial(function, **settings), *operands, constant=constant)

    return of_tensors


def reduce_broadcast(grad: Any, var_shape: tuple[int, ...]) -> Any:
    """Sum over the axes along which an array was broadcast; MyGrad's differences need it."""
    grad = np.sum(grad, tuple(range(np.ndim(grad) - len(var_shape))))
    stretched = tuple(k for k, n in enumerate(var_shape) if n == 1)
    return np.sum(grad, stretched, keepdims=True)


install("micrograd", {"micrograd.engine": {"Value": Tensor}}, Lacking)
install(
    "mygrad",
    {
        "mygrad": {"Tensor": Tensor},
        "mygrad.tensor_base": {"Tensor": Tensor},
        "mygrad._utils": {"reduce_broadcast": reduce_broadcast},
    },
    function_named,
)
