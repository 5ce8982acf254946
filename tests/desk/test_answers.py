"""Answers come without names, in a marker's own order; equal answers are marked together."""

from contextlib import closing

import pytest

from coursekit.desk.answers import Desk, open_desk
from coursekit.errors import CommandError
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.marks import Key, Mark, Marking, key_of
from coursekit.grading.results import Graded, SubmissionStatus
from tests.support.desk import LESSON, write_gradebook, write_master

PNG = b"\x89PNG\r\n\x1a\n"
ANSWERS = {f"student {k}": {"why": f"answer {k}"} for k in range(20)} | {
    "Ada": {"why": "It waits.\n", "how": ""}, "Ben": {"why": " It  waits."},
    "Cem": {"why": "It\u00a0waits."}, "Dana": {"why": "It waits!"},
}  # fmt: skip
WISH = {"number": 0, "points": "1", "comment": "", "items": [1]}


@pytest.fixture
def opened(tmp_path):
    """Return a function that opens a marker's desk."""
    write_master(tmp_path / "solutions")
    write_gradebook(tmp_path, ANSWERS)
    books = []

    def opened(marker="ana") -> Desk:
        desk = open_desk(Gradebook(tmp_path / "gradebook.sqlite"), tmp_path / "solutions", marker)
        books.append(desk.book)
        return desk

    yield opened
    for book in books:
        book.close()


def order(desk):
    return list(desk.groups["why"])


def largest(desk):
    return max(desk.groups["why"].values(), key=lambda group: len(group.keys))


def test_the_order_is_a_markers_own_and_stays(opened):
    ana, again, ben = order(opened("ana")), order(opened("ana")), order(opened("ben"))
    assert ana == again
    assert ana != ben
    assert sorted(ana) == sorted(ben)


def test_new_answers_do_not_change_the_order_of_the_others(opened, tmp_path):
    desk = opened()
    before = order(desk)
    write_gradebook(tmp_path, {"Zoë": {"why": "new"}, "Yan": {"why": "newer"}})
    desk.reload()
    assert len(order(desk)) == len(before) + 2
    assert [one for one in order(desk) if one in before] == before


def test_equal_answers_are_one_group(opened):
    group = largest(opened())
    assert {key.student for key in group.keys} == {"Ada", "Ben", "Cem"}


def test_no_name_is_ever_sent_to_the_page(opened):
    desk = opened()
    group = largest(desk)
    _, state = desk.mark(group, WISH)
    sent = repr([desk.overview(), desk.question("why"), state])
    assert not [name for name in ANSWERS if name in sent]
    assert not [key.code for key in group.keys if key.code in sent]


def test_answers_with_other_pictures_are_not_equal(tmp_path):
    write_master(tmp_path / "solutions")
    prose = {"why": "![](attachment:a.png)"}
    one, two = {"a.png": PNG + b"one"}, {"a.png": PNG + b"two"}
    write_gradebook(tmp_path, dict.fromkeys("ABCDE", prose), {"A": one, "B": one, "C": two})
    desk = open_desk(Gradebook(tmp_path / "gradebook.sqlite"), tmp_path / "solutions", "ana")
    with closing(desk.book):
        sizes = sorted(len(group.answers) for group in desk.groups["why"].values())
    assert sizes == [1, 1, 1, 2]  # the pictures of D and E are missing: they equal none


@pytest.mark.parametrize(("counts", "texts"), [("last", ["two"]), ("first", ["one"])])
def test_the_attempt_that_counts_is_marked(opened, tmp_path, counts, texts):
    for k, text in enumerate(["one", "two"]):
        with closing(Gradebook(tmp_path / "gradebook.sqlite")) as book:
            row = Graded("Eve", SubmissionStatus.GRADED, prose={"why": text})
            book.enter(row, f"{k}.1")
            book.set_fact("counts", counts)
    groups = opened().groups["why"].values()
    assert [one.stored for g in groups for one in g.answers if one.row.student == "Eve"] == texts


def test_a_group_is_marked_as_one(opened):
    desk = opened()
    done, state = desk.mark(largest(desk), WISH)
    assert done
    assert (state["done"], state["answers"], state["points"]) == (3, 24, "1")
    assert desk.book.marks() == {key: Mark(1.0) for key in largest(desk).keys}
    assert desk.summary() == (3, 21)


