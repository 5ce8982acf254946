"""Derivatives of ordinary functions agree with differences and with one another, or are refused."""

import functools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import coursekit as ck
from coursekit import gradient, hessian, hessian_vector, jvp, trace, value_and_gradient, vjp
from coursekit.algorithms.second_derivatives import both_sweeps
from tests.support.graphs import NAMES, graphs, points
from tests.support.refusals import refused

# functions of an m × n matrix, a vector of n numbers, and a number
OF_ARRAYS = [
    lambda W, x, b: ck.sum(np.tanh(W @ x + b) ** 2),
    lambda W, x, b: b * ck.logsumexp(W @ x, axis=None) + ck.sum(x[:1] * b),
    lambda W, x, b: ck.sum(ck.sigmoid(W * b) / (1 + x * x)),
    lambda W, x, b: np.sum(W.T @ W) * b - x @ x,
    lambda W, x, b: ck.sum(ck.softmax(W) @ x) ** 2 * b,
    lambda W, x, b: b**2,
]
TO_ARRAYS = [
    lambda W, x, b: np.sin(W) @ x * b,
    lambda W, x, b: W * x + b,
    lambda W, x, b: W[:, None] * b - x[::-1],
    lambda W, x, b: [b * b, ck.sum(W) * b, x @ x, 3.0],
    lambda W, x, b: np.exp(np.array([ck.sum(x), b])),
    lambda W, x, b: W,
    lambda W, x, b: np.ones(2),
]


@st.composite
def arguments(draw):
    m, n = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.normal(size=(m, n)), rng.normal(size=n), float(rng.normal())


def moved(x, i, step):
    """Return the arguments with `step` added to the i-th of all their numbers."""
    vector = np.concatenate([np.ravel(a) for a in x])
    vector[i] += step
    pieces = np.split(vector, np.cumsum([np.size(a) for a in x])[:-1])
    return [
        p.reshape(np.shape(a)) if np.shape(a) else float(p[0])
        for p, a in zip(pieces, x, strict=True)
    ]


def flat(derivatives):
    return np.concatenate([np.ravel(d) for d in derivatives])


def differences(f, x):
    """Return the central differences of f along each number in x, one row for each."""
    h, size = 1e-5, sum(map(np.size, x))
    return np.array([(f(*moved(x, i, h)) - f(*moved(x, i, -h))) / (2 * h) for i in range(size)])


def on_numbers(g):
    """Return the function of three numbers that a graph computes."""
    return lambda x, y, z: both_sweeps(g, iter((x, y, z)))[0]


@given(f=st.sampled_from(OF_ARRAYS), x=arguments())
def test_the_gradient_agrees_with_differences_in_the_shapes_of_the_arguments(f, x):
    value, slopes = value_and_gradient(f)(*x)
    assert type(value) is float
    assert [np.shape(d) for d in slopes] == [np.shape(a) for a in x]
    right = differences(lambda *x: value_and_gradient(f)(*x)[0], x)
    assert_allclose(flat(slopes), right, 1e-5, 1e-7)
    assert_allclose(flat(gradient(f)(*x)), flat(slopes))


@given(f=st.sampled_from(OF_ARRAYS), x=arguments())
def test_the_hessian_agrees_with_second_differences_and_is_symmetric(f, x):
    blocks = hessian(f)(*x)
    assert [[np.shape(b) for b in row] for row in blocks] == [
        [np.shape(a) + np.shape(b) for b in x] for a in x
    ]
    rows = [
        np.concatenate(
            [np.reshape(b, (np.size(a), np.size(c))) for b, c in zip(row, x, strict=True)], axis=1
        )
        for row, a in zip(blocks, x, strict=True)
    ]
    matrix = np.concatenate(rows)
    assert_allclose(matrix, matrix.T, 1e-9, 1e-12)
    assert_allclose(matrix, differences(lambda *x: flat(gradient(f)(*x)), x), 1e-5, 1e-6)


@given(f=st.sampled_from(OF_ARRAYS + TO_ARRAYS), x=arguments(), seed=st.integers(0, 99))
def test_jvp_and_vjp_are_transposes_and_agree_with_differences(f, x, seed):
    rng = np.random.default_rng(seed)
    v = tuple(rng.normal(size=np.shape(a)) for a in x)
    value, tangent = jvp(f, x, v)
    same, pull = vjp(f, x)
    assert_allclose(same, value)
    assert np.shape(tangent) == np.shape(value)
    u = rng.normal(size=np.shape(value))
    inner = sum(np.sum(d * t) for d, t in zip(pull(u), v, strict=True))
    assert_allclose(np.sum(u * tangent), inner, 1e-9, 1e-12)
    h = 1e-6
    ahead, behind = (
        jvp(f, tuple(a + s * t for a, t in zip(x, v, strict=True)), v)[0] for s in (h, -h)
    )
    assert_allclose(tangent, (ahead - behind) / (2 * h), 1e-4, 1e-6)


