"""Powers at 0, tails, infinities, dead branches: where a limit is known, it is the result."""

import math
import warnings

import numpy as np
import pytest

import coursekit as ck
from coursekit import (  # fmt: skip
    Graph,
    Watched,
    backprop,
    first_not_finite,
    gradient_graph,
    hessian_vector,
    trace,
    unroll,
)
from tests.support.refusals import Refusal, tried
from tests.support.ways import assert_slopes

inf, nan = math.inf, math.nan

# --- powers at 0: 0 · ∞ ------------------------------------------------------------------------


@pytest.mark.parametrize("exponent", [0, 0.0, 1, 2, 3, 2.5])
@pytest.mark.parametrize("at", [0.0, -0.0, np.zeros(2), np.array([0.0, 1.0]), np.zeros((1, 1))])
def test_a_power_with_a_constant_exponent_has_a_slope_at_0(exponent, at):
    right = np.where(np.asarray(at) == 1.0, exponent, 1.0 if exponent == 1 else 0.0)
    assert_slopes(lambda x: x**exponent, {"x": right}, x=at)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, -2])
def test_a_power_of_a_negative_number(exponent):
    right = exponent * (-2.0) ** (exponent - 1)
    assert_slopes(lambda x: x**exponent, {"x": right}, x=-2.0)
    assert_slopes(lambda x: x**exponent, {"x": [right, exponent]}, x=np.array([-2.0, 1.0]))


@pytest.mark.parametrize("shape", [(), (2,)])
def test_0_to_the_power_of_a_positive_variable_is_flat(shape):
    y = np.full(shape, 2.0) if shape else 2.0
    assert_slopes(lambda y: 0**y, {"y": 0.0}, y=y)
    assert_slopes(lambda x, y: x**y, {"x": 0.0, "y": 0.0}, x=0.0 * y, y=y)


def test_a_polynomial_with_a_constant_term_at_0():
    def polynomial(x):
        return sum(c * x**k for k, c in enumerate([3.0, 2.0, 1.0]))

    assert_slopes(polynomial, {"x": 2.0}, x=0.0)
    assert_slopes(polynomial, {"x": [2.0, 4.0]}, x=np.array([0.0, 1.0]))


def test_the_slope_by_a_negative_base_needs_no_slope_by_the_exponent():
    g = Graph()
    w, n = g.parameter("w"), g.input("n")
    g.loss(w**n)
    assert backprop(g.linearize(w=-2.0, n=2.0))[w] == -4.0
    assert g.compile()(w=-2.0, n=3.0) == (-8.0, {"w": 12.0})
    assert backprop(g.linearize(w=np.array([-2.0]), n=2.0))[w].tolist() == [-4.0]


@pytest.mark.parametrize(("power", "right"), [(1, 0.0), (2, 2.0), (3, 0.0), (0, 0.0), (4, 0.0)])
def test_second_derivatives_of_powers_at_0(power, right):
    g = trace(lambda x: x**power)
    assert hessian_vector(g, {"x": 0.0}, {"x": 1.0})["x"] == right


def test_the_third_derivative_of_a_square_at_0():
    h, slope = gradient_graph(trace(lambda x: x**2))
    h.loss(slope["x"] * 1.0)
    assert hessian_vector(h, {"x": 0.0}, {"x": 1.0})["x"] == 0.0


# --- tails: 1 minus nearly 1 -------------------------------------------------------------------

TAILS = [
    ("softplus", lambda x: math.exp(x) / (1 + math.exp(x)), (-15.0, -20.0, -37.0, -40.0, -100.0)),
    (
        "sigmoid",
        lambda x: math.exp(-abs(x)) / (1 + math.exp(-abs(x))) ** 2,
        (-37.0, 5.0, 37.0, 300.0),
    ),
    ("tanh", lambda x: 1 / math.cosh(x) ** 2, (0.5, -5.0, 20.0, -20.0, 300.0)),
    ("sigmoid", lambda x: 0.25 if x == 0 else 0.0, (0.0, 800.0, -800.0)),
    ("tanh", lambda x: 0.0, (800.0, -800.0)),
    ("softplus", lambda x: float(x > 0), (800.0, -800.0)),
]


