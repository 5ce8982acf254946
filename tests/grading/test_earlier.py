"""Notebooks, outcomes and gradebooks of an earlier release still check and are graded.

`earlier/` was written by the code of commit 6a03fb3, which cut long values and sent no types.
"""

import csv
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course.earlier import same_outcomes
from coursekit.course.master import Master
from coursekit.course.release import public_checks, release

EARLIER = Path(__file__).parent / "earlier"
LESSON = "12-earlier"
RELEASED = EARLIER / "masters" / "released" / LESSON / "1"
HINTS = {
    "pairs": "Add up the values of the table.",
    "scaled": "Do not change the array that you were given.",
    "long": "Count again.",
    "root": "That is the half.",
}


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(EARLIER, tmp_path, dirs_exist_ok=True)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.mark.parametrize("student", ["right", "wrong"])
def test_an_earlier_notebook_is_checked_against_its_earlier_outcomes(folder, student):
    notebook = folder / "submissions" / student / f"{LESSON}.ipynb"
    shutil.copy(RELEASED / f"{LESSON}.json", notebook.parent)
    checked = run("check", notebook)
    for exercise, hint in HINTS.items():
        assert (hint in checked.stdout) is (student == "wrong"), checked.stdout
        assert f"{exercise}: not attempted" not in checked.stdout
    assert checked.exit_code == (student == "wrong")


def test_the_outcomes_of_an_earlier_release_are_those_of_today():
    master = Master.read(EARLIER / "masters" / f"{LESSON}.ipynb")
    now = release(LESSON, master, 1, public_checks(master))
    assert now[f"{LESSON}.ipynb"] == (RELEASED / f"{LESSON}.ipynb").read_text(encoding="utf-8")
    old, new = (
        json.loads((RELEASED / f"{LESSON}.json").read_text()),
        json.loads(now[f"{LESSON}.json"]),
    )
    for outcomes in (old, new):  # the digests of values that were cut are others
        outcomes["checks"]["long"]["distractors"] = []
    assert same_outcomes(json.dumps(old), json.dumps(new))
    new["checks"]["long"]["want"][1]["value"]["v"][0] = "ab"
    assert not same_outcomes(json.dumps(old), json.dumps(new))


@pytest.mark.sandbox
def test_earlier_submissions_are_graded_and_an_earlier_gradebook_goes_on(folder):
    before = (folder / "grades" / "grades.csv").read_text(encoding="utf-8")
    for out in ("grades", "new"):  # the old gradebook is up to date; a new one grades all
        graded = run(
            "grade", folder / "submissions", "--lesson", LESSON,
            "--solutions", folder / "masters", "--out", folder / out,
        )  # fmt: skip
        assert graded.exit_code == 0, graded.output
        rows = (folder / out / "grades.csv").read_text(encoding="utf-8").splitlines()
        assert [_points(row) for row in csv.DictReader(rows)] == [
            _points(row) for row in csv.DictReader(before.splitlines())
        ]


def _points(row):
    return {name: row[name] for name in ("student", "points", *HINTS)}
