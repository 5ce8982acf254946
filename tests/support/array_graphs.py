"""Random programs of arrays: up to four dimensions, sizes 0 and 1, every kind of constant.

The choices come from a `random.Random`. Hypothesis can pass one that it controls, and then it
shrinks the program; so the simplest choice comes first everywhere.
"""

from random import Random
from typing import Any

import numpy as np

from tests.support.array_programs import ArrayProgram
from tests.support.builder import Builder, Choice, array
from tests.support.indices import random_index

DIMENSIONS = (2, 3, 2, 3, 1, 4, 0)  # a 0 makes everything empty, so it is rare
ONE = ("sin", "tanh", "neg", "exp", "cos", "sigmoid", "softplus", "relu", "leaky_relu", "abs",
       "square", "expm1")  # fmt: skip
THREE = ("where", "clip")
TWO = ("mul", "add", "sub", "div", "maximum", "minimum", *THREE, "leaky_relu")


def random_shape(rng: Random) -> tuple[int, ...]:
    return tuple(rng.choice(DIMENSIONS) for _ in range(rng.choice((1, 2, 2, 3, 3, 4, 0))))


def random_input(rng: Random, dtypes: tuple[str, ...]) -> Any:
    """Return a number, an array, a list, or an array with an unusual layout."""
    if not rng.randrange(6) and "float64" in dtypes:
        numbers = (0.7, 2, -1.25, np.float64(0.3), np.int32(2), np.float32(0.5), True)
        return rng.choice((*numbers, np.array(0.25)))
    x = array(rng, random_shape(rng), rng.choice(dtypes))
    match rng.randrange(12):
        case 6:
            return np.asfortranarray(x)
        case 7:
            x.flags.writeable = False
        case 8 if x.ndim:
            return x[::-1]
        case 9 if x.size and x.ndim and x.dtype == "float64":
            return x.tolist()
        case 10:
            return x.astype(x.dtype.newbyteorder())
        case 11 if x.ndim and x.size:
            return rng.choice((np.repeat(x, 2, -1)[..., ::2], np.broadcast_to(x[:1], x.shape)))
    return x


# --- one step of each kind ---------------------------------------------------------------------


def one(b: Builder) -> Choice:
    return b.rng.choice(ONE), (b.pick(),), {}


def power(b: Builder) -> Choice | None:
    """Return a power, a root or a logarithm of numbers that have it, and its derivative."""
    if b.rng.randrange(3):
        return "pow", (b.pick(), b.rng.choice((2, 3, 0, 1, 1.0))), {}
    name = b.pick(lambda x: np.all(x > 0.1))
    if name is None:
        return None
    shape = b.values[name].shape
    others = (-1, 0.5, b.constant(shape), b.pick(lambda y: _broadcast(shape, y.shape)))
    choices = [("sqrt", (name,), {}), ("log", (name,), {}), ("log1p", (name,), {})]
    choices += [("pow", (name, exponent), {}) for exponent in others]
    return b.rng.choice((*choices, ("pow", (b.rng.choice((2.0, 0.5, 3)), b.pick()), {})))


def two(b: Builder) -> Choice:
    op, x = b.rng.choice(TWO), b.pick()
    shape = b.values[x].shape
    others = [b.pick(lambda y: _broadcast(shape, y.shape)), b.constant(shape)]
    operands = [x, b.rng.choice(others)]
    if op in THREE:
        operands.append(b.rng.choice([b.constant(shape), others[0]]))
    if op != "clip":  # to numpy, two Python floats that are clipped are float64
        b.rng.shuffle(operands)
    return op, tuple(operands), {}


