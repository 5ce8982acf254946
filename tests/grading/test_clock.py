"""A check's clock is the same at home and in grading, and is enforced outside the answer."""

import json
import time

import nbformat
import pytest

from coursekit.course.headers import Role
from coursekit.course.release import answered_notebook, public_checks
from coursekit.grading.grade import grade_one
from tests.support.one import Student, one_master

pytestmark = pytest.mark.sandbox

SHORT = one_master("return x", ["case(1)", "case(2)"], options=", seconds=1")
DEFAULT = one_master("return x", ["case(1)", "case(2)"])
BURN = (
    "    import time\n    end = time.process_time() + {}\n    while time.process_time() < end: pass"
)
DISARM = "    import signal\n    for timer in range(3): signal.setitimer(timer, 0)"
CATCH = "    try:\n        while True: pass\n    except BaseException: pass"


def results(master, *lines):
    answer = "\n".join(["def f(x):", *lines, "    return x"])
    text = answered_notebook(master, {"f": answer})
    start = time.process_time()
    graded = grade_one("Eve", text, nbformat.writes(master.node), "seed")
    assert time.process_time() - start < 10
    return graded.results


def test_the_clock_of_a_check_is_released_with_its_outcomes():
    assert public_checks(SHORT)["f"]["seconds"] == 1
    assert public_checks(DEFAULT)["f"]["seconds"] == 2


@pytest.mark.parametrize("lines", [[BURN.format(0.6)], [DISARM, BURN.format(1.2)]])
def test_an_answer_may_not_use_more_than_its_clock_on_all_cases_together(
    lines, tmp_path, monkeypatch
):
    for result in results(SHORT, *lines):
        assert result.points == 0
        assert "1 second" in result.why
    monkeypatch.chdir(tmp_path)
    if lines[0] != DISARM:
        feedback = Student(SHORT, tmp_path).check("\n".join(["def f(x):", *lines, "    return x"]))
        assert "f(2) was stopped: no result after 1 second." in str(feedback)


def test_an_answer_within_its_clock_is_right():
    assert {result.status for result in results(SHORT, BURN.format(0.3))} == {"right"}


def test_after_a_timeout_the_hidden_check_does_not_run():
    by_part = {result.part: result for result in results(DEFAULT, CATCH, CATCH, CATCH)}
    assert by_part[Role.HIDDEN].passed == 0
    assert by_part[Role.HIDDEN].why == by_part[Role.CHECK].why


def test_grading_allows_the_clock_that_students_were_given():
    answer = "\n".join(["def f(x):", BURN.format(1.2), "    return x"])
    text, master = answered_notebook(SHORT, {"f": answer}), nbformat.writes(SHORT.node)
    graded = grade_one("Eve", text, master, "seed", clocks=(("f", 10.0),))
    assert {result.part: result.points for result in graded.results} == {
        Role.CHECK: 1, Role.HIDDEN: 0
    }  # fmt: skip


def test_outcomes_without_a_clock_are_checked_with_the_usual_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    student = Student(DEFAULT, tmp_path)
    outcomes = json.loads((tmp_path / "one.json").read_text())
    del outcomes["checks"]["f"]["seconds"]
    (tmp_path / "one.json").write_text(json.dumps(outcomes))
    assert "2 of 2 checks passed" in str(student.check("def f(x):\n    return x"))
