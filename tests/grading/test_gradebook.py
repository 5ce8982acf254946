"""Attempts are counted by what was handed in; an older gradebook is refused, not guessed at."""

import sqlite3

import pytest

from coursekit.errors import CommandError
from coursekit.grading.grade import without_results
from coursekit.grading.gradebook import Gradebook, digest_of


def test_each_other_text_is_an_attempt_and_a_changed_master_is_none(tmp_path):
    book = Gradebook(tmp_path / "book.sqlite")
    graded = without_results("Ada", "unreadable", "") | {"version": 1}
    counted = []
    for text, master in [("a", "v1"), ("a", "v1"), ("a", "v2"), ("b", "v2"), ("a", "v2")]:
        book.enter(graded, digest_of(text, master))
        counted.append(book.submissions()[0]["attempt"])
    book.close()
    assert counted == [1, 1, 1, 2, 3]


def test_a_gradebook_of_an_older_coursekit_is_refused(tmp_path):
    path = tmp_path / "book.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("create table submissions (student text primary key, digest text)")
    with pytest.raises(CommandError, match=r"book.sqlite is not a gradebook .*: move it away"):
        Gradebook(path)
