"""Labels outside the classes, inputs that are not numbers, mistakes: refused in one sentence."""

import copy
import pickle
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose

import coursekit as ck
from coursekit import Graph, backprop
from coursekit.examples import example, kite
from tests.support.refusals import Refusal, refused, tried


def graph(f, *names):
    g = Graph()
    g.loss(f(*map(g.input, names)))
    return g


# --- labels ------------------------------------------------------------------------------------

LOGITS = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
WRONG = ([3, 0], [0, 3], [0, -1], [-1, 0], [1.5, 0], [0.7, 0], [np.nan, 0], [np.inf, 0], [0, 10**6],
         [0, -4], [0, 2.0000001])  # fmt: skip


@pytest.mark.parametrize("labels", WRONG, ids=str)
@pytest.mark.parametrize("as_input", [False, True], ids=["constant", "input"])
def test_a_label_outside_the_classes_is_refused(labels, as_input):
    if as_input:
        g, at = graph(ck.cross_entropy, "X", "Y"), {"X": LOGITS, "Y": np.array(labels)}
    else:
        g, at = graph(lambda x: ck.cross_entropy(x, labels), "X"), {"X": LOGITS}
    refused(lambda: g.linearize(**at), "label", "0", "2")
    refused(lambda: g.compile()(**at), "label", "0", "2")
    refused(lambda: ck.cross_entropy(LOGITS, np.array(labels)), "label")


@pytest.mark.parametrize("logit", [2.0, 2, np.float64(2.0), np.array(2.0)], ids=repr)
def test_a_number_is_not_a_row_of_logits(logit):
    g = graph(lambda x: ck.cross_entropy(x, 0), "x")
    refused(lambda: ck.cross_entropy(logit, 0), "one logit for each class")
    refused(lambda: g.linearize(x=logit), "one logit for each class")
    refused(lambda: g.compile()(x=logit), "one logit for each class")


def test_flat_refuses_a_label_outside_the_classes():
    g = Graph()
    g.loss(ck.cross_entropy(g.input("X") * g.parameter("w"), g.input("Y")))
    flat = g.compile().flat(w=1.0)
    flat(X=LOGITS, Y=np.array([0, 2]))
    refused(lambda: flat(X=LOGITS, Y=np.array([0, 3])), "label")
    refused(lambda: flat(X=LOGITS, Y=np.array([-1, 0])), "label")


def train(Y=(0, 1, 2) * 3, **settings):
    """Train a linear classifier of three classes."""
    rng = np.random.default_rng(0)
    return ck.networks.train(
        ck.networks.network(1),
        ck.networks.parameters_of([2, 3], rng),
        {"X": rng.normal(size=(9, 2)), "Y": np.array(Y)},
        step=lambda t, g, s=None: (t - 0.1 * g, s),
        rng=rng,
        progress=False,
        **({"epochs": 2} | settings),
    )


def test_training_with_labels_from_1_is_refused():
    assert np.all(np.isfinite(train().losses))
    refused(lambda: train((1, 2, 3) * 3), "label")
    refused(lambda: train(range(9)), "label")


@pytest.mark.parametrize("labels", [[0, 2], [2.0, 1.0], [True, False], np.array([0, 1], np.uint8)])
def test_a_label_inside_the_classes_is_the_logit_of_its_own_row(labels):
    right = -np.mean(
        [LOGITS[k, int(y)] - np.log(np.exp(LOGITS[k]).sum()) for k, y in enumerate(labels)]
    )
    g = graph(lambda x: ck.cross_entropy(x, labels), "X")
    assert_allclose(g.linearize(X=LOGITS).values[g.ell], right)


def test_labels_of_no_rows():
    g = graph(lambda x: ck.cross_entropy(x, np.zeros(0, int)), "X")
    value = tried(lambda: g.linearize(X=np.zeros((0, 3))).values[g.ell])
    assert isinstance(value, Refusal) or np.isnan(value)


# --- inputs that are not numbers ---------------------------------------------------------------

STRANGE = [
    np.array([1 + 2j]),
    np.array([1 + 0j]),
    [1j],
    1j,
    np.complex128(1),
    ["1", "2"],
    "1",
    b"1",
    None,
    [None, 2.0],
    np.array(["a"]),
    np.array(["2020-01-01"], "datetime64[D]"),
    np.timedelta64(1, "s"),
    np.array([1], "timedelta64[s]"),
    datetime(2020, 1, 1),
    [datetime(2020, 1, 1)],
    [[1.0], [1.0, 2.0]],
    10**400,
    [10**400],
    -(10**400),
    {"a": 1.0},
    {1.0},
    object(),
    [object()],
    lambda: 1.0,
    [[], [1.0]],
    np.array([{"a": 1}]),
    np.zeros(2, [("a", float)]),
    np.array([b"1"]),
    Fraction(10**400),
    np.ones((2, 2)).view(np.matrix),
    np.ma.masked_array([1.0, 2.0], [False, True]),
    np.ma.masked_array([1, 2], [False, True]),
]


@pytest.mark.parametrize("x", STRANGE, ids=lambda x: str(x)[:20])
def test_what_is_not_a_number_is_refused(x):
    g = graph(lambda v: ck.sum(v * 1), "x")
    refused(lambda: g.linearize(x=x), "x")
    refused(lambda: g.evaluate(x=x), "x")
    refused(lambda: g.compile()(x=x), "x")
    w = Graph()
    w.loss(ck.sum(w.parameter("w") * w.input("x")))
    refused(lambda: w.compile().flat(w=x), "w")
    refused(lambda: w.compile().flat(w=1.0)(x=x), "x")
    if x is not None:
        refused(lambda: Graph().input("v") * x)
        refused(lambda: ck.exp(x))


