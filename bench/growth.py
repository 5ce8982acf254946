"""Measure time and memory per vertex, from 10³ to 10⁶ vertices, each size in its own process."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
COLOURS = {"chain": "#0072b2", "random operands": "#d55e00", "mixed": "#009e73"}
GOAL = 200  # bytes per vertex


def one(size: int, kind: str) -> dict[str, float]:
    """Build, linearize and differentiate one graph; return seconds and bytes per vertex."""
    from bench.scalars import OURS, builder
    from coursekit import Graph, backprop

    build = builder(size, kind)
    builder(100, kind)(Graph().input("x"), OURS)  # trigger lazy imports before measuring
    before, start = resident(), perf_counter()
    g = Graph()
    pool = build(g.input("x"), OURS)
    g.loss(pool[-1])
    built = perf_counter()
    lin = g.linearize(x=0.999)
    linearized = perf_counter()
    adjoints = backprop(lin)
    end = perf_counter()
    assert adjoints[lin.loss] == 1.0
    del pool  # the benchmark's own list: the graph keeps every vertex
    return {
        "build": (built - start) / size,
        "linearize": (linearized - built) / size,
        "backprop": (end - linearized) / size,
        "bytes": (resident() - before) / size,
    }


def resident() -> int:
    """Return this process's resident memory, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def rows() -> list[dict[str, Any]]:
    """Return the medians over three processes, for each kind and size."""
    medians = []
    for kind in COLOURS:
        for size in SIZES:
            runs = [
                json.loads(
                    subprocess.run(
                        [sys.executable, "-m", "bench.growth", str(size), kind],
                        check=True,
                        capture_output=True,
                        text=True,
                    ).stdout
                )
                for _ in range(3)
            ]
            middle = {key: median(run[key] for run in runs) for key in runs[0]}
            medians.append({"kind": kind, "size": size, **middle})
    return medians


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "coursekit"
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for (kind, colour), marker in zip(COLOURS.items(), "os^", strict=True):
        points = [row for row in rows if row["kind"] == kind]
        sizes = [row["size"] for row in points]
        times = [
            1e6 * sum(row[part] for part in ("build", "linearize", "backprop")) for row in points
        ]
        left.plot(sizes, times, marker=marker, color=colour, label=kind)
        right.plot(sizes, [row["bytes"] for row in points], marker=marker, color=colour, label=kind)
    right.axhline(GOAL, color="0.4", linestyle="--", linewidth=1)
    right.annotate("goal", (SIZES[0], GOAL), xytext=(0, 4), textcoords="offset points", color="0.3")
    for axis, title in (
        (left, "µs per vertex: build, linearize, backprop"),
        (right, "resident bytes per vertex"),
    ):
        axis.set(xscale="log", xlabel="vertices", title=title)
        axis.set_ylim(bottom=0)
        axis.spines[["top", "right"]].set_visible(False)
    left.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    print(json.dumps(one(int(sys.argv[1]), sys.argv[2])))
