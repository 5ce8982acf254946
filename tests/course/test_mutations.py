"""If a small change makes a reference wrong, its checks detect the change."""

import tomllib
from pathlib import Path

import pytest

from coursekit.course.mutants import mutants
from coursekit.sandbox.guest import limits
from tests.support.judging import is_wrong, judged_cases, run_master
from tests.support.lessons import MASTERS

SURVIVORS = tomllib.loads(Path(__file__).with_name("survivors.toml").read_text(encoding="utf-8"))
EXERCISES = [(lesson, name) for lesson, master in MASTERS.items() for name in master.answers]


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_checks_notice_each_mutant_that_is_an_error(lesson, exercise, monkeypatch):
    monkeypatch.setattr(limits, "CASE_TIMEOUT", 1)  # many mutants loop forever
    master = MASTERS[lesson]
    names, checks = run_master(master)
    cases = judged_cases(names, checks, exercise, "mutants")
    count, survivors = 0, set()
    for change, _, source in mutants(master.answers[exercise]):
        mutated = dict(names)
        exec(source, mutated)
        count += 1
        if not is_wrong(mutated[exercise], cases):
            survivors.add(change)
    assert count
    assert survivors == set(SURVIVORS.get(lesson, {}).get(exercise, {}))
