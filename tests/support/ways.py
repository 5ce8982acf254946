"""Every way in which coursekit computes the gradient of a program of arrays, under one signature.

A way takes a `Run`, and returns {input: gradient}, or None if the program is too large for it.
"""

from collections.abc import Callable, Collection
from functools import cached_property
from typing import Any

import numpy as np

import coursekit as ck
from coursekit import Graph, Linearization, Watched, backprop, count_paths
from tests.support.array_programs import COURSEKIT, ArrayProgram, Values, graph_of
from tests.support.array_programs import run as evaluate
from tests.support.faults import differences

# a sum over more paths, a graph of more numbers, or a Hessian of more rows takes long
MANY_PATHS, MANY_NUMBERS, MANY_ROWS = 60, 24, 4


class Run:
    """A function of vertices, its graph with the vertices by name, and its inputs."""

    def __init__(
        self, f: Callable[..., Any], graph: Graph, vertices: Values, at: Values,
        parameters: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.f, self.graph, self.vertices = f, graph, vertices
        self.at, self.parameters = at, parameters

    @cached_property
    def lin(self) -> Any:
        return self.graph.linearize(**self.at)

    @cached_property
    def ones(self) -> Any:
        return np.ones_like(self.lin.values[self.lin.loss])

    @cached_property
    def compiled(self) -> Any:
        """The loss and the gradient of the program."""
        return self.graph.compile()(**self.at)

    @cached_property
    def small(self) -> bool:
        return sum(np.size(x) for x in self.at.values()) <= MANY_NUMBERS

    @cached_property
    def scalar(self) -> Graph:
        return ck.unroll(self.graph, **self.at)

    @cached_property
    def numbers(self) -> dict[str, float]:
        """The inputs of the scalar graph."""
        return {
            label(name, index): float(np.asarray(x)[index])
            for name, x in self.at.items()
            for index in np.ndindex(np.shape(x))
        }

    def by_name(self, adjoints: Any) -> Values:
        return {name: adjoints[self.vertices[name]] for name in self.at}

    def rolled(self, derivatives: Any) -> Values:
        """Return derivatives of the scalar graph in the shapes of the inputs."""
        rolled = {}
        for name, x in self.at.items():
            rolled[name] = np.empty(np.shape(x))
            for index in np.ndindex(np.shape(x)):
                rolled[name][index] = derivatives[label(name, index)]
        return rolled


def run_of(program: ArrayProgram) -> Run:
    """Return the run of a program of arrays."""

    def f(**vertices: Any) -> Any:
        return evaluate(program, COURSEKIT, vertices)[program.loss]

    return Run(f, *graph_of(program), program.inputs, program.parameters)


def run_of_function(f: Callable[..., Any], at: Values, parameters: Collection[str] = ()) -> Run:
    """Return the run of a function of vertices, whose result is the loss."""
    g = Graph()
    vertices = {x: (g.parameter if x in parameters else g.input)(x) for x in at}
    g.loss(f(**vertices))
    return Run(f, g, vertices, at, parameters)


def label(name: str, index: tuple[int, ...]) -> str:
    return f"{name}[{','.join(map(str, index))}]" if index else name


Way = Callable[[Run], Values | None]


def tape(run: Run) -> Values:
    return run.by_name(backprop(run.lin))


def watched(run: Run) -> Values:
    return run.by_name(backprop(Watched(run.lin)))


def plain(run: Run) -> Values:
    lin = run.lin
    return run.by_name(
        backprop(Linearization(lin.vertices, lin.loss, lin.out, lin.into, lin.partials, lin.values))
    )


def seeded(run: Run) -> Values:
    return run.by_name(backprop(run.lin, seed=run.ones))


def path_sum(run: Run) -> Values | None:
    vertices = run.by_name({v: v for v in run.lin.vertices})
    if any(count_paths(run.lin, v) > MANY_PATHS for v in vertices.values()):
        return None
    sums = {name: ck.path_sum(run.lin, v) for name, v in vertices.items()}
    for name, v in vertices.items():
        if count_paths(run.lin, v) == 0 and isinstance(sums[name], float):
            sums[name] += np.zeros(np.shape(run.at[name]))  # a sum of no terms is the number 0
    return sums


def forward_mode(run: Run) -> Values | None:
    """Return the sum of the loss's tangent in each direction of each input."""
    if not run.small:
        return None
    slopes = {}
    for name in run.at:
        value = run.lin.values[run.vertices[name]]
        slopes[name] = np.zeros(np.shape(value))
        for index in np.ndindex(np.shape(value)):
            direction = np.zeros(np.shape(value), np.result_type(value))
            direction[index] = 1.0
            tangent = direction if np.ndim(value) else 1.0
            tangents = ck.forward_mode(run.lin, {run.vertices[name]: tangent})
            with np.errstate(all="ignore"):
                slopes[name][index] = np.sum(tangents[run.lin.loss])
    return slopes


def eliminate(run: Run) -> Values:
    lin = run.lin
    inner = [v for v in lin.vertices if lin.into(v) and v != lin.loss]
    total = ck.eliminate(lin, inner).partials
    return {
        name: run.ones * total[v, lin.loss] if (v, lin.loss) in total else np.zeros(np.shape(x))
        for name, x in run.at.items()
        for v in [run.vertices[name]]
    }


def jacobian(run: Run) -> Values | None:
    """Return the sum of the Jacobian's rows."""
    if not run.small or np.size(run.ones) > MANY_NUMBERS:
        return None
    vertices = [run.vertices[name] for name in run.at]
    matrix = ck.jacobian(run.lin, vertices, [run.lin.loss]).matrix
    shapes = [np.shape(x) for x in run.at.values()]
    ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes])
    with np.errstate(all="ignore"):
        total = np.sum(np.reshape(matrix, (np.size(run.ones), int(ends[-1]))), axis=0)
    pieces = np.split(total, ends[:-1])
    return {name: x.reshape(s) for name, x, s in zip(run.at, pieces, shapes, strict=True)}


