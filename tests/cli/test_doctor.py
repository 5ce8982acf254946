"""`coursekit doctor` names each fault with its remedy, and reports no false faults."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course.headers import Role
from coursekit.course.master import Master
from tests.support import ROOT
from tests.support.lessons import right_of
from tests.support.notebooks import exercise_of, nodes

LESSON = "04-sum-over-paths"


def released_notebook():
    return Master.read(ROOT / "exercises" / f"{LESSON}.ipynb").node


def solved_notebook():
    notebook = released_notebook()
    for cell in nodes(notebook, Role.ANSWER):
        cell.source = right_of(LESSON)[exercise_of(cell)]
    return notebook


def answer_cell(notebook, exercise):
    return next(c for c in nodes(notebook, Role.ANSWER) if exercise_of(c) == exercise)


def delete_an_answer(notebook):
    notebook.cells.remove(answer_cell(notebook, "paths"))


def answer_twice(notebook):
    notebook.cells.append(answer_cell(notebook, "paths").copy())


def leave_stubs(notebook):
    notebook.cells = released_notebook().cells


def change_the_version(notebook):
    notebook.metadata["coursekit"]["version"] = 7


def misspell_the_lesson(notebook):
    notebook.metadata["coursekit"]["lesson"] = "04-sum-over-path"


FAULTS = {
    delete_an_answer: "fix   paths is not answered, because no cell defines it: copy its cell",
    answer_twice: "fix   paths is answered 2 times; the last answer counts: keep one",
    leave_stubs: "fix   no exercise is answered: if you did answer, save the notebook",
    change_the_version: "fix   the notebook has version 7, but the checks here have version 1",
    misspell_the_lesson: "(did you mean '04-sum-over-paths'?)",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_a_notebook_is_named_with_its_remedy(fault, tmp_path):
    notebook = solved_notebook()
    fault(notebook)
    path = tmp_path / f"{LESSON}.ipynb"
    path.write_text(json.dumps(notebook))
    run = CliRunner().invoke(app, ["doctor", str(path)])
    assert run.exit_code == 1
    assert FAULTS[fault] in run.stdout


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (ROOT / "README.md", "README.md cannot be read as a notebook"),
        (ROOT / "nowhere.ipynb", "No such file"),
        (ROOT / "notebooks" / f"{LESSON}.ipynb", "this looks like the lesson, not its exercises"),
    ],
)
def test_a_file_without_exercises_is_a_fault(path, sentence):
    run = CliRunner().invoke(app, ["doctor", str(path)])
    assert run.exit_code == 1
    assert sentence in run.stdout


@pytest.mark.parametrize("about", [None, [], {"lesson": ["x"]}, {"lesson": "../../x\0"}])
def test_a_hostile_notebook_is_treated_as_data(about, tmp_path):
    notebook = solved_notebook()
    notebook.metadata["coursekit"] = about
    notebook.cells[3].metadata["coursekit"] = {"role": "answer"}
    path = tmp_path / f"{LESSON}.ipynb"
    path.write_text(json.dumps(notebook | {"nbformat_minor": 5}))
    assert CliRunner().invoke(app, ["doctor", str(path)]).exit_code in (0, 1)


def doctor(**variables):
    code = "from coursekit.cli import app; app()"
    return subprocess.run(
        [sys.executable, "-c", code, "doctor"], capture_output=True, text=True, check=False,
        env=os.environ | variables,
    )  # fmt: skip


def test_this_environment_has_no_fault():
    run = doctor()
    assert run.returncode == 0, run.stdout
    assert [line[:4] for line in run.stdout.splitlines()] == ["ok  "] * 7


def test_a_broken_kernel_is_a_fault(tmp_path):
    spec = tmp_path / "kernels" / "python3"
    spec.mkdir(parents=True)
    about = {"argv": ["false", "{connection_file}"], "display_name": "x", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(about))
    run = doctor(JUPYTER_PATH=str(tmp_path))
    assert run.returncode == 1
    assert "fix   the kernel python3 does not start" in run.stdout
    (tmp_path / "coursekit.py").write_text("raise ImportError('another')")
    about["argv"] = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    about["env"] = {"PYTHONPATH": str(tmp_path)}
    (spec / "kernel.json").write_text(json.dumps(about))
    run = doctor(JUPYTER_PATH=str(tmp_path))
    assert "fix   the kernel python3 cannot import coursekit (ImportError: another)" in run.stdout
