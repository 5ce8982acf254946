"""float32 stays float32, whole numbers become float64, and a derivative has its input's type."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import coursekit as ck
from coursekit import Graph, Watched, backprop, forward_mode
from tests.support.graphs import graph_of

F4 = np.float32


FLOATS = [
    lambda x: ck.sum(x),
    lambda x: ck.mean(x),
    lambda x: x * 2,
    lambda x: ck.sum(x * 0.5),
    lambda x: x @ x,
    lambda x: ck.relu(x),
    lambda x: ck.where(x, 1.0, 0.0) * x,
    lambda x: ck.where(2.0, x, 0.5) + ck.where(-1.0, 0.5, x),
    lambda x: ck.mse(x, x * 0.5),
    lambda x: ck.softmax(x),
    lambda x: ck.logsumexp(x),
    lambda x: ck.leaky_relu(x),
    lambda x: x**2,
    lambda x: ck.cross_entropy(x, 1),
    lambda x: x[None] - 1,
    lambda x: ck.sum(x) * True,
    lambda x: 2**x,
    lambda x: ck.maximum(x, 0),
    lambda x: ck.sum(ck.sum(x) * x),
    lambda x: x / 3,
    lambda x: ck.abs(x),
    lambda x: ck.sigmoid(x) + ck.softplus(x),
    lambda x: ck.mean(x[[0, 0, 1]] * x),
    lambda x: ck.mse(x, x),
]


@pytest.mark.parametrize("f", FLOATS)
def test_float32_stays_float32_everywhere(f):
    x = np.array([1.0, 2.0, 3.0], F4)
    g, vertices = graph_of(f, x=x)
    lin, v = g.linearize(x=x), vertices["x"]
    loss, gradient = g.compile()(x=x)
    flat = g.compile().flat(x=x)
    results = {
        **{f"value of {u}": value for u, value in lin.values.items()},
        **{f"adjoint of {u}": value for u, value in backprop(lin).items()},
        "as written": backprop(Watched(lin))[v],
        "path_sum": ck.path_sum(lin, v),
        "tangent": forward_mode(lin, {v: np.ones(3, F4)})[lin.loss],
        **{"program": loss, "gradient": gradient["x"], "flat": flat(), "theta": flat.theta},
        **{"flat gradient": flat.gradient, "called": f(x)},
    }
    assert {name: np.result_type(y) for name, y in results.items() if np.result_type(y) != F4} == {}


def test_a_number_does_not_make_float32_into_float64():
    g = Graph()
    w, x = g.parameter("w"), g.input("x")
    g.loss(ck.sum((w * x + w) ** 2))
    at = {"w": 0.5, "x": np.array([1.0, 2.0], F4)}
    lin = g.linearize(**at)
    assert np.result_type(lin.values[g.ell]) == F4
    assert np.result_type(backprop(lin)[x]) == F4
    assert np.result_type(g.compile()(**at)[0]) == F4


@pytest.mark.parametrize(
    ("dtype", "right"),
    [(">f8", "f8"), (">f4", "f4"), (">i4", "f8"), ("f2", "f8"), ("g", "f8")],
)
def test_any_byte_order_becomes_native_and_any_precision_single_or_double(dtype, right):
    x = np.array([1, 0, 1], dtype)
    g, vertices = graph_of(lambda x: ck.sum(x @ x), x=x)
    lin = g.linearize(x=x)
    results = [lin.values[vertices["x"]], backprop(lin)[vertices["x"]], g.compile()(x=x)[1]["x"]]
    assert [y.dtype for y in results] == [np.dtype(right)] * 3
    assert results[1].tolist() == [2.0, 0.0, 2.0]


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_, np.int8, np.float64])
@pytest.mark.parametrize("f", FLOATS)
def test_whole_numbers_are_float64(f, dtype):
    x = np.array([1, 0, 1], dtype)
    g, vertices = graph_of(f, x=x)
    lin = g.linearize(x=x)
    loss, gradient = g.compile()(x=x)
    same, _ = g.compile()(x=x.astype(float))
    for result in (
        lin.values[g.ell], backprop(lin)[vertices["x"]], backprop(Watched(lin))[vertices["x"]],
        loss, gradient["x"], g.compile().flat(x=x)(),
    ):  # fmt: skip
        assert np.result_type(result) == np.float64
    assert_allclose(loss, same)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_])
@pytest.mark.parametrize(
    "f",
    [ck.relu, ck.abs, ck.exp, ck.sigmoid, ck.softmax, ck.logsumexp, ck.sum, ck.mean, ck.leaky_relu,
     lambda x: ck.maximum(x, 0), lambda x: ck.where(x, x, 0), lambda x: ck.mse(x, ck.add(x, x)),
     lambda x: ck.add(x, x), lambda x: ck.mul(x, 200), lambda x: ck.neg(x), lambda x: ck.sub(x, 3)],
)  # fmt: skip
def test_an_operation_on_whole_numbers_returns_floats(f, dtype):
    x = np.array([1, 0, 1], dtype)
    assert np.result_type(f(x)) == np.float64
    assert_allclose(f(x), f(x.astype(float)))


def test_the_gradient_has_the_type_of_its_input():
    x, y = np.array([1.0, 2.0], F4), np.array([3.0, 4.0])
    g, vertices = graph_of(lambda x, y: ck.sum(x * y), x=x, y=y)
    for found in (backprop(g.linearize(x=x, y=y)), None):
        gradient = {n: found[v] for n, v in vertices.items()} if found else g.compile()(x=x, y=y)[1]
        assert {name: d.dtype for name, d in gradient.items()} == {"x": F4, "y": np.float64}


@pytest.mark.parametrize(
    ("x", "right"),
    [(0.7, float), (np.float64(0.7), float), (2, float), (np.array(0.7), np.float64)],
)
def test_a_number_has_a_number_as_its_derivative(x, right):
    g, vertices = graph_of(lambda x: ck.sin(x) * 2.0, x=x)
    slope = backprop(g.linearize(x=x))[vertices["x"]]
    assert np.shape(slope) == ()
    assert isinstance(slope, (right, np.ndarray))
    assert slope == pytest.approx(2 * np.cos(x))


def test_a_softmax_of_bytes_sums_to_1():
    p = ck.softmax(np.array([200, 100], np.uint8))
    assert p.dtype == np.float64
    assert p.sum() == pytest.approx(1.0)
