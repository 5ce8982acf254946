"""Formulas: the same algorithms, on expressions; with numbers in them, the same numbers."""

import copy
import math
import pickle
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import coursekit as ck
from coursekit import (
    Graph,
    GraphError,
    Watched,
    backprop,
    count_paths,
    eliminate,
    forward_mode,
    jacobian,
    linearization,
    path_sum,
    trace,
)
from coursekit.algorithms.expressions import MOST_TERMS, Expression
from coursekit.engine.operations import OPS
from coursekit.examples import example
from tests.support.array_programs import graph_of
from tests.support.graphs import NAMES, graphs, points
from tests.support.number_graphs import tame_numbers

REL = 1e-9


def one_input(f):
    g = trace(lambda x: f(x))
    return g, g.inputs["x"]


@given(graphs, points)
def test_numbers_in_a_symbolic_adjoint_give_the_numeric_adjoint(g, point):
    at = g.linearize(**dict(zip(NAMES, point, strict=True)))
    numbers, formulas = backprop(at), backprop(g.symbolic())
    for v in g.vertices:
        number = float(formulas[v].substitute(at.values))
        assert number == pytest.approx(numbers[v], rel=REL, abs=1e-9)


@given(graphs, points)
def test_the_sum_over_paths_and_the_expanded_adjoint_agree_too(g, point):
    named = dict(zip(NAMES, point, strict=True))
    at, lin = g.linearize(**named), g.symbolic()
    numbers, formulas = backprop(at), backprop(lin)
    for v in g.inputs.values():
        expanded = formulas[v].expanded().substitute(**named)
        assert float(expanded) == pytest.approx(numbers[v], rel=1e-7, abs=1e-7)
        if count_paths(lin, v) < 200:
            total = path_sum(lin, v).substitute(at.values)
            assert float(total) == pytest.approx(numbers[v], rel=REL, abs=1e-9)


@given(st.builds(tame_numbers, st.integers(0, 2**32).map(Random)))
def test_every_operation_of_numbers_has_a_formula(program):
    g, _ = graph_of(program)
    at = g.linearize(**program.inputs)
    numbers, lin = backprop(at), g.symbolic()
    formulas = backprop(lin)
    for v in g.vertices:
        assert float(formulas[v].substitute(at.values)) == pytest.approx(numbers[v], rel=1e-7)
        assert float(lin.values[v].substitute(at.values)) == pytest.approx(at.values[v], rel=REL)
        assert formulas[v].tex
        assert len(str(formulas[v])) < 2000


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.elementwise], ids=str)
def test_the_textbook_partial_of_an_operation_is_the_partial_of_the_table(op):
    g = Graph()
    point = dict(zip("abc"[: op.arity], (0.4, 0.7, 1.3), strict=False))
    g.loss(op(*map(g.input, point)))
    at, lin = g.linearize(**point), g.symbolic()
    for edge in lin.edges:
        number = float(lin.partials[edge].substitute(at.values))
        assert number == pytest.approx(at.partials[edge], rel=REL), edge


PARTIALS = {
    "2x": lambda x: x * x, "3x²": lambda x: x**3, "1/(2√x)": ck.sqrt, "−1/x²": lambda x: 1 / x,
    "σ(x)(1 − σ(x))": ck.sigmoid, "1 − tanh(x)²": ck.tanh, "exp(x)": ck.exp, "1/x": ck.log,
    "[x > 0]": ck.relu, "[x > 0] − [x < 0]": ck.abs, "1/3": lambda x: x / 3, "−1": lambda x: -x,
    "[x > 1]": lambda x: ck.maximum(x, 1), "0": lambda x: x - x, "σ(x)": ck.softplus,
    "[x < 1]·[x > 0]": lambda x: ck.clip(x, 0, 1), "2^x·log(2)": lambda x: 2**x,
    "where(x, 1, 0.01)": ck.leaky_relu, "x·x^(x − 1) + x^x·log(x)": lambda x: x**x,
}  # fmt: skip


@pytest.mark.parametrize("text", PARTIALS)
def test_a_partial_is_written_as_in_a_textbook(text):
    g, x = one_input(PARTIALS[text])
    assert str(g.symbolic().partials[x, g.ell]) == text


def test_the_example_of_the_lecture_note():
    g = example()
    a, b, _, d, _ = g.vertices
    lin = g.symbolic()
    assert str(dict(backprop(lin))) == "{a: d, b: d + c, c = a + b: d, d = b + 1: c, l = c × d: 1}"
    assert [str(lin.values[v]) for v in g.vertices] == ["a", "b", "a + b", "b + 1", "c·d"]
    adjoint = backprop(lin)[b]
    assert (str(adjoint.expanded()), adjoint.tex) == ("2b + a + 1", "d + c")
    assert adjoint.substitute(g.evaluate(a=2.0, b=1.0)) == 5
    assert (
        adjoint.substitute(d=2.0)
        == adjoint.substitute({d: 2.0})
        == 2 + lin.values[a] * 0 + (adjoint - backprop(lin)[a])
    )
    assert float(adjoint.expanded().substitute(a=2.0, b=1.0)) == 5


def test_formulas_in_latex():
    g = Graph()
    w, x, y = g.input("w_ji"), g.input(r"\hat{y}"), g.input("two words")
    g.loss(ck.sigmoid(w * x) / y**2 + ck.sqrt(x + 1) - ck.abs(y))
    tex = g.symbolic().values[g.ell].expanded().tex
    assert tex == (
        r"\frac{\sigma(w_{ji} \, \hat{y})}{\text{two words}^{2}} + \sqrt{\hat{y} + 1}"
        r" - \lvert \text{two words} \rvert"
    )


