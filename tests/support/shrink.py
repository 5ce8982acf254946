"""A failing program ↦ a smaller program that fails in the same way."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from tests.support.array_programs import ArrayProgram, Step, numpy_values

ATTEMPTS = 200


def shrink(program: ArrayProgram, fails: Callable[[ArrayProgram], bool]) -> ArrayProgram:
    """Return a program that fails although no single simplification of it does."""
    tried = {str(program)}
    while len(tried) < ATTEMPTS:
        for smaller in simplifications(program):
            if _is_valid(smaller) and str(smaller) not in tried:
                tried.add(str(smaller))
                if fails(smaller):
                    program = smaller
                    break
        else:
            break
    return program


def simplifications(program: ArrayProgram) -> Iterator[ArrayProgram]:
    """Yield programs that are simpler in one respect, the much simpler ones first."""
    steps = program.steps
    for k in range(1, len(steps)):
        yield _without_unused(replace(program, steps=steps[:k], loss=""))
    for k, step in enumerate(steps):
        rest = steps[:k] + steps[k + 1 :]
        for operand in (x for x in step.operands if isinstance(x, str)):
            loss = "" if step.name == program.loss else program.loss
            if rest:
                shorter = _renamed(rest, step.name, operand)
                yield _without_unused(replace(program, steps=shorter, loss=loss))
    yield _without_unused(program)
    for name, value in program.inputs.items():
        for simple in (1.0, np.ones(np.shape(value)), _rounded(value)):
            yield replace(program, inputs=program.inputs | {name: simple})
    for k, step in enumerate(steps):
        for simpler in _simpler(step):
            yield replace(program, steps=(*steps[:k], simpler, *steps[k + 1 :]))
    for name in program.parameters:
        yield replace(program, parameters=tuple(x for x in program.parameters if x != name))


def _rounded(value: Any) -> Any:
    with np.errstate(all="ignore"):
        rounded = np.round(np.asarray(value, float), 1)
    return rounded if rounded.ndim else float(rounded)


def _simpler(step: Step) -> Iterator[Step]:
    """Yield the step with one simpler constant, or with one setting fewer."""
    for slot, x in enumerate(step.operands):
        if not isinstance(x, str):
            for simple in (2.0, np.ones(np.shape(x))):
                operands = (*step.operands[:slot], simple, *step.operands[slot + 1 :])
                yield step._replace(operands=operands)
    for name in step.settings:
        yield step._replace(settings={k: x for k, x in step.settings.items() if k != name})


def _renamed(steps: tuple[Step, ...], old: str, new: str) -> tuple[Step, ...]:
    return tuple(
        step._replace(operands=tuple(new if _is(x, old) else x for x in step.operands))
        for step in steps
    )


def _is(x: Any, name: str) -> bool:
    return isinstance(x, str) and x == name


def _without_unused(program: ArrayProgram) -> ArrayProgram:
    """Return the program without the steps and inputs that its loss does not need."""
    needed, steps = {program.loss}, []
    for step in reversed(program.steps):
        if step.name in needed:
            needed |= {x for x in step.operands if isinstance(x, str)}
            steps.append(step)
    inputs = {name: x for name, x in program.inputs.items() if name in needed}
    parameters = tuple(name for name in program.parameters if name in inputs)
    return replace(program, inputs=inputs, steps=tuple(steps[::-1]), parameters=parameters)


def _is_valid(program: ArrayProgram) -> bool:
    if any(_is(x, program.loss) for step in program.steps for x in step.operands):
        return False
    try:
        return bool(numpy_values(program))
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return False
