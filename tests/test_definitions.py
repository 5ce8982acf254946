"""`define` adds an operation that works everywhere, or says what is wrong with it."""

import math

import numpy as np
import pytest

import coursekit as ck
from coursekit import backprop, check_gradients, define, gradient, hessian, trace
from coursekit.engine.operations import OPS
from coursekit.widgets.modules import view_esm
from tests.support.deno import evaluate, write_modules
from tests.support.refusals import refused
from tests.support.ways import assert_slopes

U = "0.7978845608 * (x + 0.044715*x*x*x)"
GELU = (
    f"0.5*x*(1 + tanh({U}))",
    f"0.5*(1 + tanh({U})) + 0.5*x*(1 - tanh({U})*tanh({U})) * 0.7978845608*(1 + 3*0.044715*x*x)",
)
ELU = ("where(x, x, y*(exp(min(x, 0)) - 1))", "where(x, 1, v + y)", "where(x, 0, exp(min(x,0))-1)")
RIGHT = [
    (("swish", "swish", "x * sigmoid(x)", "sigmoid(x) + v * sigmoid(-x)"), (1.5,)),
    (("gelu", "gelu", *GELU), (-0.7,)),
    (("twice", "2·", "2*x", "2"), (3.0,)),
    (("step", "step", "where(x, 1, 0)", "0"), (3.0,)),
    (("inv", "1/", "1/x", "-v*v"), (-2.0,)),
    (("log10", "lg", "log(x) / 2.302585092994046", "0.4342944819032518 / x"), (2.0,)),
    (("hypot", "hypot", "sqrt(x*x + y*y)", "x/v", "y/v"), (3.0, 4.0)),
    (("elu", "elu", *ELU), (-0.5, 2.0)),
    (("signs", "signs", "x--y*-(-1) ", "1", "1"), (1.0, 2.0)),
    (("fma", "fma", "x * y + z", "y", "x", "1"), (1.0, 2.0, 3.0)),
]


@pytest.fixture(autouse=True)
def own_table():
    """Take the operations that a test defines out of the table again."""
    before = dict(OPS)
    yield
    for name in OPS.keys() - before.keys():
        del OPS[name]


@pytest.mark.parametrize(("definition", "x"), RIGHT, ids=lambda a: str(a[0]))
def test_an_operation_of_ones_own_works_everywhere(definition, x):
    op = define(*definition)
    assert getattr(ck, op.name) is op
    assert define(*definition) is op  # the cell runs again
    value = op(*x)
    assert gradient(op)(*x) == (op.rule(*x)[1] if len(x) == 1 else op.rule(*x)[1:])
    assert op(*[np.full(2, a) for a in x]).tolist() == pytest.approx([value] * 2)
    arrays = dict(zip("xyz", [np.full((2, 3), a) for a in x], strict=False))
    slopes = dict(zip("xyz", op.rule(*x)[1:], strict=False))
    assert_slopes(lambda **x: ck.sum(op(*x.values())), slopes, parameters=["x"], **arrays)
    assert_slopes(lambda **x: op(*x.values()), slopes, **dict(zip("xyz", x, strict=False)))
    check_gradients(lambda *x: gradient(op)(*x), x)
    assert np.all(np.isfinite(hessian(op)(*x)))
    assert f"OPS.{op.name} = " in view_esm("explore")


def test_the_browser_computes_the_same(tmp_path):
    definitions = [(define(*definition), x) for definition, x in RIGHT]
    write_modules(tmp_path)
    results = evaluate(
        tmp_path,
        {"lib/operations.js": "OPS"},
        """data.map(([name, x]) => {
            const v = OPS[name].value(...x), at = [...x, 0, 0].slice(0, 3);
            return [v, ...OPS[name].partials.map((f) => f(...at, v))];
        })""",
        [(op.name, x) for op, x in definitions],
    )
    assert results == [pytest.approx(op.rule(*x)) for op, x in definitions]


def test_numpy_calls_an_operation_that_means_the_same():
    define("log10", "lg", "log(x) / 2.302585092994046", "0.4342944819032518 / x")
    assert gradient(lambda x: np.log10(x))(2.0) == pytest.approx(1 / (2 * math.log(10)))


