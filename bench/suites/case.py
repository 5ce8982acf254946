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
CLOSE, STEP = 1e-6, 1e-6  # as in autograd's own comparison with differences


class Case:
    """A function of numbers and arrays at one point; the loss is Σ weights · f."""

    def __init__(self, f: Callable[..., Any], at: Mapping[str, Any], weights: Any = 1.0) -> None:
        record.tried = True
        for x in at.values():
            if isinstance(x, Vertex):
                lack("a derivative of a derivative")
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
            if isinstance(self.result, np.ndarray) and np.shape(weights) not in (
                (),
                self.result.shape,
            ):
                lack("numpy.array of arrays")
            loss = self.result * np.asarray(weights)[()]
            if np.ndim(weights) or isinstance(loss, np.ndarray):
                loss = np.sum(loss)
            if not isinstance(loss, Vertex):
                lack("a constant function")
            self.graph.loss(loss)

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
            record.check("second derivative", self.has_second_derivative)

    def has_second_derivative(self) -> bool:
        along = self.numbers(self.along)
        found = ck.hessian_vector(self.scalar, self.numbers(self.at), along)
        difference = (self.slope_nearby(STEP / 2) - self.slope_nearby(-STEP / 2)) / STEP
        return close(sum(found[name] * d for name, d in along.items()), difference)


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


WAYS: dict[str, Way] = {
    way.__name__: way for way in (watched, path_sum, forward_mode, eliminate, program, unroll)
}