X, Y, Z = (Expression.of(name) for name in "xyz")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (X + Y + X - Y, "2x"), (X - X, "0"), (X * 1 + 0, "x"), (0 - X + 1, "1 − x"),
        (1 / (X * Y), "1/(x·y)"), ((X + Y) ** 2 / (X + Y), "x + y"), (X * Y - Y * X, "0"),
        ((X**2) ** 0.5, "√(x²)"), ((-X) ** 2, "x²"), ((X + 1) / (2 * Y), "(x + 1)/(2y)"),
        (1 / (2 * Y), "1/(2y)"), (2 * (X + 1), "2x + 2"), (X**-0.5, "1/√x"), (X**0, "1"),
        (Expression.of("z^{(l)}") ** 2, "(z⁽ˡ⁾)²"), (2 * Expression.of("loss"), "2·loss"),
        (Expression.of("a + b") * X, "(a + b)·x"), (X * 1e-9, "1e−09x"), (-(X + Y), "−x − y"),
        (2**X, "2^x"), (X**Y, "x^y"), ((X + 1) ** Y, "(x + 1)^y"), (Y * (1 - Y), "y·(1 − y)"),
    ],
    ids=str,
)  # fmt: skip
def test_an_expression_is_short(expression, text):
    assert str(expression) == text


def test_expressions_are_equal_if_their_terms_are():
    assert X + Y == Y + X
    assert hash(X + Y) == hash(Y + X)
    assert X * Y != X
    assert Expression.constant(2) == 2
    assert len({X * 2, X + X, X}) == 2
    assert pickle.loads(pickle.dumps(X * Y + 1)) == copy.deepcopy(X * Y + 1) == X * Y + 1


def ladder_of_operations(k):
    def f(x):
        for _ in range(k):
            x = ck.sin(x) * ck.cos(x)
        return x + 0

    return one_input(f)


def test_the_adjoint_of_a_ladder_is_shared_and_its_text_is_cut():
    g, x = ladder_of_operations(20)
    lin, at = g.symbolic(), g.linearize(x=0.3)
    adjoint = backprop(lin)[x]
    assert len(str(adjoint)) < 1000
    assert len(adjoint.tex) < 2000
    assert "…" in str(adjoint)
    assert float(adjoint.substitute(at.values)) == pytest.approx(backprop(at)[x])
    assert float(adjoint.expanded().substitute(x=0.3)) == pytest.approx(backprop(at)[x])


def test_a_sum_over_a_million_paths_is_refused_before_it_fills_the_memory():
    g, x = ladder_of_operations(20)
    with pytest.raises(GraphError, match=f"more than {MOST_TERMS:,} terms"):
        path_sum(g.symbolic(), x)


def test_a_deep_graph_needs_no_recursion():
    g, x = ladder_of_operations(700)
    at = g.linearize(x=0.3)
    number = float(backprop(g.symbolic())[x].substitute(at.values))
    assert number == pytest.approx(backprop(at)[x], abs=1e-300)


def test_other_algorithms_run_on_formulas():
    g = example()
    a, b, c, d, ell = g.vertices
    lin = g.symbolic()
    watched = Watched(lin)
    assert backprop(watched) == backprop(lin)
    assert len(watched.edges_read) == 5
    assert count_paths(lin, b) == 2
    assert str(eliminate(lin, [c, d]).partials[b, ell]) == "d + c"
    assert str(forward_mode(lin, {b: 1.0})[ell]) == "d + c"
    assert str(jacobian(lin, [a, b], [c, ell]).matrix) == "[[1, 1], [d, d + c]]"


def test_a_symbolic_linearization_can_be_pickled_and_copied():
    lin = example().symbolic()
    for other in (pickle.loads(pickle.dumps(lin)), copy.deepcopy(lin), copy.copy(lin)):
        assert str(backprop(other)) == str(backprop(lin))


def test_partials_by_hand_may_be_formulas():
    lin = linearization({("x", "h"): X, ("h", "l"): Y, ("x", "l"): 2}, loss="l")
    assert str(backprop(lin)["x"]) == "y·x + 2"


REFUSED = {
    "float": (lambda lin, x: float(x), r"d \+ c has no value: substitute numbers"),
    "compare": (lambda lin, x: x > 0, r"d \+ c has no value: substitute numbers"),
    "numpy": (lambda lin, x: np.exp(x), r"d \+ c has no value: substitute numbers"),
    "name": (lambda lin, x: x.substitute(dd=1.0), r"there is no vertex 'dd' \(did you mean 'd'\?"),
    "text": (lambda lin, x: x.substitute(d="two"), "d = 'two' is not a number"),
    "array": (lambda lin, x: x.substitute(d=[1.0]), "d is an array"),
    "arrays": (lambda lin, x: trace(lambda x: ck.sum(x)).symbolic(), "needs a graph of numbers"),
    "domain": (lambda lin, x: (1 / x).substitute(c=0.0, d=0.0), "0.0 . -1.0: outside the domain"),
    "loss": (lambda lin, x: Graph().symbolic(), "no loss yet"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_a_formula_is_refused_in_one_sentence(case):
    g = example()
    lin = g.symbolic()
    f, message = REFUSED[case]
    with pytest.raises(GraphError, match=message):
        f(lin, backprop(lin)[g.inputs["b"]])


def test_nan_and_infinity_are_numbers():
    assert math.isnan(float((X * math.nan).substitute(x=1.0)))
    assert float((X + math.inf).substitute(x=1.0)) == math.inf
