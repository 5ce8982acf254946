"""A person grades the written answers, and those points end up in the grades."""

import copy
import csv
import io
import json

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course.headers import Role
from coursekit.course.master import Master, Notebook, sample_master
from coursekit.grading.prose import find_prose
from coursekit.grading.sheet import COLUMNS
from tests.support.notebooks import nodes, released

MASTER = Master.parse(sample_master("lists"))
MINE = "n − 1 times.\n\n=1+1, <b>bold</b>"


def handed_in(answer=MINE):
    notebook = released(MASTER)
    nodes(notebook, Role.PROSE)[0].source = answer
    return notebook


def without_metadata(notebook):
    notebook = copy.deepcopy(notebook)
    for k, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = {}, f"lost{k}"
    return notebook


def answers(notebook):
    return find_prose(MASTER, Notebook.of(notebook))


def test_an_answer_is_found_by_its_header_or_by_the_cell_above_it():
    assert answers(handed_in()) == {"words": MINE}
    assert answers(without_metadata(handed_in())) == {"words": MINE}
    assert answers(released(MASTER)) == {"words": ""}
    deleted = handed_in()
    deleted.cells = deleted.cells[:-1]
    assert answers(deleted) == {"words": ""}


def filled(text, points, comment=""):
    rows = list(csv.DictReader(io.StringIO(text)))
    for one in rows:
        one |= {"points": points, "comment": comment}
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS)
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


@pytest.mark.sandbox
def test_from_the_submission_to_the_students_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "lists.ipynb").write_text(sample_master("lists"))
    (tmp_path / "in" / "Ada").mkdir(parents=True)
    (tmp_path / "in" / "Ada" / "lists.ipynb").write_text(json.dumps(handed_in()))
    command = ["grade", "in", "--lesson", "lists", "--out", "out"]
    assert CliRunner().invoke(app, command).exit_code == 0
    out = tmp_path / "out"
    assert "&lt;b&gt;bold&lt;/b&gt;" in (out / "words.html").read_text()
    assert "1 written answer not graded yet" in (out / "report.html").read_text()
    assert "your written answer is not graded yet" in (out / "feedback" / "Ada.html").read_text()
    assert list(csv.reader(io.StringIO((out / "grades.csv").read_text())))[1] == [
        "Ada", "0", "5", "1", "1", "0", "", "1 written answer not graded yet",
    ]  # fmt: skip
    (out / "words.csv").write_text(
        filled((out / "words.csv").read_text(encoding="utf-8-sig"), "2", "Well <i>said</i>")
    )
    assert CliRunner().invoke(app, command).exit_code == 0
    page = (out / "feedback" / "Ada.html").read_text()
    assert "2 of 5 points" in page
    assert "Well &lt;i&gt;said&lt;/i&gt;" in page
    assert list(csv.reader(io.StringIO((out / "grades.csv").read_text())))[1] == [
        "Ada", "2", "5", "1", "1", "0", "2", "graded",
    ]  # fmt: skip
    (out / "words.csv").write_text(filled((out / "words.csv").read_text(encoding="utf-8-sig"), "9"))
    before = (out / "grades.csv").read_text()
    rejected = CliRunner().invoke(app, command)
    assert rejected.exit_code == 2
    assert (out / "grades.csv").read_text() == before
