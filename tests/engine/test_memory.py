"""Results share no memory and can be written; inputs, constants and indices are copied."""

import gc
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose

import coursekit as ck
from coursekit import Graph, Watched, backprop, forward_mode
from tests.support.faults import shared_memory
from tests.support.graphs import graph_of

F4 = np.float32


SHARING = [
    lambda x, y: ck.sum((x + y) ** 2),
    lambda x, y: ck.sum(x),
    lambda x, y: x + y,
    lambda x, y: x * 1,
    lambda x, y: ck.sum(x - y),
    lambda x, y: x[::-1] + y,
    lambda x, y: ck.reshape(x, (2, 1)) + y,
    lambda x, y: ck.mean(x) + ck.sum(y),
    lambda x, y: ck.broadcast_to(x, (3, 2)) + y,
    lambda x, y: x.T,
    lambda x, y: ck.sum(x.T + y.T),
    lambda x, y: ck.maximum(x, y) + x,
    lambda x, y: x[:, None] + y[None],
    lambda x, y: (x + y) + x,
    lambda x, y: ck.logsumexp(x) + ck.sum(y, keepdims=True),
    lambda x, y: -x,
    lambda x, y: ck.relu(x) + ck.where(x, x, y),
    lambda x, y: x[...] * np.ones(2),
    lambda x, y: x / 1.0,
]


@pytest.mark.parametrize("f", SHARING)
def test_results_share_no_memory_and_can_be_written(f):
    at = {"x": np.array([1.0, 2.0]), "y": np.array([3.0, 4.0])}
    g, vertices = graph_of(f, **at)
    lin = g.linearize(**at)
    loss, gradient = g.compile()(**at)
    tangents = forward_mode(lin, {vertices["x"]: (t := np.ones(2))})
    for where, results in {
        "backprop": {str(v): x for v, x in backprop(lin).items()},
        "as written": {str(v): x for v, x in backprop(Watched(lin)).items()},
        "program": {"loss": loss, **gradient},
        "forward mode": {str(v): x for v, x in tangents.items()},
    }.items():
        assert list(shared_memory(where, results, at | {"the tangent": t})) == []
    values = {str(v): x for v, x in lin.values.items()}
    for name, x in values.items():
        assert not any(np.shares_memory(x, user) for user in at.values()), name


def test_half_of_one_gradient_leaves_the_other():
    at = {"x": np.array([1.0, 2.0]), "y": np.array([3.0, 4.0])}
    g, vertices = graph_of(lambda x, y: ck.sum((x + y) ** 2), **at)
    adjoints, gradient = backprop(g.linearize(**at)), g.compile()(**at)[1]
    for one, other in (
        (adjoints[vertices["x"]], adjoints[vertices["y"]]), (gradient["x"], gradient["y"])
    ):  # fmt: skip
        one *= 0.5
        assert other.tolist() == [8.0, 12.0]


def test_a_residual_and_a_bias_are_their_own():
    at = {"X": np.ones((2, 3)), "b": np.ones(3)}
    g, vertices = graph_of(lambda X, b: ck.sum(ck.tanh(X + b) + X), **at)
    adjoints = backprop(g.linearize(**at))
    before = adjoints[vertices["b"]].copy()
    adjoints[vertices["X"]][...] = 0.0
    assert_allclose(adjoints[vertices["b"]], before)


@pytest.mark.parametrize("dtype", [np.float64, F4, np.int64])
def test_a_change_of_an_input_does_not_change_the_linearization(dtype):
    x = np.array([1, 2], dtype)
    g, vertices = graph_of(lambda x: ck.sum(x * x), x=x)
    lin = g.linearize(x=x)
    before = backprop(lin)[vertices["x"]].copy()
    x[...] = 100
    assert lin.values[vertices["x"]].tolist() == [1.0, 2.0]
    assert backprop(lin)[vertices["x"]].tolist() == before.tolist() == [2.0, 4.0]
    assert backprop(Watched(lin))[vertices["x"]].tolist() == [2.0, 4.0]


@pytest.mark.parametrize("constant", [np.array([2.0, 3.0]), [2.0, 3.0], np.array([2, 3])])
def test_a_change_of_a_constant_does_not_change_the_graph(constant):
    g = Graph()
    x = g.input("x")
    g.loss(ck.sum(x * constant))
    program = g.compile()
    constant[0] = 100
    assert g.evaluate(x=np.ones(2))[g.ell] == 5.0
    assert program(x=np.ones(2))[0] == 5.0
    assert g.compile()(x=np.ones(2))[1]["x"].tolist() == [2.0, 3.0]


@pytest.mark.parametrize("at", [[0, 1], np.array([0, 1]), np.array([True, True, False])])
def test_a_change_of_an_index_does_not_change_the_graph(at):
    g = Graph()
    x = g.input("x")
    g.loss(ck.sum(x[at]))
    at[0] = 1
    assert g.evaluate(x=np.array([1.0, 10.0, 100.0]))[g.ell] == 11.0


def test_nothing_holds_an_index_array_when_its_graph_is_gone():
    rng, x = np.random.default_rng(0), np.zeros(10)

    def use(at):
        g, _ = graph_of(lambda x: ck.sum(x[at]), x=x)
        backprop(g.linearize(x=x))
        backprop(Watched(g.linearize(x=x)))
        g.compile()(x=x)
        g.compile().flat(x=x)()

    def allocated():
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    use(rng.integers(0, 10, 3))  # what is compiled once for every index may stay
    tracemalloc.start()
    try:
        before = allocated()
        for _ in range(4):
            use(rng.integers(0, 10, 10_000))
        assert allocated() - before < 80_000  # bytes: the size of one index array
    finally:
        tracemalloc.stop()


def test_an_input_is_not_written_into():
    at = {"x": np.array([1.0, -2.0]), "y": np.array([3.0, 4.0])}
    before = {name: x.copy() for name, x in at.items()}
    for f in SHARING:
        g, vertices = graph_of(f, **at)
        lin = g.linearize(**at)
        backprop(lin)
        backprop(Watched(lin), seed=np.ones_like(lin.values[lin.loss]))
        forward_mode(lin, dict(zip(vertices.values(), at.values(), strict=True)))
        g.compile()(**at)
        with pytest.raises(ck.GraphError):
            ck.central_difference(lambda t: float(np.sum(t[0])), [at["x"]], 0)
    assert all(np.array_equal(at[name], x) for name, x in before.items())


def test_flat_returns_a_loss_of_its_own():
    g = Graph()
    w, x = g.parameter("w"), g.input("x")
    g.loss(w * x)
    flat = g.compile().flat(w=[1.0, 2.0])
    one = flat(x=np.array([1.0, 1.0]))
    flat(x=np.array([5.0, 5.0]))
    assert one.tolist() == [1.0, 2.0]
    assert not np.shares_memory(one, flat.theta)
    w0 = np.array([1.0, 2.0])
    other = g.compile().flat(w=w0)
    other.theta[...] = 7.0
    assert w0.tolist() == [1.0, 2.0]


def test_two_calls_of_a_program_share_nothing():
    g, _ = graph_of(lambda x: ck.sum(x * [2.0, 3.0]), x=0)
    program = g.compile()
    (_, one), (_, two) = program(x=np.ones(2)), program(x=np.ones(2))
    one["x"][...] = 0.0
    assert two["x"].tolist() == program(x=np.ones(2))[1]["x"].tolist() == [2.0, 3.0]
