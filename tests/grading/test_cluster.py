"""Grade a class on a Dask cluster; a worker that is killed during the run costs nothing."""

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
from coursekit.sandbox.host.levels import LIMITS_ONLY, Sandbox
from tests.support.students import LESSON, MASTER, handed_in

pytestmark = pytest.mark.sandbox

WRONG = [("backprop", "def backprop(lin):\n    return {}")]


def cluster_of(**options):
    return LocalCluster(threads_per_worker=1, dashboard_address=None, **options)


def check_that_each_is_graded_once(cluster, size, folder, progress=lambda _: None):
    """Grade a class with some wrong answers and a student without a notebook."""
    answers = {f"s{k}": WRONG if k % 3 == 1 else () for k in range(size)}
    submissions = [Submission(s, json.dumps(handed_in(some))) for s, some in answers.items()]
    submissions.append(Submission("broken", "", "No notebook found."))
    book = Gradebook(folder / "gradebook.sqlite")
    finished = []

    def report(graded):
        finished.append(graded.student)
        progress(finished)

    address = cluster.scheduler_address
    grade_class(submissions, MASTER, LESSON, book, scheduler=address, progress=report)
    rows = {row.student: row for row in book.rows()}
    book.close()
    assert sorted(finished) == ["broken", *sorted(answers)]
    points = {student: row.points for student, row in rows.items()}
    assert points == {s: 5.0 if some else 11.0 for s, some in answers.items()} | {"broken": 0.0}
    assert {row.status for row in rows.values()} == {"graded", "unreadable"}


def test_a_cluster_grades_every_submission_once(tmp_path):
    with cluster_of(n_workers=1) as cluster:
        check_that_each_is_graded_once(cluster, 3, tmp_path)


@pytest.mark.slow  # three processes must import everything and run the reference
def test_every_submission_is_graded_once_even_if_a_worker_is_killed(tmp_path):
    killed = []

    def kill_once(finished):
        if len(finished) == 4:  # the unreadable submission and three others
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    with cluster_of(n_workers=2) as cluster:
        check_that_each_is_graded_once(cluster, 12, tmp_path, kill_once)
    assert killed


def test_an_address_without_a_scheduler_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr("coursekit.grading.batch.CLUSTER_TIMEOUT", 1)
    (tmp_path / "in" / "Ada").mkdir(parents=True)
    (tmp_path / "in" / "Ada" / f"{LESSON}.ipynb").write_text(json.dumps(handed_in()))
    command = ["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    run = CliRunner().invoke(app, [*command, "--scheduler", "tcp://127.0.0.1:9"])
    assert run.exit_code == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in run.stderr


def test_a_machine_without_a_sandbox_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("coursekit.grading.batch.strongest", lambda: Sandbox(LIMITS_ONLY))
    book = Gradebook(tmp_path / "gradebook.sqlite")
    submission = Submission("Ada", json.dumps(handed_in()))
    with (
        cluster_of(n_workers=1, processes=False) as cluster,
        pytest.raises(CommandError, match=r"^No sandbox on .*Install bubblewrap there"),
    ):
        grade_class([submission], MASTER, LESSON, book, scheduler=cluster.scheduler_address)
    book.close()
