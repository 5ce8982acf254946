"""What students get: no line of a solution, the same bytes each time, and checks that teach."""

import ast
import json
import shutil
from functools import cache
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course import master as masters
from coursekit.course.reference import session
from coursekit.course.release import release
from tests.support import ROOT
from tests.support.lessons import DISTRACTORS, LESSON, MASTERS, RIGHT, release_text, right_of

LONG = 20  # characters of a line that would give something away


@cache
def files_of(lesson):
    return release(lesson, MASTERS[lesson])


@pytest.fixture(params=MASTERS)
def lesson(request):
    return request.param


def test_the_release_in_the_repository_is_fresh(lesson):
    places = {".ipynb": ROOT / "exercises", ".json": ROOT / "coursekit" / "lessons" / "outcomes"}
    for name, text in files_of(lesson).items():
        path = places[Path(name).suffix] / name
        assert path.read_text(encoding="utf-8") == text, "stale: coursekit release"


def test_the_head_says_what_can_be_earned():
    head = nbformat.reads(release_text(), as_version=4).cells[0].source
    assert head.endswith("Points: topological_order 5, backprop 6, words 3; 14 in all.")


def test_a_release_is_the_same_each_time():
    assert release(LESSON, MASTERS[LESSON]) == files_of(LESSON)


def test_no_line_of_a_solution_is_in_the_release(lesson):
    master = MASTERS[lesson]
    kept = "\n".join(masters.emptied(c.source) for c in master.cells
                     if masters.role(c) in (None, "check", "answer"))  # fmt: skip
    secret = {
        line.strip()
        for cell in masters.cells(master, "answer", "hidden", "distractor", "written")
        for line in [*cell.source.splitlines(), masters.facts(cell).get("rubric", "")]
        if len(line.strip()) >= LONG and line.strip() not in kept
    }
    assert len(secret) > (30 if lesson == LESSON else 10)  # else this test looks for nothing
    text = "\n".join(files_of(lesson).values()).replace('\\"', '"')
    assert [line for line in secret if line in text] == []


def test_a_folder_for_students_holds_no_solutions(tmp_path):
    solutions = shutil.copytree(ROOT / "solutions", tmp_path / "solutions")  # it keeps versions
    run = CliRunner().invoke(app, ["release", str(solutions), "--out", str(tmp_path / "out")])
    assert run.exit_code == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(
        f"{name}{suffix}" for name in MASTERS for suffix in (".ipynb", ".json")
    )


def test_a_broken_master_is_named_in_one_sentence(tmp_path):
    (tmp_path / "x.ipynb").write_text("{")
    run = CliRunner().invoke(app, ["release", str(tmp_path), "--out", str(tmp_path / "out")])
    assert run.exit_code == 2
    assert not (tmp_path / "out").exists()


class Notebook:
    """The students' notebook, run cell by cell in a namespace of its own."""

    def __init__(self, lesson=LESSON):
        self.cells = nbformat.reads(release_text(lesson), as_version=4).cells
        self.names = {}

    def run(self, answers, only=None):
        """Return the feedback of each check, or of one exercise's, as text."""
        told = {}
        for cell in self.cells:
            exercise, kind = masters.facts(cell).get("exercise"), masters.role(cell)
            if cell.cell_type != "code":
                continue
            source = answers.get(exercise, cell.source) if kind == "answer" else cell.source
            body = ast.parse(source).body
            if kind == "check":
                exec(compile(ast.Module(body[:-1], []), "<cell>", "exec"), self.names)
                if only in (None, exercise):
                    last = compile(ast.Expression(body[-1].value), "<cell>", "eval")
                    told[exercise] = eval(last, self.names)
            else:
                exec(compile(ast.Module(body, []), "<cell>", "exec"), self.names)
        return told


EVERY_DISTRACTOR = [
    pytest.param(lesson, cell, id=f"{lesson[:2]}-{cell.id}")
    for lesson, master in MASTERS.items()
    for cell in masters.cells(master, "distractor")
]


def test_an_unanswered_exercise_is_not_attempted(lesson):
    told = Notebook(lesson).run({})
    assert told.keys() == right_of(lesson).keys()
    for exercise, feedback in told.items():
        assert str(feedback).split("\n")[0] == f"{exercise}: not attempted"


