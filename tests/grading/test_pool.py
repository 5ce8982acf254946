"""Processes that are killed, and work that fails: only what did it is given up."""

import os
import signal

import pytest

from coursekit.grading.pool import Processes

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
