"""A name where a vertex belongs, a graph where a linearization belongs, numpy's names, slips."""

import copy
import pickle

import numpy as np
import pytest

import coursekit as ck
from coursekit import (
    Graph,
    Watched,
    backprop,
    draw,
    eliminate,
    forward_mode,
    jacobian,
    path_sum,
    trace,
)
from coursekit.examples import example, kite
from tests.support.refusals import Refusal, refused, tried

# --- a name or a graph where a vertex or a linearization belongs ----------------------------------


def named():
    g = Graph()
    a, b = g.input("a"), g.input("b")
    g.loss((a * b).named("c") + b)
    return g


LOOKUPS = {
    "backprop": (lambda g, lin, x: backprop(lin)[x], 3.0),
    "seeded": (lambda g, lin, x: backprop(lin, seed=1.0)[x], 3.0),
    "values": (lambda g, lin, x: lin.values[x], 2.0),
    "evaluate": (lambda g, lin, x: g.evaluate(a=2.0, b=3.0)[x], 2.0),
    "path_sum": (lambda g, lin, x: path_sum(lin, x), 3.0),
    "count_paths": (lambda g, lin, x: ck.count_paths(lin, x), 1),
    "paths": (lambda g, lin, x: len(list(ck.paths(lin, x))), 1),
    "forward_mode": (lambda g, lin, x: forward_mode(lin, {x: 1.0})[lin.loss], 3.0),
    "jacobian": (lambda g, lin, x: jacobian(lin, [x], [lin.loss]).matrix, [[3.0]]),
    "jacobian's outputs": (lambda g, lin, x: jacobian(lin, [lin.loss], [x]).matrix, [[0.0]]),
    "out": (lambda g, lin, x: len(lin.out(x)), 1),
    "into": (lambda g, lin, x: len(lin.into(x)), 0),
    "partials": (lambda g, lin, x: lin.partials[x, g.vertices[2]], 3.0),
    "a graph's out": (lambda g, lin, x: len(g.out(x)), 1),
}


@pytest.mark.parametrize("where", LOOKUPS)
def test_a_name_gives_the_answer_or_one_sentence(where):
    f, right = LOOKUPS[where]
    g = named()
    lin = g.linearize(a=2.0, b=3.0)
    assert f(g, lin, g.inputs["a"]) == right
    by_name = tried(lambda: f(g, lin, "a"))
    if isinstance(by_name, Refusal):
        refused(lambda: f(g, lin, "a"), "'a'")
        assert "did you mean 'a'?" not in by_name  # that is what the user wrote
    else:
        assert by_name == right
    refused(lambda: f(g, lin, "aa"), "aa", "a")
    for stranger in (0, None, Graph().input("a"), ("a", "c"), 1.5):
        refused(lambda x=stranger: f(g, lin, x))


@pytest.mark.parametrize(
    "f",
    [lambda g: backprop(g), lambda g: path_sum(g, g.inputs["a"]), lambda g: forward_mode(g, {}),
     lambda g: jacobian(g, [g.inputs["a"]], [g.ell]), lambda g: eliminate(g, []),
     lambda g: ck.count_paths(g, g.inputs["a"]), lambda g: list(ck.paths(g, g.inputs["a"])),
     lambda g: Watched(g), lambda g: ck.first_not_finite(g)],
)  # fmt: skip
def test_a_graph_in_place_of_a_linearization_is_refused(f):
    refused(lambda: f(example()), "linearize")


@pytest.mark.parametrize("key", ["zz", 3, None, ("a", "b")], ids=repr)
def test_forward_mode_refuses_a_stranger(key):
    lin = named().linearize(a=2.0, b=3.0)
    refused(lambda: forward_mode(lin, {key: 1.0}))
    refused(lambda: forward_mode(kite(), {key: 1.0}))


def test_forward_mode_takes_strings_where_they_are_the_vertices():
    assert forward_mode(kite(), {"x": 1.0})["l"] == path_sum(kite(), "x")


def test_lookups_by_key_are_alike_on_plain_data_and_on_tapes():
    g, plain = example(), kite()
    lin = g.linearize(a=2.0, b=1.0)
    a, _, _, d, loss = g.vertices
    edge = plain.edges[0]
    for some, there, absent in (
        (lin.partials, lin.edges[0], (a, d)), (plain.partials, edge, (edge.head, edge.tail)),
        (lin.values, loss, "zz"), (backprop(lin), loss, "zz"), (backprop(plain), plain.loss, "zz"),
    ):  # fmt: skip
        assert there in some
        assert absent not in some
        assert some.get(there) == some[there]
        assert some.get(absent, 7) == 7
        assert "object at 0x" not in repr(some)


