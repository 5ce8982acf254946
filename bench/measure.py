"""Rounds of every contestant in turn, in one process; what is said of them are ratios."""

import os

# one thread each, set before numpy is loaded: what is compared is the work, not the cores
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


@dataclass
class Race:
    """One piece of work, done by several contestants: seconds of every round."""

    title: str
    base: str  # ratios are to this one
    seconds: dict[str, list[float]]
    per: int = 1  # vertices, say: times are given for each
    unit: str = "µs"
    goals: dict[str, tuple[float, str]] = field(default_factory=dict)  # ratio at most, to whom

    def time(self, name: str) -> float:
        """Return the median, in seconds for each of `per`."""
        return median(self.seconds[name]) / self.per

    def ratio(self, name: str, to: str) -> float:
        """Return the median of the rounds' ratios."""
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
    """Return the seconds of each contestant in each round; their first results must agree.

    A turn is `repeat` steps, as training repeats them: the first one finds cold caches. `more`
    gives a fast contestant among slow ones more of them.
    `collect` clears the garbage up before each turn, where a turn leaves so much of it that
    another would pay; within a turn Python collects as ever.
    """
    first = {name: float(step()) for name, step in contestants.items()}
    if agree is not None:
        expected = next(iter(first.values()))
        for name, found in first.items():
            if abs(found - expected) > agree * max(1.0, abs(expected)):
                raise SystemExit(f"{name} does other work: {found!r}, not {expected!r}")
    for step in contestants.values():  # what is compiled on the second call is compiled now
        step()
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    gc.collect()
    gc.freeze()  # what the peers' imports left is nobody's work
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
    """Whether a peer is installed; one that is not is left out, and the page says so."""
    try:
        __import__(module)
    except ImportError:
        return False
    return True
