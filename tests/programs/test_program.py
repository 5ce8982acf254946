"""A compiled program gives the same results as the two sweeps."""

import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_allclose

import coursekit
from coursekit import Graph, GraphError, backprop, cross_entropy, relu, sigmoid, tanh
from coursekit.examples import example
from coursekit.programs.program import MAX_VERTICES
from tests.support.graphs import NAMES, graphs, points
from tests.support.refusals import refused


@given(graphs, points)
def test_a_program_gives_the_same_results_as_the_sweeps(g, point):
    inputs = dict(zip(NAMES, point, strict=True))
    lin = g.linearize(**inputs)
    loss, gradient = g.compile()(**inputs)
    assert loss == lin.values[lin.loss]
    adjoints = backprop(lin)
    expected = {name: adjoints[v] for name, v in g.inputs.items()}
    assert gradient == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_a_dead_input_has_the_derivative_0():
    g = Graph()
    a = g.input("a")
    g.input("unused")
    g.loss(a * 3)
    assert g.compile()(a=1.0, unused=5.0) == (3.0, {"a": 3.0, "unused": 0.0})


def test_names_that_collide_as_identifiers_stay_apart():
    g = Graph()
    names = ["l", "ℓ", "program", "exp", "dl_dl", "v1", "x y", "float"]
    terms = [(k + 2) * g.input(name) for k, name in enumerate(names)]
    g.loss(sum(terms))
    loss, gradient = g.compile()(**dict.fromkeys(names, 1.0))
    assert gradient == {name: k + 2 for k, name in enumerate(names)}
    assert loss == sum(range(2, 10))


def test_infinite_and_negative_constants_are_written_as_python_reads_them():
    g = Graph()
    g.loss(-2.5 * g.input("a") + float("inf"))
    assert g.compile()(a=1.0) == (float("inf"), {"a": -2.5})


def test_a_program_does_not_grow_with_its_graph():
    g = example()
    program = g.compile()
    g.input("later")
    assert program(a=2.0, b=1.0) == (6.0, {"a": 2.0, "b": 5.0})


def test_the_gradient_has_an_entry_for_each_parameter():
    g = Graph()
    g.loss(g.parameter("w") * g.input("x"))
    assert g.compile()(w=2.0, x=3.0) == (6.0, {"w": 3.0})


def test_a_vertex_with_ten_thousand_heads_compiles():
    g = Graph()
    x = g.input("x")
    v = x * 1
    for _ in range(10_000):
        v = v + x
    g.loss(v)
    assert g.compile()(x=1.0) == (10_001.0, {"x": 10_001.0})


def test_a_graph_that_is_too_large_to_compile_is_interpreted():
    g = Graph()
    v = x = g.input("x")
    for k in range(MAX_VERTICES + 1):
        v = v * x if k % 100 == 0 else v + x
    g.loss(v)
    program = g.compile()
    assert program.source.startswith("# call the program once")
    lin = g.linearize(x=0.5)
    assert program(x=0.5) == (lin.values[lin.loss], {"x": backprop(lin)[x]})
    assert_allclose(program(x=np.array([0.5, 0.5]))[1]["x"], [backprop(lin)[x]] * 2)


def test_the_listing_of_an_array_program_reads_like_a_textbook():
    g = Graph()
    Z = (g.input("X") @ g.parameter("W") + g.parameter("b")).named("Z")
    g.loss(cross_entropy(tanh(Z).named("A"), g.input("Y")))
    program = g.compile()
    program(X=np.ones((4, 3)), Y=np.zeros(4), W=np.ones((3, 2)), b=np.zeros(2))
    assert (
        program.source
        == """\
def program(X, W, b, Y):
    # forward: values
    v3 = X @ W
    Z = v3 + b
    A = tanh(Z)
    w_l = log_softmax_at(A, Y)
    l = nll(w_l, Y)
    # reverse: adjoints
    dl_dl = ones_like(l)
    dl_dA = dl_dl * p_minus_y(w_l, Y)
    dl_dZ = dl_dA * (4.0 * sigmoid(2.0 * Z) * sigmoid(-2.0 * Z))
    dl_db = dl_dZ.sum(0)
    dl_dv3 = dl_dZ
    dl_dW = X.T @ dl_dv3
    return l, {'W': dl_dW, 'b': dl_db}
"""
    )


def test_the_adjoint_of_a_number_used_with_a_column_is_a_sum_over_the_column():
    fma = coursekit.engine.operations.define("fma", "fma", "x * y + z", "y", "x", "1.0")
    try:
        g = Graph()
        a, b, x = g.parameter("a"), g.parameter("b"), g.input("x")
        g.loss(fma(a, b, x) * x)
        columns = np.array([1.0, 2.0, 3.0])
        _, gradient = g.compile()(a=2.0, b=5.0, x=columns)
        assert gradient == {"a": 30.0, "b": 12.0}
    finally:
        del coursekit.engine.operations.OPS["fma"]


def deep():
    """Return a network whose program writes into its buffers in every possible way."""
    g = Graph()
    a = g.input("X")
    for k in (1, 2):
        a = (relu if k == 1 else sigmoid)(a @ g.parameter(f"W{k}").T + g.parameter(f"b{k}"))
    s = g.parameter("s")
    g.loss(coursekit.mean(s * a + a * a / (1.0 + a), axis=0)[0] * s + coursekit.sum(-a) * 0.1)
    return g


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_flat_program_fills_one_gradient(dtype):
    g, rng = deep(), np.random.default_rng(0)
    shapes = {"W1": (4, 3), "b1": (4,), "W2": (2, 4), "b2": (2,), "s": ()}
    P = {name: np.asarray(rng.normal(size=shape), dtype) for name, shape in shapes.items()}
    flat = g.compile().flat(**P)
    close = {"rtol": 1e-5 if dtype is np.float32 else 1e-12, "atol": 1e-6}
    for rows in (5, 2, 5):
        X = rng.normal(size=(rows, 3))
        lin = g.linearize(X=X, **flat.parameters)
        assert_allclose(flat(X=X), lin.values[lin.loss], **close)
        adjoints = backprop(lin)
        expected = np.concatenate([np.ravel(adjoints[v]) for v in g.parameters])
        assert_allclose(flat.gradient, expected, **close)
        flat.theta = flat.theta - 0.1 * flat.gradient  # copies the numbers: the views stay views
    assert all(np.shares_memory(x, flat.theta) for x in flat.parameters.values())


def test_a_flat_program_names_a_missing_input():
    flat = (
        deep()
        .compile()
        .flat(W1=np.ones((4, 3)), b1=np.ones(4), W2=np.ones((2, 4)), b2=np.ones(2), s=1.0)
    )
    with pytest.raises(GraphError, match="missing value for input 'X'"):
        flat()
    with pytest.raises(GraphError, match="missing value for input 'W1'"):
        deep().compile().flat()


def test_inputs_may_be_passed_by_position():
    g = example()
    at = {"a": 2.0, "b": 1.0}
    for f in (g.compile(), g.evaluate, lambda *x, **named: g.linearize(*x, **named).values):
        assert f(2.0, 1.0) == f(2, b=1) == f(**at)
        refused(lambda f=f: f(1, 2, 3), "too many values: the inputs are a, b")
        refused(lambda f=f: f(1, a=2, b=3), "input 'a' is passed twice")
        refused(lambda f=f: f(1), "missing value for input 'b'")
        refused(lambda f=f: f(1, c=2), "there is no input 'c'")
