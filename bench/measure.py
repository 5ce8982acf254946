"""Race contestants in one process: they take turns, and the ratio is the median over all rounds."""

import os

# one thread each, set before numpy is imported: compare the work, not the number of cores
os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import gc
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import median
from time import perf_counter
from typing import Any

Step = Callable[[], Any]


@dataclass(frozen=True)
class Goal:
    """The largest ratio of a contestant to another, or its longest time, in seconds."""

    name: str
    at_most: float
    to: str | None = None


@dataclass
class Race:
    """The same work, done by several contestants, with the seconds of every round."""

    title: str
    base: str  # ratios are relative to this contestant
    seconds: dict[str, list[float]]
    per: int = 1  # times are divided by this, the number of vertices or lookups
    each: str = "vertex"
    unit: str = "µs"
    goals: list[Goal] = field(default_factory=list)

    def time(self, name: str) -> float:
        """Return the median time in seconds, divided by `per`."""
        return median(self.seconds[name]) / self.per

    def ratio(self, name: str, to: str) -> float:
        """Return the median, over the rounds, of the ratio between two contestants."""
        pairs = zip(self.seconds[name], self.seconds[to], strict=True)
        return median(a / b for a, b in pairs)

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def race(
    contestants: dict[str, Step],
    rounds: int,
    *,
    repeat: int = 1,
    more: dict[str, int] | None = None,
    agree: float | None = 1e-9,
    collect: bool = False,
) -> dict[str, list[float]]:
    """Return each contestant's seconds in each round; the first results must agree.

    A turn has `repeat` steps, as in training, because the first step runs with cold caches; `more`
    gives fast contestants more steps. `collect` runs the garbage collector before each turn, so
    that no contestant pays for another's garbage; within a turn, Python collects as usual.
    """
    first = {name: float(step()) for name, step in contestants.items()}
    if agree is not None:
        expected = next(iter(first.values()))
        for name, result in first.items():
            if abs(result - expected) > agree * max(1.0, abs(expected)):
                raise SystemExit(f"{name} does different work: got {result!r}, not {expected!r}")
    for step in contestants.values():  # warm up: some libraries compile on their second call
        step()
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    gc.collect()
    gc.freeze()  # imported objects must not slow down a collection
    for _ in range(rounds):
        for name, step in contestants.items():
            if collect:
                gc.collect()
            steps = (more or {}).get(name, repeat)
            start = perf_counter()
            for _ in range(steps):
                step()
            seconds[name].append((perf_counter() - start) / steps)
    gc.unfreeze()
    return seconds


def have(module: str) -> bool:
    """Return whether a peer is installed; the page lists the missing ones."""
    try:
        __import__(module)
    except ImportError:
        return False
    return True
