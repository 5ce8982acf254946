"""A release contains no solution lines, is reproducible, and has checks that give hints."""

import ast
import json
import shutil
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course.headers import Role
from coursekit.course.master import Master, Notebook, sample_master
from coursekit.course.notebook_kernel import reference_kernel
from coursekit.course.release import public_checks, release
from coursekit.course.versions import same_files
from coursekit.errors import CommandError
from tests.support import ROOT
from tests.support.lessons import DISTRACTORS, LESSON, MASTERS, RIGHT, release_text, right_of
from tests.support.one import one_master

LEAK = 20  # characters: a shorter line reveals nothing


@cache
def files_of(lesson):
    return release(lesson, MASTERS[lesson], 1, public_checks(MASTERS[lesson]))


@pytest.fixture(params=MASTERS)
def lesson(request):
    return request.param


def test_the_release_in_the_repository_is_up_to_date(lesson):
    places = {".ipynb": ROOT / "exercises", ".json": ROOT / "coursekit" / "lessons" / "outcomes"}
    files = {
        name: (places[Path(name).suffix] / name).read_text("utf-8") for name in files_of(lesson)
    }
    assert same_files(lesson, files, files_of(lesson)), "out of date: run coursekit release"


def test_the_first_cell_lists_the_points():
    head = Notebook.parse(release_text()).cells[0].source
    assert head.endswith("Points: topological_order 5, backprop 6, words 3; 14 in all.")


def test_a_release_is_the_same_each_time():
    assert files_of.__wrapped__(LESSON) == files_of(LESSON)


def test_no_line_of_a_solution_is_in_the_release(lesson):
    master = MASTERS[lesson]
    public = "\n".join(cell.stub for cell in master.with_role(None, Role.CHECK, Role.ANSWER))
    secrets = {
        line.strip()
        for cell in master.with_role(Role.ANSWER, Role.HIDDEN, Role.DISTRACTOR, Role.PROSE)
        for line in [*cell.source.splitlines(), cell.rubric]
        if len(line.strip()) >= LEAK and line.strip() not in public
    }
    assert len(secrets) > (30 if lesson == LESSON else 10)  # otherwise this test checks nothing
    text = "\n".join(files_of(lesson).values()).replace('\\"', '"')
    assert [line for line in secrets if line in text] == []


def test_a_folder_for_students_contains_no_solutions(tmp_path):
    solutions = shutil.copytree(ROOT / "solutions", tmp_path / "solutions")  # for the versions
    run = CliRunner().invoke(app, ["release", str(solutions), "--out", str(tmp_path / "out")])
    assert run.exit_code == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(
        f"{name}{suffix}" for name in MASTERS for suffix in (".ipynb", ".json")
    )


def test_a_broken_master_is_not_released(tmp_path):
    (tmp_path / "x.ipynb").write_text("{")
    run = CliRunner().invoke(app, ["release", str(tmp_path), "--out", str(tmp_path / "out")])
    assert run.exit_code == 2
    assert not (tmp_path / "out").exists()


