"""`central_difference` scales its step with x, and leaves x as it is."""

import math

import numpy as np
import pytest

from coursekit import central_difference

SLOPES = [
    (lambda x: x**3, lambda x: 3 * x * x),
    (math.log, lambda x: 1 / x),
    (lambda x: 1 / x, lambda x: -1 / x**2),
    (math.sqrt, lambda x: 0.5 / math.sqrt(x)),
    (lambda x: x * x, lambda x: 2 * x),
    (lambda x: 5 * x, lambda _: 5.0),
]


@pytest.mark.parametrize("at", [1e-8, 1e-6, 1e-3, 1.0, 1e3, 1e8, 1e10, 1e12])
@pytest.mark.parametrize(("f", "slope"), SLOPES)
def test_the_difference_is_accurate_at_any_scale(f, slope, at):
    assert central_difference(lambda x: f(x[0]), [at], 0) == pytest.approx(slope(at), rel=1e-6)


@pytest.mark.parametrize("at", [0.0, -0.0, -1e12, -1e-9])
def test_the_difference_is_accurate_at_0_and_below(at):
    assert central_difference(lambda x: x[0] ** 2 + 3 * x[0], [at], 0) == pytest.approx(
        2 * at + 3, rel=1e-6
    )


@pytest.mark.parametrize("i", [0, 1])
def test_the_arguments_stay_as_they_are(i):
    for x in ([1.0, 2.0], np.array([1.0, 2.0]), (1.0, 2.0), np.array([1, 2])):
        assert central_difference(lambda x: x[0] * x[1] ** 2, x, i) == pytest.approx(4.0)
        assert list(x) == [1.0, 2.0]


@pytest.mark.parametrize("at", [0.0, 1e-300, 1e-20, -1e-12, 1e-9, 1e-3])
def test_the_difference_is_accurate_where_a_small_step_is_rounded_away(at):
    assert central_difference(lambda x: (1 + x[0]) - 1, [at], 0) == pytest.approx(1, rel=1e-6)
    assert central_difference(lambda x: math.tanh(2 * x[0]) + 1, [at], 0) == pytest.approx(
        2 * (1 - math.tanh(2 * at) ** 2), rel=1e-6
    )
