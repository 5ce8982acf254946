"""`Flat` gives the gradient of `backprop`, for columns, batches of any dimension, and any data."""

import copy
import pickle
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose

import coursekit as ck
from coursekit import Graph, backprop
from coursekit.networks import gradient_descent, train
from tests.support.refusals import refused


def same_as_backprop(f, parameters, *calls):
    """Assert that each call of a flat program gives the loss and the gradient of `backprop`."""
    g = Graph()
    vertices = {name: g.parameter(name) for name in parameters}
    vertices |= {name: g.input(name) for name in calls[0]}
    g.loss(f(**vertices))
    flat = g.compile().flat(**parameters)
    for data in calls:
        lin = g.linearize(**parameters, **data)
        adjoints = backprop(lin)
        loss = flat(**data)
        assert np.shape(loss) == np.shape(lin.values[g.ell])
        assert_allclose(loss, lin.values[g.ell], 1e-12)
        for name, slope in flat.slopes.items():
            assert_allclose(slope, adjoints[vertices[name]], 1e-12, 1e-14)
            assert slope.shape == np.shape(parameters[name])


x = np.array([1.0, 2.0, 3.0, 4.0])
COLUMNS = [
    (lambda w, b, x: w * (x + b), {"w": 2.0, "b": 0.5}),
    (lambda w, x: (x - w) * 2.0, {"w": 2.0}),
    (lambda w, x: 3.0 - (x + w), {"w": 2.0}),
    (lambda y, x: y * (x + y), {"y": 2.0}),
    (lambda w, b, x: w * (x + b + w), {"w": 2.0, "b": 0.5}),
    (lambda w, x: w - x, {"w": 2.0}),
    (lambda w, x: x / w, {"w": 2.0}),
    (lambda w, x: w + x, {"w": 2.0}),
    (lambda w, x: -(w * x), {"w": 2.0}),
    (lambda w, x: ck.relu(w - x) + w, {"w": 2.0}),
    (lambda w, x: (w * x) ** 2, {"w": 2.0}),
    (lambda w, x: ck.where(x, w, x), {"w": 2.0}),
    (lambda w, x: w * 1 + x[::-1] * w, {"w": 2.0}),
    (lambda w, x: ck.maximum(w, x), {"w": 2.5}),
    (lambda w, x: x[:, None] * w, {"w": np.ones(3)}),
    (lambda w, x: ck.exp(w) + x, {"w": 0.5}),
    (lambda w, x: (w + w) + x, {"w": 0.5}),
    (lambda w, x: w / 0.0 + x, {"w": 2.0}),
]


@pytest.mark.parametrize(("f", "parameters"), COLUMNS)
def test_a_loss_for_each_example_of_a_column(f, parameters):
    same_as_backprop(f, parameters, {"x": x}, {"x": -x}, {"x": x[:2]}, {"x": x})


@pytest.mark.parametrize(
    "f",
    [
        lambda w: ck.relu(w + w),
        lambda w: w + w,
        lambda w: w * 1,
        lambda w: w - 0.5 * w,
        lambda w: -w,
        lambda w: 2 - w,
        lambda w: ck.where(w, w, 0.0),
        lambda w: ck.abs(w) + ck.relu(w),
    ],
)
@pytest.mark.parametrize("w", [1.0, [1.0, -2.0], [[1.0], [2.0]]], ids=str)
def test_a_program_without_data(f, w):
    same_as_backprop(f, {"w": np.array(w) if isinstance(w, list) else w}, {})


BATCHES = [
    ((4, 5), (5,)),
    ((4, 3, 5), (5,)),
    ((4, 4, 5), (4, 5)),
    ((8, 4, 5), (4, 5)),
    ((1, 3, 5), (3, 5)),
    ((2, 3, 4, 5), (3, 4, 5)),
    ((3, 3, 2), (3, 2)),
    ((4, 3, 2), (3, 2)),
    ((2, 2, 2), (2, 2)),
    ((2, 3), ()),
    ((3, 3, 3), (3,)),
    ((3, 3, 3), (1, 3)),
    ((3, 3, 3), (3, 1)),
    ((2, 2), (2, 1)),
    ((3, 1), (1, 3)),
    ((0, 3), (3,)),
    ((2, 2, 2, 2), (2,)),
    ((5,), (4, 5)),
    ((5,), (3, 4, 5)),
]


