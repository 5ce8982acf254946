"""Elimination, Jacobians, second derivatives and checkpoints agree with the two algorithms."""

import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit import (
    Graph,
    GraphError,
    Watched,
    backprop,
    central_difference,
    checkpointed,
    count_paths,
    eliminate,
    exp,
    first_not_finite,
    forward_mode,
    gradient_graph,
    hessian_vector,
    jacobian,
    linearization,
    path_sum,
    relu,
    sigmoid,
    sin,
    softplus,
    tanh,
    trace,
    unroll,
)
from coursekit.examples import example, kite
from tests.support.graphs import NAMES, dags, graphs, points
from tests.support.refusals import refused

REL = 1e-9


def crossing():
    """Return a graph for which neither forward nor reverse mode is the cheapest."""
    edges = {("x", "a"): 2, ("a", "b"): 3, ("a", "c"): 5, ("b", "c"): 7, ("c", "l"): 11}
    return linearization(edges, loss="l")


@given(dags)
def test_forward_mode_finds_one_column_in_one_sweep(lin):
    for w in lin.vertices:
        watched = Watched(lin)
        assert forward_mode(watched, {w: 1})[lin.loss] == path_sum(lin, w)
        assert sorted(watched.edges_read) == sorted(lin.edges)


@given(dags, st.randoms(use_true_random=False))
def test_any_order_of_elimination_finds_the_same_derivatives(lin, rng):
    inner = [v for v in lin.vertices if lin.into(v) and v != lin.loss]
    rng.shuffle(inner)
    watched = Watched(lin)
    total, _ = eliminate(watched, inner)
    assert sorted(watched.edges_read) == sorted(lin.edges)
    for w in lin.vertices:
        if not lin.into(w) and w != lin.loss:
            assert total.get((w, lin.loss), 0) == path_sum(lin, w)


def test_the_cost_of_elimination_depends_on_the_order():
    costs = {order: eliminate(crossing(), order).cost for order in permutations("abc")}
    assert costs["a", "b", "c"] == costs["c", "b", "a"] == 4
    assert min(costs.values()) == 3
    assert {order for order, cost in costs.items() if cost == 3} >= {("b", "a", "c")}


@pytest.mark.parametrize("order", ["aa", "l", "z"])
def test_a_vertex_that_cannot_be_eliminated_is_named(order):
    with pytest.raises(GraphError, match="cannot be eliminated"):
        eliminate(crossing(), order)


@given(dags)
def test_both_modes_find_the_same_jacobian(lin):
    some, others = lin.vertices[:2], lin.vertices[2:5]
    wide, tall = jacobian(lin, others, some), jacobian(lin, some, others)
    assert wide.sweeps == tall.sweeps == min(len(some), len(others))
    if len(some) != len(others):
        assert {wide.mode, tall.mode} == {"reverse", "forward"}
    for i, v in enumerate(others):
        for k, u in enumerate(some):
            assert wide.matrix[k][i] == forward_mode(lin, {v: 1})[u]
            assert tall.matrix[i][k] == forward_mode(lin, {u: 1})[v]


def test_a_jacobian_names_the_mode_that_was_used():
    lin = kite()
    assert jacobian(lin, ["x", "h"], ["l"]) == ([[30, 5]], "reverse", 1)
    assert jacobian(lin, ["x"], ["p", "q"]) == ([[12], [18]], "forward", 1)


def test_a_gradient_graph_names_the_operation_without_a_derivative():
    g = trace(lambda x: (x / 0.0) * x)
    with pytest.raises(GraphError, match="v2 = x ÷ 0 has no derivative: division by zero"):
        gradient_graph(g)


@given(graphs, points)
def test_the_gradient_graph_has_the_values_of_the_adjoints(g, point):
    at = dict(zip(NAMES, point, strict=True))
    lin = g.linearize(**at)
    h, gradient = gradient_graph(g)
    values = h.evaluate(**at)
    adjoints = backprop(lin)
    for name, v in g.inputs.items():
        derivative = gradient[name]
        value = derivative if isinstance(derivative, float) else values[derivative]
        assert value == pytest.approx(adjoints[v], rel=REL, abs=1e-12)


@given(graphs, points, points)
def test_hessian_times_vector_is_the_change_of_the_gradient(g, point, direction):
    at = dict(zip(NAMES, point, strict=True))
    product = hessian_vector(g, at, dict(zip(NAMES, direction, strict=True)))
    for name, v in g.inputs.items():

        def slope(t, v=v):
            moved = [x + t[0] * d for x, d in zip(point, direction, strict=True)]
            return backprop(g.linearize(**dict(zip(NAMES, moved, strict=True))))[v]

        expected = central_difference(slope, [0.0], 0)
        assert product[name] == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("x", [-2.0, 0.0, 2.0])
def test_functions_with_kinks_have_second_derivatives(x):
    g = Graph()
    v = g.input("x")
    g.loss(relu(v) * v + softplus(v) + abs(v))
    s = 1 / (1 + math.exp(-x))
    expected = (2.0 if x > 0 else 0.0) + s * (1 - s)
    assert hessian_vector(g, {"x": x}, {"x": 1.0})["x"] == pytest.approx(expected)


def test_a_linear_graph_has_no_second_derivative():
    g = Graph()
    g.loss(3 * g.input("x") + 1)
    assert hessian_vector(g, {"x": 1.0}, {"x": 1.0}) == {"x": 0.0}