@pytest.mark.parametrize(
    ("name", "x", "right"), [(name, x, f(x)) for name, f, at in TAILS for x in at]
)
def test_a_derivative_far_out_keeps_its_digits(name, x, right):
    op = getattr(ck, name)
    g = trace(lambda x: op(x))
    v = g.inputs["x"]
    found = [
        backprop(g.linearize(x=x))[v],
        backprop(g.linearize(x=np.array([x])))[v][0],
        g.compile()(x=x)[1]["x"],
        g.compile()(x=np.array([x, x]))[1]["x"][1],
    ]
    assert found == pytest.approx([right] * 4, rel=1e-12, abs=0)


# --- infinities as values ----------------------------------------------------------------------

LIMITS = [
    (lambda x: ck.logsumexp(x), [-inf, -inf], -inf),
    (lambda x: ck.logsumexp(x), [1.0, inf], inf),
    (lambda x: ck.logsumexp(x), [-inf, 2.0], 2.0),
    (lambda x: ck.logsumexp(x, axis=None), [[-inf], [-inf]], -inf),
    (lambda x: ck.logsumexp(x, axis=0, keepdims=True)[0, 0], [[-inf, 0.0], [-inf, 0.0]], -inf),
    (lambda x: ck.logsumexp(x), [inf, -inf], inf),
    (lambda x: ck.softmax(x)[0], [-inf, 2.0], 0.0),
    (lambda x: ck.cross_entropy(x, [[0.0, 1.0]]), [[-inf, 0.0]], 0.0),
    (lambda x: ck.cross_entropy(x, [1]), [[-inf, 0.0]], 0.0),
    (lambda x: ck.cross_entropy(x, [[0.0, 0.5, 0.5]]), [[-inf, 0.0, 0.0]], math.log(2)),
    (lambda x: ck.cross_entropy(x, 1), [-inf, 3.0], 0.0),
    (lambda x: ck.sigmoid(x)[0], [-inf], 0.0),
    (lambda x: ck.softplus(x)[0], [inf], inf),
    (lambda x: ck.tanh(x)[0], [-inf], -1.0),
]  # fmt: skip


@pytest.mark.parametrize(("f", "x", "right"), LIMITS)
def test_an_infinity_has_the_value_of_its_limit(f, x, right):
    g = trace(lambda x: f(x))
    assert f(np.array(x)) == pytest.approx(right)
    assert g.linearize(x=np.array(x)).values[g.ell] == pytest.approx(right)
    assert g.compile()(x=np.array(x))[0] == pytest.approx(right)


@pytest.mark.parametrize(
    ("f", "right"),
    [(ck.sqrt, inf), (ck.log, inf), (lambda s: s**0.5, inf), (lambda s: 1 / s, -inf)],
)
def test_a_number_beside_arrays_may_have_an_infinite_slope(f, right):
    g = trace(lambda s, x: ck.sum(x) + f(s))
    at = {"s": 0.0, "x": np.ones(2)}
    assert backprop(g.linearize(**at))[g.inputs["s"]] == right
    assert g.compile()(**at)[1]["s"] == right


@pytest.mark.parametrize("labels", [[[0.0, 1.0]], [1]], ids=str)
def test_a_class_masked_by_minus_infinity_costs_nothing(labels):
    at = np.array([[-inf, 0.0]])
    assert_slopes(lambda x: ck.cross_entropy(x, labels), {"x": [[0.0, 0.0]]}, x=at)


def test_a_masked_logsumexp_has_the_slopes_of_a_softmax():
    at = np.array([-inf, 0.0, 0.0])
    g = trace(lambda x: ck.logsumexp(x) * 1)
    lin = g.linearize(x=at)
    for adjoints in (backprop(lin), backprop(Watched(lin))):
        assert adjoints[g.inputs["x"]].tolist() == [0.0, 0.5, 0.5]


@pytest.mark.parametrize(
    "f",
    [lambda x: ck.relu(x), lambda x: ck.maximum(x, 0.0), lambda x: ck.minimum(0.0, x),
     lambda x: ck.minimum(x, 0.0), lambda x: ck.maximum(0.0, x), lambda x: ck.abs(x)],
)  # fmt: skip
def test_a_maximum_with_nan_is_nan_for_numbers_as_for_arrays(f):
    g = trace(lambda x: f(x))
    assert math.isnan(f(nan))
    assert np.isnan(f(np.array([nan]))).all()
    assert math.isnan(g.evaluate(x=nan)[g.ell])
    assert math.isnan(g.compile()(x=nan)[0])
    assert np.isnan(g.compile()(x=np.array([nan]))[0]).all()


# --- what does not reach the loss --------------------------------------------------------------

