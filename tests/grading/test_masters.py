"""In the sandbox, each master's answers earn all points and its distractors earn none."""

import copy
import json
from pathlib import Path

import pytest

from coursekit.course.headers import Role
from coursekit.course.release import answered_notebook
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission
from coursekit.grading.grade import grade_one
from coursekit.grading.gradebook import Gradebook
from tests.support.lessons import MASTERS, right_of

pytestmark = pytest.mark.sandbox

MASTERS_FOLDER = Path(__file__).parents[2] / "solutions"
OTHERS = [lesson for lesson in MASTERS if lesson != "05-backpropagation"]  # see tests/attacks


def handed_in(lesson, answers):
    return answered_notebook(MASTERS[lesson], answers)


def test_points_by_case_are_earned_case_by_case():
    lesson = "03-chain-rule"
    notebook = copy.deepcopy(MASTERS[lesson].node)
    for cell in MASTERS[lesson].with_role(Role.CHECK):
        notebook.cells[cell.index].metadata["coursekit"]["by"] = "case"
    distractors = MASTERS[lesson].with_role(Role.DISTRACTOR)
    [last_only] = (cell.source for cell in distractors if cell.name == "last only")
    text = handed_in(lesson, right_of(lesson) | {"adjoint": last_only})
    check, hidden, *_ = grade_one("x", text, json.dumps(notebook), "seed").results
    assert 0 < check.passed < check.cases
    assert check.points == round(check.max_points * check.passed / check.cases, 2)
    assert hidden.passed > 0 == hidden.points  # all or nothing is the default


@pytest.mark.parametrize("lesson", OTHERS)
def test_right_answers_earn_all_points_and_wrong_ones_none(lesson, tmp_path):
    full = MASTERS[lesson].points
    distractors = MASTERS[lesson].with_role(Role.DISTRACTOR)
    wrong = {cell.exercise: cell.source for cell in distractors}
    submissions = [
        Submission("right", handed_in(lesson, right_of(lesson))),
        Submission("wrong", handed_in(lesson, wrong)),
        Submission("unanswered", handed_in(lesson, {})),
    ]
    book = Gradebook(tmp_path / "gradebook.sqlite")
    master = (MASTERS_FOLDER / f"{lesson}.ipynb").read_text(encoding="utf-8")
    grade_class(submissions, master, lesson, book, workers=2)
    rows = {row.student: row for row in book.rows()}
    book.close()
    for row in rows.values():
        assert row.status == "graded"
        assert not row.notes
    results = {name: row.results for name, row in rows.items()}
    assert sum(r.points for r in results["right"]) == sum(full.values())
    assert all(r.status == "right" for r in results["right"])
    assert {r.exercise for r in results["wrong"] if r.part == "check"} == full.keys()
    assert not any(r.points for r in results["wrong"] if r.part == "check")
    assert {r.status for r in results["unanswered"]} == {"not attempted"}
