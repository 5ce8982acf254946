"""Graphs are built and evaluated; every mistake raises a one-sentence error."""

import pytest

from coursekit import (
    Graph,
    GraphError,
    backprop,
    count_paths,
    forward_mode,
    linearization,
    log,
    path_sum,
    sqrt,
)
from coursekit.examples import example, kite


def graph():
    g = Graph()
    a, b = g.input("a"), g.parameter("b")
    return g, a, b


def test_out_and_into_follow_the_order_in_which_edges_were_made():
    g, a, b = graph()
    c = a * b
    d = b + c
    assert g.out(b) == (c, d)
    assert g.into(d) == (b, c)
    assert g.parameters == [b]


def test_constants_are_part_of_the_operation():
    g, a, _ = graph()
    v = 1 - 2 * a
    assert len(g.vertices) == 4
    assert repr(v) == "v4 = 1 − v3"


def test_any_string_may_be_a_name():
    g = Graph()
    names = ["self", "∂ℓ/∂w", "a\nb", "lambda", "__import__('os')", "x" * 10_000, "‮rtl"]
    g.loss(sum(g.input(name) for name in names))
    point = dict.fromkeys(names, 1.0)
    assert g.compile()(**point) == (7.0, dict.fromkeys(names, 1.0))
    assert set(backprop(g.linearize(**point)).values()) == {1.0}


def test_a_linearization_does_not_grow_with_its_graph():
    g = example()
    a = g.inputs["a"]
    lin = g.linearize(a=2.0, b=1.0)
    later = a * 7
    assert later not in lin.out(a)
    assert backprop(lin)[a] == 2.0
    assert backprop(g.linearize(a=2.0, b=1.0))[later] == 0


def test_inputs_may_be_whole_numbers():
    g = example()
    assert g.evaluate(a=2, b=1)[g.ell] == 6.0


def test_a_value_may_exist_where_a_derivative_does_not():
    g = Graph()
    root = g.loss(sqrt(g.input("x")))
    assert g.evaluate(x=0.0)[root] == 0.0
    with pytest.raises(GraphError, match="has no derivative"):
        backprop(g.linearize(x=0.0))


def foreign():
    return Graph().input("s")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda g, a, b: g.input("a"), "the name 'a' is already taken: choose another one"),
        (lambda g, a, b: g.input(3), "a name must be a string such as 'x', not 3"),
        (lambda g, a, b: a * foreign(), "s is not a vertex of this graph: combine"),
        (lambda g, a, b: g.out(foreign()), "s is not a vertex of this graph, or"),
        (lambda g, a, b: a + "b", "add: 'b' is neither a number nor a vertex"),
        (lambda g, a, b: g.linearize(a=1, b=1), "this graph has no loss yet: call g.loss(vertex)"),
        (lambda g, a, b: g.compile(), "this graph has no loss yet: call g.loss(vertex)"),
        (lambda g, a, b: g.loss(3.0), "the loss must be a vertex of this graph, not 3.0"),
        (lambda g, a, b: (a + b, g.loss(a)), "a cannot be the loss, because v3 is computed"),
        (lambda g, a, b: g.loss(a + b) * 2, "l is the loss: nothing may be computed from it"),
        (lambda g, a, b: (g.loss(a + b), g.loss(a * b)), "the loss is already l: use another"),
        (lambda g, a, b: g.evaluate(a=1), "missing value for input 'b': for example, pass b=1.0"),
        (lambda g, a, b: g.evaluate(a=1, b="2"), "b = '2' is not a number"),
        (lambda g, a, b: g.evaluate(a=1, c=2), "there is no input 'c'; the inputs are: a, b"),
        (lambda g, a, b: (a + b).named("a"), "the name 'a' is already taken"),
        (lambda g, a, b: a.named("c"), "vertex a already has a name"),
        (lambda g, a, b: (log(a), g.evaluate(a=-1, b=0)), "v3 = log(a) cannot be computed at a"),
        (lambda g, a, b: (a / b, g.evaluate(a=1, b=0)),
         "v3 = a ÷ b cannot be computed at a = 1, b = 0: division by zero"),
        (lambda g, a, b: (g.loss(sqrt(a)), backprop(g.linearize(a=0, b=0))),
         "l = sqrt(a) has no derivative at a = 0; move the input off this point"),
        (lambda g, a, b: (g.loss(a / b), g.compile()(a=1, b=0)), "l = a ÷ b cannot be computed"),
        (lambda g, a, b: (g.loss(a * b), g.compile()(a=1)), "missing value for input 'b'"),
        (lambda g, a, b: (g.loss(a * b), path_sum(g.linearize(a=1, b=1), foreign())),
         "s is not a vertex of this graph"),
        (lambda g, a, b: (g.loss(a * b), g.linearize(a=1, b=1).partials[a, b]),
         "there is no edge a → b; lin.partials takes (tail, head)"),
    ],
)  # fmt: skip  # one case per line
def test_errors_name_the_culprit_and_the_remedy(wrong, sentence):
    with pytest.raises(GraphError) as error:
        wrong(*graph())
    assert str(error.value).startswith(sentence)
    assert "\n" not in str(error.value)


