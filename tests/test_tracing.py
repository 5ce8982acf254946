"""The graph of a student's own code, and what cannot be seen of it."""

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from coursekit import GraphError, backprop, exp, trace, where


def lines_with(text):
    return [k for k, line in enumerate(Path(__file__).read_text().splitlines(), 1) if text in line]


def test_an_ordinary_function_becomes_a_graph():
    def loss(a, b, *, scale=2):
        total = 0
        for k in range(3):
            total = total + scale * k * a
        return exp(total / 6) * b

    g = trace(loss)
    lin = g.linearize(a=0.5, b=3.0)
    assert lin.values[lin.loss] == loss(0.5, 3.0)
    assert backprop(lin)[g.inputs["b"]] == pytest.approx(math.exp(0.5))


def test_numpy_code_becomes_a_graph_of_arrays():
    def loss(X, W, b):
        Z = np.tanh(X @ W + b)
        return np.mean(Z**2) + np.sum(W * W)

    rng = np.random.default_rng(0)
    at = {"X": rng.normal(size=(4, 3)), "W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}
    lin = trace(loss).linearize(**at)
    assert_allclose(lin.values[lin.loss], loss(**at))


def test_a_result_that_is_an_input_or_is_used_again_is_fine():
    def used(x):
        y = 2 * x
        y + 1
        return y

    for f, expected in ((lambda x: x, 1.0), (used, 2.0)):
        g = trace(f)
        assert backprop(g.linearize(x=3.0))[g.inputs["x"]] == expected


def branching(x):
    if x > 0:  # asks for a value
        return x
    return -x


@pytest.mark.parametrize(
    ("f", "sentence"),
    [
        (branching, "x > 0 asks for a number, and a vertex has none before the graph is evaluated"),
        (lambda x: math.exp(x), "float(x) asks for a number"),
        (lambda x: x if x == 0 else 1 / x, "x == 0 asks for a number"),
        (lambda x: x if x else 1, "if x asks for a number"),
        (lambda x: sum(x * k for k in range(x)), "the whole number x asks for a number"),
        (lambda x: sum(x), "the length of x asks for a number"),
        (lambda x: max(x, 0), "x < 0 asks for a number"),
        (lambda x: 3.0, "<lambda> returns 3.0, which does not depend on its arguments"),
        (lambda x: None, "<lambda> returns None, which does not depend on its arguments"),
        (lambda *xs: xs[0], "<lambda> takes *xs: give each argument a name"),
        (min, "min has no signature to read: wrap it in a def or a lambda"),
    ],
)
def test_what_cannot_be_traced_is_said(f, sentence):
    with pytest.raises(GraphError) as error:
        trace(f)
    assert str(error.value).startswith(sentence)


def test_the_line_that_asks_for_a_value_is_named():
    with pytest.raises(GraphError) as error:
        trace(branching)
    line = lines_with("# asks for a value")[0]
    assert f"(test_tracing.py, line {line}: if x > 0:  # asks for a value)" in str(error.value)


def test_where_takes_the_place_of_an_if():
    g = trace(lambda x: where(x, x, -x))
    assert [backprop(g.linearize(x=x))[g.inputs["x"]] for x in (2.0, -2.0)] == [1.0, -1.0]
