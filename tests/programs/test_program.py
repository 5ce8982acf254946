"""A compiled program is the two sweeps, written out."""

import pytest
from hypothesis import given

from coursekit import Graph, backprop
from coursekit.examples import example
from tests.engine.test_gradients import NAMES
from tests.graphs import graphs, points


@given(graphs, points)
def test_a_program_computes_what_the_sweeps_compute(g, point):
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
