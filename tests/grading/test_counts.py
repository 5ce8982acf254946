"""How many processes and cells a submission takes: these decide how long a class takes."""

import json

import pytest

from coursekit.grading.grade import grade_one
from coursekit.sandbox.host.worker_kernel import SandboxKernel
from tests.support.students import ANSWERS, MASTER, handed_in

pytestmark = pytest.mark.sandbox

ORDER, SWEEP = ANSWERS["topological_order"], ANSWERS["backprop"]
REVERSED = ORDER.replace("return order", "return order[::-1]")
RECURSIVE = """
def backprop(lin):
    adjoints, todo = {lin.loss: 1}, [lin.loss]
    def adjoint(v):
        if v not in adjoints:
            adjoints[v] = sum(adjoint(u) * lin.partials[v, u] for u in lin.out(v))
        return adjoints[v]
    return {v: adjoint(v) for v in lin.vertices}
"""
WRONG = RECURSIVE.replace("sum(", "max(")
ENDLESS = "def topological_order(vertices, out):\n    while True: pass"


@pytest.fixture
def counts(monkeypatch):
    """Count the workers that start, and list the exercises whose cases are sent to one."""
    counts = {"workers": 0, "checks": []}
    start, execute = SandboxKernel.start, SandboxKernel.execute_cell_input

    def counted_start(kernel):
        counts["workers"] += 1
        start(kernel)

    def counted_execute(kernel, source, **options):
        if kernel.cases:
            counts["checks"].append(source.partition("probe('")[2].partition("'")[0])
        return execute(kernel, source, **options)

    monkeypatch.setattr(SandboxKernel, "start", counted_start)
    monkeypatch.setattr(SandboxKernel, "execute_cell_input", counted_execute)
    return counts


def passed(order, sweep, *sections):
    answers = [("topological_order", order), ("backprop", sweep), *sections]
    results = grade_one("Ada", json.dumps(handed_in(answers)), MASTER, "seed").results
    return [result.status == "right" for result in results]


BOTH = ["topological_order", "backprop", "backprop", "topological_order"]


@pytest.mark.parametrize(
    ("order", "sweep", "workers"),
    [(ORDER, SWEEP, 1), (ORDER, WRONG, 2), (REVERSED, RECURSIVE, 2), (REVERSED, WRONG, 3)],
)
def test_a_submission_takes_one_worker_and_one_more_for_each_failed_exercise(
    order, sweep, workers, counts
):
    right = [order == ORDER] * 2 + [sweep != WRONG] * 2
    assert passed(order, sweep) == right
    assert counts == {"workers": workers, "checks": BOTH}


@pytest.mark.parametrize(
    ("below", "workers"),
    [("other = None", 1), ("copied = None", 2), ("del copied", 2), ("from math import *", 2)],
)
def test_a_name_that_is_bound_again_takes_another_worker(below, workers, counts):
    order = "copied = list\n\n" + ORDER.replace("list(out(v))", "copied(out(v))")
    assert passed(order, f"{RECURSIVE}\n\n{below}") == [True] * 4
    assert counts == {"workers": workers, "checks": BOTH}


def test_after_a_timeout_no_check_of_the_exercise_runs_and_none_runs_again(counts):
    assert passed(ENDLESS, RECURSIVE) == [False, False, True, True]
    assert counts == {"workers": 2, "checks": ["topological_order", "backprop", "backprop"]}
