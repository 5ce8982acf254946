"""`check_gradients` accepts right derivatives at any scale, and names a wrong one or a kink."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import coursekit as ck
from coursekit import check_gradients
from tests.support.graphs import graphs, points
from tests.support.refusals import refused
from tests.test_functions import OF_ARRAYS, TO_ARRAYS, arguments, on_numbers

RNG = np.random.default_rng(0)
W, X = RNG.normal(size=(60, 50)), RNG.normal(size=50)
WITH_A_ZERO = np.where(np.arange(3000).reshape(60, 50) == 255, 0.0, W)


@given(f=st.sampled_from(OF_ARRAYS + TO_ARRAYS), x=arguments())
def test_both_modes_are_right_for_functions_of_arrays(f, x):
    check_gradients(f, x)


@given(graphs, points)
def test_both_modes_are_right_for_graphs_of_numbers(g, point):
    check_gradients(on_numbers(g), point)


RIGHT = [
    (ck.log, 1e-8),
    (lambda x: 1 / x, 1e-5),
    (lambda x: x * x, 1e10),
    (lambda x: ck.sin(1e4 * x), 0.3),
    (lambda x: ck.exp(x), 300.0),
    (lambda x: x**3, 0.0),
    (lambda x: x * abs(x), 0.0),
    (ck.relu, 1e-7),
    (ck.relu, -1e-7),
    (lambda x: ck.relu(x - 1.0), 1.0 + 1e-7),
    (lambda x: 1 + x - 1, 0.0),
    (lambda x: ck.tanh(2 * x) + 1, 1e-300),
    (lambda x: 3.0, 2.0),
    (lambda x, y: x, (2.0, np.ones(2))),
    (lambda x: ck.sum(x), np.ones(0)),
    (lambda x: ck.sum(x * x), np.ones(2, np.float32)),
    (lambda x: ck.cross_entropy(x, [0, 1]), RNG.normal(size=(2, 3))),
    (lambda W, x: ck.sum((W @ x) ** 2), (W, X)),
    (lambda W: ck.sum(ck.relu(W)), W),
]


@pytest.mark.parametrize(("f", "x"), RIGHT)
def test_right_derivatives_are_accepted(f, x):
    assert check_gradients(f, x) is None


def product_rule(W, x):
    residual = 2 * (W @ x)
    return np.outer(residual, x), W.T @ residual


def nearly(W, x):
    dW, dx = product_rule(W, x)
    dW[3, 7] *= 1.001
    return dW, dx


def power(W, x):
    return np.sum((W @ x) ** 2)


def absolute(x):
    return x if x > 0 else -x


OWN = [
    (math.sin, 2.0, math.cos),
    (absolute, 2.0, lambda x: 1),
    (lambda x: x @ x, [2.0, 3.0], lambda x: [4.0, 6.0]),
    (lambda a, b: a * b, (2, 3), lambda a, b: [b, a]),
    (lambda a, b: a * b, (2, 3), ck.gradient(lambda a, b: a * b)),
    (lambda x: x @ x, [2.0, 3.0], lambda x: x.__imul__(2)),  # its argument is a copy
    (power, (W, X), product_rule),
]


@pytest.mark.parametrize(("f", "x", "gradient"), OWN)
def test_a_gradient_of_ones_own_can_be_right(f, x, gradient):
    check_gradients(f, x, gradient=gradient)


FAULTS = [
    ((lambda a, b: a * b, (2, 3), lambda a, b: (b, b)), "∂f/∂b at b = 3: expected 2", "got 3"),
    ((power, (W, X), nearly), "∂power/∂W[3,7]", "(central difference)", "(gradient)"),
    ((math.sin, 2.0, lambda x: -math.cos(x)), "∂sin/∂x"),
    ((lambda x: 1e-20 * x * x, 3.0, lambda x: 1e-20 * x), "expected 6e-20", "got 3e-20"),
    ((absolute, 0.0, lambda x: 0.0), "kink at x = 0", "-1 to the left and 1 to the right"),
    ((lambda x: float(x > 1), 1.0, lambda x: 0.0), "kink at x = 1"),
    ((np.cbrt, 0.0, lambda x: 0.0), "∂cbrt/∂x", "depends on its step"),
    ((lambda x: x * RNG.normal(), 1.0, lambda x: 1.0), "make it repeatable"),
    ((lambda x: x * x, np.ones(2), lambda x: 2 * x), "an array of the shape (2,)", "one number"),
    ((lambda W: np.sum(W), np.ones((2, 3)), lambda W: 1.0), "W has the shape (2, 3)"),
    ((lambda a, b: a * b, (2, 3), lambda a, b: 3.0), "gradient must return 2 derivatives, not 1"),
    ((lambda a: a * a, 1.0, lambda a: None), "the derivative with respect to a = None"),
    ((ck.relu, 0.0), "relu has a kink", "0 to the left and 1 to the right"),
    ((lambda x: ck.relu(x - 1), 1), "kink at x = 1"),
    ((lambda x: ck.sum(abs(x)), np.array([1.0, 0.0])), "kink at x[1] = 0"),
    ((lambda W: ck.sum(ck.relu(W)), WITH_A_ZERO), "kink at W[5,5] = 0"),
    ((lambda x: ck.where(x, 1.0, 0.0), 0.0), "kink at x = 0"),
    ((ck.maximum, (2.0, 2.0)), "kink"),
    ((ck.sqrt, 0.0), "no derivative"),
    ((lambda x: ck.sum(ck.sqrt(x)), np.array([1.0, 0.0])), "∂f/∂x[1] is inf at x[1] = 0"),
    ((lambda x: ck.sum(ck.log(x)), np.array([1.0, -2.0])), "f is nan here"),
    ((lambda x: x * x, math.inf), "f is inf here"),
    ((lambda x, y: x * y, [1.0, 2.0]), "in a tuple"),
    ((lambda x: x, "a"), "x = 'a' is not a number"),
]


@pytest.mark.parametrize(("arguments", "words"), [(a, words) for a, *words in FAULTS])
def test_a_wrong_partial_or_a_kink_is_named(arguments, words):
    f, x, *gradient = arguments
    refused(lambda: check_gradients(f, x, gradient=gradient[0] if gradient else None), *words)


def test_a_wrong_partial_of_an_operation_is_found_in_each_mode():
    from coursekit.engine.op import Op

    wrong = Op("wrong", "wrong", "x * x", ("x",))
    refused(lambda: check_gradients(wrong, 3.0), "expected 6", "got 3 (reverse mode)")
    flip = Op("flip", "flip", "x[::-1]", (), ("g[::-1]",), ("t",))
    refused(lambda: check_gradients(lambda x: flip(x), [1.0, 2.0]), "(forward mode)")
