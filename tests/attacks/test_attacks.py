"""Grade a class that cheats and crashes in one batch: each attack gets the points that it earned.

Attacks that never end take most of the time. Most of them are in a second batch, with an honest
submission, for `make more`.
"""

from functools import cache

import pytest

from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission
from coursekit.grading.gradebook import Gradebook
from coursekit.sandbox.host.levels import strongest
from tests.support.students import LESSON, MASTER, earned, everyone, left_behind

pytestmark = pytest.mark.sandbox

CELL_SECONDS = 13  # CPU seconds; the checks stop an answer after 10
UNREADABLE = ("JSON", "not a notebook")
EVERYONE = {name: (text, points) for name, text, points in everyone()}
ENDLESS = [name for name in EVERYONE if name.startswith("hang_") and name != "hang_drips"]
ENDLESS += [
    f"flood_of_{what}" for what in ("datagrams", "mappings", "rules", "terminals", "watches")
]
BATCHES = {
    "attacks": [name for name in EVERYONE if name not in ENDLESS],
    "endless attacks": [*ENDLESS, "right_graphlib"],
}
MARKS = {"attacks": (), "endless attacks": pytest.mark.slow}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return a function that grades a batch once; it returns the rows and any leftovers."""
    assert strongest().level == "bubblewrap", "the attacks need a sandbox: scripts/setup.sh test"

    @cache
    def grade(batch):
        book = Gradebook(tmp_path_factory.mktemp("grades") / "gradebook.sqlite")
        submissions = [Submission(name, EVERYONE[name][0]) for name in BATCHES[batch]]
        with left_behind() as left:
            grade_class(submissions, MASTER, LESSON, book, workers=2, seconds=CELL_SECONDS)
        rows = {row.student: row for row in book.rows()}
        book.close()
        return rows, left

    return grade


@pytest.mark.parametrize(
    ("batch", "name"),
    [
        pytest.param(batch, name, marks=MARKS[batch], id=name[:40])
        for batch, names in BATCHES.items()
        for name in names
    ],
)
def test_each_submission_gets_the_points_it_deserves(graded, batch, name):
    row = graded(batch)[0][name]
    is_readable = not any(part in name for part in UNREADABLE)
    assert row.status == ("graded" if is_readable else "unreadable")
    points, deserved = earned(row), EVERYONE[name][1]
    assert points == {e: points[e] if d is None else d for e, d in deserved.items()}, row


@pytest.mark.parametrize("batch", [pytest.param(b, marks=MARKS[b], id=b) for b in BATCHES])
def test_no_submission_is_lost_and_no_process_is_left_running(graded, batch):
    rows, left = graded(batch)
    assert set(rows) == set(BATCHES[batch])
    assert not left
    assert {row.sandbox for row in rows.values()} == {"bubblewrap"}
