"""The benchmarks time the right work: contestants agree, and lost races are reported."""

import numpy as np
import pytest

from bench import networks, scalars
from bench.__main__ import REASONS, losses, page
from bench.measure import Goal, Race, race
from bench.values import Value
from coursekit import Graph


@pytest.mark.parametrize(("widths", "batch"), [row[1:3] for row in networks.SETTINGS], ids=str)
def test_every_step_of_ours_does_what_numpy_does_by_hand(widths, batch):
    P, X, Y = networks.problem(widths, batch)
    losses_of = []
    for make in (networks.by_hand, networks.compiled, networks.built_once, networks.eager):
        parameters = {name: p.copy() for name, p in P.items()}
        step = make(parameters, X, Y)
        losses_of.append([step() for _ in range(3)])  # the third loss depends on two updates
    for ours in losses_of[1:]:
        np.testing.assert_allclose(ours, losses_of[0], rtol=1e-12)


@pytest.mark.parametrize("kind", scalars.KINDS)
def test_a_scalar_race_is_the_same_program_for_coursekit_and_for_values(kind):
    build = scalars.builder(600, kind)
    assert scalars.ours(build)() == pytest.approx(scalars.microgpts(build)(), rel=1e-12)
    g = Graph()
    build(g.input("x"), scalars.OURS)
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


def test_the_page_lists_lost_races_first_and_then_missed_goals_with_their_reasons(monkeypatch):
    seconds = {"coursekit": [2.0, 2.0, 4.0], "peer": [1.0, 1.0, 1.0]}
    goals = [Goal("coursekit", 2.0, "peer"), Goal("coursekit", 1 / 4, "peer")]
    goals += [Goal("coursekit", 1.0), Goal("coursekit", 1.0, "a peer that is not installed")]
    slow = Race("A race", "peer", seconds, unit="s", goals=goals)
    assert losses([slow]) == [(2.0, "A race: coursekit takes 2.00 times as long as peer")]
    monkeypatch.setitem(REASONS, "against peer", "It sleeps.")
    grown = [
        {"kind": "chain", "size": 10_000, "build": 0, "linearize": 0, "backprop": 0, "bytes": 1}
    ]
    text = page([slow], grown)
    assert text.index("coursekit takes 2.00") < text.index("## Goals")
    rows = text.partition("## Goals")[2].partition("##")[0].strip().splitlines()[2:]
    assert rows == [
        "| A race: coursekit against peer | 4× faster | 0.5× | **no** | It sleeps. |",
        "| A race: coursekit | ≤ 1 s | 2.00 s | **no** |  |",
        "| A race: coursekit against peer | ≤ 2 | 2.00 | yes |  |",
        "| Resident bytes per vertex, at 10⁴ vertices and above | ≤ 200 | 1 | yes |  |",
    ]
