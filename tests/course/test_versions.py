"""A master that changes after its release: what students are told, and whose checks grade them."""

import csv
import json

import nbformat
import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course import master as masters
from coursekit.course import versions
from coursekit.course.template import master

pytestmark = pytest.mark.sandbox

NAME = "lists"
ANSWER = "def largest(numbers):\n    return max(numbers, default=0)"


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / f"{NAME}.ipynb").write_text(master(NAME))
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


def handed_out(course):
    return masters.read(course / "out" / f"{NAME}.ipynb")


def test_what_changed_for_students_is_said_and_a_hidden_check_is_no_change(course):
    told = release()
    assert "lists, version 1: the first. Points: largest 3, words 2; 5 in all." in told
    assert "lists, version 1: as it was handed out." in release()
    change(course, "largest-hidden", "range(1, 12)", "range(1, 20)")
    assert "version 1: as it was handed out; what grades it is renewed." in release()
    [kept] = versions.kept(course / "solutions", NAME)
    assert "range(1, 20)" in kept.master
    change(course, "largest-check", "1 point", "3 points")
    change(course, "largest-check", "-2, -9", "-3, -9")
    change(course, "largest", "has at least one", "is not empty")
    change(course, "largest-first", "Look at all of them", "See all of them")
    told = release()
    for sentence in (
        "version 2: points of largest: 5, were 3; ",
        "the cell 'largest' reads differently; ",
        "the check cell of largest reads differently; ",
        "the public check of largest expects other values; ",
        "the hints of largest are others.",
    ):
        assert sentence in told
    assert masters.about(handed_out(course))["version"] == 2
    assert [e.number for e in versions.kept(course / "solutions", NAME)] == [1, 2]


def test_a_submission_is_matched_to_the_version_that_it_came_from(course):
    release()
    old = handed_out(course)
    change(course, "largest", "has at least one", "is not empty")
    change(course, "words", "for a list of n", "for n numbers")
    release()
    new = handed_out(course)
    editions = versions.editions(course / "solutions", NAME)
    for notebook, number in ((old, 1), (new, 2)):
        assert versions.came_from(notebook, editions).number == number
        notebook.metadata = {}  # an editor dropped it: its cells decide
        assert versions.came_from(notebook, editions).number == number
    for lie in (99, "1", None, [1], {"version": 1}):
        new.metadata = {"coursekit": {"version": lie}}
        assert versions.came_from(new, editions).number == 2


def test_a_class_with_two_versions_is_graded_by_each(course):
    release()
    answered(course, "old")
    change(course, "largest-answer", "best = numbers[0]", "best = numbers[0] if numbers else 0")
    change(course, "largest-check", "yield case([3]", "yield case([])\n    yield case([3]")
    change(course, "largest-check", "1 point", "2 points")
    release()
    answered(course, "new")
    change(course, "words", "for a list of n", "for n numbers")  # not handed out yet
    run = CliRunner().invoke(app, ["grade", "in", "--lesson", NAME, "--out", "grades"])
    assert run.exit_code == 0, run.stderr
    rows = csv.DictReader((course / "grades" / "grades.csv").read_text().splitlines())
    found = {row["student"]: (row["version"], row["points"], row["max_points"]) for row in rows}
    assert found == {"old": ("1", "3", "5"), "new": ("2", "4", "6")}
    assert ">Version</th>" in (course / "grades" / "report.html").read_text()


def answered(course, student):
    notebook = handed_out(course)
    next(masters.cells(notebook, "answer")).source = ANSWER
    folder = course / "in" / student
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook))


def test_a_bonus_comes_on_top(course):
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
