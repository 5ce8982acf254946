"""The benchmarks time the right work: contestants agree, and lost races are reported."""

import numpy as np
import pytest

from bench import networks, scalars
from bench.__main__ import losses, page
from bench.measure import Race, race
from bench.values import Value
from coursekit import Graph, exp, relu


@pytest.mark.parametrize(("widths", "batch"), [row[1:3] for row in networks.SETTINGS], ids=str)
def test_a_compiled_and_an_eager_step_do_what_numpy_does_by_hand(widths, batch):
    P, X, Y = networks.problem(widths, batch)
    losses_of = []
    for make in (networks.by_hand, networks.compiled, networks.eager):
        parameters = {name: p.copy() for name, p in P.items()}
        step = make(parameters, X, Y)
        losses_of.append([step() for _ in range(3)])  # the third loss depends on two updates
    np.testing.assert_allclose(losses_of[1], losses_of[0], rtol=1e-12)
    np.testing.assert_allclose(losses_of[2], losses_of[0], rtol=1e-12)


@pytest.mark.parametrize("kind", scalars.KINDS)
def test_a_scalar_race_is_the_same_program_for_coursekit_and_for_values(kind):
    build = scalars.builder(600, kind)
    assert scalars.ours(build)() == pytest.approx(scalars.microgpts(build)(), rel=1e-12)
    g = Graph()
    build(g.input("x"), scalars.Functions(relu=relu, exp=exp))
    assert len(g.vertices) == 601  # the operations and x


def test_values_take_numbers_on_either_side():
    x = Value(3.0)
    y = (2 - x) / (1 + x) - 4 * x**2 / x
    y.backward()
    assert y.data == -12.25
    assert x.grad == -3 / 16 - 4


@pytest.mark.parametrize("kind", ["chain", "random operands"])
def test_every_vertex_of_the_benchmark_graphs_reaches_the_loss(kind):
    code = scalars.operations(50, kind)
    assert [i for _, i, _ in code] == list(range(50))


def test_contestants_that_do_different_work_are_refused():
    with pytest.raises(SystemExit, match="b does different work"):
        race({"a": lambda: 1.0, "b": lambda: 2.0}, 1)


def test_the_page_lists_losses_first_and_then_missed_goals():
    seconds = {"coursekit": [2.0, 2.0, 4.0], "peer": [1.0, 1.0, 1.0]}
    slow = Race("A race", "peer", seconds, goals={"coursekit": (0.5, "peer")})
    assert losses([slow]) == [(2.0, "A race: coursekit takes 2.00 times as long as peer")]
    tape = Race("An interpreted tape", "coursekit", {"coursekit": [3e-7]})
    grown = [
        {"kind": "chain", "size": 10_000, "build": 0, "linearize": 0, "backprop": 0, "bytes": 1}
    ]
    text = page([slow, tape], grown)
    assert text.index("coursekit takes 2.00") < text.index("## Goals")
    assert "| A race: coursekit against peer | ≤ 0.5 | 2.00 | **no** |" in text
