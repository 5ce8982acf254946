"""Grading processes that are killed lose nothing: what is missing is graded by the next run."""

import json
import os
import signal

from coursekit.grading.collect import Submission
from coursekit.grading.grade import grade_class
from coursekit.grading.gradebook import Gradebook
from tests.attacks.students import LESSON, MASTER, handed_in, left_behind
from tests.processes import below

CLASS = [Submission(f"s{k}", json.dumps(handed_in())) for k in range(6)]


def workers():
    """Return our grading processes: the forks of the server that multiprocessing started."""
    return [pid for server in below("forkserver") for pid in below("forkserver", parent=server)]


def test_killed_processes_are_called_infrastructure_and_the_next_run_goes_on(tmp_path):
    book = Gradebook(tmp_path / "gradebook.sqlite")
    killed = []

    def kill_once(_):
        if not killed:
            killed.extend(workers())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    with left_behind() as left:
        grade_class(CLASS, MASTER, LESSON, book, workers=2, progress=kill_once)
    assert not left
    first = {row["student"]: row["status"] for row in book.submissions()}
    assert killed
    assert set(first) == {one.student for one in CLASS}
    assert set(first.values()) == {"graded", "infrastructure"}

    again = grade_class(CLASS, MASTER, LESSON, book, workers=2)
    assert again == list(first.values()).count("infrastructure")
    rows = book.submissions()
    book.close()
    assert {row["status"] for row in rows} == {"graded"}
    assert {sum(r["points"] for r in row["results"]) for row in rows} == {11.0}
