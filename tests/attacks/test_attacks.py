"""A class that cheats and crashes, graded in one batch: each ends as it should, so do the rest."""

import pytest

from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission
from coursekit.grading.gradebook import Gradebook
from coursekit.sandbox.host.levels import strongest
from tests.support.students import LESSON, MASTER, earned, everyone, left_behind

CLASS = list(everyone())


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The whole class, graded in one batch by two processes."""
    assert strongest().level == "bubblewrap", "the attacks need a sandbox: scripts/setup.sh test"
    book = Gradebook(tmp_path_factory.mktemp("grades") / "gradebook.sqlite")
    submissions = [Submission(name, text) for name, text, _ in CLASS]
    with left_behind() as left:
        grade_class(submissions, MASTER, LESSON, book, workers=2, seconds=13)
    rows = {row["student"]: row for row in book.submissions()}
    book.close()
    return rows, left


@pytest.mark.parametrize(
    ("name", "points"), [(n, p) for n, _, p in CLASS], ids=lambda x: str(x)[:40]
)
def test_each_gets_what_it_deserves(graded, name, points):
    row = graded[0][name]
    assert row["status"] == (
        "unreadable" if "JSON" in name or "not a notebook" in name else "graded"
    )
    got = earned(row)
    assert got == {e: got[e] if due is None else due for e, due in points.items()}, row


def test_nothing_is_lost_and_nothing_is_left_running(graded):
    rows, left = graded
    assert set(rows) == {name for name, _, _ in CLASS}
    assert not left
    assert {row["sandbox"] for row in rows.values()} == {"bubblewrap"}