def test_hessian_vector_and_evaluate_say_which_names_there_are():
    g = example()
    refused(lambda: ck.hessian_vector(g, {"a": 2.0, "b": 1.0}, {"c": 1.0}), "c")
    refused(lambda: g.linearize(a=2.0, bb=1.0), "did you mean 'b'?")
    refused(lambda: g.compile()(a=2.0), "b")


def test_pictures_take_names_or_refuse_them():
    lin = named().linearize(a=2.0, b=3.0)
    for f in (lambda: draw(lin, out="b").alt, lambda: draw(lin, adjoints={"a": 3.0}).alt):
        assert "did you mean 'b'?" not in tried(f)
    assert "∂ℓ/∂a = 3" in draw(lin, adjoints=backprop(lin)).alt


# --- numpy's names, and Python's -----------------------------------------------------------------


@pytest.mark.parametrize("condition", [[True, False, True], np.array([-1.0, 0.0, 2.0]), True])
def test_numpys_where_with_a_known_condition_is_numpys(condition):
    x, y = np.array([1.0, 2.0, 3.0]), np.array([-1.0, -2.0, -3.0])
    g = trace(lambda x, y: np.sum(np.where(condition, x, 2 * y)))
    lin = g.linearize(x=x, y=y)
    assert lin.values[lin.loss] == np.sum(np.where(condition, x, 2 * y))
    assert np.array_equal(backprop(lin)[g.inputs["x"]], np.where(condition, np.ones(3), 0.0))


@pytest.mark.parametrize(
    ("build", "right"),
    [
        (lambda v: np.sum(np.where(np.array([-1, 0, 2]), v, 0.0)), [1.0, 0.0, 1.0]),
        (lambda v: np.sum(np.where(np.array([True, False, True]), v, 0.0)), [1.0, 0.0, 1.0]),
        (lambda v: np.sum(np.where(v, 2 * v, 0 * v)), [2.0, 2.0, 2.0]),
        (lambda v: np.dot(2.0, v) @ np.ones(3), [2.0, 2.0, 2.0]),
        (lambda v: np.dot(v, np.ones(3)) * 1, [1.0, 1.0, 1.0]),
        (lambda v: np.sum(np.matmul(np.ones((2, 3)), v)), [2.0, 2.0, 2.0]),
        (lambda v: np.sum(np.mean(v, 0, None, None, True)), [1 / 3] * 3),
        (lambda v: np.sum(np.add(v, v, np.zeros(3))), [2.0, 2.0, 2.0]),
        (lambda v: np.sum(np.sum([v, v], axis=0)), [2.0, 2.0, 2.0]),
        (lambda v: np.sum(np.exp(np.array([v[0], v[1] + 1]))), [np.exp(-1.0), np.exp(2.0), 0.0]),
    ],
)
def test_a_function_of_numpy_means_what_it_means_to_numpy_or_is_refused(build, right):
    at = np.array([-1.0, 1.0, 2.0])

    def slope():
        g = trace(lambda v: build(v))
        return backprop(g.linearize(v=at))[g.inputs["v"]]

    found = tried(slope)
    assert isinstance(found, Refusal) or np.allclose(found, right)