def released(tmp_path, monkeypatch, change=lambda text: text):
    """Release the sample master after a change of its text."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solutions").mkdir(exist_ok=True)
    text = change(sample_master("lists"))
    (tmp_path / "solutions" / "lists.ipynb").write_text(text, encoding="utf-8")
    return CliRunner().invoke(app, ["release", "--out", "out"])


def test_a_master_whose_hidden_check_has_an_odd_header_is_not_released(tmp_path, monkeypatch):
    run = released(tmp_path, monkeypatch, lambda t: t.replace("# hidden:", "#  Hidden :"))
    assert run.exit_code == 1
    assert "error  lists.ipynb, cell 5, line 1: '#  Hidden : largest, 2 points'" in run.output
    assert "Not released: lists. Correct the errors above." in run.output
    assert not (tmp_path / "out").exists()


@pytest.mark.sandbox
def test_release_relies_on_the_last_check_of_exactly_this_text(tmp_path, monkeypatch):
    fails = released(tmp_path, monkeypatch, lambda t: t.replace("numbers[0]", "numbers[9]"))
    assert fails.exit_code == 1
    assert "lists: checked now, no errors." in released(tmp_path, monkeypatch).output
    monkeypatch.setattr("coursekit.course.review.review", None)  # to see whether it is called
    again = released(tmp_path, monkeypatch)
    assert "lists: check-master found no errors on 2" in again.output
    edited = released(tmp_path, monkeypatch, lambda text: text.replace("Do not", "Never"))
    assert isinstance(edited.exception, TypeError)


@pytest.mark.sandbox
def test_release_never_writes_over_a_master_or_an_edited_notebook(tmp_path, monkeypatch):
    assert released(tmp_path, monkeypatch).exit_code == 0
    path = tmp_path / "out" / "lists.ipynb"
    master = (tmp_path / "solutions" / "lists.ipynb").read_bytes()
    path.write_text("mine", encoding="utf-8")
    output = released(tmp_path, monkeypatch).output
    assert "out/lists.ipynb had been edited: it is now lists.ipynb~" in output
    assert path.with_name("lists.ipynb~").read_text(encoding="utf-8") == "mine"
    run = CliRunner().invoke(app, ["release", "solutions", "--out", "solutions"])
    assert (run.exit_code, (tmp_path / "solutions" / "lists.ipynb").read_bytes()) == (2, master)


@pytest.mark.sandbox
def test_a_secret_line_in_a_hint_stops_the_release(tmp_path, monkeypatch):
    master = Master.parse(sample_master("lists"))
    [secret] = (cell.source.split("\n")[-1] for cell in master.with_role(Role.PROSE))
    run = released(tmp_path, monkeypatch, lambda text: text.replace("look at all of them.", secret))
    assert run.exit_code == 1
    assert (
        f"error  lists.ipynb, lists.json would contain '{secret}', which belongs to" in run.output
    )
    assert not (tmp_path / "out").exists()


def test_no_line_of_the_reference_is_in_the_expected_error():
    master = one_master(
        "if x > 1:\n    raise ValueError('too big')\nreturn x", ["case(1)", "case(2)"]
    )
    want = public_checks(master)["f"]["want"]
    assert [list(outcome) for outcome in want] == [["value"], ["error"]]
    assert want[1]["error"] == ["ValueError", "Exception", "BaseException"]


class Student:
    """A student who runs the released notebook cell by cell, in a separate namespace."""

    def __init__(self, lesson=LESSON):
        self.cells = Notebook.parse(release_text(lesson)).cells
        self.names = {}

    def run(self, answers, only=None):
        """Return the feedback of each check, or only of one exercise's check."""
        feedback = {}
        for cell in self.cells:
            exercise, is_answer = cell.exercise, cell.role is Role.ANSWER
            if not cell.is_code:
                continue
            source = answers.get(exercise, cell.source) if is_answer else cell.source
            body = ast.parse(source).body
            if cell.role is Role.CHECK:
                exec(compile(ast.Module(body[:-1], []), "<cell>", "exec"), self.names)
                if only in (None, exercise):
                    last = compile(ast.Expression(body[-1].value), "<cell>", "eval")
                    feedback[exercise] = eval(last, self.names)
            else:
                exec(compile(ast.Module(body, []), "<cell>", "exec"), self.names)
        return feedback


EVERY_DISTRACTOR = [
    pytest.param(lesson, cell, id=f"{lesson[:2]}-{cell.id}")
    for lesson, master in MASTERS.items()
    for cell in master.with_role(Role.DISTRACTOR)
]


def test_an_unanswered_exercise_is_not_attempted(lesson):
    feedback = Student(lesson).run({})
    assert feedback.keys() == right_of(lesson).keys()
    for exercise, text in feedback.items():
        assert str(text).split("\n")[0] == f"{exercise}: not attempted"


