"""Random programs cover what users write, are printed as code that runs, and shrink."""

import subprocess
from random import Random

import numpy as np
import pytest

from tests.support import ROOT
from tests.support.array_graphs import random_program
from tests.support.array_programs import FROM_NUMPY, NUMPY, ArrayProgram, Step, numpy_values
from tests.support.number_graphs import random_numbers
from tests.support.shrink import shrink

PROGRAMS = [random_program(Random(seed)) for seed in range(600)]
X = np.array([[1.0, 2.0], [3.0, 4.0]])


def index_parts(program):
    for step in program.steps:
        if step.op == "index":
            at = step.settings["at"]
            yield from at if isinstance(at, tuple) else (at,)


def test_random_programs_cover_what_users_write():
    values = [x for program in PROGRAMS for x in numpy_values(program).values()]
    inputs = [np.asarray(x) for program in PROGRAMS for x in program.inputs.values()]
    parts = [part for program in PROGRAMS for part in index_parts(program)]
    steps = [step for program in PROGRAMS for step in program.steps]
    losses = [numpy_values(program)[program.loss] for program in PROGRAMS]
    assert {np.ndim(x) for x in values} == {0, 1, 2, 3, 4}
    assert {x.dtype.name for x in inputs} >= {"float64", "float32", "float16", "int64", "bool"}
    assert not all(x.dtype.isnative for x in inputs)
    assert not all(x.flags.writeable for x in inputs)
    assert not all(x.flags.c_contiguous for x in inputs)
    assert {0, 1} <= {np.size(x) for x in values}
    assert any(part is None for part in parts)
    assert any(part is ... for part in parts)
    assert any(isinstance(part, slice) and (part.step or 1) < 0 for part in parts)
    masks = [part for part in parts if isinstance(part, np.ndarray) and part.dtype == bool]
    assert {mask.ndim for mask in masks} >= {1, 2, 3}
    assert sum(np.ndim(x) > 0 for x in losses) > 50
    assert {step.op for step in steps} >= (set(NUMPY) | set(FROM_NUMPY)) - {"tan", "np.tan"}
    assert any(program.loss != program.steps[-1].name for program in PROGRAMS)
    batched = [p for p in PROGRAMS if any(step.op == "matmul" for step in p.steps)]
    assert max(np.ndim(x) for p in batched for x in numpy_values(p).values()) == 4


def test_some_branches_are_dead_and_overflow():
    infinite = [
        p for p in PROGRAMS if not all(np.all(np.isfinite(x)) for x in numpy_values(p).values())
    ]
    assert len(infinite) > 10
    assert all(np.all(np.isfinite(numpy_values(p)[p.loss])) for p in infinite)


@pytest.mark.parametrize("make", [random_program, random_numbers])
def test_a_seed_makes_the_same_program_again(make):
    assert str(make(Random(7))) == str(make(Random(7))) != str(make(Random(8)))


def test_a_program_is_printed_as_code_that_builds_it():
    steps = (
        Step("v1", "index", ("x",), {"at": (slice(None, None, -1), [0, 0])}),
        Step("v2", "mul", (np.array([1, 2], np.int64), "v1")),
        Step("v3", "sum", ("v2",), {"axis": 0, "keepdims": True}),
    )
    program = ArrayProgram({"x": X}, steps)
    scope = {}
    exec(str(program), scope)
    lin = scope["lin"]
    assert lin.values[lin.loss].tolist() == numpy_values(program)["v3"].tolist() == [[4.0, 8.0]]


def test_a_failing_program_shrinks_to_its_cause():
    steps = (
        Step("v1", "sin", ("x",)),
        Step("v2", "transpose", ("v1",)),
        Step("v3", "mul", ("v2", "y")),
        Step("v4", "sum", ("v3",), {"axis": 0}),
    )
    program = ArrayProgram({"x": X, "y": X + 1.0, "z": 1.0}, steps, ("x",))
    small = shrink(program, lambda p: any(step.op == "transpose" for step in p.steps))
    assert [step.op for step in small.steps] == ["transpose"]
    assert small.inputs == {"x": 1.0}


@pytest.mark.slow
def test_no_random_program_differs_from_torch():
    run = subprocess.run(["make", "fuzz"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
