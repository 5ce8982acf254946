"""The rubrics of every master become items that add up to the question's points."""

import pytest

from coursekit.course.headers import Role
from coursekit.course.master import Master, sample_master
from coursekit.desk.rubric import Item, parse_rubric
from tests.support.lessons import MASTERS

WRITTEN = {
    f"{lesson} {cell.exercise}": cell
    for lesson, master in {**MASTERS, "sample": Master.parse(sample_master("sample"))}.items()
    for cell in master.with_role(Role.PROSE)
}


@pytest.mark.parametrize("cell", WRITTEN.values(), ids=WRITTEN)
def test_the_items_of_a_master_add_up_to_its_points(cell):
    items = parse_rubric(cell.rubric, cell.points)
    assert sum(item.points for item in items) == cell.points
    kept = "".join(item.text for item in items)
    assert len(kept) >= len(cell.rubric) - 12 * len(items)


@pytest.mark.parametrize(
    ("rubric", "items"),
    [
        ("", []),
        ("Be kind: 2 points for anything.", []),
        ("1 point: a\n0,5 points: b", [Item(1, "a"), Item(0.5, "b")]),
        ("1: accepts 0.005. 1: b; 1: c", [Item(1, "accepts 0.005."), Item(1, "b;"), Item(1, "c")]),
        ("1: the ratio 3: 4 is named.", [Item(1, "the ratio 3: 4 is named.")]),
        ("9: too much. 0: nothing. 2: b", [Item(2, "b")]),
    ],
)
def test_an_item_starts_at_points(rubric, items):
    assert parse_rubric(rubric, 3) == items
