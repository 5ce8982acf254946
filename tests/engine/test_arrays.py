"""The course's algorithms on graphs of arrays, whose partials are arrays or linear maps."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import coursekit
from coursekit import (
    Graph,
    GraphError,
    Linearization,
    Watched,
    backprop,
    central_difference,
    count_paths,
    cross_entropy,
    eliminate,
    first_not_finite,
    forward_mode,
    jacobian,
    mse,
    path_sum,
    relu,
    softmax,
    tanh,
    unroll,
)
from tests.support.graphs import array_graphs

TOLERANCE = {"rtol": 1e-10, "atol": 1e-13}


def network(sigma=tanh, loss=cross_entropy):
    """Return a two-layer network whose first activation is used twice, and a point."""
    g = Graph()
    X, Y = g.input("X"), g.input("Y")
    W, b, U = g.parameter("W"), g.parameter("b"), g.parameter("U")
    a = sigma(X @ W + b)
    g.loss(loss(a @ U + a[:, :2], Y) + 0.1 * coursekit.sum(W * W))
    return g


def point(seed=0, n=4):
    rng = np.random.default_rng(seed)
    shapes = {"X": (n, 3), "W": (3, 5), "b": (5,), "U": (5, 2)}
    Y = rng.dirichlet([1, 1], n)
    return {name: rng.normal(size=shape) for name, shape in shapes.items()} | {"Y": Y}


@pytest.mark.parametrize("loss", [cross_entropy, mse], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_every_algorithm_finds_the_same_gradient(loss, seed):
    g, at = network(loss=loss), point(seed)
    lin = g.linearize(**at)
    plain = Linearization(lin.vertices, lin.loss, lin.out, lin.into, lin.partials, lin.values)
    adjoints = backprop(lin)
    inner = [v for v in lin.vertices if lin.into(v) and v != lin.loss]
    total = eliminate(lin, inner).partials
    for name, v in g.inputs.items():
        assert_allclose(backprop(plain)[v], adjoints[v], **TOLERANCE)
        assert_allclose(path_sum(lin, v), adjoints[v], **TOLERANCE)
        assert_allclose(1 * total[v, lin.loss], adjoints[v], **TOLERANCE)
        direction = np.random.default_rng(1).normal(size=at[name].shape)
        slope = forward_mode(lin, {v: direction})[lin.loss]
        assert_allclose(slope, np.sum(adjoints[v] * direction), **TOLERANCE)
    loss_value, gradient = g.compile()(**at)
    assert_allclose(loss_value, lin.values[lin.loss], **TOLERANCE)
    assert set(gradient) == {"W", "b", "U"}
    for name, derivative in gradient.items():
        assert_allclose(derivative, adjoints[g.inputs[name]], **TOLERANCE)


@given(array_graphs)
def test_every_algorithm_finds_the_same_gradient_on_random_graphs(case):
    g, at = case
    lin = g.linearize(**at)
    adjoints, as_written, compiled = backprop(lin), backprop(Watched(lin)), g.compile()(**at)[1]
    total = eliminate(lin, [v for v in lin.vertices if lin.into(v) and v != lin.loss]).partials
    for name, v in g.inputs.items():
        direction = np.random.default_rng(1).normal(size=np.shape(at[name]))

        def loss(t, name=name, direction=direction):
            return float(g.evaluate(**at | {name: at[name] + t[0] * direction})[lin.loss])

        slope = np.sum(adjoints[v] * direction)
        assert slope == pytest.approx(central_difference(loss, [0.0], 0), rel=1e-5, abs=1e-6)
        assert_allclose(forward_mode(lin, {v: direction})[lin.loss], slope, **TOLERANCE)
        assert_allclose(compiled[name], adjoints[v], **TOLERANCE)
        assert_allclose(
            np.broadcast_to(as_written[v], np.shape(at[name])), adjoints[v], **TOLERANCE
        )
        shape = np.shape(at[name])
        if (v, lin.loss) in total:
            assert_allclose(1 * total[v, lin.loss], adjoints[v], **TOLERANCE)
        if count_paths(lin, v) < 200:
            assert_allclose(np.broadcast_to(path_sum(lin, v), shape), adjoints[v], **TOLERANCE)


@pytest.mark.parametrize("loss", [cross_entropy, mse], ids=str)
def test_an_unrolled_graph_has_the_same_loss_and_adjoints(loss):
    g, at = network(loss=loss), point(n=2)
    scalar = unroll(g, **at)
    numbers = {
        f"{name}[{','.join(map(str, index))}]": x[index]
        for name, x in at.items()
        for index in np.ndindex(x.shape)
    }
    lin, flat = g.linearize(**at), scalar.linearize(**numbers)
    assert flat.values[flat.loss] == pytest.approx(float(lin.values[lin.loss]), rel=1e-12)
    adjoints, unrolled = backprop(lin), backprop(flat)
    for name, x in at.items():
        for index in np.ndindex(x.shape):
            v = scalar.inputs[f"{name}[{','.join(map(str, index))}]"]
            assert unrolled[v] == pytest.approx(adjoints[g.inputs[name]][index], rel=1e-9)


def test_labels_as_whole_numbers_equal_one_hot_rows():
    g, at = network(), point()
    labels = np.array([0, 1, 1, 0])
    one, two = (g.linearize(**at | {"Y": Y}) for Y in (labels, np.eye(2)[labels]))
    assert_allclose(one.values[one.loss], two.values[two.loss], **TOLERANCE)
    for v in g.parameters:
        assert_allclose(backprop(one)[v], backprop(two)[v], **TOLERANCE)
    g.compile()(**at | {"Y": labels})


def test_operations_on_arrays_accept_a_number():
    g = Graph()
    x = g.input("x")
    g.loss(coursekit.sum(coursekit.reshape(x.T, -1)))
    assert backprop(g.linearize(x=2.0))[x] == 1.0
    assert g.compile()(x=2.0) == (2.0, {"x": 1.0})


def test_logits_may_be_a_transpose():
    rng = np.random.default_rng(0)
    at, labels = rng.normal(size=(3, 4)), [0, 2, 1, 1]
    adjoints = []
    for x in (at, at.T):
        g = Graph()
        z = g.input("z")
        g.loss(cross_entropy(z.T if x is at else z, labels))
        adjoints.append(backprop(g.linearize(z=np.ascontiguousarray(x)))[z])
    assert_allclose(adjoints[0].T, adjoints[1], **TOLERANCE)


def test_a_branch_that_does_not_reach_the_loss_may_have_any_shape():
    g = Graph()
    x, y = g.input("x"), g.input("y")
    ((x * y).T @ x) * 2.0 @ np.ones(2)  # unused; its partials are numbers, arrays and maps
    g.loss(coursekit.sum(x))
    lin = g.linearize(x=np.ones((3, 2)), y=np.ones(2))
    for adjoints in (backprop(lin), backprop(Watched(lin))):
        assert_allclose(adjoints[x], np.ones((3, 2)))
        assert_allclose(adjoints[y], np.zeros(2))


def test_logits_of_1000_do_not_overflow():
    g = Graph()
    z = g.input("z")
    g.loss(cross_entropy(z, [0, 1]))
    lin = g.linearize(z=np.array([[1000.0, 0.0], [1000.0, 0.0]]))
    assert lin.values[lin.loss] == 500.0
    assert backprop(lin)[z].tolist() == [[0.0, 0.0], [0.5, -0.5]]
    assert softmax(np.array([1000.0, 1000.0])).tolist() == [0.5, 0.5]


def test_watched_records_each_partial_of_a_graph_of_arrays():
    lin = network().linearize(**point())
    watched = Watched(lin)
    backprop(watched)
    assert sorted(watched.edges_read, key=str) == sorted(lin.edges, key=str)


def test_an_array_without_a_path_to_the_loss_has_the_adjoint_0():
    g = Graph()
    x = g.input("x")
    dead = x @ np.ones((3, 2))
    g.loss(coursekit.sum(x))
    lin = g.linearize(x=np.ones(3))
    assert backprop(lin)[dead].tolist() == [0.0, 0.0]
    assert backprop(Watched(lin))[dead].tolist() == [0.0, 0.0]
    assert path_sum(lin, dead).tolist() == [0.0, 0.0]


def test_x_times_x_is_one_edge_between_arrays():
    g = Graph()
    x = g.input("x")
    y = x @ x
    g.loss(coursekit.sum(y))
    lin = g.linearize(x=np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert lin.edges[0] == (x, y)
    assert_allclose(path_sum(lin, x), backprop(lin)[x], **TOLERANCE)


shapes = st.lists(st.integers(1, 3), max_size=3).map(tuple)


@given(shapes, shapes)
def test_broadcasting_is_undone_by_summing(left, right):
    try:
        np.broadcast_shapes(left, right)
    except ValueError:
        return
    g = Graph()
    x, y = g.input("x"), g.input("y")
    g.loss(coursekit.sum(x * y))
    rng = np.random.default_rng(0)
    at = {"x": rng.normal(size=left), "y": rng.normal(size=right)}
    lin = g.linearize(**at)
    for v, other in ((x, "y"), (y, "x")):
        for step, index in enumerate(np.ndindex(np.shape(at[str(v)]))):
            unit = np.zeros(np.shape(at[str(v)]))
            unit[index] = 1.0
            expected = np.sum(unit * at[other])
            assert_allclose(np.ravel(backprop(lin)[v])[step], expected, **TOLERANCE)
        assert np.shape(g.compile()(**at)[1][str(v)]) == np.shape(at[str(v)])


def test_a_scalar_vertex_may_hold_a_column_of_a_batch():
    g = Graph()
    w, x, y = g.parameter("w"), g.input("x"), g.input("y")
    g.loss((tanh(w * x) - y) ** 2)
    columns = {"x": np.array([1.0, 2.0, 3.0]), "y": np.array([0.5, 0.1, 0.9])}
    losses, gradient = g.compile()(w=0.3, **columns)
    one_by_one = [
        g.linearize(w=0.3, x=x, y=y) for x, y in zip(columns["x"], columns["y"], strict=True)
    ]
    assert_allclose(losses, [lin.values[lin.loss] for lin in one_by_one])
    assert_allclose(gradient["w"], sum(backprop(lin)[w] for lin in one_by_one))
    lin = g.linearize(w=0.3, **columns)
    assert_allclose(backprop(lin)[w], gradient["w"])


def test_a_jacobian_between_arrays_has_a_row_for_each_number():
    g = Graph()
    x = g.input("x")
    y = relu(np.array([[1.0, 2.0], [3.0, -4.0], [5.0, 6.0]]) @ x)
    g.loss(coursekit.sum(y))
    lin = g.linearize(x=np.array([1.0, 1.0]))
    result = jacobian(lin, [x], [y])
    assert result.matrix == [[1, 2], [0, 0], [5, 6]]
    assert (result.mode, result.sweeps) == ("forward", 2)
    assert jacobian(lin, [x], [lin.loss]) == ([[6, 8]], "reverse", 1)
    assert jacobian(lin, [x, y], [x, y]).matrix[2] == [1, 2, 1, 0, 0]


def test_a_shape_error_shows_shapes_operation_and_line():
    g = Graph()
    X, W, b = g.input("X"), g.input("W"), g.input("b")
    Z = X @ W
    g.loss(coursekit.sum(Z + b))  # the culprit
    at = {"X": np.ones((2, 3)), "W": np.ones((3, 4)), "b": np.ones(5)}
    with pytest.raises(GraphError) as error:
        g.linearize(**at)
    line = next(
        k for k, text in enumerate(Path(__file__).read_text().splitlines(), 1) if "culprit" in text
    )
    assert str(error.value) == (
        "v5 = v4 + b: add: + cannot combine the shapes (2, 4) and (5,)"
        f" (test_arrays.py, line {line}: g.loss(coursekit.sum(Z + b))  # the culprit)"
    )
    with pytest.raises(GraphError, match=r"@ cannot combine the shapes \(2, 3\) and \(2, 3\)"):
        g.evaluate(**at | {"W": np.ones((2, 3))})


def test_a_shape_error_of_an_elementwise_operation_names_its_line():
    g = Graph()
    x, y = g.input("x"), g.input("y")
    g.loss(x * y)
    with pytest.raises(GraphError) as error:
        g.linearize(x=np.ones(3), y=np.ones(4))
    sentence = "l = x × y: mul: × cannot combine the shapes (3,) and (4,) (test_arrays.py, line"
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            lambda x: cross_entropy(x, [0, 1, 2]),
            "v2 = cross_entropy(x, array(3)): cross_entropy needs one label for each row of logits:"
            " the logits have the shape (2, 2), so the labels need (2,), not (3,)",
        ),
        (
            lambda x: mse(x, np.ones((2, 1))),
            "v2 = mse(x, array(2, 1)): mse needs two arrays of the same shape, not (2, 2)"
            " and (2, 1)",
        ),
        (
            lambda x: cross_entropy(x, [0, 9]),
            "v2 = cross_entropy(x, array(2)): cross_entropy: the label 9 is not one of the",
        ),
        (lambda x: x[5], "v2 = index(x, at=5): index:"),
        (lambda x: coursekit.reshape(x, (3, 3)), "v2 = reshape(x, shape=(3, 3)): reshape:"),
        (lambda x: coursekit.sum(x, axis=7), "v2 = Σ(x, axis=7): sum:"),
    ],
)
def test_arguments_that_do_not_match_are_named(wrong, sentence):
    g = Graph()
    wrong(g.input("x"))
    with pytest.raises(GraphError) as error:
        g.evaluate(x=np.ones((2, 2)))
    assert str(error.value).startswith(sentence)


def test_an_input_that_is_not_an_array_of_numbers_is_refused():
    g = network()
    with pytest.raises(GraphError, match="X is not an array of numbers"):
        g.evaluate(**point() | {"X": [["a"]]})


def test_the_first_infinite_value_is_found():
    g = Graph()
    x = g.input("x")
    y = coursekit.exp(x)
    g.loss(coursekit.sum(y - y))
    lin = g.linearize(x=np.array([1.0, 1000.0]))
    assert np.isnan(lin.values[lin.loss])
    assert first_not_finite(lin) is y
    assert first_not_finite(g.linearize(x=np.array([1.0, 2.0]))) is None


def test_numpy_functions_build_vertices():
    g = Graph()
    x = g.input("x")
    y = np.exp(x) + np.ones(2) * x - np.sum(np.tanh(x)) + np.maximum(x, 0.0)
    g.loss(np.mean(y))
    at = np.array([1.0, -2.0])
    expected = np.mean(np.exp(at) + at - np.sum(np.tanh(at)) + np.maximum(at, 0.0))
    assert_allclose(g.evaluate(x=at)[g.ell], expected)
    with pytest.raises(GraphError, match=r"numpy.arctan is not in the table"):
        np.arctan(x)
    with pytest.raises(GraphError, match=r"numpy.median is not in the table"):
        np.median(x)
