"""The outcomes of a check determine its status, points and reason."""

from dataclasses import replace

import pytest

from coursekit.course.headers import Role
from coursekit.course.master import Cell
from coursekit.course.records import Ending, Outcome, Status, Step
from coursekit.grading.results import cell_error, check_result

CHECK = Cell(0, "code", "", None, {}, Role.CHECK, "f", 3.0)
RIGHT = WRONG = Outcome(Ending.VALUE, 1)
NONE = Outcome(Ending.VALUE)
COROUTINE = Outcome(Ending.VALUE, {"t": "other", "v": "coroutine"})
MISSING, EMPTY = Outcome(Ending.MISSING), Outcome(Ending.EMPTY)
ERROR = Outcome(Ending.ERROR, None, ("KeyError", "LookupError"), "'b'", (Step(4, "f", "d['b']"),))
STOPPED = Outcome(Ending.STOPPED, message="time: more than 2 s")


def result(outcomes, verdicts, check=CHECK, lost="", raised="", failure=""):
    return check_result(check, 2, outcomes, verdicts, lost=lost, raised=raised, failure=failure)


@pytest.mark.parametrize(
    ("outcomes", "verdicts", "facts", "status", "why"),
    [
        ([RIGHT, RIGHT], [True, True], {}, Status.RIGHT, ""),
        ([RIGHT, WRONG], [True, False], {}, Status.WRONG, ""),
        ([RIGHT, ERROR], [True, False], {}, Status.WRONG, "KeyError on line 4: 'b'"),
        ([RIGHT, NONE], [True, False], {}, Status.WRONG, "your function returns None. Does every"),
        ([NONE, WRONG], [False] * 2, {}, Status.WRONG, ""),
        ([COROUTINE] * 2, [False] * 2, {}, Status.WRONG, "your function returns a coroutine. D"),
        ([MISSING] * 2, [False] * 2, {}, Status.NOT_ATTEMPTED, "no cell defines f"),
        ([MISSING] * 2, [False] * 2, {"raised": "NameError: x"}, Status.WRONG, "NameError: x"),
        ([EMPTY] * 2, [False] * 2, {}, Status.NOT_ATTEMPTED, ""),
        ([STOPPED] * 2, [False] * 2, {"lost": "time"}, Status.LOST, "time"),
        ([], [], {"lost": "SIGSEGV", "failure": "no output"}, Status.LOST, "SIGSEGV"),
        ([], [], {"failure": "expected 1 result record, got 2"}, Status.WRONG, "expected 1 r"),
    ],
)
def test_status_and_reason(outcomes, verdicts, facts, status, why):
    outcome = result(outcomes, verdicts, **facts)
    assert outcome.status is status
    assert outcome.why.startswith(why)
    assert bool(outcome.why) is bool(why)
    assert outcome.points == (3.0 if status is Status.RIGHT else 0.0)


def test_points_by_case_are_proportional_to_the_cases_passed():
    by_case = replace(CHECK, by_case=True)
    assert result([RIGHT, WRONG], [True, False], by_case).points == 1.5
    assert result([], [], by_case).points == 0.0


def test_the_error_of_a_cell_names_its_line():
    error = {
        "output_type": "error", "ename": "SyntaxError", "evalue": "invalid syntax (a.py, line 2)"
    }  # fmt: skip
    assert cell_error([{"output_type": "stream"}, error]) == "SyntaxError on line 2: invalid syntax"
    assert cell_error([]) == ""
