"""No work is lost when grading processes are killed: their submissions are graded again."""

import json
import os
import signal

import pytest

from coursekit.grading import batch
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission
from coursekit.grading.gradebook import Gradebook
from tests.support.processes import below, kill
from tests.support.students import LESSON, MASTER, handed_in, left_behind

pytestmark = pytest.mark.sandbox

CLASS = [Submission(f"s{k}", json.dumps(handed_in())) for k in range(6)]


def workers():
    """Return the ids of the grading processes, which are forks of multiprocessing's server."""
    return [pid for server in below("forkserver") for pid in below("forkserver", parent=server)]


@pytest.mark.parametrize("victims", [workers, lambda: below("forkserver")])
def test_the_work_of_killed_processes_is_graded_in_the_same_run(tmp_path, victims):
    book = Gradebook(tmp_path / "gradebook.sqlite")
    killed = []

    def kill_once(_):
        if not killed:
            killed.extend(victims())
            kill(killed)

    with left_behind() as left:
        grade_class(CLASS, MASTER, LESSON, book, workers=2, progress=kill_once)
    rows = book.rows()
    book.close()
    assert not left
    assert killed
    assert [row.status for row in rows] == ["graded"] * 6
    assert {sum(r.points for r in row.results) for row in rows} == {11.0}


def killed_at_once(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_processes_killed_again_and_again_are_infrastructure_failures_and_the_next_run_retries(
    tmp_path, monkeypatch
):
    book = Gradebook(tmp_path / "gradebook.sqlite")
    with left_behind() as left, monkeypatch.context() as patch:
        patch.setattr(batch, "grade_share", killed_at_once)
        grade_class(CLASS, MASTER, LESSON, book, workers=2)
    assert not left
    assert {row.status for row in book.rows()} == {"infrastructure"}

    assert grade_class(CLASS, MASTER, LESSON, book, workers=2) == 6
    rows = book.rows()
    book.close()
    assert {row.status for row in rows} == {"graded"}
    assert {sum(r.points for r in row.results) for row in rows} == {11.0}
