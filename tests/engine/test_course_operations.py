"""The operations that a course needs beyond the first table: against numpy, in every way."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import coursekit as ck
from coursekit import Graph, GraphError, backprop
from tests.support.refusals import refused
from tests.support.ways import WAYS, assert_slopes, run_of_function

INF, NAN = math.inf, math.nan


def value(f, *arrays):
    """Return what the vertex that f builds evaluates to."""
    g = Graph()
    v = f(*[g.input(x) for x in "xyzuvw"[: len(arrays)]])
    return g.evaluate(**dict(zip("xyzuvw", arrays, strict=False)))[v]


# --- concatenate and stack ---------------------------------------------------------------------


@st.composite
def joins(draw):
    """Draw arrays that concatenate joins, an axis, and which of the arrays are constants."""
    shape = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    lengths = draw(st.lists(st.integers(0, 3), min_size=1, max_size=6))
    shapes = [[*shape[:axis], n, *shape[axis:][1:]] for n in lengths]
    arrays = [np.arange(math.prod(s)).reshape(s) + 10.0 * k for k, s in enumerate(shapes)]
    return arrays, axis, draw(st.lists(st.booleans(), min_size=6, max_size=6))


def _some_constant(function, arrays, constant, **settings):
    """Return the value of a graph in which some of the arrays are constants, not inputs."""
    g = Graph()
    point = {f"x{k}": x for k, x in enumerate(arrays) if k == 0 or not constant[k]}
    parts = [g.input(f"x{k}") if f"x{k}" in point else x for k, x in enumerate(arrays)]
    joined = function(parts, **settings)
    g.loss(ck.sum(joined * joined))
    lin = g.linearize(**point)
    slopes = {x: backprop(lin)[v] for x, v in g.inputs.items()}
    return lin.values[joined], slopes, point


@given(joins())
def test_concatenate_is_numpys_and_each_array_gets_its_part_of_the_adjoint(join):
    arrays, axis, constant = join
    result, slopes, point = _some_constant(ck.concatenate, arrays, constant, axis=axis)
    assert np.array_equal(result, np.concatenate(arrays, axis))
    assert np.array_equal(ck.concatenate(arrays, axis), np.concatenate(arrays, axis))
    for name, x in point.items():
        assert np.array_equal(slopes[name], 2 * x)


@given(joins(), st.integers(0, 3))
def test_stack_is_numpys_and_each_array_gets_its_part_of_the_adjoint(join, axis):
    arrays = [np.zeros(join[0][0].shape) + k for k in range(len(join[0]))]
    axis = min(axis, arrays[0].ndim)
    for signed in (axis, axis - arrays[0].ndim - 1):
        result, slopes, point = _some_constant(ck.stack, arrays, join[2], axis=signed)
        assert np.array_equal(result, np.stack(arrays, signed))
        assert np.array_equal(ck.stack(arrays, signed), np.stack(arrays, signed))
        for name, x in point.items():
            assert np.array_equal(slopes[name], 2 * x)


def test_without_an_axis_arrays_are_flattened_first():
    x, y = np.arange(6.0).reshape(2, 3), np.arange(2.0)
    joined = value(lambda x, y: ck.concatenate([x, y, [[7.0]]], None), x, y)
    assert joined.tolist() == [*x.ravel(), *y, 7.0]


def test_numbers_are_stacked_and_vertices_mix_with_numbers_and_arrays():
    row = value(lambda x, y: ck.stack([x, 2, y, np.float64(4)]), 1.0, 3.0)
    assert row.tolist() == [1.0, 2.0, 3.0, 4.0]
    rows = value(lambda x: ck.concatenate((x, [[3, 4]])), np.array([[1.0, 2.0]]))
    assert rows.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert ck.concatenate(np.eye(2)).tolist() == [1.0, 0.0, 0.0, 1.0]


def test_float32_stays_float32():
    x = np.ones(2, np.float32)
    for f in (lambda x: ck.concatenate([x, x]), lambda x: ck.stack([x, x, x], -1)):
        assert value(f, x).dtype == f(x).dtype == np.float32


def test_an_array_may_be_joined_to_itself():
    x = np.array([1.0, 2.0])
    weights = np.array([1.0, 10.0, 100.0, 1000.0])
    assert_slopes(lambda x: ck.sum(ck.concatenate([x, x]) * weights), {"x": [101.0, 1010.0]}, x=x)


def test_every_way_differentiates_a_sequence():
    x, y = np.array([1.0, 2.0]), np.array([3.0])
    assert_slopes(
        lambda x, y: ck.concatenate([x * x, y, x, [5.0]]) ** 2,
        {"x": 4 * x**3 + 2 * x, "y": 2 * y},
        parameters=["x"],
        x=x,
        y=y,
    )
    assert_slopes(lambda a, b: ck.stack([a, b, a]) * [1.0, 2.0, 3.0], {"a": 4.0, "b": 2.0},
                  a=1.5, b=2.5)  # fmt: skip


def test_a_long_sequence_is_joined_in_a_balanced_tree():
    g = Graph()
    vertices = [g.input(f"x{k}") for k in range(1000)]
    g.loss(ck.sum(ck.stack(vertices)))
    point = {f"x{k}": float(k) for k in range(1000)}
    lin = g.linearize(**point)
    for v in (vertices[0], vertices[500], vertices[-1]):
        assert len(next(ck.paths(lin, v))) <= math.log2(1000) + 4
    assert set(g.compile()(**point)[1].values()) == {1.0}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda x: ck.concatenate([]), "concatenate needs at least one array, but the list is"),
        (lambda x: ck.stack(()), "stack needs at least one array"),
        (lambda x: ck.concatenate(x), r"concatenate takes a list, for example concatenate\(\[x, y"),
        (lambda x: ck.stack("xy"), "stack takes a list"),
        (lambda x: ck.stack(3.0), "stack takes a list"),
        (lambda x: ck.stack(np.array(3.0)), "stack takes a list"),
        (lambda x: ck.concatenate([x, x], x), "must consist of whole numbers"),
        (lambda x: ck.concatenate([x], 0.5), "must consist of whole numbers"),
        (lambda x: ck.stack([x, x], None), "stack: the axis must be a whole number, not None"),
        (lambda x: ck.stack([x, x], (0, 1)), r"the axis must be a whole number, not \(0, 1\)"),
        (lambda x: ck.concatenate([x, "a"]), "'a' is neither a number nor a vertex"),
        (lambda x: ck.concatenate([x, np.ones((3, 3))]), r"cannot join .* \(2, 2\) and \(3, 3\)"),
        (lambda x: ck.concatenate([x, [1.0]]), r"shapes \(2, 2\) and \(1,\) along axis 0: only"),
        (lambda x: ck.concatenate([x, 1.0]), r"shapes \(2, 2\) and \(\) along axis 0"),
        (lambda x: ck.concatenate([1.0]), r"does not fit an argument of the shape \(\)"),
        (lambda x: ck.concatenate([x, x], 2), "along axis 2"),
        (lambda x: ck.concatenate([x], 2), r"does not fit an argument of the shape \(2, 2\)"),
        (lambda x: ck.concatenate([x], -3), r"does not fit an argument of the shape \(2, 2\)"),
        (lambda x: ck.stack([x, x], 3), "axis=3 does not fit an argument of the shape"),
        (lambda x: ck.stack([x, [1.0]]), "cannot join the shapes"),
    ],
)
def test_what_cannot_be_joined_is_refused_in_one_sentence(wrong, sentence):
    with pytest.raises(GraphError, match=sentence):
        value(wrong, np.ones((2, 2)))
    refused(lambda: value(wrong, np.ones((2, 2))))


# --- max, min and clip at ties and beyond ------------------------------------------------------

X = np.array([[1.0, 3.0, 3.0], [3.0, -2.0, 0.0]])
LARGEST = [
    (X, None, [[0, 1, 0], [0, 0, 0]]),
    (X, 0, [[0, 1, 1], [1, 0, 0]]),
    (X, -1, [[0, 1, 0], [1, 0, 0]]),
    (X, (1, 0), [[0, 1, 0], [0, 0, 0]]),
    (X, (), [[1, 1, 1], [1, 1, 1]]),
    (np.array([-INF, -INF]), 0, [1, 0]),
    (np.array([0.0, -0.0]), None, [1, 0]),
    (np.array([1.0, INF, INF]), None, [0, 1, 0]),
    (2.0, None, 1.0),
]


@pytest.mark.parametrize(("x", "axis", "slopes"), LARGEST, ids=str)
def test_the_first_of_equal_maxima_has_the_derivative_1(x, axis, slopes):
    assert np.array_equal(value(lambda x: ck.max(x, axis), x), np.max(x, axis))
    assert np.array_equal(value(lambda x: ck.min(x, axis), -x), np.min(-x, axis))
    if np.all(np.isfinite(x)):
        assert_slopes(lambda x: ck.max(x, axis) * 1.0, {"x": slopes}, parameters=["x"], x=x)
        assert_slopes(lambda x: ck.min(x, axis) * 1.0, {"x": slopes}, x=-x)
    else:
        run = run_of_function(lambda x: ck.max(x, axis) * 1.0, {"x": x})
        assert np.array_equal(backprop(run.lin)[run.vertices["x"]], slopes)
        assert np.array_equal(run.compiled[1]["x"], slopes)


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_nan_is_the_largest_and_the_smallest_number(axis):
    x = np.array([[1.0, NAN], [2.0, 3.0]])
    assert np.array_equal(value(lambda x: ck.max(x, axis), x), np.max(x, axis), equal_nan=True)
    assert np.array_equal(value(lambda x: ck.min(x, axis), x), np.min(x, axis), equal_nan=True)


@pytest.mark.parametrize("op", ["max", "min"])
def test_an_infinite_adjoint_reaches_only_the_extreme(op):
    run = run_of_function(lambda x: ck.sqrt(getattr(ck, op)(x)), {"x": np.zeros(2)})
    assert backprop(run.lin)[run.vertices["x"]].tolist() == [INF, 0.0]


@pytest.mark.parametrize("op", [ck.max, ck.min], ids=repr)
def test_there_is_no_extreme_of_no_numbers(op):
    empty = np.zeros((0, 3))
    assert value(lambda x: op(x, axis=1), empty).shape == (0,)
    assert_slopes(lambda x: op(x, axis=1), {"x": empty}, x=empty)
    for axis in (None, 0, (0, 1)):
        refused(lambda axis=axis: value(lambda x: op(x, axis), empty), "at least one number")
    refused(lambda: value(lambda x: op(x, 2), np.ones((2, 2))), "axis=2 does not fit")


@pytest.mark.parametrize("x", [-1.0, 0.0, 0.5, 1.0, 2.0, INF, -INF, NAN])
@pytest.mark.parametrize(("a", "b"), [(0.0, 1.0), (1.0, 0.0), (0.5, 0.5), (-INF, INF), (NAN, 1.0)])
def test_clip_is_numpys(x, a, b):
    assert_allclose(ck.clip(x, a, b), np.clip(x, a, b))
    assert_allclose(value(ck.clip, x, a, b), np.clip(x, a, b))
    assert_allclose(value(ck.clip, np.array([x]), a, b), [np.clip(x, a, b)])


def test_at_its_bounds_clip_follows_the_bound_as_relu_and_maximum_do():
    x = np.array([-1.0, 0.0, 0.5, 1.0, 2.0])
    assert_slopes(
        lambda x, a, b: ck.clip(x, a, b) * 1.0,
        {"x": [0.0, 0.0, 1.0, 0.0, 0.0], "a": 2.0, "b": 2.0},
        parameters=["x"],
        x=x,
        a=0.0,
        b=1.0,
    )
    assert_slopes(
        lambda x, a, b: ck.clip(x, a, b), {"x": np.zeros(5), "a": 0.0, "b": 5.0}, x=x, a=1.0, b=0.0
    )


# --- log1p, expm1, square, var -----------------------------------------------------------------


@pytest.mark.parametrize("x", [1e-20, -1e-17, 1e-9, 0.0, 3.0, -0.5, 700.0])
def test_log1p_and_expm1_lose_no_digits(x):
    assert ck.expm1(x) == math.expm1(x)
    assert ck.log1p(x) == math.log1p(x)
    assert_slopes(lambda x: ck.expm1(x), {"x": math.exp(x)}, x=x)
    assert_slopes(lambda x: ck.log1p(x), {"x": 1 / (1 + x)}, x=x)


@pytest.mark.parametrize("x", [-700.0, -40.0, 1e300])
def test_the_derivatives_far_out_are_not_0(x):
    assert ck.expm1.rule(min(x, 0.0))[1] == math.exp(min(x, 0.0))
    assert ck.log1p.rule(abs(x))[1] == 1 / (1 + abs(x))


VARIANCES = [{}, {"axis": 0}, {"axis": (0, -1)}, {"ddof": 1}, {"axis": 1, "ddof": 1, "keepdims": 1}]


@pytest.mark.parametrize("settings", VARIANCES, ids=str)
def test_the_variance_is_numpys(settings):
    x = np.random.default_rng(0).normal(1e3, 1.0, (4, 3))
    assert_allclose(value(lambda x: ck.var(x, **settings), x), np.var(x, **settings), 1e-12)
    n = x.size / np.var(x, **settings).size - settings.get("ddof", 0)
    slopes = 2 * (x - np.mean(x, settings.get("axis"), keepdims=True)) / n
    assert_slopes(lambda x: ck.var(x, **settings) * 1.0, {"x": slopes}, parameters=["x"], x=x)


def test_the_variance_of_too_few_numbers_is_not_finite():
    assert np.isnan(value(ck.var, np.zeros(0)))
    assert np.isnan(value(lambda x: ck.var(x, ddof=1), np.zeros(1)))
    assert value(lambda x: ck.var(x, ddof=2), np.array([1.0, 2.0])) == INF
    assert value(ck.var, 3.0) == 0.0


# --- numpy's functions -------------------------------------------------------------------------

Y = np.arange(12.0).reshape(2, 3, 2) - 4.0
BUILDS = [
    lambda x: np.max(x, axis=1),
    lambda x: np.amax(x, (0, 2), keepdims=True),
    lambda x: np.min(x),
    lambda x: np.amin(x, -1),
    lambda x: np.maximum(x, 0.5),
    lambda x: np.square(x),
    lambda x: np.expm1(x),
    lambda x: np.log1p(x * x),
    lambda x: np.clip(x, -1.0, 2.0),
    lambda x: np.clip(x, None, 2.0),
    lambda x: np.clip(x, 1.0, None),
    lambda x: np.clip(x, a_min=-1.0, a_max=x * 0.5),
    lambda x: np.transpose(x, (1, 0, 2)),
    lambda x: np.transpose(x, axes=[2, -2, 0]),
    lambda x: np.swapaxes(x, 0, -1),
    lambda x: np.expand_dims(x, (0, 2)),
    lambda x: np.var(x, 0),
    lambda x: np.var(x, axis=(1, 2), ddof=1, keepdims=True),
    lambda x: np.concatenate([x, x * 2.0], axis=1),
    lambda x: np.concatenate((x, np.ones((1, 3, 2))), 0),
    lambda x: np.stack([x, x], -1),
]


@pytest.mark.parametrize("f", BUILDS)
def test_numpys_functions_build_the_operations(f):
    assert_allclose(value(f, Y), f(Y))
    weights = np.random.default_rng(0).normal(size=np.shape(f(Y)))
    run = run_of_function(lambda x: f(x) * weights, {"x": Y}, ["x"])
    slopes = {"x": WAYS["tape"](run)["x"]}
    assert_slopes(lambda x: f(x) * weights, slopes, parameters=["x"], x=Y)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda x: np.max(x, initial=0.0), "max has no setting 'initial'"),
        (lambda x: np.max(x, axis=0, where=[True]), "max has no setting 'where'"),
        (lambda x: np.var(x, correction=1), "var has no setting 'correction'"),
        (lambda x: np.var(x, ddof=0.5), "whole numbers"),
        (lambda x: np.concatenate([x, x], dtype=float), "takes only these arguments here: arrays"),
        (lambda x: np.stack([x, x], casting="no"), "takes only these arguments here: arrays"),
        (lambda x: np.clip(x, 0, 1, dtype=float), "takes only these arguments here: a, a_min"),
        (lambda x: np.hstack([x, x]), "use coursekit.concatenate or coursekit.stack"),
        (lambda x: np.vstack([x, x]), "use coursekit.concatenate or coursekit.stack"),
        (lambda x: np.std(x), "use coursekit.sqrt and coursekit.var"),
        (lambda x: np.moveaxis(x, 0, 1), "not in the table"),
    ],
)
def test_what_numpy_means_and_we_do_not_is_refused(wrong, words):
    refused(lambda: wrong(Graph().input("x")), words)
