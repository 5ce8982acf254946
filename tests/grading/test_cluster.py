"""Grade a class on a real Dask cluster with two workers, one of which is killed during the run."""

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
    Submission("broken", "", "No notebook found."),
]


@pytest.fixture
def cluster():
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster


def test_every_submission_is_graded_once_even_if_a_worker_is_killed(cluster, tmp_path):
    book = Gradebook(tmp_path / "gradebook.sqlite")
    finished, killed = [], []

    def kill_once(graded):
        finished.append(graded.student)
        if len(finished) == 4:  # the unreadable submission and three others
            worker = next(iter(cluster.workers.values()))
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    address = cluster.scheduler_address
    grade_class(CLASS, MASTER, LESSON, book, scheduler=address, progress=kill_once)
    rows = {row.student: row for row in book.rows()}
    book.close()
    assert killed
    assert sorted(finished) == sorted(one.student for one in CLASS)
    points = {s: sum(r.points for r in row.results) for s, row in rows.items()}
    assert points == {
        one.student: 0.0 if one.problem else 5.0 if int(one.student[1:]) % 3 == 1 else 11.0
        for one in CLASS
    }
    assert {row.status for row in rows.values()} == {"graded", "unreadable"}


def test_an_address_without_a_scheduler_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr("coursekit.grading.cluster.TIMEOUT", 1)
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
    with pytest.raises(CommandError, match=r"^No sandbox on tcp://.*Install bubblewrap there"):
        grade_class(CLASS, MASTER, LESSON, book, scheduler=address)
    book.close()
