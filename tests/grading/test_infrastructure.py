"""Machinery of ours that fails is tried again, then called so; it is never a student's fault."""

import json
import os
import resource
import subprocess
import sys

import pytest

from coursekit.course import master as masters
from coursekit.course.release import notebook as released
from coursekit.grading import pytest_session
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission
from coursekit.grading.grade import grade_one, zygote
from coursekit.grading.gradebook import Gradebook
from coursekit.sandbox.host import zygote_client
from coursekit.sandbox.host.worker_kernel import SandboxKernel
from tests.support import ROOT
from tests.support.processes import end
from tests.support.students import LESSON, MASTER, handed_in

pytestmark = pytest.mark.sandbox

RIGHT = json.dumps(handed_in())


@pytest.mark.parametrize("command", ["coursekit.zygote", "bwrap"])
def test_a_sandbox_that_is_killed_in_the_middle_costs_nobody_a_point(command, monkeypatch):
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
    assert graded["status"] == "graded"
    assert sum(result["points"] for result in graded["results"]) == 11


def test_a_zygote_that_is_killed_costs_no_neighbour_in_the_same_session_a_point(tmp_path):
    killed = []

    def once(_):
        if not killed:
            killed.extend(end("coursekit.zygote"))

    book = Gradebook(tmp_path / "gradebook.sqlite")
    those = [Submission(f"s{k}", RIGHT) for k in range(12)]  # three a session
    grade_class(those, MASTER, LESSON, book, workers=1, progress=once)
    rows = book.submissions()
    assert killed
    assert [row["status"] for row in rows] == ["graded"] * 12
    assert {sum(result["points"] for result in row["results"]) for row in rows} == {11}


def test_what_fails_again_and_again_is_infrastructure_and_passes(monkeypatch):
    grade_one("warm", RIGHT, MASTER, "seed")
    zygote().close()
    monkeypatch.setattr(zygote_client, "START_TIMEOUT", 0.001)  # no zygote starts so soon
    graded = grade_one("Ada", RIGHT, MASTER, "seed")
    assert (graded["status"], graded["results"]) == ("infrastructure", [])
    monkeypatch.undo()
    zygote().close()
    assert grade_one("Ada", RIGHT, MASTER, "seed")["status"] == "graded"


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
def test_a_disk_that_is_full_is_told_and_the_next_run_goes_on(tmp_path):
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
        assert "free disk space, then run the command again; nothing is lost" in full.stderr
        more = ["mount", "-o", "remount,size=9m", str(tmp_path / "out")]
        subprocess.run(more, check=True)
        again = coursekit(tmp_path)
        assert again.returncode == 0, again.stderr
        (tmp_path / "grades.csv").write_bytes((tmp_path / "out" / "grades.csv").read_bytes())
    finally:
        subprocess.run(["umount", str(tmp_path / "out")], check=True)
    grades = (tmp_path / "grades.csv").read_text()
    assert grades.count(",11,14,") == 4


def test_few_descriptors_are_infrastructure_and_no_ones_zero(tmp_path):
    (tmp_path / "in" / "s0").mkdir(parents=True)
    (tmp_path / "in" / "s0" / f"{LESSON}.ipynb").write_text(RIGHT)
    few = coursekit(tmp_path, "--jobs", "1", RLIMIT_NOFILE=24)
    assert "Traceback" not in few.stderr
    assert few.returncode in (1, 2)
    assert coursekit(tmp_path).returncode == 0


def test_what_nobody_answered_is_run_once_and_what_is_nearly_so_each_time(monkeypatch):
    ran = []

    def counted(some, seconds, zygote, real=pytest_session.run):
        ran.append(len(some))
        return real(some, seconds, zygote)

    monkeypatch.setattr(pytest_session, "run", counted)
    empty = json.loads(released(masters.parse(MASTER)))
    helper = {"cell_type": "code", "source": "1", "metadata": {}, "id": "x", "outputs": []}
    nearly = empty | {"cells": [helper | {"execution_count": None}, *empty["cells"]]}
    seed = "of this test alone"
    first, second, third = (
        grade_one(name, json.dumps(text), MASTER, seed)
        for name, text in {"Ada": empty, "Bob": empty, "Eve": nearly}.items()
    )
    assert ran == [1, 1]
    assert first["results"] == second["results"] == third["results"]
    assert {one["status"] for one in first["results"]} == {"not attempted"}
    assert second["student"] == "Bob"