def test_a_mark_that_came_first_is_shown(opened):
    ana, ben = opened("ana"), opened("ben")
    assert ana.mark(largest(ana), WISH)[0]
    done, state = ben.mark(largest(ben), WISH | {"points": "2"})
    assert not done
    assert (state["points"], state["marker"], state["items"]) == ("1", "ana", [1])
    assert ben.mark(largest(ben), WISH | {"points": "2", "number": state["number"]})[0]


def test_different_marks_of_equal_answers_are_said(opened):
    desk = opened()
    keys = largest(desk).keys
    assert not desk.state(largest(desk))["different"]
    desk.book.enter_marks({keys[0]: Mark(1.0)})
    assert desk.state(largest(desk))["different"]
    assert not desk.state(largest(desk))["marked"]
    desk.book.enter_marks({keys[1]: Mark(1.0), keys[2]: Mark(1.0)})
    assert not desk.state(largest(desk))["different"]
    assert desk.state(largest(desk))["marked"]


def test_a_mark_from_an_earlier_version_counts(opened):
    desk = opened()
    group = largest(desk)
    desk.book.enter_marks({key: Mark(1.5, "old") for key in group.old_keys})
    state = desk.state(group)
    assert (state["points"], state["comment"], state["marked"]) == ("1.5", "old", True)
    assert not desk.mark(group, WISH)[0]
    assert desk.mark(group, WISH | {"number": state["number"]})[0]


def test_a_mark_under_another_spelling_of_the_name_counts(opened):
    desk = opened()
    group = largest(desk)
    desk.book.enter_marks({k._replace(student=k.student.upper()): Mark(1.0) for k in group.keys})
    state = desk.state(group)
    assert (state["points"], state["marked"]) == ("1", True)
    assert desk.mark(group, WISH | {"number": state["number"], "points": "2"})[0]
    assert desk.state(group)["points"] == "2"


@pytest.mark.parametrize("points", ["3", "-1", "2.6", "1e1", "inf", "nan", "one", "1,5,5", "²"])
def test_points_follow_the_rules_of_the_sheet(opened, points):
    desk = opened()
    with pytest.raises(CommandError, match=r"points must be a number from 0 to 2\.5, not"):
        desk.mark(largest(desk), WISH | {"points": points})
    assert desk.book.marks() == {}


@pytest.mark.parametrize(
    ("points", "stored"), [("1,5", 1.5), ("2.5", 2.5), (".5", 0.5), ("", None)]
)
def test_points_may_be_typed_as_in_the_sheet(opened, points, stored):
    desk = opened()
    assert desk.mark(largest(desk), WISH | {"points": points, "comment": "c"})[0]
    assert {mark.points for mark in desk.book.marks().values()} == {stored}


@pytest.mark.parametrize("comment", ["delete", " Delete ", "#N/A", "#NAME?", "x" * 5001])
def test_a_comment_that_the_sheet_would_not_take_is_refused(opened, comment):
    desk = opened()
    with pytest.raises(CommandError, match="not saved"):
        desk.mark(largest(desk), WISH | {"comment": comment})
    assert desk.book.marks() == {}


def test_own_comments_belong_to_a_marker_and_a_question(opened):
    ana = opened("ana")
    assert ana.keep("why", ["Why?", " Why? ", "", "How?"]) == ["Why?", "How?"]
    assert opened("ana").question("why")["phrases"] == ["Why?", "How?"]
    assert opened("ben").question("why")["phrases"] == []
    assert len(ana.keep("why", [f"c{k}" for k in range(40)])) == 26


def test_a_question_without_answers_is_not_shown(opened):
    assert list(opened().groups) == ["why"]


def test_what_cannot_be_marked_is_one_sentence(tmp_path):
    solutions = tmp_path / "solutions"
    with closing(Gradebook(tmp_path / "gradebook.sqlite")) as book:
        with pytest.raises(CommandError, match="the gradebook is empty: run coursekit grade first"):
            open_desk(book, solutions, "ana")
        book.seed(LESSON)
        with pytest.raises(CommandError, match="contains no masters"):
            open_desk(book, solutions, "ana")
        write_master(solutions)
        book.enter(Graded("Ada", SubmissionStatus.GRADED, prose={"why": ""}), "1.m")
        with pytest.raises(CommandError, match="nobody has answered a written question"):
            open_desk(book, solutions, "ana")


def test_the_keys_of_a_group_are_those_of_the_sheet(opened):
    desk = opened()
    rows = {row.student: row for row in desk.book.rows()}
    assert all(key == key_of(rows[key.student], "why") for key in largest(desk).keys)
    assert isinstance(largest(desk).keys[0], Key)
    assert desk.book.markings().get(largest(desk).keys[0], Marking(0)) == Marking(0)
