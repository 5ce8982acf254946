"""A class on a real cluster of two machines' worth of workers, one killed in the middle."""

import json
import os
import signal

import pytest
from distributed import LocalCluster
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.errors import CommandError
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission
from coursekit.grading.gradebook import Gradebook
from tests.support.students import LESSON, MASTER, handed_in

pytestmark = pytest.mark.sandbox

WRONG = [("backprop", "def backprop(lin):\n    return {}")]
CLASS = [
    *(Submission(f"s{k}", json.dumps(handed_in(WRONG if k % 3 == 1 else ()))) for k in range(12)),
    Submission("broken", "", "there is no notebook"),
]


@pytest.fixture
def cluster():
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as found:
        yield found


def test_every_submission_is_graded_once_though_a_worker_is_killed(cluster, tmp_path):
    book = Gradebook(tmp_path / "gradebook.sqlite")
    told, killed = [], []

    def kill_once(graded):
        told.append(graded["student"])
        if len(told) == 4:  # the broken one and three graded ones
            worker = next(iter(cluster.workers.values()))
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    address = cluster.scheduler_address
    grade_class(CLASS, MASTER, LESSON, book, scheduler=address, progress=kill_once)
    rows = {row["student"]: row for row in book.submissions()}
    book.close()
    assert killed
    assert sorted(told) == sorted(one.student for one in CLASS)
    points = {s: sum(r["points"] for r in row["results"]) for s, row in rows.items()}
    assert points == {
        one.student: 0.0 if one.problem else 5.0 if int(one.student[1:]) % 3 == 1 else 11.0
        for one in CLASS
    }
    assert {row["status"] for row in rows.values()} == {"graded", "unreadable"}


def test_an_address_where_nobody_answers_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("coursekit.grading.cluster.PATIENCE", 1)
    (tmp_path / "in" / "Ada").mkdir(parents=True)
    (tmp_path / "in" / "Ada" / f"{LESSON}.ipynb").write_text(json.dumps(handed_in()))
    command = ["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    run = CliRunner().invoke(app, [*command, "--scheduler", "tcp://127.0.0.1:9"])
    assert run.exit_code == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in run.stderr


def test_a_machine_without_a_sandbox_is_refused(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr("coursekit.grading.cluster._level", lambda: "limits only")
    book = Gradebook(tmp_path / "gradebook.sqlite")
    address = cluster.scheduler_address
    with pytest.raises(CommandError, match="submissions would run on limits only: install bubble"):
        grade_class(CLASS, MASTER, LESSON, book, scheduler=address)
    book.close()
