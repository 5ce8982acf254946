"""v3 = x[:, None] * y as plain data: programs of arrays, which numpy and coursekit both run.

A step's operand is the name of an earlier value if it is a string, and a constant otherwise.
`str(program)` is Python code that builds the graph.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

import coursekit as ck

Library = Mapping[str, Callable[..., Any]]  # what each operation means to numpy, coursekit or torch
Values = dict[str, Any]


class Step(NamedTuple):
    """name = op(*operands, **settings)."""

    name: str
    op: str
    operands: tuple[Any, ...]
    settings: Mapping[str, Any] = {}


@dataclass(frozen=True)
class ArrayProgram:
    """Inputs with their values, the steps, which inputs are parameters, and which step is ℓ."""

    inputs: Values
    steps: tuple[Step, ...]
    parameters: tuple[str, ...] = ()
    loss: str = ""  # by default, the last step

    def __post_init__(self) -> None:
        object.__setattr__(self, "loss", self.loss or self.steps[-1].name)

    def __repr__(self) -> str:
        return f"\n{self}\n"  # Hypothesis prints this for a failing example

    def __str__(self) -> str:
        kinds = {x: "parameter" if x in self.parameters else "input" for x in self.inputs}
        lines = ["import numpy as np", "import coursekit as ck", "inf, nan = np.inf, np.nan"]
        lines += ["g = ck.Graph()"]
        lines += [f"{x} = g.{kind}({x!r})" for x, kind in kinds.items()]
        lines += [f"{step.name} = {formula(step)}" for step in self.steps]
        point = ", ".join(f"{x}={text(value)}" for x, value in self.inputs.items())
        return "\n".join([*lines, f"g.loss({self.loss})", f"lin = g.linearize({point})"])


def run(
    program: ArrayProgram,
    library: Library,
    inputs: Values,
    constant: Callable[[Any], Any] = lambda x: x,
) -> Values:
    """Return every value by name; `constant` converts the constants."""
    values = dict(inputs)
    for name, op, operands, settings in program.steps:
        arguments = [values[x] if isinstance(x, str) else constant(x) for x in operands]
        values[name] = (library.get(op) or library[FROM_NUMPY[op]])(*arguments, **settings)
    return values


def as_floats(x: Any, dtype: Any = None) -> Any:
    """Return what an input or constant means: float32 stays float32, all else is float64."""
    if isinstance(x, Real):  # Python's numbers and numpy's
        return float(x)
    array = np.asarray(x)
    return array.astype(dtype or (np.float32 if array.dtype.char == "f" else np.float64))


def numpy_values(program: ArrayProgram, dtype: Any = None) -> Values:
    """Return every value as numpy computes it, optionally all in one precision."""

    def constant(x: Any) -> Any:
        return as_floats(x, dtype)

    with np.errstate(all="ignore"):
        inputs = {name: np.float64(y) if isinstance(y := constant(x), float) else y
                  for name, x in program.inputs.items()}  # fmt: skip
        return run(program, NUMPY, inputs, constant)


def graph_of(program: ArrayProgram) -> tuple[ck.Graph, Values]:
    """Return the graph and its vertices by name."""
    g = ck.Graph()
    inputs = {x: (g.parameter if x in program.parameters else g.input)(x) for x in program.inputs}
    vertices = run(program, COURSEKIT, inputs)
    g.loss(vertices[program.loss])
    return g, vertices


# --- what the operations mean to each library --------------------------------------------------

# numpy's functions, which build vertices, too
_SAME = (
    *("add", "matmul", "exp", "expm1", "log", "log1p", "sqrt", "square", "sin", "cos", "tan"),
    *("tanh", "maximum", "minimum", "clip", "sum", "mean", "var", "max", "min", "transpose"),
    *("reshape", "broadcast_to", "swapaxes", "expand_dims", "concatenate", "stack"),
)
FROM_NUMPY = {
    **{"np.multiply": "mul", "np.subtract": "sub", "np.divide": "div", "np.power": "pow"},
    **{"np.negative": "neg", "np.absolute": "abs"},
    **{f"np.{name}": name for name in _SAME},
}
AS_NUMPY = {name: function for function, name in FROM_NUMPY.items()}
OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "matmul": "@"}
SHARED: Library = {
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "pow", "matmul", "neg")},
    "div": operator.truediv,
    "abs": abs,
}
UNARY = ("exp", "expm1", "log", "log1p", "sqrt", "square", "sin", "cos", "tan", "tanh", "sigmoid",
         "softplus", "relu")  # fmt: skip
WHOLE = ("dot", "sum", "mean", "var", "max", "min", "softmax", "logsumexp", "cross_entropy", "mse",
         "reshape", "broadcast_to", "swapaxes", "expand_dims")  # fmt: skip
COURSEKIT: Library = {
    **SHARED,
    **{
        name: getattr(ck, name)
        for name in (*UNARY, *WHOLE, "leaky_relu", "maximum", "minimum", "clip", "where")
    },
    "index": lambda x, at: x[at],
    "transpose": lambda x, axes=None: x.T if axes is None else ck.transpose(x, axes),
    "concatenate": lambda *xs, axis=0: ck.concatenate(xs, axis),
    "stack": lambda *xs, axis=0: ck.stack(xs, axis),
    **{function: getattr(np, function.removeprefix("np.")) for function in FROM_NUMPY},
    "np.concatenate": lambda *xs, axis=0: np.concatenate(xs, axis),
    "np.stack": lambda *xs, axis=0: np.stack(xs, axis),
}


def _where(c: Any, x: Any, y: Any) -> Any:
    return np.where(np.greater(c, 0), x, y).astype(np.result_type(c, x, y))


def _mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    total = np.sum(x, axis=axis, keepdims=keepdims)  # np.mean warns if there are no numbers
    return total * (np.size(total) / np.float64(np.size(x))).astype(np.result_type(x))


def _var(x: Any, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Any:
    deviations = x - _mean(x, axis, keepdims=True)  # np.var warns if there are too few numbers
    total = np.sum(deviations**2, axis=axis, keepdims=keepdims)
    n = np.size(x) // max(np.size(total), 1)
    return total / np.result_type(x).type(max(n - ddof, 0))


def _log_softmax(x: Any, axis: Any = -1) -> Any:
    return x - _logsumexp(x, axis, keepdims=True)


def _logsumexp(x: Any, axis: Any = -1, keepdims: bool = False) -> Any:
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(top), top, 0.0).astype(np.result_type(x))
    result = np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=True)) + shift
    return result if keepdims else np.squeeze(result, axis)


def _cross_entropy(x: Any, y: Any) -> Any:
    logs, y = _log_softmax(x), np.asarray(y)
    if y.shape == logs.shape:
        picked = np.sum(np.where(y == 0, 0.0, y * logs), axis=-1)
    else:
        picked = np.take_along_axis(logs, y.astype(int)[..., None], -1)[..., 0]
    return -_mean(picked)


def _mse(x: Any, y: Any) -> Any:
    if np.shape(x) != np.shape(y):
        raise ValueError("shapes differ")
    return _mean((x - y) ** 2)


NUMPY: Library = {
    **SHARED,
    **{
        name: getattr(np, name)
        for name in ("exp", "expm1", "log", "log1p", "sqrt", "square", "sin", "cos", "tan", "tanh")
    },
    **{name: getattr(np, name) for name in ("maximum", "minimum", "clip", "sum", "max", "min")},
    **{name: getattr(np, name) for name in ("reshape", "broadcast_to", "transpose", "swapaxes")},
    "dot": np.dot,
    "expand_dims": np.expand_dims,
    "concatenate": lambda *xs, axis=0: np.concatenate(xs, axis),
    "stack": lambda *xs, axis=0: np.stack(xs, axis),
    "mean": _mean,
    "var": _var,
    "sigmoid": lambda x: np.exp(-np.logaddexp(0.0, -x)),
    "softplus": lambda x: np.logaddexp(x, 0.0),
    "relu": lambda x: np.maximum(x, 0.0),
    "leaky_relu": lambda x, slope=0.01: np.where(x > 0, x, x * slope).astype(np.result_type(x)),
    "where": _where,
    "softmax": lambda x, axis=-1: np.exp(_log_softmax(x, axis)),
    "logsumexp": _logsumexp,
    "cross_entropy": _cross_entropy,
    "mse": _mse,
    "index": lambda x, at: np.asarray(x)[at],
}

# --- programs as text --------------------------------------------------------------------------


def formula(step: Step) -> str:
    """Return a step's right-hand side as Python code."""
    operands = [x if isinstance(x, str) else text(x) for x in step.operands]
    if step.op in OPERATORS:
        return f" {OPERATORS[step.op]} ".join(operands)
    match step.op:
        case "neg":
            return f"-{operands[0]}"
        case "transpose" if not step.settings:
            return f"{operands[0]}.T"
        case "concatenate" | "stack" | "np.concatenate" | "np.stack":
            operands = [f"[{', '.join(operands)}]"]
        case "index":
            return f"{operands[0]}[{text(step.settings['at'])}]"
    settings = [f"{name}={text(x)}" for name, x in step.settings.items()]
    function = step.op if step.op in FROM_NUMPY else f"ck.{step.op}"
    return f"{function}({', '.join([*operands, *settings])})"


def text(x: Any) -> str:
    """Return a constant, a setting or an index as Python code."""
    match x:
        case slice():
            return f"np.s_[{':'.join('' if n is None else str(n) for n in _ends(x))}]"
        case tuple():
            return f"({', '.join(map(text, x))}{',' if len(x) == 1 else ''})"
        case list():
            return f"[{', '.join(map(text, x))}]"
        case np.ndarray():
            data = x.tolist() if x.size else f"np.zeros({x.shape})"
            kind = f"np.{x.dtype.name}" if x.dtype.isnative else repr(x.dtype.str)
            return f"np.array({data}, {kind})"
    return "..." if x is ... else repr(x)


def _ends(x: slice) -> tuple[Any, ...]:
    return (x.start, x.stop, x.step) if x.step is not None else (x.start, x.stop)
