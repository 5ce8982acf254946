"""Time the enumeration of paths, and the import of coursekit."""

import subprocess
import sys

from bench.measure import Race, race  # first: it sets the number of threads
from coursekit import count_paths, path_sum
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
            goals={"coursekit": (1.5, "numpy")},
        )
    ]


def races() -> list[Race]:
    return paths() + importing()
