"""The pages of a graded class in a real Chromium: nothing is wider than the window."""

import pytest

from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.course.records import Status
from coursekit.grading.marks import Mark, key_of
from coursekit.grading.report.files import write_files
from coursekit.grading.results import Graded, Result, SubmissionStatus
from tests.support.students import LESSON, MASTER

LONG = "averyverylongwordwithoutblanks" * 8
NAMES = ("Ada", f"{LONG}_assignsubmission_file_", "مريم", "<b>Ben</b>")


def row(name):
    wrong = Result("backprop", Role.CHECK, 0.0, 2.0, 3, 17, Status.WRONG, f"ValueError: {LONG}")
    prose = {"words": f"see https://example.org/{LONG}"}
    notes = [f"backprop is not defined: its cell defines {LONG} instead.", f"Your cell “{LONG}” …"]
    return Graded(name, SubmissionStatus.GRADED, [wrong], notes, prose)


@pytest.mark.parametrize("width", [320, 400, 1280])
def test_no_page_is_wider_than_the_window(page, tmp_path, width):
    rows = [*map(row, NAMES), Graded("Cem", SubmissionStatus.UNREADABLE, notes=[LONG])]
    marks = {key_of(rows[0], "words"): Mark(1.0, f"good: {LONG}\nsecond line")}
    write_files(tmp_path, LESSON, {1: Master.parse(MASTER)}, rows, marks)
    page.set_viewport_size({"width": width, "height": 700})
    pages = sorted(tmp_path.rglob("*.html"))
    assert len(pages) == len(rows) + 2  # the class and the written answers
    for file in pages:
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, file


def test_each_note_stands_below_its_exercise(page, tmp_path):
    write_files(tmp_path, LESSON, {1: Master.parse(MASTER)}, [row("Ada")], {})
    page.goto((tmp_path / "feedback" / "Ada.html").as_uri())
    headings = "h2, p.soft"
    texts = page.locator(headings).all_inner_texts()
    first, second = row("Ada").notes
    assert texts[0] == second
    assert texts[1].startswith("backprop: 0 of")
    assert texts[2] == first
