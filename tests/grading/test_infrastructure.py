"""If our infrastructure fails, grading retries and then reports it; students lose no points."""

import json
import os
import resource
import subprocess
import sys

import pytest

from coursekit.course.master import Master
from coursekit.course.release import student_notebook
from coursekit.grading import grade
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission
from coursekit.grading.grade import grade_one, zygote
from coursekit.grading.gradebook import Gradebook
from coursekit.sandbox.host import worker_kernel
from coursekit.sandbox.host.worker_kernel import SandboxKernel
from tests.support import ROOT
from tests.support.processes import end
from tests.support.students import LESSON, MASTER, handed_in

pytestmark = pytest.mark.sandbox

RIGHT = json.dumps(handed_in())


@pytest.mark.parametrize("command", ["coursekit.zygote", "bwrap"])
def test_a_sandbox_killed_while_grading_costs_no_points(command, monkeypatch):
    grade_one("warm", RIGHT, MASTER, "seed")
    cells, killed = [], []

    def execute(kernel, source, real=SandboxKernel.execute_cell_input, **options):
        cells.append(source)
        if len(cells) == 3:
            killed.extend(end(command))
        return real(kernel, source, **options)

    monkeypatch.setattr(SandboxKernel, "execute_cell_input", execute)
    graded = grade_one("Ada", RIGHT, MASTER, "seed")
    assert killed
    assert graded.status == "graded"
    assert sum(result.points for result in graded.results) == 11


def test_a_killed_zygote_costs_no_points_in_the_same_session(tmp_path):
    killed = []

    def once(_):
        if not killed:
            killed.extend(end("coursekit.zygote"))

    book = Gradebook(tmp_path / "gradebook.sqlite")
    submissions = [Submission(f"s{k}", RIGHT) for k in range(12)]  # three per session
    grade_class(submissions, MASTER, LESSON, book, workers=1, progress=once)
    rows = book.rows()
    assert killed
    assert [row.status for row in rows] == ["graded"] * 12
    assert {sum(result.points for result in row.results) for row in rows} == {11}


def test_repeated_failures_are_reported_as_infrastructure_and_grading_recovers(monkeypatch):
    grade_one("warm", RIGHT, MASTER, "seed")
    zygote().close()
    monkeypatch.setattr(worker_kernel, "READY_TIMEOUT", 0.001)  # no worker starts that fast
    graded = grade_one("Ada", RIGHT, MASTER, "seed")
    assert (graded.status, graded.results) == ("infrastructure", ())
    monkeypatch.undo()
    zygote().close()
    assert grade_one("Ada", RIGHT, MASTER, "seed").status == "graded"


def coursekit(folder, *arguments, **limits):
    def limit():
        for name, most in limits.items():
            resource.setrlimit(getattr(resource, name), (most, most))

    code = "from coursekit.cli import app; app()"
    return subprocess.run(
        [sys.executable, "-c", code, "grade", str(folder / "in"), "--out", str(folder / "out"),
         *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=limit,
    )  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk that is full")
def test_a_full_disk_is_reported_and_the_next_run_continues(tmp_path):
    for k in range(4):
        (tmp_path / "in" / f"s{k}").mkdir(parents=True)
        (tmp_path / "in" / f"s{k}" / f"{LESSON}.ipynb").write_text(RIGHT)
    (tmp_path / "out").mkdir()
    small = ["mount", "-t", "tmpfs", "-o", "size=40k", "small", str(tmp_path / "out")]
    subprocess.run(small, check=True)
    try:
        full = coursekit(tmp_path)
        assert full.returncode == 2, full.stderr
        assert "Traceback" not in full.stderr
        assert "the disk is full, so the gradebook cannot be written" in full.stderr
        more = ["mount", "-o", "remount,size=9m", str(tmp_path / "out")]
        subprocess.run(more, check=True)
        again = coursekit(tmp_path)
        assert again.returncode == 0, again.stderr
        (tmp_path / "grades.csv").write_bytes((tmp_path / "out" / "grades.csv").read_bytes())
    finally:
        subprocess.run(["umount", str(tmp_path / "out")], check=True)
    grades = (tmp_path / "grades.csv").read_text()
    assert grades.count(",11,14,") == 4


@pytest.mark.slow
def test_too_few_descriptors_are_an_infrastructure_failure_and_cost_no_points(tmp_path):
    (tmp_path / "in" / "s0").mkdir(parents=True)
    (tmp_path / "in" / "s0" / f"{LESSON}.ipynb").write_text(RIGHT)
    few = coursekit(tmp_path, "--jobs", "1", RLIMIT_NOFILE=24)
    assert "Traceback" not in few.stderr
    assert few.returncode in (1, 2)
    assert coursekit(tmp_path).returncode == 0


def test_blank_submissions_share_one_run_and_nearly_blank_ones_do_not(monkeypatch):
    sizes = []

    def counted(some, seconds, real=grade.run_notebooks):
        sizes.append(len(some))
        return real(some, seconds)

    monkeypatch.setattr(grade, "run_notebooks", counted)
    empty = json.loads(student_notebook(Master.parse(MASTER)))
    helper = {"cell_type": "code", "source": "1", "metadata": {}, "id": "x", "outputs": []}
    nearly = empty | {"cells": [helper | {"execution_count": None}, *empty["cells"]]}
    seed = "only this test"
    first, second, third = (
        grade_one(name, json.dumps(text), MASTER, seed)
        for name, text in {"Ada": empty, "Bob": empty, "Eve": nearly}.items()
    )
    assert sizes == [1, 1]
    assert first.results == second.results == third.results
    assert {one.status for one in first.results} == {"not attempted"}
    assert second.student == "Bob"