def test_a_close_name_is_suggested():
    g = Graph()
    g.input("weight")
    with pytest.raises(GraphError, match="did you mean 'weight'"):
        g.evaluate(weigh=1.0)


def test_a_refused_input_leaves_the_graph_as_it_was():
    g, _, _ = graph()
    with pytest.raises(GraphError):
        g.input("a")
    assert len(g.vertices) == 2
    assert list(g.inputs) == ["a", "b"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: kite().out("z"), "there is no vertex 'z'"),
        (lambda: path_sum(kite(), "X1"), "there is no vertex 'X1'"),
        (lambda: kite().partials["h", "x"], "there is no edge h → x"),
        (lambda: kite().partials["h"], "lin.partials takes a pair (tail, head), not 'h'"),
        (lambda: linearization({("a", "b"): 1}, loss="l"), "the loss l is not among the vertices"),
        (
            lambda: linearization({("l", "a"): 1}, loss="l"),
            "l cannot be the loss, because a is computed from it",
        ),
    ],
)
def test_errors_of_graphs_made_from_partials_name_the_culprit(wrong, sentence):
    with pytest.raises(GraphError) as error:
        wrong()
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda g, lin: backprop(lin)["a"], "'a' is a name, not a vertex: use g.inputs['a']"),
        (lambda g, lin: path_sum(lin, "a"), "'a' is a name, not a vertex: use g.inputs['a']"),
        (lambda g, lin: count_paths(lin, "a"), "'a' is a name, not a vertex: use g.inputs['a']"),
        (lambda g, lin: g.out("a"), "'a' is a name, not a vertex: use g.inputs['a']"),
        (lambda g, lin: lin.partials["a", "c"], "'a' is a name, not a vertex: use g.inputs['a']"),
        (lambda g, lin: lin.partials["a"], "lin.partials takes a pair (tail, head), not 'a'"),
        (
            lambda g, lin: lin.partials[g.inputs["a"]],
            "lin.partials takes a pair (tail, head), not a",
        ),
        (lambda g, lin: lin.values["c"], "'c' is a name, not a vertex: use the variable that"),
        (lambda g, lin: g.into("c1"), "there is no vertex 'c1' (did you mean 'c'?)"),
        (lambda g, lin: g.out(3), "3 is not a vertex of this graph"),
        (lambda g, lin: g.out(None), "None is not a vertex of this graph"),
        (lambda g, lin: backprop(g), "a Graph has no partials before it is evaluated: use"),
        (lambda g, lin: path_sum(g, g.inputs["a"]), "a Graph has no partials before it is"),
        (lambda g, lin: forward_mode(g, {}), "a Graph has no partials before it is evaluated"),
    ],
)
def test_a_name_or_a_graph_passed_by_mistake_raises_a_one_sentence_error(wrong, sentence):
    g = example()
    with pytest.raises(GraphError) as error:
        wrong(g, g.linearize(a=2.0, b=1.0))
    assert str(error.value).startswith(sentence)
