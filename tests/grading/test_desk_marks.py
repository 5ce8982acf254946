"""Marks from the desk and marks from words.csv are kept side by side, and none is lost."""

import csv
import io
import json
import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.errors import CommandError
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.marking import changes, sheet_text, take_marks
from coursekit.grading.marks import Key, Mark, Marking, key_of
from coursekit.grading.results import Graded, SubmissionStatus
from coursekit.grading.sheet import read_sheet, replace_sheet
from tests.grading.test_prose import handed_in, sample_master
from tests.support import ROOT

LIMITS = {"words": 3.0}
NAMES = ("Ada", "Ben", "Cem")
ROWS = [Graded(name, SubmissionStatus.GRADED, prose={"words": f"by {name}"}) for name in NAMES]
ADA, BEN, CEM = (key_of(row, "words") for row in ROWS)


@pytest.fixture
def book(tmp_path):
    with closing(Gradebook(tmp_path / "gradebook.sqlite")) as book:
        for row in ROWS:
            book.enter(row, "digest.master")
        yield book


@pytest.fixture
def run(book, tmp_path):
    """Return a function that does with the sheet what `coursekit grade` does."""

    def run(*, is_open=False):
        sheet = read_sheet(tmp_path / "words.csv", NAMES)
        earlier = book.marks()
        taken = take_marks(sheet, ROWS, earlier, LIMITS, book.marks(in_sheet=True))
        book.enter_marks(taken.marks)
        markings = book.markings()
        text = sheet_text(sheet, taken, ROWS, book.marks(), LIMITS)
        if not is_open:
            assert text is None or replace_sheet(sheet, text) == ""
            book.note_sheet(markings)
        return list(changes(taken, earlier))

    return run


def decide(book, key, points, comment="", marker="ana"):
    known = book.markings().get(key, Marking(0))
    assert book.mark_together([key], Marking(known.number, Mark(points, comment), marker))


def cells(tmp_path):
    return list(csv.reader((tmp_path / "words.csv").read_text(encoding="utf-8-sig").splitlines()))


def shown(tmp_path):
    return {row[0]: (row[3], row[5]) for row in cells(tmp_path)[1:]}


def typed(tmp_path, student, points=None, comment=None):
    out = io.StringIO()
    for row in (rows := cells(tmp_path)):
        if row[0] == student:
            row[3] = row[3] if points is None else points
            row[5] = row[5] if comment is None else comment
    csv.writer(out).writerows(rows)
    (tmp_path / "words.csv").write_text(out.getvalue(), encoding="utf-8")


def test_the_sheet_shows_the_marks_of_the_desk(book, run, tmp_path):
    run()
    decide(book, ADA, 2.5, "Well said")
    assert run() == []
    assert shown(tmp_path) == {"Ada": ("2.5", "Well said"), "Ben": ("", ""), "Cem": ("", "")}


def test_a_sheet_that_shows_an_earlier_mark_does_not_bring_it_back(book, run, tmp_path):
    run()
    typed(tmp_path, "Ada", "1", "Hm")
    run()
    for points in (2.0, 3.0, 1.0, 0.5):
        decide(book, ADA, points, f"now {points}")
        assert run() == []
        assert book.marks()[ADA] == Mark(points, f"now {points}")
        assert shown(tmp_path)["Ada"] == (f"{points:g}", f"now {points}")


def test_a_mark_that_the_desk_removed_stays_removed(book, run, tmp_path):
    run()
    typed(tmp_path, "Ada", "1", "Hm")
    run()
    decide(book, ADA, None)
    assert run() == []
    assert ADA not in book.marks()
    assert shown(tmp_path)["Ada"] == ("", "")


def test_a_sheet_may_go_back_to_a_mark_that_the_desk_has_replaced(book, run, tmp_path):
    run()
    typed(tmp_path, "Ada", "1")
    run()
    decide(book, ADA, 2.0)
    run()
    typed(tmp_path, "Ada", "1")
    assert run() == ["Changed in words.csv: Ada, words: points 2 → 1."]
    assert book.marks()[ADA] == Mark(1.0)


def test_points_from_the_sheet_and_a_comment_from_the_desk_are_joined(book, run, tmp_path):
    run()
    typed(tmp_path, "Ada", points="2")
    decide(book, ADA, None, "Well said")
    run()
    assert book.marks()[ADA] == Mark(2.0, "Well said")


@pytest.mark.parametrize(("cell", "text"), [("points", "1"), ("comment", "No"), ("points", "0")])
def test_if_both_changed_the_command_stops_and_keeps_both(book, run, tmp_path, cell, text):
    run()
    typed(tmp_path, "Ada", **{cell: text})
    decide(book, ADA, 2.0, "Yes")
    before = (tmp_path / "words.csv").read_bytes()
    with pytest.raises(
        CommandError, match=rf"words.csv, line 2: the {cell} .* are both new, and differ"
    ):
        run()
    assert book.marks()[ADA] == Mark(2.0, "Yes")
    assert (tmp_path / "words.csv").read_bytes() == before
    typed(tmp_path, "Ada", **{cell: ""})  # the remedy
    run()
    assert shown(tmp_path)["Ada"] == ("2", "Yes")


def test_the_same_mark_in_both_is_no_contradiction(book, run, tmp_path):
    run()
    typed(tmp_path, "Ada", "2", "Yes")
    decide(book, ADA, 2.0, "Yes")
    assert run() == []


