"""Plain data into arguments: what an answer is handed, rebuilt where it runs, reads counted.

Needs the standard library, and numpy where a case passes arrays; holds no algorithm that an
exercise asks for.
"""

import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any


class Stopped(BaseException):
    """An answer over its budget or its time; `except Exception` does not swallow it."""


class Counter:
    """Reads, counted against a budget."""

    def __init__(self, budget: int | None = None, what: str = "") -> None:
        self.reads, self.budget, self.what = 0, budget, what

    def __call__(self, reads: int = 1) -> None:
        self.reads += reads
        if self.budget is not None and self.reads > self.budget:
            raise Stopped(f"budget: more than {self.budget} reads of {self.what}")


COUNTED = {
    "partials": "partials",
    "neighbours": "vertices and neighbours",
    "items": "items",
}
Counters = Mapping[str, Counter]  # by what is counted; what has none is free


class Items(list[Any]):
    """A list, each item that is looked at counted."""

    def __init__(self, items: Sequence[Any], read: Counter) -> None:
        super().__init__(items)
        self._read = read

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        self._read(len(found) if isinstance(place, slice) else 1)
        return found

    def __iter__(self) -> Iterator[Any]:
        for item in super().__iter__():
            self._read()
            yield item

    def __reversed__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self) - 1, -1, -1))

    def __contains__(self, wanted: object) -> bool:
        return any(item == wanted for item in self)

    def copy(self) -> list[Any]:
        """Return a list of the items, each of them read."""
        return list(self)


class Partials(Mapping[tuple[str, str], float]):
    """`partials[v, u]`, each read counted."""

    def __init__(self, partials: Mapping[tuple[str, str], float], read: Counter) -> None:
        self._partials, self._read = dict(partials), read

    def __getitem__(self, edge: tuple[str, str]) -> float:
        self._read()
        return self._partials[edge]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._partials)

    def __len__(self) -> int:
        return len(self._partials)


class Lin:
    """A linearization rebuilt from plain data: vertices, loss, out, into, partials, values."""

    def __init__(self, plain: Mapping[str, Any], counters: Counters) -> None:
        self.vertices: list[str] = list(plain["vertices"])
        self.loss: str = plain["loss"]
        self.values: dict[str, float] = dict(plain.get("values", {}))
        self._out: dict[str, list[str]] = {v: [] for v in self.vertices}
        self._into: dict[str, list[str]] = {v: [] for v in self.vertices}
        for tail, head, _ in plain["edges"]:
            self._out[tail].append(head)
            self._into[head].append(tail)
        self._ask = counters.get("neighbours", Counter())
        partials = {(tail, head): partial for tail, head, partial in plain["edges"]}
        self.partials = Partials(partials, counters.get("partials", Counter()))

    def out(self, v: str) -> list[str]:
        """Return out(v), the vertices that use v."""
        self._ask(1 + len(self._out[v]))
        return list(self._out[v])

    def into(self, v: str) -> list[str]:
        """Return the vertices that v uses."""
        self._ask(1 + len(self._into[v]))
        return list(self._into[v])


def out_of(plain: Mapping[str, list[str]], counters: Counters) -> Callable[[str], list[str]]:
    """Return the note's function out, its reads counted."""
    asked = counters.get("neighbours", Counter())

    def out(v: str) -> list[str]:
        asked(1 + len(plain[v]))
        return list(plain[v])

    return out


class Operation:
    """An operation to be called, with `partials`: one derivative for each of its arguments."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._value, self._partials = OPERATIONS[name]

    def __call__(self, *arguments: float) -> float:
        return float(self._value(*arguments))

    def partials(self, *arguments: float) -> tuple[float, ...]:
        """Return the local derivative by each argument, as if they were different vertices."""
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


def _derivative(of: str) -> Callable[[Any], Any]:
    """Return σ' of a nonlinearity, for a number or an array."""
    import numpy as np

    primes: dict[str, Callable[[Any], Any]] = {
        "tanh": lambda x: 1 - np.tanh(x) ** 2,
        "square": lambda x: 2 * np.asarray(x, dtype=float),
        "sin": np.cos,
        "step": lambda x: np.where(np.asarray(x) > 0, 1.0, 0.0),
    }
    return primes[of]


def _affine(plain: Sequence[Any]) -> Callable[[Any], Any]:
    """Return w ↦ A w + b: the gradient of a quadratic loss."""
    import numpy as np

    A, b = (np.array(part, dtype=float) for part in plain)
    return lambda w: A @ w + b


def _array(plain: Any) -> Any:
    import numpy as np

    return np.array(plain, dtype=float)


def build_argument(plain: Any, counters: Counters) -> Any:
    """Return one argument: numbers and texts as they are, lists item by item, the rest by kind.

    >>> build_argument([1, {"t": "pairs", "v": [["a", "b"]]}], {})
    [1, [('a', 'b')]]
    """
    if isinstance(plain, list):
        items = [build_argument(item, counters) for item in plain]
        return Items(items, counters["items"]) if "items" in counters else items
    if not isinstance(plain, dict):
        return plain
    v = plain["v"]
    match plain["t"]:
        case "lin":
            return Lin(v, counters)
        case "out":
            return out_of(v, counters)
        case "pairs":
            return [tuple(pair) for pair in v]
        case "by edge":
            return {(tail, head): x for tail, head, x in v}
        case "dict":
            return {key: build_argument(x, counters) for key, x in v}
        case "array":
            return _array(v)
        case "affine":
            return _affine(v)
        case "derivative":
            return _derivative(v)
        case "operation":
            return Operation(v)
        case "graph":
            return {vertex: (Operation(name), tuple(operands)) for vertex, name, operands in v}
    raise ValueError(f"a case hands over {plain['t']!r}, which is not known here")


def arguments_of(case: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the arguments of a case, made anew."""
    counters = {what: Counter(most, COUNTED[what]) for what, most in case.get("budget", {}).items()}
    return tuple(build_argument(plain, counters) for plain in case["args"])


def first_argument(case: Mapping[str, Any], kind: str) -> Any:
    """Return the plain data of the first argument of a kind, None where there is none."""
    args = case.get("args", [])
    return next((a["v"] for a in args if isinstance(a, dict) and a["t"] == kind), None)
