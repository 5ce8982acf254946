"""The page on what the class did is right about checks, mistakes and shared oddities."""

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course.master import Master
from coursekit.course.release import answered_notebook
from coursekit.grading.insights import discrimination, insights
from coursekit.grading.results import Graded, Result, Role, Status, SubmissionStatus
from tests.support.one import one_master

LOOP = "def f(x):\n    zwischensumme = x\n    for durchlauf in [x]:\n        zwischensumme += 1\n"


def row(student, right, others=0.0, behaviour="", code=""):
    """Return a student who was right or not in one hidden check, with other points."""
    status = Status.RIGHT if right else Status.WRONG
    results = [
        Result("f", Role.HIDDEN, 2.0 * right, 2, 0, 1, status, "", behaviour, behaviour and "f(3)"),
        Result("g", Role.CHECK, others, 9, 0, 1, Status.RIGHT),
    ]
    return Graded(student, SubmissionStatus.GRADED, results, code={"f": code})


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 100)), max_size=60))
def test_a_discrimination_is_a_correlation_or_nothing(pairs):
    found = discrimination([right for right, _ in pairs], [other for _, other in pairs])
    assert found is None if len(pairs) < 20 else found is None or -1 <= found <= 1


def test_a_check_that_good_students_pass_discriminates():
    rows = [row(f"s{k}", k % 2 == 0, 9.0 * (k % 2 == 0)) for k in range(20)]
    first, second = insights(rows, {}).checks
    assert (first.right, first.attempted, first.students, first.discrimination) == (10, 20, 20, 1)
    assert (second.right, second.discrimination) == (20, None)
    assert insights(rows[:19], {}).checks[0].discrimination is None


def test_wrong_answers_are_grouped_by_what_they_do():
    rows = [row("Ada", False, 0, "same", "long code"), row("Ben", False, 0, "same", "short"),
            row("Cem", False, 0, "other"), row("Dana", True)]  # fmt: skip
    first, second = insights(rows, {"same": "Add, do not overwrite."}).wrong
    assert (first.students, first.code, first.like) == (
        ["Ada", "Ben"], "short", "Add, do not overwrite."
    )  # fmt: skip
    assert (second.students, second.like) == (["Cem"], "")


def test_oddities_need_the_same_wrong_values_and_rare_names():
    others = [row(f"s{k}", True, code="def f(x):\n    total = n = x\n") for k in range(10)]
    odd = [row(name, False, 0, "same", LOOP) for name in ("Ada", "Ben")]
    [found] = insights([*others, *odd], {}).oddities
    assert (found.students, found.names) == (("Ada", "Ben"), ["durchlauf", "zwischensumme"])
    plain = [row(name, False, 0, "same", others[0].code["f"]) for name in ("Ada", "Ben")]
    differ = [row("Ada", False, 0, "same", LOOP), row("Ben", False, 0, "another", LOOP)]
    right = [row(name, True, code=LOOP) for name in ("Ada", "Ben")]
    for pair in (plain, differ, right):
        assert insights([*others, *pair], {}).oddities == []


@pytest.mark.parametrize("code", ["def f(:", "(" * 5000, "\0", "f" * 20_000])
def test_code_that_is_no_python_has_no_names(code):
    assert insights([row("Ada", False, 0, "same", code)] * 2, {}).oddities == []


ANSWERS = {
    "Ada": "return x + x",
    "Ben": "return 2 * x if x != 77 else 5",
    "Cem": "return 2 * x if x < 70 else 5",
    "Dana": "raise ZeroDivisionError",
    "Eve": "return [[[]]] * x",
}


@pytest.mark.sandbox
def test_the_page_shows_hidden_cases_and_no_other_file_does(tmp_path):
    master = one_master("return 2 * x", ["case(2)", "case(77)"])
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "one.ipynb").write_text(nbformat.writes(master.node))
    master = Master.read(tmp_path / "solutions" / "one.ipynb")
    for student, answer in ANSWERS.items():
        path = tmp_path / "in" / student / "one.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(answered_notebook(master, {"f": f"def f(x):\n    {answer}"}))
    options = ["--lesson", "one", "--solutions", str(tmp_path / "solutions")]
    out = tmp_path / "out"
    for command in (["grade", str(tmp_path / "in"), "--out", str(out), "--jobs", "1"],
                    ["insights", str(out)]):  # fmt: skip
        result = CliRunner().invoke(app, [*command, *options])
        assert result.exit_code == 0, result.output
    page = (out / "insights.html").read_text(encoding="utf-8")
    assert "f(77): expected 154, returned 5" in page
    assert "2 students</h3>" in page  # Ben and Cem do the same
    assert "It behaves like a known mistake, whose hint says: Think." in page  # Dana
    assert (out / "insights.html").stat().st_mode & 0o077 == 0
    for path in out.rglob("*.html"):
        if path.name != "insights.html":
            assert "f(77)" not in path.read_text(encoding="utf-8")