@given(graphs, points)
def test_a_gradient_of_a_gradient_is_a_row_of_the_hessian(g, point):
    f = on_numbers(g)
    rows = hessian(f)(*point)
    for i, row in enumerate(rows):
        nested = gradient(lambda *x, i=i: gradient(f)(*x)[i])(*point)
        assert nested == pytest.approx(row, rel=1e-9, abs=1e-12)
        basis = dict(zip(NAMES, np.eye(3)[i].tolist(), strict=True))
        product = hessian_vector(g, dict(zip(NAMES, point, strict=True)), basis)
        assert list(product.values()) == pytest.approx(row, rel=1e-9, abs=1e-12)
    assert jvp(gradient(f), point, (1.0, 0.0, 0.0))[1].tolist() == pytest.approx(rows[0])


def test_gradients_nest_to_any_order():
    slope, slopes = (lambda x: x**5), []
    for _ in range(6):
        slope = gradient(slope)
        slopes.append(slope(2.0))
    assert slopes == [80.0, 160.0, 240.0, 240.0, 120.0, 0.0]
    g = trace(gradient(lambda x: x**3))
    assert g.evaluate(x=2.0)[g.ell] == 12.0


def cubes(*x):
    return sum(a**3 for a in x)


def scaled(a, b=3.0, *, k=1.0):
    return a * a * b * k


RIGHT = [
    (lambda: gradient(lambda x: x**2)(3), 6.0),
    (lambda: gradient(lambda x, y: x * y)(np.int64(3), Fraction(1, 2)), (0.5, 3.0)),
    (lambda: gradient(lambda x: x * x)(np.array(2.0)), 4.0),
    (lambda: gradient(lambda x: x * x)(True), 2.0),
    (lambda: gradient(lambda x: x * x)(math.inf), math.inf),
    (lambda: gradient(lambda x: x @ x)([1, 2]), [2.0, 4.0]),
    (lambda: gradient(lambda x: x * x)(np.full((1, 1), 2.0)), [[4.0]]),
    (lambda: gradient(lambda x: ck.sum(ck.log(x)))(np.array([-1.0, 0.0])), [-1.0, math.inf]),
    (lambda: gradient(lambda x: ck.sum(x * x))(np.ones(0)), []),
    (lambda: gradient(cubes)(1.0, 2.0, 3.0), (3.0, 12.0, 27.0)),
    (lambda: gradient(scaled)(2.0), 12.0),
    (lambda: gradient(scaled)(2.0, 1.0, k=2), (8.0, 8.0)),
    (lambda: gradient(scaled)(2.0, b=1.0), 4.0),
    (lambda: gradient(lambda w, X: ck.sum(X @ w))(np.ones(2), X=np.eye(2)), [1.0, 1.0]),
    (lambda: gradient(functools.partial(scaled, k=2.0))(1.0), 12.0),
    (lambda: gradient(np.exp)(0), 1.0),
    (lambda: gradient(ck.exp)(0), 1.0),
    (lambda: gradient(pow)(2.0, 3.0), (12.0, 8 * math.log(2))),
    (lambda: gradient(abs)(-2), -1.0),
    (lambda: gradient(lambda a, b: a)(1.0, [1.0, 2.0]), (1.0, [0.0, 0.0])),
    (lambda: value_and_gradient(lambda x, y: 3)(1.0, np.ones(2)), (3.0, (0.0, [0.0, 0.0]))),
    (lambda: value_and_gradient(gradient(lambda x: 2 * x))(1.0), (2.0, 0.0)),
    (lambda: gradient(lambda a: gradient(scaled)(a, 5.0)[0])(2.0), 10.0),
    (lambda: gradient(lambda x: x * gradient(lambda x, y: x + y)(x, 1.0)[1])(2.0), 1.0),
    (lambda: gradient(lambda v2, v1: v1 * v2)(1.0, 2.0), (2.0, 1.0)),
    (lambda: jvp(lambda x, y: [x * y, x + y, 3], (2, 3), (1, 0)), ([6.0, 5.0, 3.0], [3.0, 1.0, 0])),
    (lambda: jvp(lambda x: x, 2, 1), (2.0, 1.0)),
    (lambda: jvp(lambda x: 3, np.ones(2), [1.0, 2.0]), (3.0, 0.0)),
    (lambda: vjp(lambda x, y: [x * y, x + y, 7], (2, 3))[1]([1, 2, 3]), (5.0, 4.0)),
    (lambda: vjp(lambda x: 3, np.ones(2))[1](1), [0.0, 0.0]),
    (lambda: hessian(lambda x: x**3)(2), 12.0),
    (lambda: hessian(lambda x, k: x * x * k)(1, k=3), 6.0),
    (lambda: hessian(lambda x: 3)(np.ones(2)), np.zeros((2, 2))),
    (lambda: hessian(ck.sum)(np.ones((1, 2))), np.zeros((1, 2, 1, 2))),
    (lambda: hessian(lambda x, y: np.sum(np.exp(np.array([x, y]))))(0, 0), ((1, 0), (0, 1))),
]