@pytest.mark.parametrize(("data", "parameter"), BATCHES, ids=str)
@pytest.mark.parametrize(
    "f", [lambda b, x: ck.sum(ck.tanh(x + b)), lambda b, x: ck.sum(x * b), lambda b, x: x[None] + b,
          lambda b, x: ck.sum((b - x) ** 2) * 0.5]
)  # fmt: skip
def test_a_parameter_that_broadcasts_sums_over_the_axes_it_lacks(f, data, parameter):
    rng = np.random.default_rng(0)
    same_as_backprop(f, {"b": rng.normal(size=parameter)}, {"x": rng.normal(size=data)})


@pytest.mark.parametrize(
    ("left", "right"), [((4, 3), (3, 2)), ((2, 4, 3), (3, 2)), ((5, 2, 4, 3), (3, 2))]
)
def test_a_layer_takes_batches_of_sequences(left, right):
    rng = np.random.default_rng(0)
    parameters = {"W": rng.normal(size=right), "b": rng.normal(size=right[1])}
    same_as_backprop(
        lambda W, b, X: ck.mean(ck.tanh(X @ W + b) ** 2), parameters, {"X": rng.normal(size=left)}
    )


@pytest.mark.parametrize("f", [ck.mean, ck.max, ck.var, lambda x: ck.mse(x, 0 * x)])
def test_the_mean_of_one_number_stays_float32(f):
    g = Graph()
    w, x = g.parameter("w"), g.input("x")
    g.loss(ck.mean(f(ck.max(w + x))))
    at = {"w": np.array([1, 5], np.float32), "x": np.array([[0, 1], [2, 4]], np.float32)}
    flat = g.compile().flat(w=at["w"])
    assert flat(x=at["x"]).dtype == np.float32
    assert_allclose(flat.gradient, backprop(g.linearize(**at))[w], 1e-6)


@pytest.mark.parametrize(
    ("f", "right"),
    [
        (lambda w, x: w * (x * x), 9700.0),
        (lambda w, x: w * (-x), -170.0),
        (lambda w, x: w * (x - 60), -10.0),
        (lambda w, x: w * (x + x + x + x + x + x), 1020.0),
        (lambda w, x: w / x * x, 3.0),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int64, np.int32])
def test_whole_numbers_do_not_wrap_around(f, right, dtype):
    g = Graph()
    w, x = g.parameter("w"), g.input("x")
    g.loss(ck.sum(f(w, x)))
    assert g.compile().flat(w=[1.0, 2.0])(x=np.array([50, 60], dtype)) == pytest.approx(right)


@pytest.mark.parametrize(
    "data", [[[1.0, 2.0], [3.0, 4.0]], [[1, 2], [3, 4]], [np.ones(2), [3.0, 4.0]]]
)
def test_data_may_be_a_list(data):
    w = np.array([1.0, 2.0])
    same_as_backprop(lambda w, x: (x @ w) ** 2, {"w": w}, {"x": data}, {"x": np.ones((2, 2))})


def test_the_first_call_does_not_set_the_precision_of_later_ones():
    g = Graph()
    w, x = g.parameter("w"), g.input("x")
    g.loss(ck.sum((w * ck.exp(x)) ** 2))
    X = np.array([1 / 3, 2 / 3])
    fresh, used = g.compile().flat(w=[1.0, 2.0]), g.compile().flat(w=[1.0, 2.0])
    used(x=X.astype(np.float32))
    used(x=np.array([1, 2]))
    assert used(x=X) == fresh(x=X)
    assert used.gradient.tolist() == fresh.gradient.tolist()


