"""If a master changes after its release, changes are reported and old work keeps its version."""

import csv
import json

import nbformat
import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course import release as release_module
from coursekit.course import versions
from coursekit.course.headers import Role
from coursekit.course.master import Master, Notebook, sample_master

pytestmark = pytest.mark.sandbox

NAME = "lists"
ANSWER = "def largest(numbers):\n    return max(numbers, default=0)"


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / f"{NAME}.ipynb").write_text(sample_master(NAME))
    return tmp_path


def change(course, at, old, new):
    path = course / "solutions" / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    [cell] = [cell for cell in notebook.cells if cell.id == at]
    assert old in cell.source
    cell.source = cell.source.replace(old, new)
    path.write_text(nbformat.writes(notebook))


def release(*arguments):
    run = CliRunner().invoke(app, ["release", "--out", "out", *arguments])
    assert run.exit_code == 0
    return run.stderr


@pytest.mark.slow
def test_a_clock_that_is_measured_is_not_a_change(course, monkeypatch):
    monkeypatch.setattr(versions, "public_checks", slower := SlowMachine())
    release()
    outcomes = (course / "out" / f"{NAME}.json").read_text()
    slower.factor = 5
    assert "lists, version 1: unchanged for students." in release()
    assert (course / "out" / f"{NAME}.json").read_text() == outcomes
    [edition] = versions.all_editions(course / "solutions", NAME)
    assert edition.clocks(NAME) == {"largest": 2}
    change(course, "largest-check", "small_lists)", "small_lists, seconds=7)")
    slower.factor = 1
    assert "version 2: the check cell of largest was edited" in release()
    assert versions.all_editions(course / "solutions", NAME)[-1].clocks(NAME) == {"largest": 7}


class SlowMachine:
    """Public checks, as they are measured on a machine that is slower by a factor."""

    factor = 1

    def __call__(self, master):
        checks = release_module.public_checks(master)
        for check in checks.values():
            check["seconds"] *= self.factor
        return checks


def handed_out(course):
    return Master.read(course / "out" / f"{NAME}.ipynb")


@pytest.mark.slow
def test_only_changes_that_students_see_are_reported(course):
    points = "Points: largest 3, words 2; 5 in all."
    assert f"lists, version 1: first release. {points}" in release()
    assert "lists, version 1: unchanged for students." in release()
    change(course, "largest-hidden", "range(1, 12)", "range(1, 20)")
    assert "version 1: unchanged for students; grading now uses the new master." in release()
    [edition] = versions.released_editions(course / "solutions", NAME)
    assert "range(1, 20)" in edition.master
    change(course, "largest-check", "1 point", "3 points")
    change(course, "largest-check", "-2, -9", "-3, -9")
    change(course, "largest", "is not empty", "has at least one")
    change(course, "largest-first", "look at all of them", "see all of them")
    report = release()
    for phrase in (
        "version 2: points of largest: 3 → 5; ",
        "the cell 'largest' was edited; ",
        "the check cell of largest was edited; ",
        "the public check of largest expects different values; ",
        "the hints of largest changed.",
    ):
        assert phrase in report
    assert handed_out(course).version == 2
    assert [e.number for e in versions.released_editions(course / "solutions", NAME)] == [1, 2]


def test_a_submission_is_matched_to_its_version(course):
    release()
    old = handed_out(course)
    change(course, "largest", "is not empty", "has at least one")
    change(course, "words", "the list has n of them", "there are n")
    release()
    new = handed_out(course)
    editions = versions.all_editions(course / "solutions", NAME)
    for notebook, number in ((old, 1), (new, 2)):
        assert versions.edition_of(notebook, editions).number == number
        notebook.node.metadata = {}  # as if an editor dropped it: the cells decide
        assert versions.edition_of(Notebook.of(notebook.node), editions).number == number
    for lie in (99, "1", None, [1], {"version": 1}):
        new.node.metadata = {"coursekit": {"version": lie}}
        assert versions.edition_of(Notebook.of(new.node), editions).number == 2


def test_each_submission_is_graded_against_its_own_version(course):
    release()
    answered(course, "old")
    change(course, "largest-answer", "best = numbers[0]", "best = numbers[0] if numbers else 0")
    change(course, "largest-check", "yield case([3]", "yield case([])\n    yield case([3]")
    change(course, "largest-check", "1 point", "2 points")
    release()
    answered(course, "new")
    change(course, "words", "the list has n of them", "there are n")  # not released yet
    run = CliRunner().invoke(app, ["grade", "in", "--lesson", NAME, "--out", "grades"])
    assert run.exit_code == 0, run.stderr
    rows = csv.DictReader((course / "grades" / "grades.csv").read_text().splitlines())
    graded = {row["student"]: (row["version"], row["points"], row["max_points"]) for row in rows}
    assert graded == {"old": ("1", "3", "5"), "new": ("2", "4", "6")}
    assert ">Version</th>" in (course / "grades" / "report.html").read_text()


def answered(course, student):
    notebook = handed_out(course)
    answer = next(notebook.with_role(Role.ANSWER))
    notebook.node.cells[answer.index].source = ANSWER
    folder = course / "in" / student
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook.node))


def test_a_bonus_does_not_count_towards_the_maximum(course):
    change(course, "largest-answer", "# exercise: largest", "# exercise: largest, bonus")
    release()
    answered(course, "Ada")
    head = handed_out(course).cells[0].source
    assert head.endswith("Points: largest 3 (bonus), words 2; 2 in all.")
    run = CliRunner().invoke(app, ["grade", "in", "--lesson", NAME, "--out", "grades"])
    assert run.exit_code == 0, run.stderr
    rows = csv.DictReader((course / "grades" / "grades.csv").read_text().splitlines())
    assert [(row["points"], row["max_points"]) for row in rows] == [("3", "2")]
    page = (course / "grades" / "feedback" / "Ada.html").read_text()
    assert "largest: 3 of 3 points, bonus" in page