@pytest.mark.parametrize(("make", "right"), RIGHT)
def test_what_people_pass_gives_the_right_numbers(make, right):
    def compare(got, right):
        if isinstance(right, tuple):
            assert isinstance(got, tuple)
            for one, other in zip(got, right, strict=True):
                compare(one, other)
        else:
            assert type(got) is (float if np.ndim(right) == 0 else np.ndarray)
            assert_allclose(got, np.asarray(right, float))
            assert np.shape(got) == np.shape(right)

    compare(make(), right)


REFUSED = [
    (lambda: gradient(lambda x: x * x)(np.ones(3)), "an array of the shape (3,)", "return the sum"),
    (lambda: gradient(lambda x: [x, x])(1.0), "an array of the shape (2,)"),
    (lambda: gradient(lambda x: None)(1.0), "the result of <lambda> = None is not a number"),
    (lambda: gradient(lambda x: "a")(1.0), "is not a number"),
    (lambda: gradient(lambda a, b: a * b)(a=1.0, b=3.0), "by position", "held fixed"),
    (lambda: gradient(lambda a: a)(1.0, 2.0), "takes (a), but got 2 arguments"),
    (lambda: gradient(lambda a, b: a)(1.0), "takes (a, b), but got 1 argument"),
    (lambda: gradient(lambda x: x @ x)((1.0, 2.0)), "x is a tuple", "gradient(f)(*x)"),
    (lambda: gradient(3.0)(1.0), "3.0 is not a function"),
    (lambda: gradient(math.exp)(1.0), "use exp, sin and the like from coursekit"),
    (lambda: gradient(lambda x: x if x > 0 else -x)(1.0), "x > 0 needs a value", "where"),
    (lambda: gradient(ck.log)(-1.0), "outside the domain"),
    *((lambda x=x: gradient(lambda x: x)(x), "x =") for x in (1j, "1", None, {1.0})),
    (lambda: gradient(lambda p: p["w"])({"w": 1.0}), "p is a dict", "several arguments"),
    (lambda: gradient(lambda x: ck.Graph().input("q"))(1.0), "q is not a vertex of this graph"),
    (
        lambda: gradient(lambda x: gradient(lambda y: x + y)(1.0))(1.0),
        "let both be arguments of the inner function",
    ),
    (
        lambda: gradient(lambda x: ck.sum(gradient(lambda x: x @ x)(x)))(np.ones(2)),
        "use hessian(f)(x)",
    ),
    (
        lambda: gradient(lambda x: ck.sum(gradient(lambda x: x * x)(x)))(np.ones(2)),
        "use hessian(f)(x)",
    ),
    (lambda: hessian(hessian(lambda x: x**4))(1.0), "x is a vertex", "only gradient"),
    (lambda: gradient(lambda x: jvp(ck.exp, x, 1.0)[1])(1.0), "is a vertex"),
    (lambda: gradient(lambda x: ck.check_gradients(ck.exp, x))(1.0), "is a vertex"),
    (lambda: hessian(lambda x: x * x)(np.ones(2)), "an array of the shape (2,)"),
    (lambda: jvp(lambda x, y: x * y, [1.0, 2.0], [1.0, 0.0]), "takes (x, y)", "in a tuple"),
    (lambda: jvp(lambda x, y: x * y, (1.0, 2.0), 1.0), "tuples of the same length"),
    (lambda: jvp(lambda x: x, np.ones(2), np.ones(3)), "the tangent of x has the shape (3,)"),
    (lambda: jvp(lambda x: x, 1.0, None), "a tangent in v = None is not a number"),
    (lambda: jvp(lambda x: [x, x @ x], np.ones(2), np.ones(2)), "a list of 2 arrays"),
    (lambda: jvp(lambda x: [x, np.ones((2, 3)), np.ones((2, 2))], 1.0, 1.0), "3 arrays"),
    (lambda: vjp(lambda x: [x, x], 1.0)[1](1.0), "the seed has the shape ()"),
    (lambda: vjp(lambda x: x, 1.0)[1](np.ones(2)), "the seed has the shape (2,)"),
]


@pytest.mark.parametrize(("make", "words"), [(make, words) for make, *words in REFUSED])
def test_anything_else_is_refused_in_one_sentence(make, words):
    refused(make, *words)


def test_float32_stays_float32():
    x = np.ones(2, np.float32)
    value, slope = value_and_gradient(lambda x: ck.sum(x * x))(x)
    assert {value.dtype, slope.dtype, hessian(lambda x: ck.sum(x * x))(x).dtype} == {x.dtype}
    assert {y.dtype for y in jvp(np.exp, x, x)} == {x.dtype}


def test_results_share_no_memory_with_arguments():
    x, seed = np.ones(2), np.ones(2)
    value, pull = vjp(lambda x: x, x)
    slope = pull(seed)
    value[:], slope[:] = 5.0, 6.0
    assert x.tolist() == seed.tolist() == pull(seed).tolist() == [1.0, 1.0]
