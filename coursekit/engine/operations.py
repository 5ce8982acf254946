"""v = f(x, y), with ∂v/∂x and ∂v/∂y: the table of operations. To add one, add an entry.

At a kink, the table uses a one-sided derivative: relu'(0) = 0. Every name in the table is
public; `make api` writes the names into `coursekit/__init__.pyi` for editors and type checkers.
"""

from typing import Any

from coursekit.engine.formulas import Row
from coursekit.engine.op import Op

OPS: dict[str, Op] = {}


def define(name: str, symbol: str, value: str, *partials: str, **more: Any) -> Op:
    """Add an element-by-element operation to the table and return it."""
    OPS[name] = Op(name, symbol, value, partials, **more)
    return OPS[name]


def define_array(
    name: str, symbol: str, value: str, pulls: Row, pushes: Row, common: str = "",
    matrix_pulls: Row = (), **settings: Any,
) -> Op:  # fmt: skip
    """Add an operation on whole arrays to the table and return it."""
    OPS[name] = Op(name, symbol, value, (), pulls, pushes, settings, matrix_pulls, common)
    return OPS[name]


# the columns of the table are aligned
# fmt: off
#              name      symbol   v = f(x, y)       ∂v/∂x                     ∂v/∂y
ADD = define("add",     "+",    "x + y",          "1.0",                    "1.0")
SUB = define("sub",     "−",    "x - y",          "1.0",                    "-1.0")
MUL = define("mul",     "×",    "x * y",          "y",                      "x")
DIV = define("div",     "÷",    "x / y",          "1.0 / y",                "-v / y")
NEG = define("neg",     "−",    "-x",             "-1.0")
define("exp",           "exp",  "exp(x)",         "v")
define("log",           "log",  "log(x)",         "1.0 / x")
define("log1p",         "log1p", "log1p(x)",      "1.0 / (1.0 + x)")
define("expm1",         "expm1", "expm1(x)",      "exp(x)")
define("sqrt",          "sqrt", "sqrt(x)",        "0.5 / v")
define("square",        "square", "x * x",        "2.0 * x")
define("sin",           "sin",  "sin(x)",         "cos(x)")
define("cos",           "cos",  "cos(x)",         "-sin(x)")
define("tan",           "tan",  "tan(x)",         "1.0 + v * v")

# 0 · 0^(−1) = 0 in ∂x^y/∂x; ∂x^y/∂y is 0 at x = 0, and does not exist at x < 0
POW = define("pow", "^", "pow(x, y)", "y * pow(where(abs(x) + abs(y), x, x + 1.0), y - 1.0)", "v * where(x, log(where(x, x, 1.0)), where(-x, nan, 0.0))")
# σ(−x) = 1 − σ(x) and tanh'(x) = 4 σ(2x) σ(−2x), but without losing digits far out
define("tanh",     "tanh",     "tanh(x)",    "4.0 * sigmoid(2.0 * x) * sigmoid(-2.0 * x)")
define("sigmoid",  "σ",        "sigmoid(x)", "v * sigmoid(-x)")
define("softplus", "softplus", "max(x, 0.0) + log1p(exp(-abs(x)))", "sigmoid(x)")

# where(x, y, z) is y where x > 0, else z
ABS = define("abs",  "abs",   "abs(x)",          "where(x, 1.0, where(-x, -1.0, 0.0))", kink="x")
define("relu",       "relu",  "max(x, 0.0)",     "where(x, 1.0, 0.0)",                  kink="x")
define("leaky_relu", "leaky", "where(x, x, y * x)", "where(x, 1.0, y)", "where(x, 0.0, x)", default=0.01, kink="x")
define("maximum",    "max",   "max(x, y)", "where(x - y, 1.0, 0.0)", "where(x - y, 0.0, 1.0)", kink="x - y")
define("minimum",    "min",   "min(x, y)", "where(y - x, 1.0, 0.0)", "where(y - x, 0.0, 1.0)", kink="x - y")
define("clip",       "clip", "min(max(x, y), z)", "where(x - y, where(z - x, 1.0, 0.0), 0.0)", "where(x - y, 0.0, where(z - y, 1.0, 0.0))", "where(z - max(x, y), 0.0, 1.0)", kink="(x - y) * (z - max(x, y))")
define("where",      "where", "where(x, y, z)", "0.0", "where(x, 1.0, 0.0)", "where(x, 0.0, 1.0)", kink="x")

