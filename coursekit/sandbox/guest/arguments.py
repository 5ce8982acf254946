"""Build an answer's arguments from plain data, in the process that runs it, and count its reads.

No algorithm that an exercise asks for is in this module.
"""

import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .encoding import decode


class Stopped(BaseException):
    """Stops an answer that exceeds its budget or time; `except Exception` does not catch it."""


class Counter:
    """Counts reads, and stops an answer that exceeds its budget."""

    def __init__(self, budget: int | None = None, what: str = "") -> None:
        self.reads, self.budget, self.what = 0, budget, what

    def __call__(self, reads: int = 1) -> None:
        self.reads += reads
        if self.budget is not None and self.reads > self.budget:
            raise Stopped(f"budget: more than {self.budget} reads of {self.what}")


COUNTED = {"partials": "partials", "neighbours": "vertices and neighbours", "items": "items"}
Counters = Mapping[str, Counter]  # kind of read → counter; reads without a counter are free


class Items(list[Any]):
    """A list that counts each item read from it."""

    def __init__(self, items: Sequence[Any], counter: Counter) -> None:
        super().__init__(items)
        self._count = counter

    def __getitem__(self, place: Any) -> Any:
        item = super().__getitem__(place)
        self._count(len(item) if isinstance(place, slice) else 1)
        return item

    def __iter__(self) -> Iterator[Any]:
        for item in super().__iter__():
            self._count()
            yield item

    def __reversed__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self) - 1, -1, -1))

    def __contains__(self, wanted: object) -> bool:
        return any(item == wanted for item in self)

    def copy(self) -> list[Any]:
        """Return a plain list of the items, which counts as reading each of them."""
        return list(self)


class Partials(Mapping[tuple[str, str], float]):
    """The mapping `partials[v, u]`, with each read counted."""

    def __init__(self, partials: Mapping[tuple[str, str], float], counter: Counter) -> None:
        self._partials, self._count = dict(partials), counter

    def __getitem__(self, edge: tuple[str, str]) -> float:
        self._count()
        return self._partials[edge]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._partials)

    def __len__(self) -> int:
        return len(self._partials)


class Lin:
    """A linearization built from plain data: vertices, loss, out, into, partials, values."""

    def __init__(self, plain: Mapping[str, Any], counters: Counters) -> None:
        self.vertices: list[str] = list(plain["vertices"])
        self.loss: str = plain["loss"]
        self.values: dict[str, float] = dict(plain.get("values", {}))
        out: dict[str, list[str]] = {v: [] for v in self.vertices}
        into: dict[str, list[str]] = {v: [] for v in self.vertices}
        for tail, head, _ in plain["edges"]:
            out[tail].append(head)
            into[head].append(tail)
        self.out, self.into = neighbours(out, counters), neighbours(into, counters)
        partials = {(tail, head): partial for tail, head, partial in plain["edges"]}
        self.partials = Partials(partials, counters.get("partials", Counter()))


def neighbours(lists: Mapping[str, list[str]], counters: Counters) -> Callable[[str], list[str]]:
    """Return a function that returns the list of a vertex, with each read counted."""
    if "neighbours" not in counters:
        return lambda v: list(lists[v])
    count = counters["neighbours"]

    def read(v: str) -> list[str]:
        count(1 + len(lists[v]))
        return list(lists[v])

    return read


class Operation:
    """A callable operation; `partials` returns one derivative per argument."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._value, self._partials = OPERATIONS[name]

    def __call__(self, *arguments: float) -> float:
        return float(self._value(*arguments))

    def partials(self, *arguments: float) -> tuple[float, ...]:
        """Return the local derivative with respect to each argument, as if all were distinct."""
        return tuple(map(float, self._partials(*arguments)))

    def __repr__(self) -> str:
        return self.name


OPERATIONS: dict[str, tuple[Callable[..., float], Callable[..., Sequence[float]]]] = {
    "add": (operator.add, lambda *_: (1, 1)),
    "sub": (operator.sub, lambda *_: (1, -1)),
    "mul": (operator.mul, lambda x, y: (y, x)),
    "div": (operator.truediv, lambda x, y: (1 / y, -x / y**2)),
    "max": (max, lambda x, y: (float(x > y), float(x <= y))),
    "sum3": (lambda x, y, z: x + y + z, lambda *_: (1, 1, 1)),
    "square": (lambda x: x * x, lambda x: (2 * x,)),
    "tanh": (math.tanh, lambda x: (1 - math.tanh(x) ** 2,)),
}


def _affine(matrix: Any, vector: Any) -> Callable[[Any], Any]:
    """Return the gradient w ↦ A w + b of a quadratic loss."""
    import numpy as np

    A, b = np.array(matrix, dtype=float), np.array(vector, dtype=float)
    return lambda w: A @ w + b


def _derivative(name: str) -> Callable[[Any], Any]:
    """Return σ' of a nonlinearity."""
    import numpy as np

    primes: dict[str, Callable[[Any], Any]] = {
        "tanh": lambda x: 1 - np.tanh(x) ** 2,
        "square": lambda x: 2 * np.asarray(x, dtype=float),
        "sin": np.cos,
        "step": lambda x: np.where(np.asarray(x) > 0, 1.0, 0.0),
    }
    return primes[name]


SPECIAL: dict[str, Callable[[Any, Counters], Any]] = {  # the kinds of a `Given`
    "lin": Lin,
    "out": lambda v, counters: neighbours(v, counters),
    "operation": lambda v, _: Operation(v),
    "derivative": lambda v, _: _derivative(v),
    "affine": lambda v, _: _affine(*v),
    "graph": lambda v, _: {
        vertex: (Operation(name), tuple(operands)) for vertex, name, operands in v
    },
}


def build_argument(plain: Any, counters: Counters) -> Any:
    """Build one argument from plain data; its lists count their reads.

    >>> build_argument({"t": "list", "v": [{"t": "tuple", "v": ["a", "b"]}]}, {})
    [('a', 'b')]
    """
    if isinstance(plain, dict) and plain.get("t") in SPECIAL:
        return SPECIAL[plain["t"]](plain["v"], counters)
    if "items" in counters:
        return decode(plain, lambda items: Items(items, counters["items"]))
    return decode(plain)


def arguments_of(case: Mapping[str, Any]) -> tuple[Any, ...]:
    """Build a case's arguments: each call makes new objects with new counters."""
    counters = {what: Counter(most, COUNTED[what]) for what, most in case.get("budget", {}).items()}
    return tuple(build_argument(plain, counters) for plain in case["args"])


def first_argument(case: Mapping[str, Any], kind: str) -> Any:
    """Return the data of the first argument of the given kind, or None if there is none."""
    args = case.get("args", [])
    return next((a["v"] for a in args if isinstance(a, dict) and a.get("t") == kind), None)
