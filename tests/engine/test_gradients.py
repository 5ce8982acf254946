"""Every way to compute the gradient gives the same number, at a different cost."""

import math

import pytest
from hypothesis import given

from coursekit import (
    Graph,
    GraphError,
    Watched,
    backprop,
    central_difference,
    count_paths,
    exp,
    linearization,
    path_sum,
    paths,
    topological_order,
    where,
)
from coursekit.examples import chain, diamond, kite, ladder, layered, skip
from tests.support.graphs import NAMES, dags, graphs, points

REL = 1e-5  # the accuracy of a central difference


@given(dags)
def test_backprop_equals_the_path_sum_to_the_last_digit(lin):
    assert backprop(lin) == {v: path_sum(lin, v) for v in lin.vertices}


@given(graphs, points)
def test_backprop_path_sum_and_differences_agree_on_graphs_of_operations(g, point):
    lin = g.linearize(**dict(zip(NAMES, point, strict=True)))
    adjoints = backprop(lin)

    def loss(x):
        return g.evaluate(**dict(zip(NAMES, x, strict=True)))[lin.loss]

    for i, v in enumerate(g.inputs.values()):
        difference = central_difference(loss, point, i)
        assert adjoints[v] == pytest.approx(difference, rel=REL, abs=1e-7)
        if count_paths(lin, v) < 2000:
            assert path_sum(lin, v) == pytest.approx(adjoints[v], rel=1e-9, abs=1e-12)


@given(dags)
def test_backprop_reads_each_partial_once(lin):
    watched = Watched(lin)
    backprop(watched)
    assert sorted(watched.edges_read) == sorted(lin.edges)


@given(dags)
def test_path_sum_reads_each_edge_of_each_path(lin):
    for w in lin.vertices:
        watched = Watched(lin)
        path_sum(watched, w)
        assert len(watched.edges_read) == sum(len(path) - 1 for path in paths(lin, w))


@given(dags)
def test_count_paths_counts_what_paths_yields(lin):
    for w in lin.vertices:
        assert count_paths(lin, w) == len(set(paths(lin, w))) == len(list(paths(lin, w)))


def test_a_direct_edge_is_a_path_and_the_loss_has_the_empty_path():
    assert list(paths(skip(), "h")) == [("h", "m", "l"), ("h", "l")]
    assert list(paths(skip(), "l")) == [("l",)]
    assert path_sum(skip(), "l") == backprop(skip())["l"] == 1


def test_a_vertex_without_a_path_to_the_loss_has_the_empty_sum_0():
    lin = linearization({("a", "l"): 2, ("a", "dead"): 5}, loss="l")
    assert path_sum(lin, "dead") == backprop(lin)["dead"] == 0
    assert backprop(lin)["a"] == 2


@pytest.mark.parametrize(
    ("lin", "w", "expected"),
    [(kite(), "x", 30), (skip(), "x", 18), (diamond(), "x", 5), (chain(4), "x0", 16)],
)
def test_the_small_graphs_have_the_gradients_of_the_lesson(lin, w, expected):
    assert path_sum(lin, w) == backprop(lin)[w] == expected


def test_a_published_gradient_of_a_neuron():
    """The neuron of the CS231n notes, Backpropagation: a sigmoid of w0 x0 + w1 x1 + w2."""
    g = Graph()
    w0, x0, w1, x1, w2 = (g.input(name) for name in ("w0", "x0", "w1", "x1", "w2"))
    g.loss(1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2))))
    _, gradient = g.compile()(w0=2.0, x0=-1.0, w1=-3.0, x1=-2.0, w2=-3.0)
    published = {"w0": -0.2, "x0": 0.39, "w1": -0.39, "x1": -0.59, "w2": 0.2}
    assert gradient == pytest.approx(published, abs=6e-3)


def test_a_ladder_of_90_has_360_edges_and_more_paths_than_anyone_can_walk():
    lin = ladder(90)
    assert (len(lin.edges), count_paths(lin, "x0")) == (360, 2**90)
    assert backprop(lin)["x0"] == 3**90


def test_ten_layers_of_four_have_the_paths_of_the_lesson():
    lin = layered([4] * 10)
    assert len(lin.edges) == 148
    assert count_paths(lin, lin.vertices[0]) == 262_144


def test_a_chain_of_100_000_vertices_works_without_recursion():
    g = Graph()
    v = x = g.input("x")
    for _ in range(100_000):
        v = v * 1.00001
    g.loss(v)
    lin = g.linearize(x=1.0)
    expected = pytest.approx(1.00001**100_000)
    assert backprop(lin)[x] == path_sum(lin, x) == expected
    assert count_paths(lin, x) == 1
    assert g.compile()(x=1.0)[1]["x"] == expected


def test_a_second_call_of_backprop_gives_the_same_adjoints():
    lin = kite()
    assert backprop(lin) == backprop(lin)


def test_a_topological_order_puts_every_tail_before_its_heads():
    lin = layered([3, 2, 4])
    order = topological_order(reversed(lin.vertices), lin.out)
    assert all(order.index(tail) < order.index(head) for tail, head in lin.edges)


@given(dags)
def test_finding_an_order_reads_each_vertex_and_edge_twice(lin):
    watched = Watched(lin)
    topological_order(watched.vertices, watched.out)
    assert watched.neighbours_read == 2 * (len(lin.vertices) + len(lin.edges))


@pytest.mark.parametrize(
    ("out", "cycle"),
    [
        ({"a": "b", "b": "a"}, "cycle: a → b → a;"),
        ({"a": "a"}, "cycle: a → a;"),
        ({"s": "a", "a": "b", "b": "c", "c": "at", "t": ""}, "cycle: a → b → c → a;"),
    ],
)
def test_a_cycle_is_named(out, cycle):
    with pytest.raises(GraphError) as error:
        topological_order(out, out.__getitem__)
    assert str(error.value) == f"{cycle} a computational graph must be acyclic"


def test_a_neighbour_that_is_not_a_vertex_is_named():
    with pytest.raises(GraphError, match="a has the out-neighbour z, which is not among"):
        topological_order(["a"], {"a": "z"}.__getitem__)


def test_the_error_of_a_central_difference_falls_with_the_square_of_h():
    def error(h):
        return abs(central_difference(lambda x: math.exp(x[0]), [1.0], 0, h) - math.e)

    assert error(1e-2) / error(5e-3) == pytest.approx(4, rel=1e-3)


def test_a_central_difference_does_not_change_its_point():
    x = [1.0, 2.0]
    central_difference(lambda v: v[0] * v[1], x, 0)
    assert x == [1.0, 2.0]


def test_operations_that_failed_leave_no_trace_in_the_adjoints():
    g = Graph()
    x = g.input("x")
    for _ in range(9):
        with pytest.raises(GraphError, match="is not a vertex of this graph"):
            where(2.0, x, Graph().input("y"))
    g.loss(x * 3.0)
    assert backprop(g.linearize(x=1.0))[x] == 3.0