@pytest.mark.parametrize(
    "f",
    [lambda a, b: a if a == b else b, lambda a, b: a * (a == b), lambda a, b: a * (a != b),
     lambda a, b: a if a > b else b, lambda a, b: max(a, b), lambda a, b: a if a == 1.0 else b,
     lambda a, b: a if a != 1.0 else b, lambda a, b: a if a in (b,) else b,
     lambda a, b: sum(x for x in a), lambda a, b: a if a else b, lambda a, b: a * round(b),
     lambda a, b: a * int(b), lambda a, b: a // b, lambda a, b: a % b],
)  # fmt: skip
def test_code_that_needs_a_value_is_refused(f):
    refused(lambda: trace(lambda a, b: f(a, b)))


def test_vertices_are_still_keys():
    g = example()
    a, b = g.inputs.values()
    assert {a: 1, b: 2}[b] == 2
    assert [a, b].index(b) == 1
    assert a in g.vertices
    assert a not in Graph().vertices


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda a, b: (a * b, a + b), ["one result"]),
        (lambda a, b: [a * b, a + b], ["one result"]),
        (lambda a, b: {"l": a}, []),
        (lambda a, b: None, []),
        (lambda a, b: 1.0, ["depend"]),
        (lambda a, b: a.sum(), ["sum"]),
        (lambda a, b: a.shape, []),
        (lambda a, b: a.mean(), []),
        (lambda a, b: a.argmax(), ["argmax"]),
        (lambda a, b: a.item(), ["item"]),
        (lambda a, b: a.grad, ["grad"]),
        (lambda a, b: np.arctan(np.array([a, b])), ["arctan"]),
        (lambda a, b: np.arctan2(np.array([a, b]), 2.0), ["arctan2", "table"]),
        (lambda a, b: np.maximum(np.array([a, b]), 0.0), ["where"]),
        (lambda a, b: np.array([a, b]) > 0, ["where"]),
        (lambda a, b: (a ^ 2) + b, ["use ** for a power"]),
        (lambda a, b: ~a, ["where"]),
        (lambda a, b: np.zeros(2).__setitem__(0, a), ["float(a)", "numpy.array(["]),
        (lambda a, b: np.asarray(a, float), ["float(a)"]),
        (lambda a, b: a.__setitem__(0, b), ["a[…] = …", "build a new one"]),
        (lambda a, b: f"{a:.2f}", ["the format .2f of a"]),
        (lambda a, b: a & b, ["where"]),
        (lambda a, b: a + "1", []),
        (lambda a, b: a + None, []),
        (lambda a, b: ck.sum(a, axis="x"), []),
        (lambda a, b: a["x"], []),
        (lambda a, b: a[1.5], []),
        (lambda a, b: np.add(a, b, out=np.zeros(3)), ["out"]),
        (lambda a, b: np.arctan2(a, b), ["arctan2"]),
        (lambda a, b: np.add.reduce(a), []),
        (lambda a, b: ck.exp(a, b), []),
        (lambda a, b: ck.mse(a), []),
    ],
)
def test_a_slip_while_building_is_told_in_one_sentence(f, words):
    refused(lambda: trace(lambda a, b: f(a, b)), *words)


def test_an_array_that_grows_by_a_vertex():
    def add():
        s = np.zeros(3)
        s += Graph().input("x")
        return s

    assert "setting" not in str(tried(add))  # not: add has no setting 'out'


FUNCTIONS = [
    *(np.exp, np.log, np.sqrt, np.sin, np.cos, np.tan, np.tanh, np.abs, np.negative, np.square),
    *(np.sum, np.mean, np.prod, np.cumsum, lambda a: a @ a, lambda a: np.outer(a, a)),
    *(ck.exp, ck.relu, lambda a: ck.maximum(a, 1.0), lambda a: ck.leaky_relu(a, 0.1)),
    *(lambda a: np.add(a, [1.0, 2.0]), lambda a: np.power(a, 2), lambda a: np.divide(1, a)),
]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_numpy_builds_from_an_array_of_vertices(f):
    g = trace(lambda x, y: np.sum(f(np.array([x, y])) ** 2))
    lin = g.linearize(x=0.5, y=1.5)
    assert lin.values[lin.loss] == pytest.approx(np.sum(f(np.array([0.5, 1.5])) ** 2))
    ck.check_gradients(lambda x, y: np.sum(f(np.array([x, y]))), (0.5, 1.5))


def test_a_name_that_is_not_an_input_is_refused():
    g = Graph()
    g.input("bias")
    refused(lambda: g.inputs["biass"], "'biass'", "'bias'")
    assert g.inputs.get("biass") is None


def test_tex_is_how_a_vertex_is_written_and_python_keeps_its_name():
    g = Graph()
    x, w = g.input("x", tex="x_j"), g.parameter("w", tex="w_{ji}")
    z = (w * x).named("z", tex="z_j")
    ell = g.loss(z * z)
    for h in (g, pickle.loads(pickle.dumps(g)), copy.deepcopy(g)):
        assert [v.tex for v in h.vertices] == ["x_j", "w_{ji}", "z_j", "l"]
        assert list(map(repr, h.vertices)) == ["x", "w", "z = w × x", "l = z × z"]
    assert g.linearize(x=2.0, w=3.0).values[ell] == 36


@pytest.mark.parametrize(
    ("constant", "text"), [(1e-5, "1e−5"), (3e6, "3e+6"), (1e-10, "1e−10"), (1e200, "1e+200")]
)
def test_the_exponent_of_a_constant_has_no_zero_in_front(constant, text):
    assert repr(Graph().input("x") * constant) == f"v2 = x × {text}"


def test_a_superscript_stands_behind_its_operand():
    g = Graph()
    k = ck.transpose(g.input("K"))
    assert repr(k) == "v2 = Kᵀ"
    assert repr(ck.transpose(k, (1, 0))) == "v3 = ᵀ(v2, axes=(1, 0))"