def _broadcast(*shapes: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(*shapes) is not None
    except ValueError:
        return False


def product(b: Builder) -> Choice | None:
    """Return x @ y, with batches that broadcast on either side."""
    x = b.pick(lambda x: x.ndim)
    if x is None:
        return None
    shape, left = b.values[x].shape, b.rng.randrange(2)
    inner = shape[-1] if not left or len(shape) == 1 else shape[-2]
    batch = shape[b.rng.randrange(len(shape)) : -2] if len(shape) > 2 else ()
    batch = tuple(b.rng.choice((n, 1)) for n in batch)
    if not b.rng.randrange(4):
        batch = (2, *batch)
    wide = (b.rng.choice((2, 3, 1)),)
    fitting = b.rng.choice([(inner,), batch + ((*wide, inner) if left else (inner, *wide))])
    y = b.pick(lambda y: y.shape == fitting) if b.rng.randrange(2) else None
    other = y or array(b.rng, fitting, b.rng.choice(b.dtypes))
    return "matmul", (other, x) if left else (x, other), {}


def dotted(b: Builder) -> Choice:
    """Return numpy.dot: a product with a number, or every row with every column."""
    x = b.pick()
    shape, left = b.values[x].shape, b.rng.randrange(2)
    inner = shape[-2:][0] if left and shape else shape[-1] if shape else 2
    others = [(2, inner), (1, 3, inner)] if left else [(inner, 2), (2, inner, 3)]
    other = array(b.rng, b.rng.choice([(inner,), *others, ()]), b.rng.choice(b.dtypes))
    return "dot", (other, x) if left else (x, other), {}


def reduction(b: Builder) -> Choice:
    op = b.rng.choice(("sum", "mean", "max", "var", "logsumexp", "softmax", "min"))
    x = b.pick(_has_clear_order) if op in ("max", "min") else b.pick()
    if x is None:
        return None
    n = b.values[x].ndim
    axes = tuple(b.rng.choice((k, k - n)) for k in b.rng.sample(range(n), b.rng.randrange(n + 1)))
    some = [None, *([-1, b.rng.randrange(n), axes] if n else [])]
    settings = {"axis": b.rng.choice(some)}
    if op != "softmax" and b.rng.randrange(2):
        settings["keepdims"] = b.rng.choice((True, False))
    if op == "var" and not b.rng.randrange(3):
        settings["ddof"] = 1
    if b.rng.randrange(4) == 3:
        settings.pop("axis")
    return op, (x,), settings


def _has_clear_order(x: Any) -> bool:
    """Return whether rounding cannot change which number is the largest."""
    exact = np.array_equal(x, x.round(3))  # equal numbers are equal in every way of evaluating
    return x.size > 0 and (exact or bool(np.all(np.diff(np.sort(x, None)) > 1e-3)))


def shaped(b: Builder) -> Choice:
    x = b.pick()
    shape = b.values[x].shape
    n = len(shape)
    match b.rng.randrange(7):
        case 0:
            return "transpose", (x,), {}
        case 4:
            axes = b.rng.sample(range(n), n)
            return "transpose", (x,), {"axes": tuple(b.rng.choice((k, k - n)) for k in axes)}
        case 5 if n:
            axes = b.rng.choices(range(-n, n), k=2)
            return "swapaxes", (x,), dict(zip(("axis1", "axis2"), axes, strict=True))
        case 6:
            return "expand_dims", (x,), {"axis": b.rng.randrange(-n - 1, n + 1)}
        case 1:
            return "broadcast_to", (x,), {"shape": (b.rng.choice((2, 1, 3)), *shape)}
        case 2:
            return "reshape", (x,), {"shape": b.rng.choice((-1, (-1,), (1, -1)))}
    new = list(shape) or [1]
    b.rng.shuffle(new)
    return "reshape", (x,), {"shape": tuple(new)}


def joined(b: Builder) -> Choice | None:
    """Return one to four arrays, in line or side by side; some of them are constants."""
    op, x = b.rng.choice(("concatenate", "stack")), b.pick(lambda x: x.ndim)
    if x is None:
        return None
    shape = b.values[x].shape
    axis = b.rng.randrange(len(shape)) if op == "concatenate" else b.rng.randrange(len(shape) + 1)
    parts = []
    for _ in range(b.rng.choice((2, 3, 1, 4))):
        fitting = list(shape)
        if op == "concatenate":
            fitting[axis] = b.rng.choice(DIMENSIONS)
        same = b.pick(lambda y, fitting=fitting: list(y.shape) == fitting)
        constant = array(b.rng, tuple(fitting), b.rng.choice(b.dtypes))
        parts.append(b.rng.choice([x, same or constant, constant]))
    parts[b.rng.randrange(len(parts))] = x
    n = len(shape) + (op == "stack")
    return op, tuple(parts), {"axis": b.rng.choice((axis, axis - n))}


def indexed(b: Builder) -> Choice:
    x = b.pick()
    return "index", (x,), {"at": random_index(b.rng, b.values[x].shape)}


def loss_of(b: Builder) -> Choice | None:
    """Return a cross entropy or a mean square error."""
    x = b.pick(lambda x: x.ndim and x.size)
    if x is None:
        return None
    *rows, classes = shape = b.values[x].shape
    numpy_rng = np.random.default_rng(b.rng.randrange(99))
    match b.rng.randrange(3):
        case 0:
            return "mse", (x, array(b.rng, shape, b.rng.choice(b.dtypes))), {}
        case 1:
            return "cross_entropy", (x, numpy_rng.integers(classes, size=rows)), {}
    one_hot = numpy_rng.dirichlet(np.ones(classes), rows).round(3)
    return "cross_entropy", (x, one_hot.astype(b.dtypes[0])), {}


def dead(b: Builder) -> Choice | None:
    """Return a step that may overflow; nothing reads it. Numbers would raise, so it is an array."""
    x = b.pick(lambda x: x.ndim)
    steps = [("log", (x,)), ("sqrt", (x,)), ("div", (x, 0.0)), ("div", (1.0, x)), ("pow", (x, 0.5))]
    if b.dtypes == ("float64",):  # in float32, the same steps overflow earlier
        steps += [("mul", (x, 1e308)), ("exp", (x,)), ("pow", (x, -3))]
    return None if x is None else (*b.rng.choice(steps), {})


KINDS = (
    *(one, two, reduction, indexed, shaped, joined, product),
    *(two, indexed, power, loss_of, dotted, dead),
)
NAMES = ("xyzw", "xyzw", "xyzw", ("self", "exp", "out_0", "k0"), ("dot", "l", "ones_like", "sum"))
DTYPES = (
    ("float64",), ("float64",), ("float32",),
    ("float64", "float32", "int64", "bool", "uint8", "float64", "float16"),
)  # fmt: skip


def random_program(rng: Random, size: int = 8, parameters: int = 0) -> ArrayProgram:
    """Return a program whose values are finite, except in branches that the loss does not read.

    It has at least as many parameters as asked for.
    """
    dtypes = rng.choice(DTYPES)
    names = rng.choice(NAMES)[: rng.choice((2, 1, 3, 4))]
    inputs = {name: random_input(rng, dtypes) for name in names}
    b = Builder(rng, inputs, dtypes)
    for _ in range(rng.randrange(size + 1)):
        kind = rng.choice(KINDS)
        b.add(kind(b), finite=kind is not dead)
    while not finish(b):
        pass
    loss = b.steps[-1].name
    del b.values[loss]
    for _ in range(rng.choice((0, 0, 0, 2))):  # the graph may grow after its loss
        b.add(rng.choice(KINDS)(b), finite=False)
    some = [name for k, name in enumerate(inputs) if k < parameters or rng.randrange(2)]
    return ArrayProgram(inputs, tuple(b.steps), tuple(some), loss)


def finish(b: Builder) -> bool:
    """Add the loss: a sum, a whole array, a transpose, or a value times one."""
    x = b.pick()
    y = b.pick(lambda y: _broadcast(b.values[x].shape, y.shape))
    return b.add(b.rng.choice([
        ("sum", (x,), {}), ("mul", (x, 1), {}), ("mul", (x, y), {}), ("transpose", (x,), {}),
        ("add", (x, y), {}), ("mean", (x,), {"axis": None}), ("index", (x,), {"at": (..., None)}),
        ("sum", (x,), {"axis": 0}), ("reshape", (x,), {"shape": -1}),
    ]))  # fmt: skip