@pytest.mark.parametrize(
    "name", ["out_0", "self", "ones_l", "dl_dl", "k0", "program", "dot", "lambda"]
)
def test_any_name_is_a_name_of_a_parameter(name):
    same_as_backprop(
        lambda x, **p: ck.sum(p[name] * x + p[name]),
        {name: np.array([1.0, 2.0])},
        {"x": np.ones(2)},
    )


def test_a_parameter_that_the_loss_does_not_read():
    same_as_backprop(
        lambda w, u, x: w * x, {"w": 1.0, "u": np.ones((2, 2))}, {"x": x}, {"x": x[:1]}
    )


def test_training_finds_the_mean_of_each_position():
    X = np.random.default_rng(0).normal(size=(4, 4, 2)) + np.arange(8.0).reshape(4, 2)
    g = Graph()
    g.loss(ck.sum((g.input("X") + g.parameter("position")) ** 2))
    found = train(
        g, {"position": np.zeros((4, 2))}, {"X": -X}, step=partial(gradient_descent, eta=0.05),
        rng=np.random.default_rng(1), epochs=300, batch=4, progress=False,
    )  # fmt: skip
    assert_allclose(found.parameters["position"], X.mean(0), atol=1e-3)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, w: (x * w)[::-1],
        lambda x, w: ck.reshape(x * w, (3, 1)),
        lambda x, w: ck.expand_dims(x, 0) * w,
        lambda x, w: ck.broadcast_to(x * w, (2, 3)),
        lambda x, w: w[:2],
        lambda x, w: x[:2],
    ],
)
def test_a_loss_stays_what_it_was_after_later_calls(f):
    g, x = Graph(), np.arange(3.0)
    g.loss(f(g.input("x"), g.parameter("w")))
    flat = g.compile().flat(w=np.ones(3))
    first = flat(x=x)
    before = first.copy()
    flat.theta, x[:] = [5.0, 6.0, 7.0], -1.0
    flat(x=x)
    assert np.array_equal(first, before)
    first[...] = 0.0  # it is the caller's


def flat_of(**parameters):
    """Return a program of Σ (w x)² with its parameter in one vector, after a call."""
    g = Graph()
    g.loss(ck.sum((g.parameter("w") * g.input("x")) ** 2))
    flat = g.compile().flat(**parameters)
    flat(x=[1.0, 2.0])
    return flat


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copy_has_a_vector_of_its_own(copied):
    flat = flat_of(w=[3.0, 4.0])
    other = copied(flat)
    assert np.array_equal(other.gradient, flat.gradient)
    other.theta -= other.theta
    assert other(x=[1.0, 2.0]) == 0.0
    assert flat(x=[1.0, 2.0]) == 73.0
    assert np.array_equal(other.slopes["w"], [0.0, 0.0])
    assert np.array_equal(other.parameters["w"], [0.0, 0.0])


@pytest.mark.parametrize("target", ["theta", "gradient", "parameters", "slopes"])
def test_an_assignment_copies_the_numbers_or_is_refused(target):
    flat = flat_of(w=[3.0, 4.0])

    def assign(values):
        if target in ("theta", "gradient"):
            setattr(flat, target, values)
        else:
            getattr(flat, target)["w"] = values

    theta, gradient = flat.theta, flat.gradient
    assign([1, 2])
    assert np.array_equal({"theta": theta, "parameters": theta}.get(target, gradient), [1.0, 2.0])
    for wrong in ([1.0], 1.0, [[1.0, 2.0]], "x", None, [1j, 2.0], ["a", "b"]):
        refused(lambda wrong=wrong: assign(wrong))
    refused(lambda: flat.parameters.__setitem__("W", [1.0, 2.0]), "'w'")


def test_a_number_beside_parameters_of_float32_has_their_precision():
    g = Graph()
    g.loss(ck.sum(g.parameter("w") * g.parameter("s") * g.input("x")))
    flat = g.compile().flat(w=np.ones(2, np.float32), s=2.0)
    assert flat.theta.dtype == flat(x=np.ones(2, np.float32)).dtype == np.float32
