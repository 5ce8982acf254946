"""Grading processes that are killed lose nothing: what is missing is graded by the next run."""

import os
import signal
from pathlib import Path

from coursekit.grading.collect import Submission
from coursekit.grading.grade import grade_class
from coursekit.grading.gradebook import Gradebook
from tests.attacks.test_attacks import LESSON, MASTER, handed_in, json, scratch

CLASS = [Submission(f"s{k}", json.dumps(handed_in())) for k in range(6)]


def children(parent):
    """Return the processes that another one forked, and how each was called."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent:
                yield int(entry.name), (entry / "cmdline").read_bytes()
        except OSError:  # it ended meanwhile
            continue


def workers():
    """Return our grading processes: the forks of the server that multiprocessing started."""
    servers = [pid for pid, called in children(os.getpid()) if b"forkserver" in called]
    return [pid for server in servers for pid, _ in children(server)]


def test_killed_processes_are_called_infrastructure_and_the_next_run_goes_on(tmp_path):
    book = Gradebook(tmp_path / "gradebook.sqlite")
    killed = []

    def kill_once(_):
        if not killed:
            killed.extend(workers())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    before = set(scratch())
    grade_class(CLASS, MASTER, LESSON, book, workers=2, progress=kill_once)
    assert set(scratch()) == before
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
