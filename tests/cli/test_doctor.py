"""coursekit doctor names what is wrong, and what to do about it; what is well stays well."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course import master as masters
from tests.support import ROOT
from tests.support.lessons import MASTERS, right_of

LESSON = "04-sum-over-paths"


def solved():
    notebook = masters.read(ROOT / "exercises" / f"{LESSON}.ipynb")
    for cell in masters.cells(notebook, "answer"):
        cell.source = right_of(LESSON)[masters.facts(cell)["exercise"]]
    return notebook


def answer(notebook, exercise):
    return next(c for c in notebook.cells if masters.is_of(c, "answer", exercise))


def deleted(notebook):
    notebook.cells.remove(answer(notebook, "paths"))


def twice(notebook):
    notebook.cells.append(answer(notebook, "paths").copy())


def emptied(notebook):
    for cell in masters.cells(notebook, "answer"):
        cell.source = masters.emptied(
            next(
                c.source
                for c in masters.cells(MASTERS[LESSON], "answer")
                if masters.facts(c)["exercise"] == masters.facts(cell)["exercise"]
            )
        )


def of_another_version(notebook):
    notebook.metadata["coursekit"]["version"] = 7


def of_another_lesson(notebook):
    notebook.metadata["coursekit"]["lesson"] = "04-sum-over-path"


FAULTS = {
    deleted: "fix   paths is not answered: no cell defines it: copy its cell from a fresh",
    twice: "fix   paths is answered 2 times; the last counts: keep one",
    emptied: "fix   no exercise is answered: if you did answer, save the notebook (Ctrl S) first",
    of_another_version: "fix   the notebook has version 7, but the checks here have version 1",
    of_another_lesson: "(did you mean '04-sum-over-paths'?)",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_a_notebook_is_named_with_its_remedy(fault, tmp_path):
    notebook = solved()
    fault(notebook)
    path = tmp_path / f"{LESSON}.ipynb"
    path.write_text(json.dumps(notebook))
    told = CliRunner().invoke(app, ["doctor", str(path)])
    assert told.exit_code == 1
    assert FAULTS[fault] in told.stdout


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (ROOT / "README.md", "README.md cannot be read as a notebook"),
        (ROOT / "nowhere.ipynb", "No such file"),
        (ROOT / "notebooks" / f"{LESSON}.ipynb", "this looks like the lesson, not its exercises"),
    ],
)
def test_what_are_no_exercises_is_said_to_be_none(path, sentence):
    told = CliRunner().invoke(app, ["doctor", str(path)])
    assert told.exit_code == 1
    assert sentence in told.stdout


@pytest.mark.parametrize("about", [None, [], {"lesson": ["x"]}, {"lesson": "../../x\0"}])
def test_a_hostile_notebook_is_data(about, tmp_path):
    notebook = solved()
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


def test_this_environment_is_well():
    told = doctor()
    assert told.returncode == 0, told.stdout
    assert [line[:4] for line in told.stdout.splitlines()] == ["ok  "] * 7


def test_a_kernel_of_another_python_is_noticed(tmp_path):
    spec = tmp_path / "kernels" / "python3"
    spec.mkdir(parents=True)
    about = {"argv": ["false", "{connection_file}"], "display_name": "x", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(about))
    told = doctor(JUPYTER_PATH=str(tmp_path))
    assert told.returncode == 1
    assert "fix   the kernel python3 does not start" in told.stdout
    (tmp_path / "coursekit.py").write_text("raise ImportError('another')")
    about["argv"] = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    about["env"] = {"PYTHONPATH": str(tmp_path)}
    (spec / "kernel.json").write_text(json.dumps(about))
    told = doctor(JUPYTER_PATH=str(tmp_path))
    assert "fix   the kernel python3 cannot import coursekit (ImportError: another)" in told.stdout
