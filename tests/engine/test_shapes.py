"""New axes, axis=None, batched products, whole-array losses: adjoints have the shapes of values."""

import subprocess
import sys
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose

import coursekit as ck
from coursekit import Graph, GraphError, backprop, jacobian
from tests.support.ways import assert_slopes

X = np.arange(12.0).reshape(3, 4)
INDICES = [
    *(np.s_[:, None], np.s_[..., None], np.s_[0, None], np.s_[None, None], np.s_[1:, None]),
    *(np.s_[None, :], np.s_[:, None, :], np.s_[None, 0, None], np.s_[..., None, None], None),
    *((), ..., np.s_[::-1], np.s_[::-2, ::-1], np.s_[-1, ..., None], np.s_[:, [0, 0, -1], None]),
    *([(0, 1)], (True, False), np.zeros((0, 2), int), [[0, 1], [1, 0]], np.array([[0], [2]])),
    *([True, False, True], X > 5, (X > 5)[:, 0], np.s_[:, [True, False, True, False]], []),
    *(np.s_[np.array([0, 2]), np.array([1, 1])], np.s_[[0, 2], :, None], np.s_[np.int64(1), None]),
    *(np.s_[[[0], [1]], [0, 1]], np.s_[0:0], np.s_[..., 0], np.s_[None, [0, 0], None, -1]),
]  # fmt: skip


@pytest.mark.parametrize("at", INDICES, ids=repr)
def test_an_index_means_what_it_means_to_numpy(at):
    weights = 1.0 + np.arange(float(X[at].size)).reshape(X[at].shape)
    right = np.zeros_like(X)
    np.add.at(right, at, weights)
    assert_slopes(lambda x: ck.sum(x[at] * weights), {"x": right}, x=X)
    g = Graph()
    y = g.input("x")[at]
    assert np.shape(g.evaluate(x=X)[y]) == X[at].shape


def test_an_empty_mask_is_a_mask():
    x, at = np.ones((3, 0, 2)), np.ones((3, 0), bool)
    g = Graph()
    y = g.input("x")[at]
    assert g.evaluate(x=x)[y].shape == x[at].shape == (0, 2)


def test_the_squared_distances_of_all_pairs():
    def loss(x):
        return ck.sum((x[:, None] - x[None, :]) ** 2)

    at = np.array([1.0, 2.0, 4.0])
    assert ck.trace(loss).compile()(x=at)[0] == 28.0
    assert_slopes(loss, {"x": [-16.0, -4.0, 20.0]}, x=at)


def test_a_softmax_by_hand_divides_by_a_column():
    def by_hand(z):
        e = np.exp(z)
        return np.sum(e / np.sum(e, axis=1)[:, np.newaxis] * np.eye(2, 3))

    z = np.arange(6.0).reshape(2, 3) / 3
    p = np.exp(z) / np.exp(z).sum(1)[:, None]
    right = p * (np.eye(2, 3) - (p * np.eye(2, 3)).sum(1, keepdims=True))
    assert_slopes(by_hand, {"z": right}, z=z)


@pytest.mark.parametrize("shape", [(2, 3), (3,), (2, 1, 3), (), (1, 1)])
def test_axis_none_is_all_axes(shape):
    x = np.arange(float(np.prod(shape, dtype=int))).reshape(shape) / 3
    p = np.exp(x) / np.sum(np.exp(x))
    assert_allclose(ck.logsumexp(x, axis=None), np.log(np.sum(np.exp(x))))
    assert_allclose(ck.logsumexp(x, None, True), np.log(np.sum(np.exp(x), keepdims=True)))
    assert_allclose(ck.softmax(x, axis=None), p)
    assert_slopes(lambda x: ck.logsumexp(x, axis=None) * 1, {"x": p}, x=x)
    assert_slopes(lambda x: ck.softmax(x, axis=None) * 1, {"x": 0.0 * x}, x=x)
    assert_slopes(lambda x: ck.sum(x, axis=None) * 2, {"x": 2.0 + 0 * x}, x=x)
    assert_slopes(lambda x: ck.mean(x, None, True), {"x": 1 / x.size + 0 * x}, x=x)


@pytest.mark.parametrize("axis", [0, -1, (0, 2), (1, -1), (), (0, 1, 2)], ids=repr)
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_sum_over_axes_of_three_dimensions(axis, keepdims):
    x = np.arange(24.0).reshape(2, 3, 4)
    top = np.sum(x, axis, keepdims=keepdims)
    weights = np.cos(np.arange(top.size)).reshape(top.shape)
    kept = np.sum(x, axis, keepdims=True).shape
    right = np.broadcast_to(weights.reshape(kept), x.shape)
    assert_slopes(lambda x: ck.sum(ck.sum(x, axis, keepdims) * weights), {"x": right}, x=x)