def vjp(run: Run) -> Values:
    def f(*x: Any) -> Any:
        return run.f(**dict(zip(run.at, x, strict=True)))

    value, pull = ck.vjp(f, tuple(run.at.values()))
    return dict(zip(run.at, pull(np.ones_like(value)[()]), strict=True))


def value_and_gradient(run: Run) -> Values:
    def f(*x: Any) -> Any:
        return ck.sum(run.f(**dict(zip(run.at, x, strict=True))))

    _, slopes = ck.value_and_gradient(f)(*run.at.values())
    return dict(zip(run.at, slopes if len(run.at) > 1 else [slopes], strict=True))


def program(run: Run) -> Values:
    return run.compiled[1]


def flat(run: Run) -> Values | None:
    if not run.parameters:
        return None
    parameters = {name: run.at[name] for name in run.parameters}
    function = run.graph.compile().flat(**parameters)
    function(**{name: x for name, x in run.at.items() if name not in parameters})
    return function.slopes


def unroll(run: Run) -> Values | None:
    if not run.small:
        return None
    adjoints = backprop(run.scalar.linearize(**run.numbers))
    return run.rolled({name: adjoints[v] for name, v in run.scalar.inputs.items()})


def unrolled_program(run: Run) -> Values | None:
    if not run.small or run.parameters:
        return None
    return run.rolled(run.scalar.compile()(**run.numbers)[1])


WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (
        *(tape, watched, plain, seeded, path_sum, forward_mode, eliminate, jacobian),
        *(vjp, value_and_gradient, program, flat, unroll, unrolled_program),
    )
}


def losses(run: Run) -> Values:
    """Return the loss as each way of evaluating finds it."""
    found = {
        "evaluate": run.graph.evaluate(**run.at)[run.graph.ell],
        "linearize": run.lin.values[run.lin.loss],
        "program": run.compiled[0],
    }
    if names := run.parameters:
        function = run.graph.compile().flat(**{name: run.at[name] for name in names})
        found["flat"] = function(**{name: x for name, x in run.at.items() if name not in names})
    return found


def second_derivative(run: Run, direction: Values) -> Values | None:
    """Return the Hessian times a direction, through the scalar graph."""
    if not run.small:
        return None
    along = {
        label(name, index): float(np.asarray(d)[index])
        for name, d in direction.items()
        for index in np.ndindex(np.shape(d))
    }
    return run.rolled(ck.hessian_vector(run.scalar, run.numbers, along))


def hessian_times(run: Run, direction: Values) -> Values | None:
    """Return the Hessian times a direction, through the whole Hessian."""
    if sum(map(np.size, direction.values())) > MANY_ROWS:
        return None

    def f(*x: Any) -> Any:
        return ck.sum(run.f(**dict(zip(run.at, x, strict=True))))

    blocks = ck.hessian(f)(*run.at.values())
    rows = blocks if len(run.at) > 1 else ((blocks,),)
    along = [np.asarray(d) for d in direction.values()]
    with np.errstate(all="ignore"):
        return {
            name: sum(np.tensordot(h, d, d.ndim) for h, d in zip(row, along, strict=True))
            for name, row in zip(run.at, rows, strict=True)
        }


SECOND = {"second derivative": second_derivative, "hessian": hessian_times}


def assert_slopes(
    f: Callable[..., Any], right: Values, *, parameters: Collection[str] = (), **at: Any
) -> None:
    """Assert that every way finds these derivatives of a function, in the shapes of its inputs."""
    run = run_of_function(f, at, parameters)
    expected = {name: np.broadcast_to(x, np.shape(at[name])) for name, x in right.items()}
    for name, way in WAYS.items():
        found = way(run)
        if found is not None:
            known = {x: d for x, d in expected.items() if x in found}
            assert list(differences(name, found, known)) == []
