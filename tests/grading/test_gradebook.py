"""Each changed submission is a new attempt; a gradebook with an older schema is rejected."""

import sqlite3

import pytest

from coursekit.errors import CommandError
from coursekit.grading.grade import without_results
from coursekit.grading.gradebook import Gradebook, digest_of
from coursekit.grading.results import SubmissionStatus


def test_a_changed_submission_is_a_new_attempt_but_a_changed_master_is_not(tmp_path):
    book = Gradebook(tmp_path / "book.sqlite")
    graded = without_results("Ada", SubmissionStatus.UNREADABLE, "")
    attempts = []
    for text, master in [("a", "v1"), ("a", "v1"), ("a", "v2"), ("b", "v2"), ("a", "v2")]:
        book.enter(graded, digest_of(text, master))
        attempts.append(book.rows()[0].attempt)
    book.close()
    assert attempts == [1, 1, 1, 2, 3]


def test_a_gradebook_of_an_older_version_is_rejected(tmp_path):
    path = tmp_path / "book.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("create table submissions (student text primary key, digest text)")
    with pytest.raises(CommandError, match=r"book.sqlite is not a gradebook .*: move it elsewhere"):
        Gradebook(path)


def test_an_empty_file_beside_grades_is_not_taken_for_a_new_gradebook(tmp_path):
    path = tmp_path / "book.sqlite"
    path.touch()
    Gradebook(path).close()  # nothing has been graded: a run was killed
    path.write_bytes(b"")
    (tmp_path / "grades.csv").touch()
    with pytest.raises(CommandError, match="is empty, although grades were entered"):
        Gradebook(path)
