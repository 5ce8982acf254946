"""Answers saved in different editors get the same grade; doctor reports data that was dropped."""

import json

import nbformat
import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course.headers import Role
from coursekit.grading.grade import grade_one
from tests.support import ROOT
from tests.support.lessons import MASTERS, right_of
from tests.support.notebooks import exercise_of, nodes

LESSON = "04-sum-over-paths"
WORDS = "One product for each path."


def solved():
    """Return the released notebook with all answers, as plain JSON."""
    notebook = nbformat.read(ROOT / "exercises" / f"{LESSON}.ipynb", as_version=4)
    for cell in nodes(notebook, Role.ANSWER):
        cell.source = right_of(LESSON)[exercise_of(cell)]
    for cell in nodes(notebook, Role.PROSE):
        cell.source = WORDS
    return json.loads(nbformat.writes(notebook))


def jupyterlab():
    return json.dumps(solved())


def colab():
    """Colab moves cell ids into metadata, drops all other metadata, and writes nbformat 4.0."""
    notebook = solved() | {"nbformat": 4, "nbformat_minor": 0}
    notebook["metadata"] = {
        "colab": {"provenance": []},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    for k, cell in enumerate(notebook["cells"]):
        del cell["id"]
        cell["metadata"] = {"id": f"x7Kq{k}"}
    return json.dumps(notebook)


def vs_code():
    """VS Code makes new ids and adds each cell's language; Windows adds a byte order mark."""
    notebook = solved()
    notebook["metadata"] = {"language_info": {"name": "python"}}
    for k, cell in enumerate(notebook["cells"]):
        cell["id"] = f"{k:08x}"
        cell["metadata"] = {"vscode": {"languageId": "python"}}
    return "\ufeff" + json.dumps(notebook, indent=1).replace("\n", "\r\n")


def jupyterlite():
    notebook = solved()
    notebook["metadata"] |= {
        "kernelspec": {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    }
    for cell in notebook["cells"]:
        cell["metadata"]["trusted"] = True
    return json.dumps(notebook)


def nbformat_3():
    return json.dumps(nbformat.reads(json.dumps(solved()), as_version=3))


def nbformat_4_2():
    notebook = solved() | {"nbformat_minor": 2}
    for cell in notebook["cells"]:
        del cell["id"]
    return json.dumps(notebook)


SAVED = {
    jupyterlab: [],
    colab: ["the cells have no ids", "does not state its version"],
    vs_code: ["does not state its version"],
    jupyterlite: [],
    nbformat_3: ["the cells have no ids"],
    nbformat_4_2: ["the cells have no ids"],
}


@pytest.mark.sandbox
@pytest.mark.parametrize("saved", SAVED)
def test_the_grade_does_not_depend_on_the_editor(saved):
    master = (ROOT / "solutions" / f"{LESSON}.ipynb").read_text(encoding="utf-8")
    graded = grade_one("Ada", saved(), master, "seed")
    full = sum(MASTERS[LESSON].points.values())
    assert sum(r.points for r in graded.results) == full, graded
    assert graded.notes == []
    assert list(graded.prose.values()) == [WORDS]


@pytest.mark.parametrize("saved", SAVED)
def test_doctor_reports_what_an_editor_dropped_and_that_all_exercises_are_answered(saved, tmp_path):
    path = tmp_path / f"{LESSON}.ipynb"
    path.write_text(saved(), encoding="utf-8", newline="")
    run = CliRunner().invoke(app, ["doctor", str(path)])
    assert run.exit_code == 0, run.stdout
    for sentence in SAVED[saved]:
        assert sentence in run.stdout
    for exercise in right_of(LESSON):
        assert f"ok    {exercise} is answered" in run.stdout


@pytest.mark.parametrize("saved", SAVED)
def test_its_checks_run_in_the_terminal(saved, tmp_path):
    path = tmp_path / f"{LESSON}.ipynb"
    path.write_text(saved(), encoding="utf-8", newline="")
    run = CliRunner().invoke(app, ["check", str(path)])
    assert (run.exit_code, run.stdout.count("All public checks pass")) == (0, 3), run.stdout
