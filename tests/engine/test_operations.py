"""Each operation in the table has correct partials and the same results in all its forms."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import coursekit
from coursekit import (
    Graph,
    GraphError,
    backprop,
    central_difference,
    exp,
    forward_mode,
    path_sum,
    relu,
    sigmoid,
)
from coursekit.engine.formulas import ARGUMENTS, FUNCTIONS, compile_formula
from coursekit.engine.operations import OPS, define, define_array
from coursekit.engine.tape.functions import ARRAY_FUNCTIONS

ELEMENTWISE = [op for op in OPS.values() if op.elementwise]
# cases for each operation on whole arrays: its arguments' shapes, and its settings
WHOLE_CASES = {
    "matmul": [((2, 3), (3, 4)), ((2, 3), (3,)), ((3,), (3, 2)), ((3,), (3,))],
    "dot": [((2, 3), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((), (3,)), ((2, 2, 3), (2, 3, 2))],
    "transpose": [((2, 3),), ((2, 3, 4), {"axes": (1, 2, 0)}), ((2, 3, 4), {"axes": (-1, 0, 1)})],
    "swapaxes": [((2, 3, 4),), ((2, 3, 4), {"axis1": 0, "axis2": -1})],
    "expand_dims": [((2, 3), {"axis": a}) for a in (0, -1, (0, 2))],
    "join": [((2, 3), (2, 3)), ((2, 3), (2, 1), {"axis": -1}), ((0, 3), (2, 3), {"axis": 0})],
    "reshape": [((2, 3), {"shape": (3, -1)}), ((4,), {"shape": (2, 2)})],
    "broadcast_to": [((3,), {"shape": (2, 3)}), ((2, 1), {"shape": (2, 3)})],
    "index": [
        ((3, 4), {"at": at}) for at in (1, (0, 2), (slice(1, 3), ...), [0, 0, 2], (slice(None), -1))
    ],
    "sum": [((2, 3), {"axis": a, "keepdims": k}) for a in (None, 0, -1, (0, 1)) for k in (0, 1)],
    "mean": [((2, 3), {"axis": a, "keepdims": k}) for a in (None, 0, -1, (0, 1)) for k in (0, 1)],
    "var": [((2, 3), {"axis": a, "keepdims": k}) for a in (None, 0, -1, (0, 1)) for k in (0, 1)]
    + [((4,), {"ddof": 1})],
    **{
        name: [
            ((2, 3, 4), {"axis": a, "keepdims": k}) for a in (None, 0, -1, (2, 0)) for k in (0, 1)
        ]
        for name in ("max", "min")
    },
    "softmax": [((2, 3), {"axis": a}) for a in (0, -1)] + [((4,),)],
    "logsumexp": [((2, 3), {"axis": a, "keepdims": k}) for a in (0, -1) for k in (0, 1)],
    "cross_entropy": [((2, 3), (2, 3)), ((3,), (3,))],
    "mse": [((2, 3), (2, 3)), ((4,), (4,))],
}
SHAPES = {1: [((2, 3),)], 2: [((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2,))],
          3: [((2, 3), (3,), ())]}  # fmt: skip  # by arity, for element-by-element operations
CASES = [
    *((op.name, case) for op in ELEMENTWISE for case in SHAPES[op.arity]),
    *((name, case) for name, cases in WHOLE_CASES.items() for case in cases),
]
REL, ABS = 1e-6, 1e-8  # the accuracy of a central difference
reals = st.floats(0.2, 3.0)


def as_function(op, formula, functions):
    return compile_formula(formula, ", ".join(ARGUMENTS[: op.arity]), functions)


def graph_of(name, case, seed=0, dtype=np.float64):
    """Return a graph of one operation, projected onto a random direction, and its inputs."""
    settings = case[-1] if isinstance(case[-1], dict) else {}
    shapes = [shape for shape in case if not isinstance(shape, dict)]
    rng = np.random.default_rng(seed)
    point = {
        x: rng.uniform(0.3, 2.0, shape).astype(dtype)
        for x, shape in zip("abc", shapes, strict=False)
    }
    g = Graph()
    v = OPS[name](*map(g.input, point), **settings)
    shape = np.shape(g.evaluate(**point)[v])
    g.loss(coursekit.sum(v * rng.uniform(-1.0, 1.0, shape).astype(dtype)))
    return g, point, v


def test_every_operation_on_arrays_has_test_cases():
    assert {op.name for op in OPS.values() if not op.elementwise} == set(WHOLE_CASES)


@pytest.mark.parametrize(("name", "case"), CASES, ids=str)
def test_pullbacks_agree_with_central_differences(name, case):
    g, point, _ = graph_of(name, case)
    lin = g.linearize(**point)
    adjoints = backprop(lin)
    for x, at in point.items():
        flat = at.ravel().tolist()

        def loss(numbers, x=x, at=at):
            return float(g.evaluate(**point | {x: np.reshape(numbers, at.shape)})[lin.loss])

        differences = [central_difference(loss, flat, i) for i in range(len(flat))]
        assert adjoints[g.inputs[x]].shape == at.shape
        assert_allclose(adjoints[g.inputs[x]].ravel(), differences, REL, ABS)
        assert_allclose(path_sum(lin, g.inputs[x]), adjoints[g.inputs[x]], 1e-12, 1e-15)


@pytest.mark.parametrize(("name", "case"), CASES, ids=str)
def test_pushing_forward_is_the_transpose_of_pulling_back(name, case):
    g, point, _ = graph_of(name, case)
    lin, rng = g.linearize(**point), np.random.default_rng(1)
    adjoints = backprop(lin)
    tangents = {g.inputs[x]: rng.normal(size=at.shape) for x, at in point.items()}
    inner = sum(np.sum(adjoints[v] * t) for v, t in tangents.items())
    assert_allclose(forward_mode(lin, tangents)[lin.loss], inner, 1e-12, 1e-14)


@pytest.mark.parametrize(("name", "case"), CASES, ids=str)
def test_a_compiled_program_agrees_with_the_sweeps(name, case):
    g, point, _ = graph_of(name, case)
    lin = g.linearize(**point)
    loss, gradient = g.compile()(**point)
    assert_allclose(loss, lin.values[lin.loss], 1e-12)
    for x, v in g.inputs.items():
        assert_allclose(gradient[x], backprop(lin)[v], 1e-12, 1e-15)
        assert np.shape(gradient[x]) == point[x].shape


@pytest.mark.parametrize(("name", "case"), CASES, ids=str)
def test_values_and_adjoints_of_float32_are_float32(name, case):
    g, point, v = graph_of(name, case, dtype=np.float32)
    lin = g.linearize(**point)
    assert lin.values[v].dtype == np.float32
    assert all(backprop(lin)[x].dtype == np.float32 for x in g.inputs.values())


@pytest.mark.parametrize("op", ELEMENTWISE, ids=repr)
def test_an_empty_array_is_allowed(op):
    g = Graph()
    inputs = {x: np.zeros((0, 3)) for x in "abc"[: op.arity]}
    g.loss(coursekit.sum(op(*map(g.input, inputs))))
    lin = g.linearize(**inputs)
    assert lin.values[lin.loss] == 0
    assert all(backprop(lin)[v].shape == (0, 3) for v in g.inputs.values())


@pytest.mark.parametrize("op", ELEMENTWISE, ids=repr)
@pytest.mark.parametrize("x", [0.0, math.inf, -math.inf, math.nan])
def test_numbers_and_arrays_agree_at_0_infinity_and_nan(op, x):
    arguments = [x, 2.0, 3.0][: op.arity]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        on_arrays = as_function(op, op.value, ARRAY_FUNCTIONS)(*map(np.float64, arguments))
    try:
        on_numbers = op.function(*arguments)
    except (ArithmeticError, ValueError):
        assert not np.isfinite(on_arrays)
    else:
        if not (op.kink and math.isnan(x)):  # Python's max(nan, 0) differs from numpy's
            assert_allclose(on_numbers, on_arrays)


ANALYTIC = [
    op for op in ELEMENTWISE if not op.kink and op.name not in ("sigmoid", "softplus")
]  # they use max


@pytest.mark.parametrize("op", ANALYTIC, ids=repr)
@given(x=reals, y=reals)
def test_partials_agree_with_a_complex_step(op, x, y):
    arguments = [x, y][: op.arity]
    value = as_function(op, op.value, ARRAY_FUNCTIONS)
    _, *partials = op.rule(*arguments)
    for k, partial in enumerate(partials):
        stepped = [complex(a, 1e-30) if i == k else complex(a) for i, a in enumerate(arguments)]
        assert partial == pytest.approx(np.imag(value(*stepped)) / 1e-30, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("op", ELEMENTWISE, ids=repr)
@given(x=st.floats(-3.0, 3.0), y=reals, z=reals)
def test_partials_agree_with_central_differences(op, x, y, z):
    arguments = [x, y, z][: op.arity]
    assume(op.name not in {"log", "log1p", "sqrt", "pow", "tan"} or x > 0.2)
    assume(op.name != "tan" or abs(math.cos(x)) > 0.1)
    if op.kink:
        assume(abs(as_function(op, op.kink, FUNCTIONS)(*arguments)) > 1e-3)
    _, *partials = op.rule(*arguments)
    for k, partial in enumerate(partials):
        difference = central_difference(lambda at: op(*at), arguments, k)
        assert partial == pytest.approx(difference, rel=REL, abs=1e-7)


@pytest.mark.parametrize("x", [-800.0, -40.0, 0.0, 40.0, 800.0])
def test_sigmoid_does_not_overflow(x):
    expected = 0.0 if x < -745 else math.exp(x) if x < -30 else 1 / (1 + math.exp(-x))
    assert sigmoid(x) == pytest.approx(expected, rel=1e-12)


def test_at_its_kink_relu_has_the_derivative_0():
    g = Graph()
    x = g.input("x")
    g.loss(relu(x))
    assert backprop(g.linearize(x=0.0))[x] == 0


def test_an_operation_called_with_a_number_returns_a_number():
    assert exp(0.0) == 1.0


def test_numpy_numbers_are_constants_on_either_side_of_an_operator():
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


def test_one_entry_adds_an_operation():
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


def test_one_entry_adds_an_operation_on_arrays():
    flip = define_array("flip", "flip", "x[::-1]", ("g[::-1]",), ("t[::-1]",))
    try:
        g = Graph()
        x = g.input("x")
        g.loss(coursekit.sum(coursekit.flip(x) * [1.0, 2.0, 3.0]))
        lin = g.linearize(x=np.ones(3))
        assert backprop(lin)[x].tolist() == [3.0, 2.0, 1.0]
        assert g.compile()(x=np.ones(3))[1]["x"].tolist() == [3.0, 2.0, 1.0]
        assert flip(np.arange(3.0)).tolist() == [2.0, 1.0, 0.0]
    finally:
        del OPS["flip"]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: coursekit.log(-1), "log(-1): outside the domain"),
        (lambda: exp(1000.0), "exp(1000.0): the result is too large for a float"),
        (lambda: exp("1"), "exp: '1' is neither a number nor a vertex of a graph"),
        (lambda: exp(1, 2), "exp takes 1 argument, not 2"),
        (lambda: coursekit.sqrt(-4.0), "sqrt(-4.0): outside the domain"),
        (lambda: coursekit.sum([1.0], axes=0), "sum has no setting 'axes': use axis or keepdims"),
        (lambda: exp(1.0, axis=0), "exp has no setting 'axis'"),
        (lambda: coursekit.sum([1.0], axis="x"), "an index, axis or shape must consist of whole"),
        (
            lambda: coursekit.matmul(np.ones((2, 3)), np.ones((2, 3))),
            "matmul: @ cannot combine the shapes (2, 3) and (2, 3)",
        ),
    ],
)
def test_bad_arguments_of_an_operation_raise_a_one_sentence_error(make, sentence):
    with pytest.raises(GraphError) as error:
        make()
    assert str(error.value).startswith(sentence)