DEAD = [
    (lambda x: x * x * x, 1e200),
    (lambda x: x * 1e308 * 1e308, 2.0),
    (lambda x: (x * x) ** 0.5, 0.0),
    (lambda x: ck.sqrt(x) * 2.0, 0.0),
    (lambda x: ck.sqrt(ck.abs(x)) + x, 0.0),
    (lambda x: x**0.5 * x, 0.0),
    (lambda x: (x * 1e300) * (x * 1e300) - x * x * x, 1e200),
]


@pytest.mark.parametrize(("dead", "x"), DEAD)
def test_a_dead_branch_adds_nothing(dead, x):
    def loss(x):
        dead(x)
        return x * 2

    assert_slopes(loss, {"x": [2.0, 2.0]}, x=np.array([x, 1.0]))
    g = trace(lambda x: loss(x))
    v = g.inputs["x"]
    assert backprop(g.linearize(x=x))[v] == g.compile()(x=x)[1]["x"] == 2.0
    # an algorithm that reads every partial may meet one that does not exist
    slope = tried(lambda: backprop(Watched(g.linearize(x=x)))[v])
    assert isinstance(slope, Refusal) or slope == 2.0


ARRAYS_ONLY = [ck.exp, ck.log, lambda x: 1 / (x - x), lambda x: x / 0.0, lambda x: ck.sqrt(-x)]


@pytest.mark.parametrize("dead", ARRAYS_ONLY)
def test_a_dead_branch_of_arrays_may_overflow(dead):
    def loss(x):
        ck.sum(dead(x) * 2.0)
        return ck.sum(x * 2)

    assert_slopes(loss, {"x": [2.0, 2.0, 2.0]}, x=np.array([1000.0, 0.0, -1.0]))


@pytest.mark.parametrize(
    ("f", "x", "right"),
    [
        (lambda x: ck.where(x, ck.sqrt(x), 0 * x), [0.0, 4.0], [0.0, 0.25]),
        (lambda x: ck.where(x, ck.log(x), x), [0.0, 2.0], [1.0, 0.5]),
        (lambda x: ck.where(x, 1 / x, -x), [0.0, -1.0], [-1.0, -1.0]),
        (lambda x: ck.sqrt(ck.sum(x * x)), [0.0, 0.0], [0.0, 0.0]),
        (lambda x: ck.sum(x * x, keepdims=True) ** 0.5, [0.0, 0.0], [0.0, 0.0]),
    ],
)
def test_a_nan_among_the_adjoints_can_be_traced_or_does_not_arise(f, x, right):
    g = Graph()
    v = g.input("x")
    g.loss(ck.sum(f(v)))
    lin = g.linearize(x=np.array(x))
    found = backprop(lin)[v]
    assert np.allclose(found, right) or first_not_finite(lin) is not None


@pytest.mark.parametrize("f", [ck.log, ck.sqrt, lambda x: 1 / ck.relu(x)])
def test_the_error_of_an_untaken_branch_says_that_it_is_evaluated(f):
    g = Graph()
    x = g.input("x")
    g.loss(ck.where(x, f(x), -x))
    slope = tried(lambda: backprop(g.linearize(x=-1.0))[x])
    if isinstance(slope, Refusal):
        assert "where" in slope
        assert "evaluated" in slope
    else:
        assert slope == -1.0


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x / 0.0, np.ones(2)), (lambda x: x / (ck.sum(x) - 2.0), np.ones(2)),
        (lambda x: ck.log(x), np.zeros(2)), (lambda x: ck.exp(x) * x, np.array([1000.0, -1000.0])),
        (lambda x: ck.sqrt(x), np.array([-1.0, 0.0])), (lambda x: x**-1, np.zeros(2)),
        (lambda x: ck.mean(x[:0]), np.ones(2)), (lambda x: ck.log(x), np.array(0.0)),
        (lambda x: x**x, np.array([-0.5])), (lambda x: ck.softmax(x), np.array([np.inf, np.inf])),
    ],
)  # fmt: skip
def test_infinities_raise_our_error_or_travel_on_without_a_warning(f, x):
    g = Graph()
    v = g.input("x")
    g.loss(f(v) * 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for compute in (
            lambda: backprop(g.linearize(x=x)),
            lambda: backprop(Watched(g.linearize(x=x))),
            lambda: g.compile()(x=x),
            lambda: np.ones_like(x) * ck.eliminate(g.linearize(x=x), []).partials[v, g.out(v)[0]],
            lambda: unroll(g, x=x),
        ):
            assert "\n" not in str(tried(compute)) or not isinstance(tried(compute), Refusal)
