"""A graph at one point, differentiated in every way of coursekit along one random direction."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

import coursekit as ck
from bench.suites.record import expressing, lack, record
from coursekit import Graph, Vertex, Watched, backprop, count_paths

MANY_PATHS, MANY_NUMBERS = 60, 24  # beyond these, a sum over paths or a graph of numbers is slow
SAME = 1e-9  # the largest difference between two ways, relative or absolute
CONSTANT, NESTED = "a constant function", "a derivative of a derivative"
CLOSE, STEP = 1e-6, 1e-6  # as in autograd's own comparison with differences


class Case:
    """A function of numbers and arrays at one point; the loss is Σ weights · f."""

    def __init__(self, f: Callable[..., Any], at: Mapping[str, Any], weights: Any = 1.0) -> None:
        record.tried = True
        self.f, self.weights = f, weights
        for x in at.values():
            if isinstance(x, Vertex):
                lack(NESTED)
            if np.iscomplexobj(x):
                lack("complex numbers")
        rng = np.random.default_rng(0)
        self.at = {name: np.asarray(x, float)[()] for name, x in at.items()}
        self.along = {name: rng.normal(size=np.shape(x)) for name, x in at.items()}
        self.graph = Graph()
        self.vertices = {name: self.graph.input(name) for name in at}
        with expressing():
            self.result = f(**self.vertices)
            if isinstance(self.result, list | tuple | dict):
                lack("several results")
            self.graph.loss(self._weighted(self.result))

    def _weighted(self, result: Any) -> Vertex:
        """Return the loss."""
        is_array, shape = isinstance(result, np.ndarray), np.shape(self.weights)
        if is_array and shape and shape != result.shape:
            lack("numpy.array of arrays")
        loss = result * np.asarray(self.weights)[()]
        if shape or is_array:
            loss = np.sum(loss)
        if not isinstance(loss, Vertex):
            lack(CONSTANT)
        return loss

    @cached_property
    def lin(self) -> Any:
        return self.graph.linearize(**self.at)

    @cached_property
    def value(self) -> Any:
        """The result of f."""
        values = self.graph.evaluate(**self.at)
        if isinstance(self.result, Vertex):
            return values[self.result]
        numbers = [values[v] if isinstance(v, Vertex) else v for v in self.result.flat]
        return np.reshape(numbers, self.result.shape)

    @cached_property
    def gradient(self) -> dict[str, Any]:
        adjoints = backprop(self.lin)
        return {name: adjoints[v] for name, v in self.vertices.items()}

    @cached_property
    def slope(self) -> float:
        """The derivative along the direction, by the tape."""
        return self.along_direction(self.gradient)

    def along_direction(self, gradient: Mapping[str, Any]) -> float:
        for name, x in self.at.items():
            if np.shape(gradient[name]) != np.shape(x):
                raise AssertionError(f"an adjoint of the shape {np.shape(gradient[name])}")
        return float(sum(np.sum(gradient[name] * d) for name, d in self.along.items()))

    def beyond(self, step: float) -> dict[str, Any]:
        """Return the inputs at a point that is `step` further along the direction."""
        return {name: x + step * self.along[name] for name, x in self.at.items()}

    @cached_property
    def bend(self) -> float:
        """The second derivative along the direction, by a difference of slopes."""
        return (self.slope_nearby(STEP / 2) - self.slope_nearby(-STEP / 2)) / STEP

    def slope_nearby(self, step: float) -> float:
        """Return the derivative along the direction at a point that is `step` further on."""
        adjoints = backprop(self.graph.linearize(**self.beyond(step)))
        return self.along_direction({name: adjoints[v] for name, v in self.vertices.items()})

    @property
    def is_small(self) -> bool:
        return sum(map(np.size, self.at.values())) <= MANY_NUMBERS

    @cached_property
    def scalar(self) -> Graph:
        return ck.unroll(self.graph, **self.at)

    def numbers(self, arrays: Mapping[str, Any]) -> dict[str, float]:
        """Return arrays as inputs of the scalar graph."""
        return {
            f"{name}[{','.join(map(str, at))}]" if at else name: float(np.asarray(x)[at])
            for name, x in arrays.items()
            for at in np.ndindex(np.shape(x))
        }

    def check(self, order: int = 1) -> None:
        """Record whether every way finds the derivative that the tape finds."""
        record.check("backprop", lambda: np.isreal(self.slope))
        for name, way in WAYS.items():
            record.check(name, lambda way=way: same(way(self), self.slope))
        if order > 1 and self.is_small:
            for name, way in WAYS_TWICE.items():
                record.check(name, lambda way=way: close(way(self), self.bend))

    def by_position(self, *x: Any) -> Any:
        """Return f at arguments without names."""
        return self.f(**dict(zip(self.at, x, strict=True)))


def same(found: float | None, expected: float) -> bool | None:
    return None if found is None else bool(np.isclose(found, expected, SAME, SAME, equal_nan=True))


def close(found: Any, expected: Any) -> bool:
    return bool(np.allclose(found, expected, CLOSE, CLOSE, equal_nan=True))


Way = Callable[[Case], float | None]


def watched(case: Case) -> float:
    adjoints = backprop(Watched(case.lin))
    return case.along_direction({name: adjoints[v] for name, v in case.vertices.items()})


def path_sum(case: Case) -> float | None:
    if any(count_paths(case.lin, v) > MANY_PATHS for v in case.vertices.values()):
        return None
    sums = {name: ck.path_sum(case.lin, v) for name, v in case.vertices.items()}
    return float(sum(np.sum(sums[name] * d) for name, d in case.along.items()))


def forward_mode(case: Case) -> float:
    tangents = {v: case.along[name] for name, v in case.vertices.items()}
    return float(np.sum(ck.forward_mode(case.lin, tangents)[case.lin.loss]))


def eliminate(case: Case) -> float:
    lin = case.lin
    inner = [v for v in lin.vertices if lin.into(v) and v != lin.loss]
    total = ck.eliminate(lin, inner).partials
    edges = {name: (v, lin.loss) for name, v in case.vertices.items() if (v, lin.loss) in total}
    return float(sum(np.sum(total[edge] * case.along[name]) for name, edge in edges.items()))


def program(case: Case) -> float:
    return case.along_direction(case.graph.compile()(**case.at)[1])


def unroll(case: Case) -> float | None:
    if not case.is_small:
        return None
    adjoints = backprop(case.scalar.linearize(**case.numbers(case.at)))
    along = case.numbers(case.along)
    return float(sum(adjoints[case.scalar.inputs[name]] * d for name, d in along.items()))


def gradient(case: Case) -> float | None:
    if np.ndim(case.lin.values[case.lin.loss]):
        return None  # it takes one number
    slopes = ck.gradient(lambda *x: case._weighted(case.by_position(*x)))(*case.at.values())
    slopes = slopes if len(case.at) > 1 else [slopes]
    return case.along_direction(dict(zip(case.at, slopes, strict=True)))


def jvp(case: Case) -> float:
    points, directions = tuple(case.at.values()), tuple(case.along.values())
    return float(np.sum(ck.jvp(case.by_position, points, directions)[1] * case.weights))


def vjp(case: Case) -> float:
    value, pull = ck.vjp(case.by_position, tuple(case.at.values()))
    slopes = pull(np.broadcast_to(case.weights, np.shape(value))[()])
    return case.along_direction(dict(zip(case.at, slopes, strict=True)))


def hessian_vector(case: Case) -> float:
    along = case.numbers(case.along)
    found = ck.hessian_vector(case.scalar, case.numbers(case.at), along)
    return sum(found[name] * d for name, d in along.items())


def hessian(case: Case) -> float:
    blocks = ck.hessian(lambda *x: case._weighted(case.by_position(*x)))(*case.at.values())
    blocks = blocks if len(case.at) > 1 else [[blocks]]
    along = [np.ravel(d) for d in case.along.values()]
    return float(
        sum(
            a @ np.reshape(block, (a.size, b.size)) @ b
            for row, a in zip(blocks, along, strict=True)
            for block, b in zip(row, along, strict=True)
        )
    )


WAYS: dict[str, Way] = {
    way.__name__: way for way in (watched, path_sum, forward_mode, eliminate, program, unroll)
}
WAYS_TWICE: dict[str, Way] = {"hessian_vector": hessian_vector}
if hasattr(ck, "gradient"):  # not yet in the commit that is compared with
    WAYS |= {"gradient": gradient, "jvp": jvp, "vjp": vjp}
    WAYS_TWICE |= {"hessian": hessian}
