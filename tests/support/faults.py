"""What is wrong with a result, in a few words: its shape, its type, its numbers, its memory."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from tests.support.array_programs import ArrayProgram, Step, as_floats

EXACT = 1e-12
# relative to the result, and relative to the largest result
TOLERANCES = {"float64": (1e-8, 1e-10), "float32": (2e-3, 1e-3)}


def precision(program: ArrayProgram) -> str:
    """Return the least precise type among the inputs and constants."""
    kinds = {np.result_type(x) for x in _arrays(program)}
    return "float32" if np.dtype("float32") in kinds else "float64"


def only_type(program: ArrayProgram) -> np.dtype[Any] | None:
    """Return the type that all arrays have, or None; constant numbers adapt to it."""
    kinds = {np.result_type(x) for x in _arrays(program)}
    numbers = any(isinstance(as_floats(x), float) for x in program.inputs.values())
    if kinds <= {np.dtype("float64")}:
        return np.dtype("float64")
    return kinds.pop() if len(kinds) == 1 and not numbers else None


def _arrays(program: ArrayProgram) -> list[Any]:
    """Return the inputs and constants that are arrays, and the labels of no cross entropy."""
    constants = [
        x for step in program.steps if not _labelled(step) for x in step.operands
        if not isinstance(x, str)
    ]  # fmt: skip
    values = [as_floats(x) for x in [*program.inputs.values(), *constants]]
    return [x for x in values if not isinstance(x, float)]


def _labelled(step: Step) -> bool:
    return step.op == "cross_entropy" and np.asarray(step.operands[1]).dtype.kind == "i"


class Fault(NamedTuple):
    """Where something is wrong, what kind of fault it is, and the details."""

    where: str
    what: str
    detail: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: {self.detail}"


def differences(
    where: str, got: Mapping[str, Any], expected: Mapping[str, Any], precision: str = "float64",
    *, strictness: float = 1.0, floor: float = 0.0,
) -> Iterator[Fault]:  # fmt: skip
    """Yield a fault for each entry of `got` that is not as expected."""
    relative, absolute = (tolerance / strictness for tolerance in TOLERANCES[precision])
    finite = [np.abs(x)[np.isfinite(x)] for x in map(np.asarray, expected.values())]
    scale = max([0.0 if precision == "float64" else 1.0, *(x.max() for x in finite if x.size)])
    for name, right in ((name, np.asarray(x)) for name, x in expected.items()):
        if name not in got:
            yield Fault(where, "missing", name)
        elif np.shape(got[name]) != np.shape(right):
            sentence = f"{name} has the shape {np.shape(got[name])}, not {np.shape(right)}"
            yield Fault(where, "wrong shape", sentence)
        elif not _close(got[name], right, relative, absolute * scale + floor):
            sentence = f"{name} is {_short(got[name])}, not {_short(right)}"
            yield Fault(where, "wrong numbers", sentence)


def _close(x: Any, right: Any, relative: float, absolute: float) -> bool:
    # a result of exactly 0 may be a sum of terms that cancel
    allowed = absolute + EXACT * (right == 0.0)
    return bool(np.all(np.isclose(x, right, relative, allowed, equal_nan=True)))


def _short(x: Any) -> str:
    return " ".join(str(np.asarray(x).tolist()).split())[:90]


def wrong_types(where: str, results: Mapping[str, Any], right: Any) -> Iterator[Fault]:
    """Yield a fault for each result whose numbers are not of the right type."""
    for name, x in results.items():
        if np.result_type(x) != right:
            yield Fault(where, "wrong type", f"{name} is {np.result_type(x)}, not {right}")


def shared_memory(
    where: str, results: Mapping[str, Any], inputs: Mapping[str, Any]
) -> Iterator[Fault]:
    """Yield a fault for each result that is read-only or shares memory with another array."""
    arrays = {name: x for name, x in results.items() if isinstance(x, np.ndarray)}
    for name, x in arrays.items():
        if not x.flags.writeable:
            yield Fault(where, "read-only", name)
        for other, y in inputs.items():
            if isinstance(y, np.ndarray) and np.shares_memory(x, y):
                yield Fault(where, "shared memory", f"{name} and the input {other}")
    for (name, x), (other, y) in combinations(arrays.items(), 2):
        if np.may_share_memory(x, y) and np.shares_memory(x, y):
            yield Fault(where, "shared memory", f"{name} and {other}")