# operations on whole arrays: v = f(x, y); then g · ∂v/∂x and g · ∂v/∂y for an adjoint g; then ∂v/∂x · t and ∂v/∂y · t for a tangent t
MATMUL = define_array("matmul", "@", "x @ y",
    ("matmul_left(g, x, y)", "matmul_right(g, x, y)"),
    ("t @ y", "x @ t"), matrix_pulls=("g @ y.T", "x.T @ g"))
# as numpy.dot: of numbers the product, of more than two dimensions every row with every column
define_array("dot", "dot", "contract(x, y)",
    ("contract_left(g, x, y)", "contract_right(g, x, y)"), ("contract(t, y)", "contract(x, t)"))
INDEX = define_array("index", "index", "x[at]", ("scatter(g, x, s_[at])",), ("t[at]",), at=None)
define_array("transpose", "ᵀ", "transpose(x, axes)", ("transpose_back(g, axes)",), ("transpose(t, axes)",), axes=None)
define_array("swapaxes", "swapaxes", "swapaxes(x, axis1, axis2)", ("swapaxes(g, axis1, axis2)",), ("swapaxes(t, axis1, axis2)",), axis1=-2, axis2=-1)
define_array("expand_dims", "expand_dims", "expand_dims(x, axis)", ("g.reshape(x.shape)",), ("expand_dims(t, axis)",), axis=0)
define_array("reshape", "reshape", "x.reshape(shape)", ("g.reshape(x.shape)",), ("t.reshape(shape)",), shape=None)
define_array("broadcast_to", "broadcast", "broadcast_to(x, shape)", ("fit(g, x)",), ("broadcast_to(t, shape)",), shape=None)
# x, then y; `concatenate` joins any number of arrays
JOIN = define_array("join", "join", "join(x, y, axis)", ("before(g, x, axis)", "after(g, y, axis)"),
    ("join(t, zeros_like(y), axis)", "join(zeros_like(x), t, axis)"), axis=0)
define_array("sum", "Σ", "sum(x, axis, keepdims)",
    ("spread(g, x, axis, keepdims)",),
    ("sum(t, axis, keepdims)",), axis=None, keepdims=False)
define_array("mean", "mean", "mean(x, axis, keepdims)",
    ("spread(g, x, axis, keepdims) * (size(v) / count(x))",),
    ("mean(t, axis, keepdims)",), axis=None, keepdims=False)
define_array("var", "Var", "var(x, axis, keepdims, ddof)",
    ("spread(g, x, axis, keepdims) * var_slopes(x, axis, ddof)",),
    ("sum(t * var_slopes(x, axis, ddof), axis, keepdims)",), axis=None, keepdims=False, ddof=0)
# of equal numbers, the first has the derivative 1, and the others 0
define_array("max", "max", "largest(x, axis, keepdims)", ("where(first_max(x, axis), spread(g, x, axis, keepdims), 0.0)",),
    ("sum(where(first_max(x, axis), t, 0.0), axis, keepdims)",), axis=None, keepdims=False)
define_array("min", "min", "smallest(x, axis, keepdims)", ("where(first_max(-x, axis), spread(g, x, axis, keepdims), 0.0)",),
    ("sum(where(first_max(-x, axis), t, 0.0), axis, keepdims)",), axis=None, keepdims=False)
define_array("softmax", "softmax", "softmax(x, axis)",
    ("v * (g - sum(g * v, axis, True))",),
    ("v * (t - sum(t * v, axis, True))",), axis=-1)
define_array("logsumexp", "logsumexp", "logsumexp(x, axis, keepdims)",
    ("spread(g, x, axis, keepdims) * exp(x - spread(v, x, axis, keepdims))",),
    ("sum(t * exp(x - spread(v, x, axis, keepdims)), axis, keepdims)",), axis=-1, keepdims=False)
# the mean over the rows of the logits x; the labels y are whole numbers or rows of probabilities
define_array("cross_entropy", "cross_entropy", "nll(w, y)",
    ("g * p_minus_y(w, y)", "g * by_labels(w, y)"),
    ("total(t * p_minus_y(w, y))", "total(t * by_labels(w, y))"), common="log_softmax_at(x, y)")
define_array("mse", "mse", "mse(x, y)",
    ("g * (2.0 / count(x) * (x - y))", "g * (2.0 / count(x) * (y - x))"),
    ("total(t * (x - y)) * (2.0 / count(x))", "total(t * (y - x)) * (2.0 / count(x))"))
# fmt: on