def test_an_answer_that_calls_an_unanswered_exercise_is_not_attempted():
    feedback = Student().run({"backprop": RIGHT["backprop"]})
    assert str(feedback["backprop"]).startswith("backprop: not attempted")


def test_the_reference_passes_and_more_checks_are_announced(lesson):
    for exercise, feedback in Student(lesson).run(right_of(lesson)).items():
        headline, line = str(feedback).split("\n")
        passed, of = (
            headline.removeprefix(f"{exercise}: ").removesuffix(" checks passed").split(" of ")
        )
        assert passed == of
        assert line == "All public checks pass. Grading runs further checks."


@pytest.mark.parametrize(("lesson", "cell"), EVERY_DISTRACTOR)
def test_each_distractor_fails_and_triggers_its_own_hint(lesson, cell):
    answers = right_of(lesson) | {cell.exercise: cell.source}
    feedback = str(Student(lesson).run(answers, only=cell.exercise)[cell.exercise])
    passed, of = feedback.split("\n")[0].split(": ")[1].removesuffix(" checks passed").split(" of ")
    assert int(passed) < int(of)
    assert feedback.split("\n")[-2] == f"Hint: {cell.hint}"


def test_hints_do_not_overlap(lesson):
    for check in json.loads(files_of(lesson)[f"{lesson}.json"])["checks"].values():
        hint_of = {}
        for distractor in check["distractors"]:
            digests = tuple(distractor["digests"])
            assert hint_of.setdefault(digests, distractor["hint"]) == distractor["hint"]


def test_every_exercise_has_both_kinds_of_checks_and_every_master_one_written_question(lesson):
    master = MASTERS[lesson]
    for role in (Role.CHECK, Role.HIDDEN):
        assert {cell.exercise for cell in master.with_role(role)} == right_of(lesson).keys()
    assert len(list(master.with_role(Role.PROSE))) == 1


def test_the_smallest_failing_graph_is_drawn_with_the_wrong_adjoint_marked():
    wrong = next(cell for cell in DISTRACTORS if cell.name == "recursive push")
    html = Student().run(RIGHT | {"backprop": wrong.source})["backprop"]._repr_html_()
    assert "Marked as wrong: x." in html
    assert "∂ℓ/∂x should be 30, but is 42." in html


def test_feedback_on_an_answer_that_calls_the_kit():
    feedback = Student().run(RIGHT | {"backprop": "from coursekit import backprop"})
    assert str(feedback["backprop"]).startswith(
        "backprop: your answer calls coursekit's own function"
    )


def test_an_answer_that_reads_too_much_stops_at_its_budget():
    source = (
        "def backprop(lin):\n    while True:\n        lin.partials[lin.into(lin.loss)[0], lin.loss]"
    )
    feedback = str(Student().run(RIGHT | {"backprop": source})["backprop"])
    assert "was stopped: more than 3 reads of partials." in feedback


def test_an_answer_that_loops_without_reading_is_stopped():
    source = "def backprop(lin):\n    while True:\n        pass"
    feedback = str(Student().run(RIGHT | {"backprop": source})["backprop"])
    assert "was stopped: no result after 2 seconds." in feedback


def test_a_truth_value_is_not_a_number():
    source = "def relu_partial(z):\n    return z > 0"
    answers = right_of("07-nonlinearities") | {"relu_partial": source}
    feedback = Student("07-nonlinearities").run(answers, only="relu_partial")["relu_partial"]
    assert "relu_partial(2) returns True: return a number" in str(feedback)


def test_a_hostile_error_message_is_escaped():
    source = 'def backprop(lin):\n    raise ValueError("<script>alert(1)</script>")'
    html = Student().run(RIGHT | {"backprop": source})["backprop"]._repr_html_()
    assert "<script" not in html


def test_an_error_in_a_master_names_the_cell_and_the_line():
    with (
        reference_kernel("seed") as kernel,
        pytest.raises(CommandError, match="cell 7, line 2 fails: ZeroDiv"),
    ):
        kernel.run("x = 0\n1 / x", 7)