def test_a_default_is_the_last_argument():
    elu = define("elu", "elu", *ELU, default=1)
    assert elu(-1.0) == elu(-1.0, 1.0) == math.exp(-1) - 1
    g = trace(lambda x: elu(x))
    assert backprop(g.linearize(x=-1.0))[g.inputs["x"]] == math.exp(-1)


SQUARE = ("x*x", "2*x")
REFUSED = [
    (("exp", "exp", "exp(x)*1", "v"), "the name 'exp' is already taken"),
    (("backprop", "b", *SQUARE), "'backprop' is already taken"),
    (("engine", "b", *SQUARE), "'engine' is already taken"),
    (("max", "b", *SQUARE), "'max' is already taken"),
    (("x", "b", *SQUARE), "'x' is already taken"),
    *(((name, "b", *SQUARE), "use an identifier") for name in ("lambda", "my op", 3, "σ2", "_a")),
    (("prod", "b", *SQUARE), "numpy.prod has another meaning"),
    (("log2", "b", "log(x)", "1/x"), "numpy.log2 has another meaning"),
    (("sqr", "", *SQUARE), "the symbol of sqr must be a string"),
    (("sqr", "s", "sigmod(x)", "1"), "no function 'sigmod' (did you mean 'sigmoid'?)"),
    (("sqr", "s", "f(x)", "1"), "no function 'f': the functions are abs, cos, exp"),
    (("sqr", "s", "x*u", "1"), "no argument 'u': use x, y, z"),
    (("sqr", "s", "x*x", "2*y"), "no argument 'y': use x, v"),
    (("sqr", "s", "x*y", "y"), "sqr needs 2 partials", "not 1"),
    (("sqr", "s", *SQUARE, "1"), "sqr needs 1 partial", "not 2"),
    (("sqr", "s", "y*y", "2*y"), "'y*y' must use x"),
    (("sqr", "s", "2.0", "0.0"), "must use x"),
    *(((("sqr", "s", text, "1")), "is not a formula") for text in ("x*", "x)", "", "x # x", "x;x")),
    (("sqr", "s", "(" * 300 + "x" + ")" * 300, "1"), "is not a formula"),
    (("sqr", "s", "x**2", "1"), "use pow(x, y) instead of **"),
    *((("sqr", "s", x, "1"), "use where") for x in ("x > 0", "x if x > 0 else 0", "x and 1")),
    *((("sqr", "s", x, "1"), "it may have only") for x in ("x.T", "x%2", "x,x", "(lambda: x)()")),
    (("sqr", "s", "__import__('os').getcwd()", "1"), "it may have only"),
    *((("sqr", "s", f"x*{k}", "1"), "is not a number") for k in ("'a'", "1j", "True", "None")),
    (("sqr", "s", "x*" + "9" * 400, "1"), "is too large"),
    *((("sqr", "s", x, "1"), "takes 1 argument") for x in ("exp(x, x)", "log(x, 2)", "exp()")),
    (("sqr", "s", "log(x, base=2)", "1"), "log takes no keywords"),
    (("sqr", "s", "exp*x", "1"), "exp is a function: write exp(x)"),
    (("sqr", "s", len, "1"), "a formula must be a string"),
    (("sqr", "s", "x*x", "x"), "∂sqr/∂x at x = -2.3171: expected -4.6342", "got -2.3171"),
    (("sqr", "s", "x*y*y", "y*y", "x*y"), "∂sqr/∂y at y = "),
    (("sqr", "s", "x/y", "-v/y", "1/y"), "∂sqr/∂x"),
    (("sqr", "s", "x*x", "nan"), "∂sqr/∂x is nan"),
    (("sqr", "s", "log(x-100)", "1/(x-100)"), "at any of the test points"),
]


@pytest.mark.parametrize(("definition", "words"), [(d, words) for d, *words in REFUSED])
def test_a_definition_is_refused_with_the_reason(definition, words):
    before = list(OPS)
    refused(lambda: define(*definition), *words)
    assert list(OPS) == before


def test_other_formulas_for_a_name_and_wrong_defaults_are_refused():
    define("swish", "swish", "x * sigmoid(x)", "sigmoid(x) + v * sigmoid(-x)")
    refused(lambda: define("swish", "swish", "x * x", "2 * x"), "'swish' is already taken")
    refused(lambda: define("sqr", "s", *SQUARE, default=1.0), "cannot have a default")
    refused(lambda: define("prd", "p", "x*y", "y", "x", default="a"), "default = 'a'")
