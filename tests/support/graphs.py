"""Random graphs for property tests: DAGs with integer partials, and graphs of operations."""

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

import coursekit as ck
from coursekit import Graph, Vertex, cos, exp, sigmoid, sin, tanh
from coursekit.examples import random_dag
from tests.support.array_graphs import random_program
from tests.support.array_programs import ArrayProgram
from tests.support.number_graphs import tame_numbers

NAMES = ("x", "y", "a name, with ∂")  # the inputs of a random graph

dags = st.builds(
    random_dag, st.integers(0, 2**32).map(Random), st.integers(min_value=2, max_value=9)
)


def graph_of(f: Callable[..., Vertex], **at: Any) -> tuple[Graph, dict[str, Vertex]]:
    """Return the graph of f, and its parameters, one for each name in `at`."""
    g = Graph()
    vertices = {name: g.parameter(name) for name in at}
    g.loss(f(*vertices.values()))
    return g, vertices


def random_graph(rng: Random, size: int = 12) -> Graph:
    """Return a graph of smooth operations whose values stay moderate."""
    g = Graph()
    pool = [g.input(name) for name in NAMES]
    while len(pool) < size:
        u, v = rng.choice(pool), rng.choice(pool)
        pool.append(
            rng.choice(
                [
                    lambda u, v: tanh(u) * v,
                    lambda u, v: sin(u) - v * 0.5,
                    lambda u, v: u / (2 + cos(v)),
                    lambda u, v: sigmoid(u + v),
                    lambda u, v: exp(-(u * u)) + v,
                    lambda u, v: 0.5**u * tanh(v),
                    lambda u, v: (u * u + 1) ** 0.5,
                ]
            )(u, v)
        )
    g.loss(sum(pool[3:], 0.25 * pool[0]))
    return g


graphs = st.builds(random_graph, st.integers(0, 2**32).map(Random))
points = st.tuples(*[st.floats(-1.5, 1.5)] * 3)


ON_ARRAYS = [
    lambda u, v: tanh(u) * v,
    lambda u, v: u - v * 0.5,
    lambda u, v: u / (v * v + 1),
    lambda u, v: u @ v,
    lambda u, v: ck.sum(u, axis=0) + 1,
    lambda u, v: ck.mean(u, axis=-1, keepdims=True) * v,
    lambda u, v: u.T,
    lambda u, v: u[0] + u[-1],
    lambda u, v: ck.reshape(u, -1),
    lambda u, v: ck.softmax(u),
    lambda u, v: ck.logsumexp(u),
    lambda u, v: ck.cross_entropy(u, [1, 0, 1]),
    lambda u, v: ck.mse(u, v),
]


def random_array_graph(rng: Random, size: int = 10) -> tuple[Graph, dict[str, Any]]:
    """Return a graph of operations on arrays that broadcast, and a point.

    Some of its vertices do not reach the loss.
    """
    normal = np.random.default_rng(rng.randrange(2**32)).normal
    shapes = [(3,), (2, 3), (3, 2), (2, 1), (), (1, 3), (3, 3)]
    point = {name: normal(0, 0.5, rng.choice(shapes)) for name in "xyz"}
    g = Graph()
    pool = [(g.input(name), np.asarray(x)) for name, x in point.items()]
    while len(pool) < size:
        (u, one), (v, two) = rng.choice(pool), rng.choice(pool)
        f = rng.choice(ON_ARRAYS)
        try:
            value = np.asarray(f(one, two))  # an operation accepts arrays as well as vertices
        except (ck.GraphError, LookupError, ValueError):
            continue  # these shapes do not match
        pool.append((f(u, v), value))
    g.loss(sum((ck.sum(v) for v, _ in rng.sample(pool, 3)), 0.0))
    return g, point


def random_array_or_number_program(rng: Random) -> ArrayProgram:
    return tame_numbers(rng) if rng.randrange(5) == 4 else random_program(rng)


array_programs = st.builds(random_program, st.randoms(use_true_random=False))
programs = st.builds(random_array_or_number_program, st.randoms(use_true_random=False))
array_graphs = st.builds(random_array_graph, st.integers(0, 2**32).map(Random))
