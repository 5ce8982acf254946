"""Run a master without its checks, and judge answers on cases."""

from random import Random

from coursekit.course.compare import is_right, predicate_of
from coursekit.course.headers import Role
from coursekit.course.records import Ending, Outcome
from coursekit.sandbox.guest.check_probe import outcome_of


def accepts(judge, case, value):
    """Return whether a judge accepts an encoded value."""
    return is_right(case, Outcome(Ending.VALUE, value), Outcome(Ending.VALUE), judge)


class Recorder:
    """A replacement for `check` in a master: it stores generators and judges, and runs nothing."""

    def __init__(self):
        self.checks = {}

    def __call__(self, exercise, generate, *, judge=None):
        self.checks.setdefault(exercise, []).append((generate, predicate_of(judge)))


def run_master(master):
    """Run a master; return the names that it defines, and its checks."""
    names, recorder = {}, Recorder()
    for cell in master.cells:
        if cell.is_code and cell.role is not Role.DISTRACTOR:
            exec(cell.source, names)
            names["check"] = recorder
    return names, recorder.checks


def judged_cases(names, checks, exercise, seed):
    """Return each case of an exercise, the reference's outcome on it, and its judge."""
    return [
        (case, Outcome.from_json(outcome_of(names[exercise], case)), judge)
        for generate, judge in checks[exercise]
        for case in generate(Random(seed))
    ]


def is_wrong(answer, cases):
    """Return whether an answer is judged wrong on one of these cases."""
    return not all(
        is_right(case, Outcome.from_json(outcome_of(answer, case)), want, judge)
        for case, want, judge in cases
    )