def test_a_sheet_that_stayed_open_does_not_undo_the_desk(book, run, tmp_path):
    run()
    decide(book, ADA, 2.0)
    run(is_open=True)
    decide(book, ADA, 3.0)
    typed(tmp_path, "Ben", "1")
    run(is_open=True)
    decide(book, BEN, 2.0)
    run()
    assert book.marks() == {ADA: Mark(3.0), BEN: Mark(2.0)}
    assert shown(tmp_path) == {"Ada": ("3", ""), "Ben": ("2", ""), "Cem": ("", "")}


def test_marks_of_the_desk_are_not_called_emptied_cells(book, run, tmp_path):
    run()
    decide(book, ADA, 2.0)
    typed(tmp_path, "Ben", "1")
    assert run() == ["Entered 1 new mark from words.csv."]


def test_a_decision_that_somebody_has_not_seen_is_not_replaced(book):
    decide(book, ADA, 1.0, marker="ana")
    assert not book.mark_together([ADA], Marking(0, Mark(3.0), "ben"))
    assert not book.mark_together([BEN, ADA], Marking(0, Mark(3.0), "ben"))
    assert book.marks() == {ADA: Mark(1.0)}


def test_a_mark_under_another_spelling_of_the_name_is_seen(book):
    book.enter_marks({Key("ada", "words", ADA.code): Mark(1.0)})
    assert not book.mark_together([ADA], Marking(0, Mark(3.0), "ben"))
    assert book.mark_together([ADA], Marking(1, Mark(3.0), "ben"))


def test_a_mark_under_the_key_of_an_earlier_version_is_seen(book):
    old = Key("Ada", "words", "12345678")
    book.enter_marks({old: Mark(1.0)})
    assert not book.mark_together([ADA], Marking(0, Mark(3.0), "ben"), [old])
    assert book.mark_together([ADA], Marking(1, Mark(3.0), "ben"), [old])


def test_forgetting_a_student_does_not_bring_back_marks_of_others(book, run, tmp_path):
    run()
    for points in (0.5, 1.0, 1.5):
        decide(book, ADA, points)
    typed(tmp_path, "Ben", "1")
    run()
    book.forget("Ada")  # the file is written again, and its rows get other numbers
    for points in (2.0, 2.5):
        decide(book, BEN, points)
        typed(tmp_path, "Cem", f"{points:g}")
        run()
        assert book.marks()[BEN] == Mark(points)


def rows_of(tmp_path):
    with closing(sqlite3.connect(tmp_path / "gradebook.sqlite")) as database:
        return database.execute(
            "select points, comment, marker from marks order by rowid"
        ).fetchall()


def test_every_decision_is_kept_but_only_the_last_letter_of_a_comment(book, tmp_path):
    decide(book, ADA, 1.0)
    for k, text in enumerate(["G", "Go", "Goo", "Good"]):
        number = book.markings()[ADA].number
        assert book.mark_together([ADA], Marking(number, Mark(1.0, text), "ana"), typing=k > 0)
    decide(book, ADA, 2.0, "Good")
    assert rows_of(tmp_path) == [
        (1.0, "", "ana"), (1.0, "Good", "ana"), (2.0, "Good", "ana"),
    ]  # fmt: skip


def test_a_comment_that_is_typed_does_not_replace_another_markers_decision(book, tmp_path):
    decide(book, ADA, 1.0, "mine", "ana")
    number = book.markings()[ADA].number
    assert book.mark_together([ADA], Marking(number, Mark(1.0, "B"), "ben"), typing=True)
    assert rows_of(tmp_path) == [(1.0, "mine", "ana"), (1.0, "B", "ben")]


def test_a_gradebook_without_markers_takes_them(tmp_path):
    frozen = ROOT / "tests" / "frozen" / "6a03fb3" / "gradebook.sqlite"
    (tmp_path / "gradebook.sqlite").write_bytes(frozen.read_bytes())
    for _ in range(2):
        with closing(Gradebook(tmp_path / "gradebook.sqlite")) as book:
            decide(book, ADA, 1.0)
    assert [marker for *_, marker in rows_of(tmp_path)][-2:] == ["ana", "ana"]


@pytest.mark.sandbox
def test_a_mark_of_the_desk_reaches_the_sheet_and_the_grades(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "lists.ipynb").write_text(sample_master("lists"))
    (tmp_path / "in" / "Ada").mkdir(parents=True)
    (tmp_path / "in" / "Ada" / "lists.ipynb").write_text(json.dumps(handed_in()))
    command = ["grade", "in", "--lesson", "lists", "--out", "out"]
    assert CliRunner().invoke(app, command).exit_code == 0
    for points in (1.0, 2.0):
        with closing(Gradebook(tmp_path / "out" / "gradebook.sqlite")) as book:
            [row] = book.rows()
            [exercise] = row.prose
            decide(book, key_of(row, exercise), points, "Well said")
        assert CliRunner().invoke(app, command).exit_code == 0
        assert shown(tmp_path / "out") == {"Ada": (f"{points:g}", "Well said")}
        assert f"{points:g} of 5 points" in (tmp_path / "out/feedback/Ada.html").read_text()
    typed(tmp_path / "out", "Ada", "0")
    with closing(Gradebook(tmp_path / "out" / "gradebook.sqlite")) as book:
        decide(book, key_of(row, exercise), 1.5)
    stopped = CliRunner().invoke(app, command)
    assert stopped.exit_code == 2
    assert "the points 0 and the desk's 1.5 are both new, and differ" in stopped.output
