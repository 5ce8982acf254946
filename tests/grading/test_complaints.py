"""Bugs that users reported in nbgrader and Otter-Grader do not occur here.

Docstrings give the number of each report in its tracker. Endless loops, processes that kill
themselves and cheats are in tests/attacks; notebooks from other editors are in test_formats.py.
"""

import csv
import json

import nbformat
import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.course.release import answered_notebook
from coursekit.grading.grade import grade_one
from tests.support.notebooks import nodes
from tests.support.one import Student, one_master

pytestmark = pytest.mark.sandbox

SECRET = 4711  # an argument that only the hidden check uses
NODE = one_master("return 2 * x", ["case(1)", "case(2)", "case(3)", "case(10)"]).node
for cell in nodes(NODE, Role.CHECK):
    cell.source = cell.source.replace("1 point", "4 points, by case")
for cell in nodes(NODE, Role.HIDDEN):
    cell.source = cell.source.replace("case(10)", f"case({SECRET})")
TEXT = nbformat.writes(NODE)
MASTER = Master.parse(TEXT)
RIGHT = "def f(x):\n    return 2 * x"


def graded(answer, change=lambda notebook: None):
    notebook = Master.parse(answered_notebook(MASTER, {"f": answer})).node
    change(notebook)
    return grade_one("Ada", json.dumps(notebook), TEXT, "seed")


def earned(run):
    return {result.part: result.points for result in run.results}


def class_of(tmp_path, monkeypatch, **answers):
    """Grade a class with the command; return its exit code."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solutions").mkdir(exist_ok=True)
    (tmp_path / "solutions" / "one.ipynb").write_text(TEXT)
    for student, answer in answers.items():
        folder = tmp_path / "in" / student
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "one.ipynb").write_text(answered_notebook(MASTER, {"f": answer}))
    command = ["grade", "in", "--lesson", "one", "--out", "out"]
    return CliRunner().invoke(app, command).exit_code


def test_one_cell_gives_both_the_reason_and_partial_points(tmp_path, monkeypatch):
    """nbgrader 1399, Otter 429."""
    partly = "def f(x):\n    if x > 2:\n        raise OverflowError('too big')\n    return 2 * x"
    assert class_of(tmp_path, monkeypatch, Ada=partly) == 0
    page = (tmp_path / "out" / "feedback" / "Ada.html").read_text()
    assert "f: 2 of 6 points" in page
    assert "2 of 4 cases passed" in page
    assert "OverflowError on line 3: too big" in page


def test_exit_codes_tell_a_script_what_happened(tmp_path, monkeypatch):
    """nbgrader 1908."""
    assert class_of(tmp_path, monkeypatch, Ada=RIGHT, Ben="def f(x): return x") == 0
    run = CliRunner().invoke
    assert run(app, ["release", "--out", "handed-out"]).exit_code == 0
    assert run(app, ["check", "handed-out/one.ipynb"]).exit_code == 1
    assert run(app, ["check", "in/Ada/one.ipynb"]).exit_code == 1  # the outcomes file is missing
    (tmp_path / "in" / "Ada" / "one.json").write_bytes(
        (tmp_path / "handed-out" / "one.json").read_bytes()
    )
    assert run(app, ["check", "in/Ada/one.ipynb"]).exit_code == 0
    assert run(app, ["doctor", "in/Ada/one.ipynb"]).exit_code == 0
    assert run(app, ["doctor", "in/Ben"]).exit_code == 1
    assert run(app, ["grade", "nowhere", "--lesson", "one"]).exit_code == 2


def test_the_arguments_of_a_hidden_check_appear_on_no_page(tmp_path, monkeypatch):
    """nbgrader 917, Otter 495."""
    shows = f"def f(x):\n    if x == {SECRET}: print(x)\n    raise ValueError(f'no {{x}}')"
    class_of(tmp_path, monkeypatch, Ada=shows)
    for path in (tmp_path / "out").rglob("*.html"):
        assert str(SECRET) not in path.read_text(), path
    assert str(SECRET) not in answered_notebook(MASTER, {})


def test_passing_the_public_checks_is_not_reported_as_passing_all(tmp_path, monkeypatch):
    """Otter 138."""
    monkeypatch.chdir(tmp_path)
    feedback = Student(MASTER, tmp_path).check(
        f"def f(x):\n    return 2 * x if x < {SECRET} else 0"
    )
    assert str(feedback).splitlines() == [
        "f: 4 of 4 checks passed",
        "All public checks pass. Grading runs further checks.",
    ]


def test_a_warning_on_stderr_costs_no_points():
    """nbgrader, pull request 1904."""
    loud = f"import sys, warnings\n\n\n{RIGHT.replace('return', NOISE + '    return')}"
    assert earned(graded(loud)) == {"check": 4.0, "hidden": 2.0}


NOISE = "warnings.warn('old')\n    print('here', file=sys.stderr)\n"


def test_a_copied_answer_cell_does_not_abort_grading_and_the_last_counts():
    def copied(notebook):
        answer = nodes(notebook, Role.ANSWER)[0]
        notebook.cells.append(answer.copy())  # with its id and its metadata
        answer.source = "def f(x):\n    return 0"

    run = graded(RIGHT, copied)
    assert earned(run) == {"check": 4.0, "hidden": 2.0}
    assert run.notes == ["f is answered 2 times; the last answer counts."]


def test_a_broken_cell_costs_only_the_exercises_that_need_it():
    def broken(notebook):
        notebook.cells.insert(1, nbformat.v4.new_code_cell("import no_such_module\n1 +"))
        notebook.cells.append(nbformat.v4.new_code_cell("raise SystemExit"))

    assert earned(graded(RIGHT, broken)) == {"check": 4.0, "hidden": 2.0}


def test_editing_or_deleting_a_check_does_not_change_its_points():
    def edited(notebook):
        checks = nodes(notebook, Role.CHECK)
        notebook.cells = [cell for cell in notebook.cells if cell not in checks]
        for cell in notebook.cells:
            cell.metadata.setdefault("coursekit", {})["points"] = 600

    assert earned(graded("def f(x):\n    return 0", edited)) == {"check": 0.0, "hidden": 0.0}
    assert earned(graded(RIGHT, edited)) == {"check": 4.0, "hidden": 2.0}


@pytest.mark.parametrize("near", ["2 * x + 1e-12", "2.0 * x", "x + x", "(x * 20) / 10"])
def test_floating_point_noise_is_not_a_mistake(near):
    assert earned(graded(f"def f(x):\n    return {near}")) == {"check": 4.0, "hidden": 2.0}


def test_regrading_gives_the_same_points_unless_the_master_was_corrected(tmp_path, monkeypatch):
    doubled = "def f(x):\n    return abs(2 * x)"

    def points():
        assert class_of(tmp_path, monkeypatch, Ada=doubled) == 0
        rows = csv.DictReader((tmp_path / "out" / "grades.csv").read_text().splitlines())
        return [row["points"] for row in rows]

    first = points()
    (tmp_path / "out" / "grades.csv").unlink()
    assert points() == first == ["6"]
    monkeypatch.setitem(globals(), "TEXT", TEXT.replace("case(3)", "case(-3)"))
    assert points() == ["3"]
