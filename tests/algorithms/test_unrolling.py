"""`unroll` gives the numbers of the graph of arrays, for every operation and any logits."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import coursekit as ck
from coursekit import Graph, backprop, hessian_vector, unroll
from tests.support.ways import WAYS, run_of_function

X = np.array([[0.3, -0.2, 1.0], [2.0, 0.5, -1.0]])
UNROLLED = [
    (lambda x: ck.logsumexp(x), X[0]),
    (lambda x: ck.logsumexp(x, axis=None), X),
    (lambda x: ck.sum(ck.logsumexp(x, axis=0, keepdims=True)), X),
    (lambda x: ck.mse(x, x * 0.5), 1.0),
    (lambda x: ck.mean(x * x), 2.0),
    (lambda x: ck.mean(x * x, axis=None), X),
    (lambda x: ck.sum(x), 1.5),
    (lambda x: ck.softmax(x, axis=None) @ np.ones(3), X),
    (lambda x: ck.softmax(x) * 2.0, X[0]),
    (lambda x: ck.cross_entropy(x, [1, 0]), X),
    (lambda x: ck.cross_entropy(x, 2), X[0]),
    (lambda x: ck.sum(x[:, None] * x[None]), X[0]),
    (lambda x: x.T, X),
    (lambda x: x * 1, X),
    (lambda x: ck.sum(x * x), np.ones(0)),
    (lambda x: x[::-1] * x, X[0]),
    (lambda x: ck.sum(x[X > 0]), X),
    (lambda x: ck.sum(x[[0, 0, 1]] ** 2), X),
    (lambda x: ck.reshape(x, -1)[1:], X),
    (lambda x: x @ x.T, X),
    (lambda x: ck.broadcast_to(x, (2, 2, 3)), X),
    (lambda x: ck.where(x, x, 0.0), X),
    (lambda x: x[..., None], 2.0),
    (lambda x: ck.softmax(x), 2.0),
    (lambda x: ck.softmax(x, axis=None), np.ones((2, 0))),
    (lambda x: ck.logsumexp(x, axis=0), np.ones((2, 0))),
]


@pytest.mark.parametrize(("f", "x"), UNROLLED)
def test_an_unrolled_graph_has_the_loss_and_the_adjoints(f, x):
    run = run_of_function(lambda x: f(x), {"x": x})
    scalar = unroll(run.graph, x=x)
    lin = scalar.linearize(**run.numbers)
    right = np.sum(run.lin.values[run.graph.ell])
    assert_allclose(lin.values[lin.loss], right, 1e-12)
    gradient = WAYS["tape"](run)["x"]
    assert_allclose(WAYS["unroll"](run)["x"], gradient, 1e-12, 1e-15)
    hessian_vector(scalar, run.numbers, dict.fromkeys(run.numbers, 1.0))


def test_a_loss_that_is_an_element_which_others_read():
    g = Graph()
    x = g.input("x")
    x[0] * 2.0  # dead
    g.loss(x[0])
    scalar = unroll(g, x=np.ones(2))
    lin = scalar.linearize(**{"x[0]": 3.0, "x[1]": 4.0})
    assert lin.values[lin.loss] == 3.0
    assert [backprop(lin)[v] for v in scalar.inputs.values()] == [1.0, 0.0]


LARGE = [
    (lambda x: ck.cross_entropy(x, np.array([0])), [[1000.0, 0.0]], 0.0, [0.0, 0.0]),
    (lambda x: ck.cross_entropy(x, np.array([1])), [[1000.0, 0.0]], 1000.0, [1.0, -1.0]),
    (lambda x: ck.cross_entropy(x, [0]), [[-1000.0, -1000.0]], math.log(2), [-0.5, 0.5]),
    (lambda x: ck.softmax(x)[0], [1000.0, 0.0], 1.0, [0.0, 0.0]),
    (lambda x: ck.logsumexp(x) * 1, [1000.0, 1000.0], 1000.0 + math.log(2), [0.5, 0.5]),
    (lambda x: ck.logsumexp(x) * 1, [-1000.0, -1000.0], -1000.0 + math.log(2), [0.5, 0.5]),
    (lambda x: ck.logsumexp(x, axis=None) * 1, [[800.0], [0.0]], 800.0, [1.0, 0.0]),
    (lambda x: ck.logsumexp(x) * 1, [-math.inf, 1.0], 1.0, [0.0, 1.0]),
    (lambda x: ck.softmax(x)[1], [-math.inf, -800.0], 1.0, [0.0, 0.0]),
    (lambda x: ck.cross_entropy(x, [1]), [[-math.inf, 0.0]], 0.0, [0.0, 0.0]),
]


@pytest.mark.parametrize(("f", "x", "value", "slopes"), LARGE)
def test_an_unrolled_graph_takes_large_logits(f, x, value, slopes):
    run = run_of_function(lambda x: f(x), {"x": np.array(x)})
    lin = run.scalar.linearize(**run.numbers)
    assert lin.values[lin.loss] == pytest.approx(value)
    assert WAYS["unroll"](run)["x"].ravel().tolist() == pytest.approx(slopes)


def test_a_mean_of_no_numbers_is_nan_in_an_unrolled_graph():
    run = run_of_function(lambda x: ck.mean(x), {"x": np.ones((0, 2))})
    lin = run.scalar.linearize()
    assert math.isnan(lin.values[lin.loss])


def test_the_second_derivative_of_a_cross_entropy_at_large_logits():
    run = run_of_function(lambda x: ck.cross_entropy(x, [0]), {"x": np.array([[1000.0, 1000.0]])})
    product = hessian_vector(run.scalar, run.numbers, {"x[0,0]": 1.0, "x[0,1]": 0.0})
    assert list(product.values()) == pytest.approx([0.25, -0.25])
