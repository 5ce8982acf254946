"""Gradients from the literature, with their sources and printed digits, computed in five ways."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from coursekit import (
    Linearization,
    backprop,
    central_difference,
    exp,
    forward_mode,
    log,
    path_sum,
    relu,
    sigmoid,
    sin,
    trace,
)


class Known(NamedTuple):
    source: str
    f: Callable
    at: dict[str, float]
    value: str  # as printed
    gradient: dict[str, str]  # as printed


def mazur(i1, i2, w1, w2, w3, w4, w5, w6, w7, w8, b1, b2):
    h1, h2 = sigmoid(w1 * i1 + w2 * i2 + b1), sigmoid(w3 * i1 + w4 * i2 + b1)
    o1, o2 = sigmoid(w5 * h1 + w6 * h2 + b2), sigmoid(w7 * h1 + w8 * h2 + b2)
    return 0.5 * (0.01 - o1) ** 2 + 0.5 * (0.99 - o2) ** 2


def readme(a, b):
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + relu(b + a)
    d = d + 3 * d + relu(b - a)
    f = (c - d) ** 2
    return f / 2.0 + 10.0 / f


WEIGHTS = {
    **{"w1": 0.15, "w2": 0.20, "w3": 0.25, "w4": 0.30},
    **{"w5": 0.40, "w6": 0.45, "w7": 0.50, "w8": 0.55},
}
KNOWN = [
    Known(
        "Stanford CS231n, course notes, Backpropagation, Intuitions: f = (x + y) z",
        lambda x, y, z: (x + y) * z,
        {"x": -2.0, "y": 5.0, "z": -4.0},
        "-12",
        {"x": "-4", "y": "-4", "z": "3"},
    ),
    Known(
        "Stanford CS231n, course notes, Backpropagation, Intuitions: the sigmoid neuron",
        lambda w0, x0, w1, x1, w2: 1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2))),
        {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0},
        "0.73",
        # its figure rounds at each gate: 0.39 and 0.59 are within 0.01 of the exact values
        {"w0": "-0.20", "x0": "0.39", "w1": "-0.39", "x1": "-0.59", "w2": "0.20"},
    ),
    Known(
        "Olah, Calculus on Computational Graphs: Backpropagation (2015): e = (a + b)(b + 1)",
        lambda a, b: (a + b) * (b + 1),
        {"a": 2.0, "b": 1.0},
        "6",
        {"a": "2", "b": "5"},
    ),
    Known(
        "Baydin, Pearlmutter, Radul, Siskind, Automatic differentiation in machine learning: a"
        " survey (JMLR 2018), tables 2 and 3: ln x1 + x1 x2 - sin x2",
        lambda x1, x2: log(x1) + x1 * x2 - sin(x2),
        {"x1": 2.0, "x2": 5.0},
        "11.652",
        {"x1": "5.5", "x2": "1.716"},
    ),
    Known(
        "Griewank and Walther, Evaluating Derivatives (2008), tables 1.2 to 1.4",
        lambda x1, x2: (sin(x1 / x2) + x1 / x2 - exp(x2)) * (x1 / x2 - exp(x2)),
        {"x1": 1.5, "x2": 0.5},
        "2.0167",
        {"x1": "3.0118", "x2": "-13.7239"},
    ),
    Known(
        "Mazur, A Step by Step Backpropagation Example (2015)",
        mazur,
        {"i1": 0.05, "i2": 0.10, "b1": 0.35, "b2": 0.60} | WEIGHTS,
        "0.298371109",
        {"w5": "0.082167041", "w1": "0.000438568"},
    ),
    Known(
        "micrograd, README (2020)",
        readme,
        {"a": -4.0, "b": 2.0},
        "24.7041",
        {"a": "138.8338", "b": "645.5773"},
    ),
]
NAMES = [known.source.split(",")[0] for known in KNOWN]


def agrees(computed, printed):
    """Return whether a number rounds or truncates to the printed one; integers must be exact."""
    places = len(printed.partition(".")[2])
    return abs(computed - float(printed)) <= (1.01 * 10.0**-places if places else 1e-9)


def gradients(known, lin):
    """Yield each algorithm's name and its gradient, a dict by input name."""
    g = trace(known.f)
    inputs = {name: lin.vertices[v.index] for name, v in g.inputs.items()}
    adjoints = backprop(lin)
    yield "backprop", {name: adjoints[v] for name, v in inputs.items()}
    yield "path sum", {name: path_sum(lin, v) for name, v in inputs.items()}
    yield "forward", {name: forward_mode(lin, {v: 1})[lin.loss] for name, v in inputs.items()}


@pytest.mark.parametrize("known", KNOWN, ids=NAMES)
def test_five_algorithms_compute_the_published_gradient(known):
    g = trace(known.f)
    lin = g.linearize(**known.at)
    loss, of_program = g.compile()(**known.at)
    ways = dict(gradients(known, lin)) | {"program": of_program}
    ways["differences"] = {
        name: central_difference(lambda x: known.f(*x), [known.at[v] for v in g.inputs], i)
        for i, name in enumerate(g.inputs)
    }
    assert len(ways) == 5
    assert loss == lin.values[lin.loss]
    assert agrees(loss, known.value)
    for way, gradient in ways.items():
        for name, printed in known.gradient.items():
            assert agrees(gradient[name], printed), (way, name, gradient[name], printed)


@pytest.mark.parametrize("known", KNOWN, ids=NAMES)
def test_each_algorithm_notices_one_wrong_partial(known):
    g = trace(known.f)
    lin = g.linearize(**known.at)
    adjoints = backprop(lin)
    printed = [g.inputs[name] for name in known.gradient]
    cases = 0
    for tail, head in lin.edges:
        wrong = dict(lin.partials) | {(tail, head): 1.1 * lin.partials[tail, head] + 0.37}
        changed = Linearization(lin.vertices, lin.loss, lin.out, lin.into, wrong)
        if not any(adjoints[head] * forward_mode(lin, {v: 1})[tail] for v in printed):
            continue  # this partial is multiplied by 0 in every printed derivative
        cases += 1
        for way, gradient in gradients(known, changed):
            matches = (agrees(gradient[name], text) for name, text in known.gradient.items())
            assert not all(matches), (way, tail, head)
    assert cases >= 4