@given(st.integers(0, 20), st.integers(1, 25), st.floats(-2, 2))
def test_checkpoints_cost_time_and_save_memory(n, every, x):
    steps = [(sin, tanh, sigmoid)[k % 3].rule for k in range(n)]
    some, all_values = (checkpointed(steps, x, every=k) for k in (every, max(n, 1)))
    assert some.value == all_values.value
    assert some.derivative == all_values.derivative
    assert some.evaluations == 2 * n
    assert some.peak <= math.ceil(n / every) + every
    g = Graph()
    v = w = g.input("x")
    for k in range(n):
        v = (sin, tanh, sigmoid)[k % 3](v)
    g.loss(v if n else v * 1)
    assert backprop(g.linearize(x=x))[w] == pytest.approx(some.derivative, rel=1e-12)


def test_sixty_four_steps_need_the_least_memory_if_every_is_near_eight():
    steps = [exp.rule] + [tanh.rule] * 63
    peaks = {every: checkpointed(steps, 0.1, every=every).peak for every in range(1, 65)}
    assert min(peaks, key=lambda every: peaks[every]) in range(6, 11)
    assert peaks[64] == 64


def test_the_first_value_that_is_not_finite_is_found():
    g = Graph()
    x = g.input("x")
    big = x * 1e200
    huge = big * big
    g.loss(huge - huge)
    lin = g.linearize(x=1.0)
    assert math.isnan(lin.values[lin.loss])
    assert first_not_finite(lin) is huge
    assert first_not_finite(example().linearize(a=1.0, b=1.0)) is None


@pytest.mark.parametrize(
    "edges",
    [
        {("a", "a"): 1.0, ("a", "l"): 1.0},
        {("a", "b"): 1.0, ("b", "a"): 1.0, ("a", "l"): 1.0},
        {("a", "b"): 1.0, ("b", "c"): 1.0, ("c", "b"): 0.5, ("a", "l"): 1.0},
        {("a", "l"): 1.0, ("a", "b"): 1.0, ("b", "c"): 1.0, ("c", "d"): 1.0, ("d", "b"): 0.5},
    ],
)
@pytest.mark.parametrize(
    "algorithm",
    [
        backprop,
        lambda lin: path_sum(lin, "a"),
        lambda lin: count_paths(lin, "a"),
        lambda lin: forward_mode(lin, {"a": 1.0}),
        lambda lin: jacobian(lin, ["a"], ["l"]),
        lambda lin: eliminate(lin, [v for v in "abcd" if v in lin.vertices]),
    ],
)
def test_a_cycle_is_refused_and_named(edges, algorithm):
    refused(lambda: algorithm(linearization(edges, "l")), "cycle: ", " → ")


def test_a_jacobian_takes_any_iterable_of_vertices():
    g = example()
    lin = g.linearize(a=2.0, b=1.0)
    matrix = jacobian(lin, g.inputs.values(), (v for v in [g.ell])).matrix
    assert matrix == jacobian(lin, (v for v in g.inputs.values()), [g.ell]).matrix == [[2.0, 5.0]]


@pytest.mark.parametrize("algorithm", [backprop, lambda lin: forward_mode(lin, {})])
def test_a_name_is_refused_as_a_key_of_every_result(algorithm):
    lin = example().linearize(a=2.0, b=1.0)
    refused(lambda: algorithm(Watched(lin))["b"], "'b'", "name")
    refused(lambda: algorithm(kite())["y"], "'y'")


@pytest.mark.parametrize(
    "edges", [{"a": 1.0}, {"al": 1.0}, {("a", "b", "l"): 1.0}, {("a", "l"): "2"}, [("a", "l")]]
)
def test_an_edge_is_a_pair_and_its_partial_a_number(edges):
    refused(lambda: linearization(edges, "l"))


LIN = example().linearize(a=2.0, b=1.0)


@pytest.mark.parametrize("thing", [None, {}, 2.0, "lin", LIN.loss, LIN.values], ids=str)
@pytest.mark.parametrize(
    "algorithm",
    [
        backprop,
        first_not_finite,
        lambda lin: path_sum(lin, "a"),
        lambda lin: count_paths(lin, "a"),
        lambda lin: forward_mode(lin, {"a": 1.0}),
        lambda lin: jacobian(lin, ["a"], ["l"]),
        lambda lin: eliminate(lin, ["a"]),
    ],
)
def test_what_is_not_a_linearization_is_refused(algorithm, thing):
    refused(lambda: algorithm(thing), "g.linearize(")


@pytest.mark.parametrize("thing", [None, {}, "g", LIN, LIN.loss, LIN.values])
@pytest.mark.parametrize("f", [gradient_graph, unroll, lambda g: hessian_vector(g, {}, {})])
def test_what_is_not_a_graph_is_refused(f, thing):
    refused(lambda: f(thing))


@pytest.mark.parametrize(
    ("inputs", "direction"),
    [
        ({"a": 1.0, "b": [1.0, 2.0]}, {"a": 1.0}),
        ({"a": 1.0, "b": 2.0}, {"a": [1.0, 2.0]}),
        ({"a": 1.0, "b": 2.0}, {"A": 1.0}),
        ({"a": 1.0, "b": 2.0}, {"a": "1"}),
        ({"a": 1.0, "b": 2.0}, [1.0, 0.0]),
        ([1.0, 2.0], {"a": 1.0}),
        ({1: 1.0, 2: 2.0}, {"a": 1.0}),
    ],
)
def test_a_hessian_is_multiplied_by_numbers(inputs, direction):
    refused(lambda: hessian_vector(trace(lambda a, b: a * a + b * b), inputs, direction))


def test_the_wrong_shape_of_an_example_is_refused():
    g = trace(lambda X, w: sin(X @ w))
    refused(lambda: unroll(g, X=[[1.0, 2.0]], w=[1.0, 2.0, 3.0]), "(1, 2)", "(3,)")
