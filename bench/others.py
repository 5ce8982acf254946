"""Time the enumeration of paths, the import of coursekit, its names, and large index arrays."""

import subprocess
import sys
from functools import partial
from timeit import Timer

import numpy as np

from bench.measure import Goal, Race, race  # first: it sets the number of threads
from coursekit import Graph, count_paths, path_sum
from coursekit import sum as total
from coursekit.examples import layered


def paths() -> list[Race]:
    lin = layered([4] * 10)
    source = lin.vertices[0]
    contestants = {
        "summing over 262,144 paths": lambda: path_sum(lin, source),
        "counting the paths": lambda: count_paths(lin, source),
    }
    return [
        Race(
            "Paths from a first-layer vertex to the loss: ten layers of four vertices, 148 edges",
            "counting the paths",
            race(contestants, 7, agree=None),
            unit="ms",
        )
    ]


def importing() -> list[Race]:
    def fresh(module: str) -> None:
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True)

    contestants = {
        name: lambda name=name: fresh(name) or 0.0 for name in ("coursekit", "numpy", "sys")
    }
    return [
        Race(
            "Start Python and import one package (sys: a bare start)",
            "numpy",
            race(contestants, 15, agree=None),
            unit="ms",
            goals=[Goal("coursekit", 1.5, "numpy")],
        )
    ]


def lookups() -> list[Race]:
    names, times = ("coursekit.relu", "coursekit.backprop"), 10_000
    contestants = {name: partial(Timer(name, "import coursekit").timeit, times) for name in names}
    return [
        Race(
            "Look up a name in coursekit: an operation, and a function",
            "coursekit.backprop",
            race(contestants, 60, agree=None),
            per=times,
            each="lookup",
            unit="ns",
            goals=[Goal("coursekit.relu", 1.2, "coursekit.backprop")],
        )
    ]


def indexing() -> list[Race]:
    rng = np.random.default_rng(0)
    X, at = rng.normal(size=100_000), rng.integers(0, 100_000, 1_000_000)

    def ours() -> float:
        g = Graph()
        loss = g.loss(total(g.input("X")[at]))
        return float(g.linearize(X=X).values[loss])

    contestants = {"coursekit": ours, "numpy": lambda: float(X[at].sum())}
    return [
        Race(
            "Build and linearize the sum of X[at]: an index array of 1,000,000 integers",
            "numpy",
            race(contestants, 15),
            unit="ms",
            goals=[Goal("coursekit", 1.2, "numpy")],
        )
    ]


def races() -> list[Race]:
    return paths() + importing() + lookups() + indexing()
