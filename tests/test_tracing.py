"""`trace` turns a student's code into a graph, and names the line that it cannot trace."""

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


def test_the_result_may_be_an_input_or_be_used_again():
    def used(x):
        y = 2 * x
        y + 1
        return y

    for f, expected in ((lambda x: x, 1.0), (used, 2.0)):
        g = trace(f)
        assert backprop(g.linearize(x=3.0))[g.inputs["x"]] == expected


def branching(x):
    if x > 0:  # needs a value
        return x
    return -x


@pytest.mark.parametrize(
    ("f", "sentence"),
    [
        (branching, "x > 0 needs a value, but a vertex has none until the graph is evaluated"),
        (lambda x: math.exp(x), "float(x) needs a value"),
        (lambda x: x if x == 0 else 1 / x, "x == 0 needs a value"),
        (lambda x: x if x else 1, "if x needs a value"),
        (lambda x: sum(x * k for k in range(x)), "x as an index or a count needs a value"),
        (lambda x: sum(x), "a loop over x needs a value"),
        (lambda x: len(x) * x, "len(x) needs a value"),
        (lambda x: int(x) * x, "int(x) needs a value"),
        (lambda x: max(x, 0), "x < 0 needs a value"),
        (lambda x: x if x <= 0 else -x, "x ≤ 0 needs a value"),
        (lambda x: x if x >= 0 else -x, "x ≥ 0 needs a value"),
        (lambda x: 3.0, "<lambda> returns 3.0, which does not depend on its arguments"),
        (lambda x: None, "<lambda> returns None, which does not depend on its arguments"),
        (lambda *xs: xs[0], "<lambda> takes *xs: give each argument a name"),
        (min, "min has no signature that Python can read: wrap it in a def or a lambda"),
    ],
)
def test_the_error_names_the_code_that_cannot_be_traced(f, sentence):
    with pytest.raises(GraphError) as error:
        trace(f)
    assert str(error.value).startswith(sentence)


def test_the_error_names_the_line_that_needs_a_value():
    with pytest.raises(GraphError) as error:
        trace(branching)
    line = lines_with("# needs a value")[0]
    assert f"(test_tracing.py, line {line}: if x > 0:  # needs a value)" in str(error.value)


def test_where_replaces_an_if():
    g = trace(lambda x: where(x, x, -x))
    assert [backprop(g.linearize(x=x))[g.inputs["x"]] for x in (2.0, -2.0)] == [1.0, -1.0]
