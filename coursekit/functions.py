"""∇f(x), ∂f/∂x · v, v · ∂f/∂x and ∂²f/∂x² for an ordinary function f of numbers or arrays.

Each call traces f at its arguments and runs an algorithm of the course. Positional arguments are
differentiated; keyword arguments are passed on as they are.
"""

from functools import wraps
from itertools import product
from typing import Any

import numpy as np

from coursekit.algorithms.jacobians import jacobian
from coursekit.algorithms.second_derivatives import both_sweeps, gradient_graph
from coursekit.algorithms.unrolling import unroll
from coursekit.calls import Call, Function, as_arguments
from coursekit.engine.sums import derivative_like, like
from coursekit.engine.tape.sweeps import Tape
from coursekit.engine.values import number_or_array
from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError
from coursekit.tracing import make_loss


def gradient(f: Function) -> Function:
    """Return the function that maps x to ∇f(x): one derivative, or a tuple for several arguments.

    f must return one number; a derivative has the shape of its argument. Keyword arguments are
    held fixed. For numbers, `gradient(gradient(f))` is the second derivative.

    >>> f = lambda a, b: (a + b) * (b + 1)
    >>> gradient(f)(2.0, 1.0)
    (2.0, 5.0)
    >>> gradient(lambda x: x @ x)([1.0, 2.0])
    array([2., 4.])
    """

    @wraps(f)
    def slopes(*x: Any, **settings: Any) -> Any:
        return value_and_gradient(f)(*x, **settings)[1]

    return slopes


def value_and_gradient(f: Function) -> Function:
    """Return the function that maps x to f(x) and ∇f(x).

    >>> value_and_gradient(lambda a, b: (a + b) * (b + 1))(2.0, 1.0)
    (6.0, (2.0, 5.0))
    """

    @wraps(f)
    def value_and_slopes(*x: Any, **settings: Any) -> tuple[Any, Any]:
        call = Call(f, x, settings, may_nest=True)
        result = call.one_number()
        if not call.is_nested:
            value, slopes = call.value, call.pull(like(call.value, 1.0))
        elif call.results:
            make_loss(call, result)
            value, slopes = both_sweeps(call, iter(call.at))
        else:
            value, slopes = result, [0.0] * len(x)
        return value, slopes[0] if len(x) == 1 else tuple(slopes)

    return value_and_slopes


def jvp(f: Function, x: Any, v: Any) -> tuple[Any, Any]:
    """Return f(x) and ∂f/∂x · v, its derivative in the direction v, by one forward sweep.

    For a function of several arguments, x and v are tuples. f may return a number, an array, or a
    list of numbers, which counts as an array.

    >>> jvp(lambda a, b: (a + b) * (b + 1), (2.0, 1.0), (0.0, 1.0))
    (6.0, 5.0)
    """
    call = Call(f, as_arguments(x), {})
    return call.value, call.push(_tangents(x, v))


def vjp(f: Function, x: Any) -> tuple[Any, Function]:
    """Return f(x) and the pullback, which maps a seed v to v · ∂f/∂x by a reverse sweep.

    The seed has the shape of f(x). For a function of several arguments, x is a tuple, and so is
    v · ∂f/∂x.

    >>> value, pull = vjp(lambda a, b: (a + b) * (b + 1), (2.0, 1.0))
    >>> value, pull(1.0)
    (6.0, (2.0, 5.0))
    """
    call = Call(f, as_arguments(x), {})

    def pull(seed: Any) -> Any:
        slopes = call.pull(derivative_like(call.value, seed, "the seed"))
        return tuple(slopes) if isinstance(x, tuple) else slopes[0]

    return call.value, pull


def hessian(f: Function) -> Function:
    """Return the function that maps x to the second derivatives of f, which returns one number.

    For a number, that is a number, and for a vector a matrix; for arrays of the shapes s and t it
    is an array of the shape s + t. For several arguments, H[i][j] belongs to arguments i and j.

    >>> hessian(lambda a, b: (a + b) * (b + 1))(2.0, 1.0)
    ((0.0, 1.0), (1.0, 2.0))
    >>> hessian(lambda x: x[0] ** 2 * x[1])([1.0, 3.0])
    array([[6., 2.],
           [2., 0.]])
    """

    @wraps(f)
    def second_derivatives(*x: Any, **settings: Any) -> Any:
        call = Call(f, x, settings)
        matrix = _hessian_matrix(call, call.one_number())
        ends = np.cumsum([np.size(a) for a in call.at])[:-1]
        blocks: list[list[Any]] = [np.split(rows, ends, axis=1) for rows in np.split(matrix, ends)]
        for (i, a), (j, b) in product(enumerate(call.at), repeat=2):
            kind = np.result_type(a, b)
            block = blocks[i][j].reshape(np.shape(a) + np.shape(b)).astype(kind)
            blocks[i][j] = block if block.ndim else float(block)
        return blocks[0][0] if len(x) == 1 else tuple(map(tuple, blocks))

    return second_derivatives


def _hessian_matrix(call: Call, result: Any) -> Any:
    """Return ∂²f/∂x² with a row and a column for each number in the arguments."""
    size = sum(map(np.size, call.at))
    matrix = np.zeros((size, size))
    if not call.results:
        return matrix
    make_loss(call, result)
    scalar = unroll(call, **dict(zip(call.inputs, call.at, strict=True)))
    h, slopes = gradient_graph(scalar)
    rows = [i for i, slope in enumerate(slopes.values()) if isinstance(slope, Vertex)]
    outputs = [slope for slope in slopes.values() if isinstance(slope, Vertex)]
    if outputs:
        numbers = [float(x) for a in call.at for x in np.ravel(a)]
        lin = Tape[Vertex](h.columns.structure, outputs[0].index, numbers)
        matrix[rows] = jacobian(lin, [*h.inputs.values()], outputs).matrix
    return matrix


def _tangents(x: Any, v: Any) -> list[Any]:
    """Return the tangent of each argument; raise GraphError if v is not like x."""
    if isinstance(x, tuple) != isinstance(v, tuple) or len(as_arguments(x)) != len(as_arguments(v)):
        raise GraphError("x and v must both be tuples of the same length, or both be one argument")
    return [number_or_array(t, "a tangent in v") for t in as_arguments(v)]
