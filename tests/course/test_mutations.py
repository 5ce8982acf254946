"""Checks tell right from wrong: each small change of a reference is noticed, or is no error."""

import tomllib
from pathlib import Path
from random import Random

import pytest

from coursekit.course import master as masters
from coursekit.course.mutants import mutants
from coursekit.sandbox.guest import limits, outcome
from tests.support.judging import notices, run_master
from tests.support.lessons import MASTERS

SURVIVORS = tomllib.loads(Path(__file__).with_name("survivors.toml").read_text(encoding="utf-8"))
EXERCISES = [
    (lesson, masters.facts(cell)["exercise"])
    for lesson, master in MASTERS.items()
    for cell in masters.cells(master, "answer")
]


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_each_mutant_is_noticed_or_is_no_error(lesson, exercise, monkeypatch):
    monkeypatch.setattr(limits, "CASE_TIMEOUT", 1)  # many mutants never end
    master = MASTERS[lesson]
    names, checks = run_master(master)
    found = [
        (case, outcome.outcome_of(names[exercise], case), judge)
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
