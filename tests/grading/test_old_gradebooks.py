"""A gradebook and a sheet of marks that version 6a03fb3 wrote are read as they are."""

import shutil
from dataclasses import replace

import pytest

from coursekit.grading.gradebook import Gradebook, digest_of
from coursekit.grading.marking import take_marks
from coursekit.grading.marks import Key, Mark, key_of, prose_results
from coursekit.grading.sheet import read_sheet
from tests.support import ROOT

FROZEN = ROOT / "tests" / "frozen" / "6a03fb3"
LIMITS = {"words": 2.0}


@pytest.fixture
def book(tmp_path):
    """Return a copy of the old gradebook, next to the old sheet."""
    for file in FROZEN.iterdir():
        shutil.copy(file, tmp_path)
    book = Gradebook(tmp_path / "gradebook.sqlite")
    yield book
    book.close()


def test_the_results_of_an_old_gradebook_are_read(book):
    points = {row.student: row.points for row in book.rows()}
    assert points == {"=Ben": 3, "Ada Müller": 3, "Cem": 0, "Dana": 3, "Владимир": 0}


def test_an_old_gradebook_has_attempts_takes_regrades_and_forgets(book):
    [ben, *_] = book.rows()
    assert [one.points for one in book.attempts()[ben.student]] == [ben.points]
    digest = book._db.execute(
        "select digest from attempts where student = ?", (ben.student,)
    ).fetchone()[0]
    worse = [replace(result, points=0.0) for result in ben.results]
    book.enter(replace(ben, results=worse), digest_of("", "").replace(*_texts(digest)))
    assert [(old.points, new.points) for old, new in book.regrades()] == [(ben.points, 0)]
    book.accept_regrades()
    assert {row.student: row.points for row in book.rows()}[ben.student] == 0
    assert book.forget(ben.student)
    assert ben.student not in {row.student for row in book.rows()}


def _texts(digest):
    """Return what to replace in the digest of nothing, so that the notebook is an old one."""
    return digest_of("", "").partition(".")[0], digest.partition(".")[0]


def test_the_marks_of_an_old_sheet_enter_an_old_gradebook_and_stay_there(book, tmp_path):
    rows = {row.student: row for row in book.rows()}
    sheet = read_sheet(tmp_path / "words.csv", rows)
    taken = take_marks(sheet, list(rows.values()), book.marks(), LIMITS)
    book.enter_marks(taken.marks)
    assert book.marks() == {
        key_of(rows["=Ben"], "words"): Mark(1.5, "-1 for style"),
        key_of(rows["Ada Müller"], "words"): Mark(2.0, "x is free"),
        key_of(rows["Владимир"], "words"): Mark(0.0),
        Key("Gone", "words", "00123456"): Mark(1.0, "left"),
    }
    earned = [r for row in rows.values() for r in prose_results(row, LIMITS, book.marks())]
    assert [(r.points, r.status) for r in earned] == [
        (1.5, "read"), (2.0, "read"), (0.0, "not read"), (0.0, "not attempted"), (0.0, "read"),
    ]  # fmt: skip
