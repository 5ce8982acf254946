"""The time to enumerate paths, and to import coursekit."""

import subprocess
import sys

from bench.measure import Race, race  # first: it sets the threads
from coursekit import count_paths, path_sum
from coursekit.examples import layered


def paths() -> list[Race]:
    lin = layered([4] * 10)
    source = lin.vertices[0]
    contestants = {
        "sum over 262,144 paths": lambda: path_sum(lin, source),
        "counting them": lambda: count_paths(lin, source),
    }
    return [
        Race(
            "From a vertex of the first of ten layers of four to the loss: 148 edges",
            "counting them",
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
            "A new Python that imports (sys: nothing)",
            "numpy",
            race(contestants, 15, agree=None),
            unit="ms",
            goals={"coursekit": (1.5, "numpy")},
        )
    ]


def races() -> list[Race]:
    return paths() + importing()
