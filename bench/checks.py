"""Everything that is wrong with coursekit's results for one program, measured by torch."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bench.torch_reference import Reference
from coursekit import GraphError, backprop
from tests.support.array_programs import ArrayProgram, Values, as_floats, numpy_values
from tests.support.faults import (
    Fault,
    differences,
    only_type,
    precision,
    shared_memory,
    wrong_types,
)
from tests.support.ways import SECOND, WAYS, Run, losses, run_of

UNROLLED = ("unroll", "unrolled_program", *SECOND)  # into a graph of numbers
FAR_OUT = (1e-300, 1e300)  # outside, a result overflows or not, depending on the order of terms
MOST = np.finfo(float).max
# order of a derivative ↦ the range outside which it may overflow on the way to a finite result
RANGES = {1: (2.3e-308, MOST), 2: (1e-100, 1e100)}
ILL = "ill-conditioned"  # not a fault: rounding alone changes the result by more than the tolerance


def everything(program: ArrayProgram) -> list[Fault]:
    """Return the faults in values, gradients, second derivatives, types and memory."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return list(_faults(program))


def _faults(program: ArrayProgram) -> Iterator[Fault]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = Reference(program)
        limits = _Limits(program, reference)
    run, faults = run_of(program), []

    def attempt(where: str, check: Callable[[], Iterator[Fault]]) -> bool:
        try:
            faults.extend(limits.judged(check()))
        except GraphError as error:
            if not refusal_is_right(reference, where):
                faults.append(Fault(where, "refused", str(error)))
            return False
        except Exception as error:
            faults.append(Fault(where, f"raised {type(error).__name__}", str(error)))
            return False
        return True

    if attempt("linearize", lambda: _values(program, run, reference)):
        for where, way in WAYS.items():
            attempt(where, lambda w=where, f=way: _gradient(w, f(run), reference))
        for where, way in SECOND.items():
            attempt(where, lambda w=where, f=way: _second(w, f, run, reference))
        attempt("memory", lambda: _memory(run))
    yield from faults


def refusal_is_right(reference: Reference, where: str) -> bool:
    """Return whether numbers or their derivatives are not finite: only arrays carry that on."""
    of_numbers = where in UNROLLED or not any(x.ndim for x in reference.values.values())
    order = 2 if where in SECOND else 1
    return of_numbers and overflows(reference, dead=True, order=order)


def overflows(reference: Reference, *, dead: bool, order: int = 1) -> bool:
    """Return whether a number, or a derivative up to this order, is infinite or NaN on the way."""
    smallest, largest = RANGES[order]
    extreme = are_extreme(reference, smallest, largest)
    return extreme or not reference.is_finite(dead=dead, order=order)


def are_extreme(reference: Reference, smallest: float, largest: float) -> bool:
    """Return whether a value or a constant other than 0 is outside this range, or infinite."""
    constants = [
        as_floats(x, np.float64)
        for step in reference.program.steps for x in step.operands if not isinstance(x, str)
    ]  # fmt: skip
    numbers = [*reference.values.values(), *constants]
    sizes = np.abs(np.concatenate([np.ravel(x) for x in numbers]))
    return bool(np.any((sizes > largest) | ((sizes > 0.0) & (sizes < smallest))))


class _Limits:
    """What rounding alone may change."""

    def __init__(self, program: ArrayProgram, reference: Reference) -> None:
        self.program, self.reference = program, reference
        self.ill: bool | None = None

    def judged(self, faults: Iterator[Fault]) -> Iterator[Fault]:
        for fault in faults:
            if fault.what != "wrong numbers":
                yield fault
            elif self._is_ill_conditioned():
                yield Fault(ILL, ILL, "")
            else:
                yield fault

    def _is_ill_conditioned(self) -> bool:
        if self.ill is None:
            self.ill = any(self._moves(seed) for seed in range(3))
        return self.ill

    def _moves(self, seed: int) -> bool:
        kind, here = precision(self.program), self.reference
        moved = Reference(self.program, 1e-6 if kind == "float32" else 1e-14, seed)
        direction = _direction(self.program)
        pairs = [
            (moved.values, here.values), (moved.gradient, here.gradient),
            (moved.hessian_times(direction), here.hessian_times(direction)),
        ]  # fmt: skip
        return any(any(differences("", a, b, kind, strictness=10)) for a, b in pairs)