PRODUCTS = [
    ((2, 3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)), ((3, 4), (2, 4, 5)), ((2, 3, 4), (4,)),
    ((2,), (2, 2, 2)), ((3,), (2, 3, 4)), ((1, 3, 4), (2, 4, 5)), ((2, 1, 3, 4), (5, 4, 2)),
    ((2, 2, 3, 4), (2, 2, 4, 3)), ((4,), (2, 3, 4, 1)), ((2, 3, 2, 4), (4,)), ((2, 0, 4), (4, 3)),
    ((2, 3, 0), (0, 2)), ((2, 1, 1), (2, 1, 1)), ((3, 4), (4, 2)), ((3,), (3,)), ((0,), (0,)),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), PRODUCTS, ids=str)
def test_a_product_of_batches(left, right):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=left), rng.normal(size=right)
    weights = rng.normal(size=(x @ y).shape)

    def loss(x, y):
        return ck.sum((x @ y) * weights)

    def slope(name):  # the product is linear in each factor, so a difference of 1 is exact
        at = {"x": x, "y": y}
        found = np.zeros_like(at[name])
        for index in np.ndindex(found.shape):
            unit = np.zeros_like(found)
            unit[index] = 1.0
            moved = at | {name: unit}
            found[index] = np.sum(np.matmul(moved["x"], moved["y"]) * weights)
        return found

    assert_slopes(loss, {"x": slope("x"), "y": slope("y")}, x=x, y=y)


def test_a_product_with_a_number_is_refused():
    g = Graph()
    g.loss(g.input("x") @ g.input("y"))
    with pytest.raises(GraphError, match="@"):
        g.linearize(x=2.0, y=np.ones(3))


def test_a_layer_of_a_network_takes_sequences():
    g = Graph()
    z = ck.networks.linear(g, g.input("X"), 1)
    g.loss(ck.sum(z))
    gradient = g.compile()(X=np.ones((2, 3, 4)), W1=np.ones((5, 4)), b1=np.zeros(5))[1]
    assert_allclose(gradient["W1"], np.full((5, 4), 6.0))
    assert_allclose(gradient["b1"], np.full(5, 6.0))


LOSSES = [
    (lambda x: x @ np.ones((3, 2)), np.ones((2, 3)), 2.0),
    (lambda x: ck.reshape(x, ()), np.ones((1, 1)), 1.0),
    (lambda x: ck.sum(x).T, np.ones(2), 1.0),
    (lambda x: x[None], 2.0, 1.0),
    (lambda x: x[None] * 3.0, 2.0, 3.0),
    (lambda x: ck.reshape(x, (1,)), 2.0, 1.0),
    (lambda x: x * 1, np.ones((2, 3)), 1.0),
    (lambda x: x.T, np.ones((2, 3)), 1.0),
    (lambda x: -x, np.ones((2, 0)), 1.0),
    (lambda x: ck.sum(x, axis=0), np.ones((2, 3, 1)), 1.0),
    (lambda x: ck.broadcast_to(x, (2, 3)), 1.5, 6.0),
    (lambda x: ck.mean(x, axis=1, keepdims=True), np.ones((2, 4)), 0.25),
    (lambda x: x[::-1, None], np.ones(3), 1.0),
    (lambda x: x + np.ones((2, 1)), np.ones(3), 2.0),
]  # fmt: skip


@pytest.mark.parametrize(("f", "x", "slope"), LOSSES)
def test_a_loss_may_be_a_whole_array(f, x, slope):
    assert_slopes(f, {"x": slope * np.ones(np.shape(x))}, x=x)


def test_a_number_with_a_dead_user_has_adjoints_that_are_floats():
    def loss(x):
        x * 2.0  # dead
        return ck.sum(x)

    assert_slopes(loss, {"x": [1.0, 1.0]}, x=np.ones(2))


