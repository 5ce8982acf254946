"""What every lesson notebook has; its outputs are compared by nbval, in the same run of pytest."""

import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

LESSONS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
WORDS = 90


@pytest.fixture(params=LESSONS, ids=lambda path: path.name)
def lesson(request):
    return nbformat.read(request.param, as_version=4)


def test_it_is_valid_and_keeps_its_cell_ids(lesson):
    nbformat.validate(lesson)
    assert (lesson.nbformat, lesson.nbformat_minor) == (4, 5)
    assert all(re.fullmatch(r"[a-z0-9-]+", cell.id) for cell in lesson.cells)


def test_a_cell_of_text_has_at_most_90_words(lesson):
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"\$\$.*?\$\$|\$.*?\$", "x", cell.source, flags=re.DOTALL)
            assert len(prose.split()) <= WORDS, cell.id


def test_after_text_comes_something_to_do(lesson):
    kinds = [cell.cell_type for cell in lesson.cells[:-1]]
    assert ("markdown", "markdown") not in pairwise(kinds)


def test_headings_are_in_order(lesson):
    text = "\n".join(c.source for c in lesson.cells if c.cell_type == "markdown")
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, flags=re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_picture_has_alt_text(lesson):
    images = re.findall(r"<img [^>]*>", nbformat.writes(lesson).replace('\\"', '"'))
    assert images
    assert all(re.search(r'alt="[^"]{20,}"', image) for image in images)


def test_saved_outputs_hold_no_widget_and_no_address(lesson):
    text = nbformat.writes(lesson)
    assert "widget-view" not in text
    assert not re.search(r"0x[0-9a-f]{6,}", text)


def test_both_gradients_are_computed_and_found_equal(lesson):
    code = "\n".join(c.source for c in lesson.cells if c.cell_type == "code")
    assert "path_sum(" in code
    assert "backprop(" in code
    assert re.search(r"assert .*backprop\(.*==.*path_sum\(", code)


def test_at_most_two_cells_show_times(lesson):
    tagged = [c for c in lesson.cells if "nbval-ignore-output" in c.metadata.get("tags", [])]
    assert len(tagged) <= 2


def test_quizzes_hide_their_answers(lesson):
    for cell in lesson.cells:
        if cell.source.startswith("quiz("):
            assert cell.metadata["jupyter"]["source_hidden"]
