"""Networks learn; the rules of descent are pure functions; the digits are the published ones."""

from functools import partial
from statistics import median

import numpy as np
import pytest
from numpy.testing import assert_allclose

from coursekit import GraphError, backprop, mse, tanh
from coursekit.networks import (
    accuracy,
    adam,
    digits,
    glorot,
    gradient_descent,
    he,
    minibatches,
    momentum,
    network,
    parameters_of,
    scaled,
    train,
)

SEEDS = range(20)


def held_out_accuracy(seed):
    rng = np.random.default_rng(seed)
    data = digits(rng)
    g = network(2)
    trained = train(
        g,
        parameters_of([64, 32, 10], rng),
        {"X": data.images, "Y": data.labels},
        step=partial(gradient_descent, eta=0.3),
        rng=rng,
        progress=False,
    )
    return accuracy(g, trained.parameters, data.held_out_images, data.held_out_labels)


def test_a_network_learns_the_digits_for_each_of_20_seeds():
    accuracies = [held_out_accuracy(seed) for seed in SEEDS]
    assert median(accuracies) >= 0.97, accuracies
    assert min(accuracies) >= 0.94


@pytest.mark.parametrize("rule", [momentum, adam], ids=lambda f: f.__name__)
def test_momentum_and_adam_learn_too(rule):
    rng = np.random.default_rng(0)
    data, g = digits(rng), network(2, sigma=tanh)
    trained = train(
        g,
        parameters_of([64, 32, 10], rng, initial=glorot),
        {"X": data.images, "Y": data.labels},
        step=partial(rule, eta={momentum: 0.05, adam: 0.005}[rule]),
        rng=rng,
        epochs=15,
        progress=False,
    )
    assert accuracy(g, trained.parameters, data.held_out_images, data.held_out_labels) > 0.94
    assert trained.losses[-1] < trained.losses[0] / 5


def test_training_changes_neither_parameters_nor_data():
    rng = np.random.default_rng(0)
    parameters, X = parameters_of([3, 4, 2], rng), rng.normal(size=(10, 3))
    before = {name: x.copy() for name, x in parameters.items()}
    data = {"X": X.copy(), "Y": np.zeros(10)}
    step = partial(gradient_descent, eta=0.1)
    train(network(2), parameters, data, step=step, rng=rng, epochs=1)
    assert all((parameters[name] == x).all() for name, x in before.items())
    assert (data["X"] == X).all()


def test_a_step_of_training_is_a_step_along_backprops_gradient():
    rng = np.random.default_rng(3)
    parameters, X = parameters_of([3, 4, 2], rng), rng.normal(size=(8, 3))
    Y = rng.normal(size=(8, 2))
    g = network(2, sigma=tanh, loss=mse)
    adjoints = backprop(g.linearize(X=X, Y=Y, **parameters))
    step = partial(gradient_descent, eta=0.5)
    data = {"X": X, "Y": Y}
    trained = train(g, parameters, data, step=step, rng=rng, epochs=1, batch=8, progress=False)
    for v in g.parameters:
        assert_allclose(trained.parameters[str(v)], parameters[str(v)] - 0.5 * adjoints[v], 1e-12)


def test_rows_that_do_not_match_are_named():
    rng = np.random.default_rng(0)
    with pytest.raises(GraphError, match="the arrays have 3 and 4 rows"):
        train(
            network(1),
            parameters_of([2, 2], rng),
            {"X": np.ones((3, 2)), "Y": np.zeros(4)},
            step=partial(gradient_descent, eta=0.1),
            rng=rng,
        )


def test_adam_takes_the_published_first_steps():
    theta, state = np.array([1.0, -2.0]), (0, 0.0, 0.0)
    for _ in range(2):  # by hand: while the gradient keeps its sign, each step is η
        theta, state = adam(theta, 2 * theta / abs(theta), state, eta=0.1)
    assert_allclose(theta, [0.8, -1.8], 1e-7)


def test_momentum_without_friction_adds_up_the_steps():
    theta, velocity = 0.0, 0.0
    for _ in range(3):
        theta, velocity = momentum(theta, 1.0, velocity, eta=1.0, mu=1.0)
    assert (theta, velocity) == (-6.0, -3.0)


def test_minibatches_contain_every_row_once():
    batches = list(minibatches(10, 4, np.random.default_rng(0)))
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(np.concatenate(batches)) == list(range(10))


@pytest.mark.parametrize(
    ("initial", "s"), [(he, (2 / 300) ** 0.5), (glorot, (2 / 500) ** 0.5), (scaled(0.7), 0.7)]
)
def test_initial_weights_have_their_standard_deviation(initial, s):
    weights = initial(np.random.default_rng(0), 200, 300)
    assert weights.shape == (200, 300)
    assert weights.std() == pytest.approx(s, rel=0.02)


def test_the_digits_have_the_published_numbers_of_each_label():
    data = digits(np.random.default_rng(0))
    labels = np.concatenate([data.labels, data.held_out_labels])
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    again = digits(np.random.default_rng(0))
    assert (data.images == again.images).all()
    assert set(np.unique(data.images * 16)) == set(range(17))