@pytest.mark.parametrize(
    ("x", "right"),
    [
        (True, 1.0),
        (3, 3.0),
        (np.int8(3), 3.0),
        (np.float32(0.5), 0.5),
        (Fraction(1, 2), 0.5),
        (np.array(3), 3.0),
        (np.array([1, 2], np.uint8), [1.0, 2.0]),
        ([True, False], [1.0, 0.0]),
        ([], []),
        ([np.ones(2), [3, 4]], [[1.0, 1.0], [3.0, 4.0]]),
    ],
)
def test_what_is_a_number_is_taken(x, right):
    g = graph(lambda v: v * 1, "x")
    for value in (g.evaluate(x=x)[g.ell], g.compile()(x=x)[0]):
        assert np.shape(value) == np.shape(right)
        assert_allclose(value, right)


@pytest.mark.parametrize(
    "x",
    [Decimal("0.5"), (0.5,), ((0.5,),), range(2), memoryview(b"1")],
    ids=lambda x: type(x).__name__,
)
def test_what_is_nearly_a_number_is_taken_or_refused(x):
    g = graph(lambda v: v * 1, "x")
    value = tried(lambda: g.evaluate(x=x)[g.ell])
    assert isinstance(value, Refusal) or np.array_equal(value, np.array(x, float))


@pytest.mark.parametrize(
    "f",
    [
        lambda: ck.checkpointed([ck.exp.rule], 0.5, every=0),
        lambda: ck.checkpointed([ck.exp.rule], 0.5, every=-1),
        lambda: train(batch=0),
        lambda: train(Y=np.array([0, 1])),
        lambda: Graph().input("a").named(3),
        lambda: Graph().input("a").named(None),
        lambda: graph(ck.sqrt, "x").linearize(x=-1.0),
        lambda: backprop(graph(lambda x, y: x + y, "x", "y").linearize(x=np.ones(2), y=np.ones(3))),
        lambda: graph(lambda x: ck.reshape(x, (2, 2)), "x").linearize(x=np.ones(3)),
        lambda: graph(lambda x: x[3], "x").linearize(x=np.ones(3)),
        lambda: graph(lambda x: x[0, 0], "x").linearize(x=np.ones(3)),
        lambda: graph(lambda x: x[0], "x").linearize(x=1.0),
        lambda: graph(lambda x: ck.sum(x, axis=2), "x").linearize(x=np.ones((2, 2))),
        lambda: graph(lambda x: ck.softmax(x, axis=1), "x").linearize(x=np.ones(2)),
        lambda: graph(lambda x: ck.broadcast_to(x, (3,)), "x").linearize(x=np.ones(2)),
        lambda: graph(lambda x: x @ np.ones(3), "x").linearize(x=np.ones(2)),
        lambda: graph(lambda x: x[[True]], "x").linearize(x=np.ones(2)),
        lambda: graph(lambda x, y: x / y, "x", "y").linearize(x=1.0, y=0.0),
        lambda: ck.unroll(graph(lambda x: x * 1, "x"), y=1.0),
        lambda: ck.hessian(lambda x, y: ck.cross_entropy(x, y))(np.ones((2, 3)), np.array([0, 2])),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_our_words(f):
    refused(f)


ONES = {"x": np.ones(2)}
COPIES = [
    (example, lambda g: g.compile()(a=2.0, b=1.0)[1]["b"]),
    (lambda: example().compile(), lambda program: program(a=2.0, b=1.0)[1]["b"]),
    (lambda: example().linearize(a=2.0, b=1.0), lambda lin: backprop(lin)[lin.vertices[0]]),
    (kite, lambda lin: backprop(lin)["x"]),
    (lambda: graph(lambda x: ck.sum(x[:, None] ** 2), "x"), lambda g: g.compile()(**ONES)[0]),
    (
        lambda: graph(lambda x: ck.sum(x[::-1] * 2), "x").compile(),
        lambda program: program(**ONES)[0],
    ),
    (lambda: graph(lambda x: ck.sum(x[[1, 0, 0]]), "x"), lambda g: g.compile()(**ONES)[1]["x"]),
    (lambda: graph(lambda x: x[[True, False]], "x"), lambda g: g.compile()(**ONES)[1]["x"]),
    (
        lambda: graph(lambda x: x @ x, "x").linearize(**ONES),
        lambda lin: backprop(lin)[lin.vertices[0]],
    ),
]


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
@pytest.mark.parametrize(("make", "compute"), COPIES)
def test_graphs_linearizations_and_programs_can_be_copied_and_pickled(make, compute, copied):
    thing = make()
    assert np.array_equal(compute(copied(thing)), compute(thing))


def test_an_operation_can_be_pickled():
    for op in (ck.exp, ck.sum, ck.leaky_relu):
        assert pickle.loads(pickle.dumps(op)) is op


def test_an_operation_that_is_loaded_before_it_is_defined_is_named():
    data = pickle.dumps(ck.square).replace(b"square", b"circle")
    with pytest.raises(ck.GraphError, match="no operation 'circle': define it before"):
        pickle.loads(data)


@pytest.mark.parametrize(
    "slip",
    [
        lambda x: x == np.ones(2),
        lambda x: x != [1.0, 2.0],
        lambda x: [1.0, 2.0] == x,  # noqa: SIM300  the order is what is tested
        lambda x: x in [np.ones(2)],
        lambda x: x << 1,
        lambda x: 1 >> x,
        lambda x: setattr(x, "grad", 0.0),
        lambda x: setattr(x, "value", 2.0),
    ],
)
def test_a_slip_with_a_vertex_is_refused(slip):
    refused(lambda: slip(Graph().input("x")))
