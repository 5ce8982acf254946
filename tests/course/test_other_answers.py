"""A correct answer is judged right even if it is written quite differently from the reference."""

import pytest

from tests.support.judging import is_wrong, judged_cases, run_master
from tests.support.lessons import MASTERS

ALTERNATIVES = [
    ("01", "step", "def step(w, g, eta):\n    return [a - eta * b for a, b in zip(w, g)]"),
    ("01", "minibatch_gradient", """
def minibatch_gradient(gradients, batch):
    total = 0
    for i in batch:
        total = total + gradients[i]
    return total / len(batch)
"""),
    ("01", "descend", """
def descend(gradient, w, eta, steps):
    ws = np.empty((steps + 1, len(w)))
    ws[0] = w
    for t in range(steps):
        ws[t + 1] = ws[t] - eta * gradient(ws[t])
    return ws
"""),
    ("02", "out", "def out(edges, v):\n    return frozenset(h for t, h in edges if t == v)"),
    ("02", "evaluate", """
from graphlib import TopologicalSorter
def evaluate(graph, inputs):
    order = TopologicalSorter({v: operands for v, (_, operands) in graph.items()})
    values = {**inputs}
    for v in order.static_order():
        if v in graph:
            values[v] = graph[v][0](*[values[u] for u in graph[v][1]])
    return values
"""),
    ("02", "evaluate", """
def evaluate(graph, inputs):
    values = dict(inputs)
    def value(v):
        if v not in values:
            operation, operands = graph[v]
            values[v] = operation(*map(value, operands))
        return values[v]
    for v in graph:
        value(v)
    return values
"""),
    ("02", "edge_partial", """
def edge_partial(op, tail, args):
    total = 0
    for i, (v, _) in enumerate(args):
        if v == tail:
            total += op.partials(*[x for _, x in args])[i]
    return total
"""),
    ("03", "adjoint", """
import numpy
def adjoint(v, out, partials, adjoints):
    heads = list(out(v))
    return numpy.dot([adjoints[u] for u in heads], [partials[v, u] for u in heads])
"""),
    ("03", "adjoint_recursive", """
from functools import cache
def adjoint_recursive(lin, v):
    @cache
    def of(v):
        return 1.0 * (v == lin.loss) + sum(of(u) * lin.partials[v, u] for u in lin.out(v))
    return of(v)
"""),
    ("04", "paths", """
def paths(out, w, loss):
    waiting = [(w,)]
    while waiting:
        path = waiting.pop()
        if path[-1] == loss:
            yield path
        waiting += [(*path, u) for u in out(path[-1])]
"""),
    ("04", "path_sum", """
def path_sum(lin, w):
    total, waiting = 0, [(w, 1)]
    while waiting:
        v, product = waiting.pop()
        total += product if v == lin.loss else 0
        waiting += [(u, product * lin.partials[v, u]) for u in lin.out(v)]
    return total
"""),
    ("04", "count_paths", """
from functools import cache
def count_paths(out, w, loss):
    @cache
    def count(v):
        return 1 if v == loss else sum(map(count, out(v)))
    return count(w)
"""),
    ("06", "weight_adjoints", "def weight_adjoints(dz, a):\n    return dz[:, None] * a[None, :]"),
    ("06", "weight_adjoints",
     "def weight_adjoints(dz, a):\n    return [[d * x for x in a] for d in dz]"),
    ("06", "activation_adjoints", "def activation_adjoints(dz, w):\n    return w.T @ dz"),
    ("06", "bias_adjoints", "def bias_adjoints(dz):\n    return list(dz)"),
    ("07", "nonlinearity_adjoint", """
def nonlinearity_adjoint(da, z, sigma_prime):
    return [d * sigma_prime(x) for d, x in zip(da, z)]
"""),
    ("07", "sigmoid_prime_from_output", "def sigmoid_prime_from_output(a):\n    return a - a**2"),
    ("07", "relu_partial", "def relu_partial(z):\n    return np.heaviside(z, 0.5)"),
    ("07", "relu_partial", "def relu_partial(z):\n    return np.where(z >= 0, 1.0, 0.0)"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "exercise", "source"), ALTERNATIVES)
def test_another_right_answer_is_judged_right(number, exercise, source):
    master = next(master for name, master in MASTERS.items() if name.startswith(number))
    names, checks = run_master(master)
    cases = judged_cases(names, checks, exercise, "otherwise")
    alternative = dict(names)
    exec(source, alternative)
    assert not is_wrong(alternative[exercise], cases)