def test_an_answer_that_needs_an_empty_one_is_not_attempted():
    told = Notebook().run({"backprop": RIGHT["backprop"]})
    assert str(told["backprop"]).startswith("backprop: not attempted")


def test_the_reference_passes_and_full_marks_are_not_claimed(lesson):
    for exercise, feedback in Notebook(lesson).run(right_of(lesson)).items():
        headline, line = str(feedback).split("\n")
        passed, of = headline.removeprefix(f"{exercise}: ").removesuffix(" checks").split(" of ")
        assert passed == of
        assert line == "All public checks pass. Grading uses others as well."


@pytest.mark.parametrize(("lesson", "cell"), EVERY_DISTRACTOR)
def test_each_distractor_fails_and_triggers_its_own_hint(lesson, cell):
    facts = masters.facts(cell)
    answers = right_of(lesson) | {facts["exercise"]: cell.source}
    told = str(Notebook(lesson).run(answers, only=facts["exercise"])[facts["exercise"]])
    passed, of = told.split("\n")[0].split(": ")[1].removesuffix(" checks").split(" of ")
    assert int(passed) < int(of)
    assert told.split("\n")[-2] == f"Hint: {facts['hint']}"


def test_hints_do_not_overlap(lesson):
    for check in json.loads(files_of(lesson)[f"{lesson}.json"])["checks"].values():
        hint_of = {}
        for distractor in check["distractors"]:
            digests = tuple(distractor["digests"])
            assert hint_of.setdefault(digests, distractor["hint"]) == distractor["hint"]


def test_every_exercise_has_checks_of_both_kinds_and_a_master_one_question(lesson):
    master = MASTERS[lesson]
    for kind in ("check", "hidden"):
        found = {masters.facts(c)["exercise"] for c in masters.cells(master, kind)}
        assert found == right_of(lesson).keys()
    assert len(list(masters.cells(master, "written"))) == 1


def test_the_smallest_failing_graph_is_drawn_with_the_wrong_adjoint_marked():
    wrong = next(c for c in DISTRACTORS if masters.facts(c)["name"] == "recursive push")
    html = Notebook().run(RIGHT | {"backprop": wrong.source})["backprop"]._repr_html_()
    assert "Marked as wrong: x." in html
    assert "∂ℓ/∂x should be 30, and is 42." in html


def test_an_answer_that_calls_the_kit_is_told_so():
    told = Notebook().run(RIGHT | {"backprop": "from coursekit import backprop"})
    assert str(told["backprop"]).startswith("backprop: this calls coursekit's own function")


def test_an_answer_that_reads_too_much_stops_at_its_budget():
    source = (
        "def backprop(lin):\n    while True:\n        lin.partials[lin.into(lin.loss)[0], lin.loss]"
    )
    told = str(Notebook().run(RIGHT | {"backprop": source})["backprop"])
    assert "is stopped by its budget: more than 3 reads of partials." in told


def test_an_answer_that_loops_without_reading_is_stopped():
    source = "def backprop(lin):\n    while True:\n        pass"
    told = str(Notebook().run(RIGHT | {"backprop": source})["backprop"])
    assert "is stopped by its time: no end after 10 seconds." in told


def test_a_truth_value_is_told_from_a_number():
    source = "def relu_partial(z):\n    return z > 0"
    answers = right_of("07-nonlinearities") | {"relu_partial": source}
    told = Notebook("07-nonlinearities").run(answers, only="relu_partial")["relu_partial"]
    assert "relu_partial(2) returns True, where a number" in str(told)


def test_a_hostile_error_is_text():
    source = 'def backprop(lin):\n    raise ValueError("<script>alert(1)</script>")'
    html = Notebook().run(RIGHT | {"backprop": source})["backprop"]._repr_html_()
    assert "<script" not in html


def test_a_failing_master_says_which_cell():
    from coursekit.errors import CommandError

    with (
        session("seed") as kernel,
        pytest.raises(CommandError, match="cell 7, line 2 fails: ZeroDiv"),
    ):
        kernel.run("x = 0\n1 / x", 7)
