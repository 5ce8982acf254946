"""Processes that are killed, and work that fails: only what did it is given up."""

import json
import os
import signal
from functools import partial

import pytest

from coursekit.course import master as masters
from coursekit.course.reference import record
from coursekit.grading import prose
from coursekit.grading.batch import grade_share, not_graded
from coursekit.grading.processes import Processes
from tests.support.students import MASTER, handed_in

pytestmark = pytest.mark.sandbox

PIECES = list(range(12))
SHARES = [PIECES[:4], PIECES[4:8], PIECES[8:]]


def nothing():
    pass


def squares(share):
    return [piece**2 for piece in share]


def killed_by_five(share):
    if 5 in share:
        os.kill(os.getpid(), signal.SIGKILL)
    return squares(share)


def failing_on_five(share):
    return [piece**2 + 0 * (1 // (piece - 5)) for piece in share]


def given_up(piece, error):
    return piece, type(error).__name__


def trapped(folder, share):
    """Grade a share where a notebook with a trap leads our own code into an error."""

    def answers(master, notebook, real=prose.answers):
        if "trap" in notebook.metadata:
            raise RuntimeError("trapped")
        return real(master, notebook)

    prose.answers = answers  # of this process alone, which ends with the test
    return grade_share(folder, 60, share)


def test_a_notebook_that_leads_us_into_an_error_costs_no_neighbour_a_point(tmp_path):
    right = handed_in()
    trap = right | {"metadata": {"trap": 1}}
    share = [("Ada", "0"), ("Eve", "1"), ("Bob", "2")]
    for (_, name), notebook in zip(share, (right, trap, right), strict=True):
        (tmp_path / name).write_text(json.dumps(json.dumps(notebook)))
    records = list(record(masters.parse(MASTER), "seed").records.items())
    (tmp_path / "reference").write_text(json.dumps([MASTER, records]))
    with Processes(1, nothing, partial(trapped, tmp_path), not_graded) as processes:
        ada, eve, bob = processes.results([share])
    assert (eve["status"], eve["results"]) == ("infrastructure", [])
    assert eve["notes"] == ["grading failed: RuntimeError trapped"]
    for neighbour in (ada, bob):
        assert neighbour["status"] == "graded"
        assert sum(result["points"] for result in neighbour["results"]) == 11


@pytest.mark.parametrize("many", [1, 2, 5])
@pytest.mark.parametrize(
    ("work", "of_five"),
    [
        (squares, 25),
        (killed_by_five, (5, "BrokenProcessPool")),
        (failing_on_five, (5, "ZeroDivisionError")),
    ],
)
def test_each_piece_has_its_result_but_the_one_that_breaks_what_works_on_it(many, work, of_five):
    with Processes(many, nothing, work, given_up) as processes:
        found = list(processes.results(SHARES))
    assert sorted(map(str, found)) == sorted(str(of_five if k == 5 else k**2) for k in PIECES)


def test_what_fails_at_the_beginning_is_told_by_the_work_itself():
    with Processes(1, os.abort, squares, given_up) as processes:
        assert list(processes.results([[2]])) == [(2, "BrokenProcessPool")]
