"""Checks tell right from wrong: each small change of a reference is noticed, or is no error."""

import tomllib
from pathlib import Path
from random import Random

import pytest

from coursekit.course import cases, masters
from coursekit.course.compare import right
from coursekit.course.mutants import mutants
from tests.course.test_release import MASTERS

SURVIVORS = tomllib.loads(Path(__file__).with_name("survivors.toml").read_text(encoding="utf-8"))
EXERCISES = [
    (lesson, masters.facts(cell)["exercise"])
    for lesson, master in MASTERS.items()
    for cell in masters.cells(master, "answer")
]


class Recorder:
    """Stands for `check` in a master: keeps generators and judges, and runs nothing."""

    def __init__(self):
        self.checks = {}

    def __call__(self, exercise, generate, *, judge=None):
        self.checks.setdefault(exercise, []).append((generate, judge))


def run_master(master):
    """Return the names that a master defines, and its checks."""
    names, recorder = {}, Recorder()
    for cell in master.cells:
        if cell.cell_type == "code" and masters.role(cell) != "distractor":
            exec(cell.source, names)
            names["check"] = recorder
    return names, recorder.checks


def notices(answer, found):
    """Return whether an answer is judged wrong on one of these cases."""
    for case, want, judge in found:
        got = cases.outcome(answer, case)
        if not right(case, got, want, judge):
            return True
    return False


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_each_mutant_is_noticed_or_is_no_error(lesson, exercise, monkeypatch):
    monkeypatch.setattr(cases, "SECONDS", 1)  # many mutants never end
    master = MASTERS[lesson]
    names, checks = run_master(master)
    found = [
        (case, cases.outcome(names[exercise], case), judge)
        for generate, judge in checks[exercise]
        for case in generate(Random("mutants"))
    ]
    source = next(
        c.source
        for c in masters.cells(master, "answer")
        if masters.facts(c)["exercise"] == exercise
    )
    made, survived = 0, set()
    for name, _, changed in mutants(source):
        space = dict(names)
        exec(changed, space)
        made += 1
        if not notices(space[exercise], found):
            survived.add(name)
    assert made
    assert survived == set(SURVIVORS.get(lesson, {}).get(exercise, {}))