def test_a_jacobian_beside_an_infinity():
    g = Graph()
    x, b = g.input("x"), g.input("b")
    y = ck.exp(x) * b
    z = ck.sum(y)
    g.loss(z * z)
    lin = g.linearize(x=np.array([1000.0, 1.0]), b=1.0)
    slopes = [[np.inf, 0.0, np.inf], [0.0, np.e, np.e]]  # not 0 · ∞ from a unit vector
    for inputs, outputs, columns in (([x], [y], 2), ([x, b], [y], 3)):
        assert_allclose(jacobian(lin, inputs, outputs).matrix, np.array(slopes)[:, :columns])
    assert_allclose(jacobian(lin, [x], [y, z]).matrix, [[np.inf, 0], [0, np.e], [np.inf, np.e]])
    lin = ck.trace(lambda x: ck.sqrt(x) ** 2).linearize(x=np.array([0.0, 1.0]))
    (row, other) = jacobian(lin, lin.vertices[:1], [lin.loss]).matrix
    assert np.isnan(row[0])  # 0 · ∞ in the chain rule itself
    assert [*row[1:], *other] == [0.0, 0.0, 1.0]


def test_a_jacobian_with_an_empty_input_keeps_its_rows():
    g = Graph()
    x, y = g.input("x"), g.input("y")
    z = y * 2.0
    g.loss(ck.sum(z) + ck.sum(x))
    lin = g.linearize(x=np.ones(0), y=np.ones(2))
    assert np.shape(jacobian(lin, [x], [z]).matrix) == (2, 0)
    assert jacobian(lin, [x, y], [z]).matrix == [[2.0, 0.0], [0.0, 2.0]]


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 3)])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: ck.softmax(x),
        lambda x: ck.sum(x, axis=0),
        lambda x: ck.mean(x[None], axis=0) * 3.0,
        lambda x: x[..., None] * 0.0,
        lambda x: ck.relu(x) ** 2,
        lambda x: x[::-1],
    ],
)
def test_an_array_without_numbers_has_a_gradient_without_numbers(f, shape):
    assert_slopes(lambda x: f(x), {"x": np.zeros(shape)}, x=np.zeros(shape))


def test_an_index_of_a_million_numbers_is_data_and_not_source():
    at = np.arange(10**6)[::-1]
    start = time.perf_counter()
    g = Graph()
    x = g.input("x")
    g.loss(ck.sum(x[at]))
    assert backprop(g.linearize(x=np.ones(10**6)))[x].sum() == 10**6
    assert time.perf_counter() - start < 2.0  # numpy: 0.02; as source text it took ten


CRASHES = """
import numpy as np
from coursekit import Graph, GraphError, backprop, sum as total
g = Graph()
x, y = g.input("x"), g.input("y")
g.loss(total({loss}))
lin = g.linearize(x=np.ones((3, 2)), y=np.ones((2, 3, 2)))
try:
    print(backprop(lin{seed})[x].shape)
except GraphError as error:
    print("refused")
"""


@pytest.mark.parametrize(
    ("loss", "seed", "right"),
    [
        ("y @ x[None, [-1, -3], 0:-1]", "", "(3, 2)"),
        ("x[None, [0, 1]] + total(y)", ", seed=np.ones((7, 5, 4, 3))", "refused"),
        ("x[[0, 1]] @ y[:, :2]", "", "(3, 2)"),
        ("(y[:, [0, 0], None] @ x[[2, 1]])[..., [0, 1]]", "", "(3, 2)"),
    ],
)
def test_an_index_never_kills_the_process(loss, seed, right):
    code = CRASHES.format(loss=loss, seed=seed)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.returncode, run.stdout.strip()) == (0, right)


@pytest.mark.parametrize(
    "seed", [np.ones(3), np.ones((2, 1)), 2.0, np.ones((1, 2)), [1.0, 1.0, 1.0]]
)
def test_a_seed_has_the_shape_of_the_loss(seed):
    g = Graph()
    x = g.input("x")
    g.loss(x * np.array([1.0, 2.0]))
    lin = g.linearize(x=np.ones(2))
    with pytest.raises(GraphError, match=r"\(2,\)"):
        backprop(lin, seed=seed)
    assert backprop(lin, seed=np.array([3.0, 4.0]))[x].tolist() == [3.0, 8.0]


@pytest.mark.parametrize(
    "tangent", [1.0, np.ones(3), np.ones((2, 1)), np.ones((1, 2))], ids=np.shape
)
def test_a_tangent_has_the_shape_of_its_value(tangent):
    g = Graph()
    x = g.input("x")
    g.loss(ck.sum(x * np.array([1.0, 2.0])))
    lin = g.linearize(x=np.ones(2))
    with pytest.raises(GraphError, match=r"\(2,\)"):
        ck.forward_mode(lin, {x: tangent})
