"""Answers in words reach a person, and what the person gives reaches the grades."""

import copy
import csv
import io
import json

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course import master as masters
from coursekit.course.release import notebook as released
from coursekit.course.template import master
from coursekit.errors import CommandError
from coursekit.grading import prose
from coursekit.grading.report import words_csv

MASTER = masters.parse(master("lists"))
MOST = {"words": 2.0}
MINE = "n − 1 times.\n\n=1+1, <b>bold</b>"


def handed_in(answer=MINE):
    notebook = masters.parse(released(MASTER))
    next(masters.cells(notebook, "written")).source = answer
    return notebook


def without_marks(notebook):
    notebook = copy.deepcopy(notebook)
    for k, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = {}, f"lost{k}"
    return notebook


def test_an_answer_is_found_by_its_mark_or_by_the_question_above_it():
    assert prose.answers(MASTER, handed_in()) == {"words": MINE}
    assert prose.answers(MASTER, without_marks(handed_in())) == {"words": MINE}
    assert prose.answers(MASTER, masters.parse(released(MASTER))) == {"words": ""}
    gone = handed_in()
    gone.cells = gone.cells[:-1]
    assert prose.answers(MASTER, gone) == {"words": ""}


def row(student="Ada", answer=MINE):
    return {"student": student, "words": {"words": answer}}


def filled(text, points, comment=""):
    rows = list(csv.DictReader(io.StringIO(text)))
    for one in rows:
        one |= {"points": points, "comment": comment}
    out = io.StringIO()
    table = csv.DictWriter(out, words_csv.COLUMNS)
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def test_what_a_person_fills_in_counts_and_is_kept_when_the_answer_changes(tmp_path):
    path = tmp_path / "words.csv"
    path.write_text(filled(words_csv.sheet([row(), row("=x", "b")], MOST, {}), "1,5", "=cmd"))
    marks = words_csv.read(path, MOST)
    [result] = words_csv.results(row("=x", "b"), MOST, marks)
    assert (result["points"], result["why"], result["status"]) == (1.5, "=cmd", "read")
    [changed] = words_csv.results(row(answer="another"), MOST, marks)
    assert (changed["points"], changed["status"]) == (0.0, "not read")
    [empty] = words_csv.results(row(answer=""), MOST, marks)
    assert empty["status"] == "not attempted"
    again = list(csv.reader(io.StringIO(words_csv.sheet([row(answer="another")], MOST, marks))))
    assert [one[3] for one in again[1:]] == ["", "1.5", "1.5"]
    assert all(cell[:1] != "=" for one in again for cell in one)


@pytest.mark.parametrize("points", ["3", "-1", "many", "nan", "inf"])
def test_an_amount_that_is_none_is_refused_with_its_line(tmp_path, points):
    path = tmp_path / "words.csv"
    path.write_text(filled(words_csv.sheet([row()], MOST, {}), points))
    with pytest.raises(CommandError, match=rf"line 2: '{points}' is no number of points from 0"):
        words_csv.read(path, MOST)


def test_a_sheet_that_is_none_is_refused(tmp_path):
    path = tmp_path / "words.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError, match="mend it or move it away"):
        words_csv.read(path, MOST)


@pytest.mark.sandbox
def test_from_the_submission_to_the_students_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "lists.ipynb").write_text(master("lists"))
    (tmp_path / "in" / "Ada").mkdir(parents=True)
    (tmp_path / "in" / "Ada" / "lists.ipynb").write_text(json.dumps(handed_in()))
    command = ["grade", "in", "--lesson", "lists", "--out", "out"]
    assert CliRunner().invoke(app, command).exit_code == 0
    out = tmp_path / "out"
    assert "&lt;b&gt;bold&lt;/b&gt;" in (out / "words.html").read_text()
    assert "still to be read: 1." in (out / "report.html").read_text()
    assert "still to be read" in (out / "feedback" / "Ada.html").read_text()
    assert list(csv.reader(io.StringIO((out / "grades.csv").read_text())))[1] == [
        "Ada", "0", "5", "1", "1", "0", "",
    ]  # fmt: skip
    (out / "words.csv").write_text(filled((out / "words.csv").read_text(), "2", "Well <i>said</i>"))
    assert CliRunner().invoke(app, command).exit_code == 0
    page = (out / "feedback" / "Ada.html").read_text()
    assert "2 of 5 points" in page
    assert "Well &lt;i&gt;said&lt;/i&gt;" in page
    assert list(csv.reader(io.StringIO((out / "grades.csv").read_text())))[1] == [
        "Ada", "2", "5", "1", "1", "0", "2",
    ]  # fmt: skip
    (out / "words.csv").write_text(filled((out / "words.csv").read_text(), "9"))
    before = (out / "grades.csv").read_text()
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 2
    assert (out / "grades.csv").read_text() == before
