"""Every entry of the table: its partials against central differences, its edges, its twin forms."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import coursekit
from coursekit import Graph, GraphError, backprop, central_difference, exp, relu, sigmoid
from coursekit.engine.ops import OPS, define

KINKS = {"relu": lambda x, y: x, "maximum": lambda x, y: x - y}
reals = st.floats(0.2, 3.0)


@pytest.mark.parametrize("op", OPS.values(), ids=repr)
@given(x=reals, y=reals)
def test_partials_agree_with_central_differences(op, x, y):
    if kink := KINKS.get(op.name):
        assume(abs(kink(x, y)) > 1e-3)
    arguments = [x, y][: len(op.partials)]
    g = Graph()
    inputs = [g.input(str(k)) for k in range(len(arguments))]
    g.loss(op(*inputs))
    adjoints = backprop(g.linearize(**{str(k): a for k, a in enumerate(arguments)}))
    for k, v in enumerate(inputs):
        difference = central_difference(lambda z: op(*z), arguments, k)
        assert adjoints[v] == pytest.approx(difference, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("x", [-800.0, -40.0, 0.0, 40.0, 800.0])
def test_sigmoid_overflows_nowhere(x):
    expected = 0.0 if x < -745 else math.exp(x) if x < -30 else 1 / (1 + math.exp(-x))
    assert sigmoid(x) == pytest.approx(expected, rel=1e-12)


def test_on_its_kink_relu_takes_the_side_of_0():
    g = Graph()
    x = g.input("x")
    g.loss(relu(x))
    assert backprop(g.linearize(x=0.0))[x] == 0


def test_an_operation_called_with_a_number_returns_a_number():
    assert exp(0.0) == 1.0


def test_numpy_numbers_are_constants_on_either_side():
    g = Graph()
    x = g.input("x")
    g.loss(np.float64(2) * x + np.float32(1))
    assert backprop(g.linearize(x=3.0))[x] == 2.0


def test_x_times_x_is_one_edge_with_the_sum_of_both_slots():
    g = Graph()
    x = g.input("x")
    square = g.loss(x * x)
    lin = g.linearize(x=3.0)
    assert lin.edges == [(x, square)]
    assert lin.partials[x, square] == 6.0


def test_a_new_operation_is_one_entry():
    cube = define("cube", "³", "x * x * x", "3.0 * x * x")
    try:
        assert coursekit.cube is cube
        g = Graph()
        x = g.input("x")
        g.loss(cube(x))
        assert backprop(g.linearize(x=2.0))[x] == 12.0
        assert g.compile()(x=2.0) == (8.0, {"x": 12.0})
    finally:
        del OPS["cube"]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: coursekit.log(-1), "log(-1): outside the domain"),
        (lambda: exp(1000.0), "exp(1000.0): the result is too large for a float"),
        (lambda: exp("1"), "exp: '1' is neither a number nor a vertex of a graph"),
        (lambda: exp(1, 2), "exp takes 1 argument(s), not 2"),
        (lambda: coursekit.sqrt(-4.0), "sqrt(-4.0): outside the domain"),
    ],
)
def test_bad_arguments_get_one_sentence(make, sentence):
    with pytest.raises(GraphError) as error:
        make()
    assert str(error.value) == sentence
