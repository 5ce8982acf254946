"""Random graphs for the properties: plain DAGs with integer partials, and graphs of operations."""

from random import Random

from hypothesis import strategies as st

from coursekit import Graph, cos, exp, sigmoid, sin, tanh
from coursekit.examples import random_dag

dags = st.builds(
    random_dag, st.integers(0, 2**32).map(Random), st.integers(min_value=2, max_value=9)
)


def random_graph(rng: Random, size: int = 12) -> Graph:
    """Return a graph of smooth operations whose values stay of moderate size."""
    g = Graph()
    pool = [g.input(name) for name in ("x", "y", "a name, with ∂")]
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