def _values(program: ArrayProgram, run: Run, reference: Reference) -> Iterator[Fault]:
    kind, lin = precision(program), run.lin
    values = {name: lin.values[v] for name, v in run.vertices.items()}
    # where torch and numpy differ, as in (−∞) ** 0.5, either is right
    numpy, floor = numpy_values(program, np.float64), 1e-10 * _largest(reference.values.values())
    results = {"values": values}
    results |= {f"loss of {way}": {program.loss: loss} for way, loss in losses(run).items()}
    for where, got in results.items():
        known = {name: reference.values[name] for name in got}
        faults = list(differences(where, got, known, kind, floor=floor))
        if any(differences(where, got, {name: numpy[name] for name in got}, kind, floor=floor)):
            yield from faults
    if right := only_type(program):
        arrays = {name: x for name, x in values.items() if np.ndim(x)}
        yield from wrong_types("values", arrays, right)
        adjoints = backprop(lin)
        arrays = {name: adjoints[run.vertices[name]] for name in arrays}
        yield from wrong_types("tape", arrays, right)
        gradient = run.compiled[1]
        yield from wrong_types("program", {k: x for k, x in gradient.items() if np.ndim(x)}, right)


def _gradient(where: str, got: Values | None, reference: Reference) -> Iterator[Fault]:
    if got is None:
        return
    expected = {name: x for name, x in reference.gradient.items() if name in got}
    if not reference.has_slopes:
        expected = {name: np.full_like(x, np.nan) for name, x in expected.items()}
    known = _known(got, expected, reference)
    floor = 1e-15 * _largest(reference.adjoints.values())  # terms that cancel in an adjoint
    floor += 1e-10 * _largest(reference.gradient.values())
    yield from differences(where, got, known, precision(reference.program), floor=floor)


def _known(got: Values, expected: Values, reference: Reference) -> Values:
    """Return the derivatives that are known.

    Where torch finds none, any number is right; so is NaN, if 0 may have met infinity.
    """
    some_nan = any(np.isnan(x).any() for x in got.values())
    nan_is_right = some_nan and overflows(reference, dead=False)
    infinity_is_right = are_extreme(reference, *FAR_OUT)
    known = {}
    for name, x in expected.items():
        if np.shape(x) == np.shape(found := got[name]):
            unknown = np.isnan(x) | (nan_is_right & np.isnan(found))
            unknown |= infinity_is_right & (np.isinf(x) | np.isinf(found))
            x = np.where(unknown, found, x)
        known[name] = x
    return known


def _direction(program: ArrayProgram) -> Values:
    normal = np.random.default_rng(0).normal
    return {name: normal(size=np.shape(x)).round(2) for name, x in program.inputs.items()}


def _second(
    where: str, way: Callable[[Run, Values], Values | None], run: Run, reference: Reference
) -> Iterator[Fault]:
    direction = _direction(reference.program)
    got = way(run, direction)
    expected = reference.hessian_times(direction)
    results = [*reference.values.values(), *reference.gradient.values(), *expected.values()]
    if got is not None and all(np.all(np.isfinite(x)) for x in results):
        floor = 1e-12 * max(1.0, _largest(results))
        kind, known = precision(reference.program), _known(got, expected, reference)
        yield from differences(where, got, known, kind, floor=floor)


def _memory(run: Run) -> Iterator[Fault]:
    adjoints = backprop(run.lin)
    results = {f"∂/∂{name}": adjoints[v] for name, v in run.vertices.items()}
    yield from shared_memory("tape", results, run.at)
    loss, gradient = run.compiled
    yield from shared_memory("program", {"loss": loss, **gradient}, run.at)


def _largest(arrays: Iterable[Any]) -> float:
    """Return the largest absolute value that is finite."""
    finite = [np.abs(x[np.isfinite(x)]) for x in arrays]
    return max([0.0, *(float(x.max()) for x in finite if x.size)])


def flat(program: ArrayProgram) -> list[Fault]:
    """Return the faults of `Flat`, called with data, with other data, and with the first again."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return list(_flat(program))
        except GraphError as error:
            return [Fault("flat", "refused", str(error))]
        except Exception as error:
            return [Fault("flat", f"raised {type(error).__name__}", str(error))]


def _flat(program: ArrayProgram) -> Iterator[Fault]:
    parameters = {name: program.inputs[name] for name in program.parameters}
    data = {name: x for name, x in program.inputs.items() if name not in parameters}
    other = {name: np.asarray(x) * 0.5 if np.ndim(x) else x for name, x in data.items()}
    function = run_of(program).graph.compile().flat(**parameters)
    for where, at in (("first call", data), ("second call", other), ("third call", data)):
        moved = replace(program, inputs=parameters | at)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reference = Reference(moved)
            if not all(np.all(np.isfinite(x)) for x in reference.gradient.values()):
                continue
        loss = function(**at)
        got = {"loss": loss, **{name: x.copy() for name, x in function.slopes.items()}}
        expected = {"loss": reference.values[program.loss]}
        expected |= {name: reference.gradient[name] for name in parameters}
        known = _known(got, expected, reference)
        found = differences(f"flat, {where}", got, known, precision(moved))
        yield from _Limits(moved, reference).judged(found)


CHECKS: dict[str, Callable[[ArrayProgram], list[Fault]]] = {
    "scalars": everything,
    "arrays": everything,
    "flat": flat,
    "special": everything,
}
