"""autograd's operators on coursekit; its tests apply them to functions of numpy, which we trace."""

import sys
from collections.abc import Callable
from functools import cached_property, partial
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np
import pytest

import coursekit as ck
from bench.suites.case import CONSTANT, NESTED, STEP, Case, close
from bench.suites.record import expressing, record
from bench.suites.stand_ins import Lacking, install
from coursekit import Vertex, backprop

F = Callable[..., Any]


class Call:
    """A function at its arguments; `argnum` chooses those by which it is differentiated."""

    def __init__(self, f: F, argnum: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.f, self.argnum, self.args, self.kwargs = f, argnum, args, kwargs
        self.chosen = (argnum,) if isinstance(argnum, int) else tuple(argnum)
        self.at: dict[str, Any] = {}
        for k in self.chosen:
            self.at |= leaves(args[k], f"x{k}")

    def __call__(self, **at: Any) -> Any:
        """Return the function at other numbers and arrays."""
        return self.f(*(filled(x, f"x{k}", at) for k, x in enumerate(self.args)), **self.kwargs)

    def in_form(self, gradient: dict[str, Any]) -> Any:
        """Return a gradient in the form of the chosen arguments."""
        parts = tuple(filled(self.args[k], f"x{k}", gradient) for k in self.chosen)
        return parts[0] if isinstance(self.argnum, int) else parts

    @cached_property
    def case(self) -> Case:
        """The graph, after all ways have been checked."""
        case = Case(self, self.at)
        case.check()
        return case

    @cached_property
    def gradient(self) -> Any:
        """The gradient, in the form of the chosen arguments; the arguments may be vertices."""
        try:
            return self.in_form(self.case.gradient)
        except pytest.skip.Exception as error:
            if str(error) not in (CONSTANT, NESTED) or not hasattr(ck, "gradient"):
                raise
        with expressing():
            slopes = ck.gradient(self.by_position)(*self.at.values())
        record.passed["gradient"] += 1
        slopes = slopes if len(self.at) > 1 else [slopes]
        return self.in_form(dict(zip(self.at, slopes, strict=True)))

    def by_position(self, *x: Any) -> Any:
        return self(**dict(zip(self.at, x, strict=True)))

    @property
    def vertex(self) -> Vertex:
        """The only input."""
        (vertex,) = self.case.vertices.values()
        return vertex


def leaves(x: Any, name: str) -> dict[str, Any]:
    """Return the numbers and arrays in lists, tuples and dicts, by name."""
    if isinstance(x, list | tuple):
        x = dict(enumerate(x))
    if not isinstance(x, dict):
        return {name: x}
    return {k: v for key, part in x.items() for k, v in leaves(part, f"{name}_{key}").items()}


def filled(x: Any, name: str, at: dict[str, Any]) -> Any:
    """Return x with other leaves."""
    if isinstance(x, dict):
        return {key: filled(part, f"{name}_{key}", at) for key, part in x.items()}
    if isinstance(x, list | tuple):
        return type(x)(filled(part, f"{name}_{k}", at) for k, part in enumerate(x))
    return at.get(name, x)


def nary(operator: F) -> F:
    """Return an operator as autograd calls it: operator(f, argnum)(*arguments)."""

    def of_function(f: F, argnum: Any = 0, **settings: Any) -> F:
        return lambda *args, **kwargs: operator(Call(f, argnum, args, kwargs), **settings)

    of_function.__name__ = operator.__name__
    return of_function


def unary_to_nary(operator: F) -> F:
    """Return an operator on functions of one argument as one on functions of several."""

    def of_function(f: F, argnum: int = 0) -> F:
        def of_arguments(*args: Any) -> Any:
            before, after = args[:argnum], args[argnum + 1 :]
            return operator(lambda x: f(*before, x, *after), args[argnum])

        return of_arguments

    return of_function


@nary
def check_grads(call: Call, *, order: int = 2, **_: Any) -> None:
    """Compare a function with numpy, and its derivatives, in every way, with differences."""
    try:
        with expressing():
            value = call(**call.at)
        shape = () if isinstance(value, list | tuple | dict) else np.shape(value)
        weights = np.random.default_rng(1).normal(size=shape)
        case = Case(call, call.at, weights)
    except pytest.skip.Exception as error:
        record.lacks[str(error)] += 1
        return

    def agrees_with_differences() -> bool:
        ends = (call(**case.beyond(sign * STEP / 2)) for sign in (1, -1))
        above, below = (np.sum(end * weights) for end in ends)
        return close(case.slope, (above - below) / STEP)

    record.check("value", lambda: close(case.value, value))
    record.check("differences", agrees_with_differences)
    case.check(order)


def combo_check(f: F, *how: Any, **settings: Any) -> F:
    """Check all combinations of arguments and settings."""

    def check(*args: Any, **kwargs: Any) -> None:
        for chosen in product(*args):
            for values in product(*kwargs.values()):
                named = dict(zip(kwargs, values, strict=True))
                check_grads(f, *how, **settings)(*chosen, **named)

    return check


def check_equivalent(x: Any, y: Any) -> None:
    assert np.shape(x) == np.shape(y)
    assert close(x, y)


@nary
def grad(call: Call) -> Any:
    return call.gradient


@nary
def value_and_grad(call: Call) -> Any:
    gradient = call.gradient
    is_nested = any(isinstance(x, Vertex) for x in call.at.values())
    return call(**call.at) if is_nested else call.case.value, gradient


@nary
def jacobian(call: Call) -> Any:
    case, result = call.case, call.case.result
    results = list(result.flat) if isinstance(result, np.ndarray) else [case.lin.loss]
    matrix = ck.jacobian(case.lin, [call.vertex], results).matrix
    return np.reshape(matrix, np.shape(case.value) + np.shape(case.at[str(call.vertex)]))


@nary
def hessian(call: Call) -> Any:
    case, name = call.case, str(call.vertex)
    shape, at = np.shape(case.at[name]), case.numbers(case.at)
    units = np.eye(np.size(case.at[name])).reshape(-1, *shape)
    rows = [ck.hessian_vector(case.scalar, at, case.numbers({name: unit})) for unit in units]
    return np.reshape([list(row.values()) for row in rows], shape * 2)


@nary
def make_jvp(call: Call) -> Any:
    case, vertex = call.case, call.vertex
    return lambda v: (case.value, ck.forward_mode(case.lin, {vertex: v})[case.lin.loss])


@nary
def make_vjp(call: Call) -> Any:
    case, vertex = call.case, call.vertex
    return (lambda g: backprop(case.lin, seed=g)[vertex]), case.value


@nary
def deriv(call: Call) -> Any:
    tangents = {call.vertex: np.ones_like(call.case.at[str(call.vertex)])[()]}
    return ck.forward_mode(call.case.lin, tangents)[call.case.lin.loss]


def hessian_tensor_product(f: F, argnum: int = 0) -> F:
    def multiply(*args: Any) -> Any:
        return np.tensordot(hessian(f, argnum)(*args[:-1]), args[-1], np.ndim(args[-1]))

    return multiply


def tensor_jacobian_product(f: F, argnum: int = 0) -> F:
    def multiply(*args: Any) -> Any:
        return np.tensordot(args[-1], jacobian(f, argnum)(*args[:-1]), np.ndim(args[-1]))

    return multiply


def make_hvp(f: F, argnum: int = 0) -> F:
    return lambda *args: (partial(hessian_tensor_product(f, argnum), *args), None)


def by_name(*functions: F) -> dict[str, F]:
    return {f.__name__: f for f in functions}


OPERATORS = by_name(grad, value_and_grad, jacobian, hessian, make_jvp, make_vjp, deriv)
PRODUCTS = by_name(hessian_tensor_product, tensor_jacobian_product, make_hvp)
CONTAINERS = {"list": list, "tuple": tuple, "dict": dict}
MODULES = {
    "autograd": OPERATORS | PRODUCTS | CONTAINERS | {"elementwise_grad": grad, "numpy": np},
    "autograd.builtins": CONTAINERS,
    "autograd.core": {"make_vjp": lambda f, x: make_vjp(f)(x)},
    "autograd.test_util": by_name(check_grads, combo_check, check_equivalent)
    | {"scalar_close": close},
    "autograd.tracer": {"isbox": lambda x: isinstance(x, Vertex)},
    "autograd.wrap_util": {"unary_to_nary": unary_to_nary},
}
install("autograd", MODULES, lambda name: Lacking(f"autograd.{name}"))
for name in ("numpy", "numpy.random", "numpy.linalg", "numpy.fft"):
    sys.modules[f"autograd.{name}"] = import_module(name)
