"""A written answer waits for a person, wherever below its question the student wrote it."""

import copy
import re
from base64 import b64encode

import nbformat
import pytest

from coursekit.course.headers import Role
from coursekit.course.master import Master, Notebook
from coursekit.course.release import PLACEHOLDER
from coursekit.grading.pictures import pictures_of, without_pictures
from coursekit.grading.prose import find_prose
from coursekit.grading.report.files import write_files
from coursekit.grading.results import Graded, SubmissionStatus
from tests.support.lessons import MASTERS
from tests.support.notebooks import nodes, released

LESSON = MASTERS["04-sum-over-paths"]
MINE = "At each of the 40 edges at most two ways go on: 2**40."
PNG = "iVBORw0KGgoAAAAA"  # how a PNG begins
PICTURE = {"photo.png": {"image/png": PNG}}
text, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell


def without_metadata(cells):
    """Do what Colab and some editors do to every cell."""
    for cell in cells:
        cell.metadata = {}
        cell.pop("id", None)


def _place(cells):
    return next(i for i, cell in enumerate(cells) if cell.source == PLACEHOLDER)


def below(cells, at):
    cells.insert(at + 1, text(MINE))


def above(cells, at):
    cells.insert(at, text(MINE))


def below_a_deleted_cell(cells, at):
    cells[at] = text(MINE)


def as_a_section_of_its_own(cells, at):
    cells.insert(at + 1, text(f"## My answer\n\n{MINE}"))


def in_its_cell_below_the_prompt(cells, at):
    cells[at].source = f"{PLACEHOLDER}\n\n{MINE}"


def in_the_question(cells, at):
    cells[at - 1].source += f"\n\n{MINE}"


def in_the_last_line_of_the_question(cells, at):
    cells[at - 1].source += f" {MINE}"


def quoting_the_question(cells, at):
    cells[at].source = f"{cells[at - 1].source}\n\n{MINE}"


def below_a_question_with_a_typing_error_corrected(cells, at):
    cells[at - 1].source += "!"
    without_metadata(cells)
    cells[at].source = MINE


def as_a_comment(cells, at):
    cells.insert(at + 1, code(f"# {MINE}"))


def as_code_that_is_not_code(cells, at):
    cells.insert(at + 1, code(MINE))


def as_a_string(cells, at):
    cells.insert(at + 1, code(f'answer = """{MINE}"""\nanswer'))


def printed(cells, at):
    cells.insert(at + 1, code(f"print({MINE!r})"))


def as_a_formula(cells, at):
    cells[at + 1 : at + 1] = [code(f"at_most = 2**40  # {MINE}"), code("at_most")]


def in_a_markdown_magic(cells, at):
    cells.insert(at + 1, code(f"%%markdown\n{MINE}"))


def turned_into_code(cells, at):
    cells[at] = code(MINE, id=cells[at].id, metadata=cells[at].metadata)


def turned_raw(cells, at):
    cells[at].update(cell_type="raw", source=MINE)


def made_a_heading(cells, at):
    cells[at].source = f"# {MINE}"


def above_an_experiment(cells, at):
    cells[at + 1 : at + 1] = [text(MINE), code("2**40")]


def below_an_experiment(cells, at):
    cells[at + 1 : at + 1] = [code("2**40"), text(MINE)]


def pasted_twice(cells, at):
    cells[at].source = MINE
    cells.insert(at, copy.deepcopy(cells[at]))


def moved_to_the_top(cells, at):
    cells[at].source = MINE
    cells.insert(0, cells.pop(at))


PLACES = [
    below, above, below_a_deleted_cell, as_a_section_of_its_own, in_its_cell_below_the_prompt,
    in_the_question, in_the_last_line_of_the_question, quoting_the_question,
    below_a_question_with_a_typing_error_corrected, as_a_comment, as_code_that_is_not_code,
    as_a_string, printed, as_a_formula, in_a_markdown_magic, turned_into_code, turned_raw,
    made_a_heading, above_an_experiment, below_an_experiment, pasted_twice, moved_to_the_top,
]  # fmt: skip


def answer_in(notebook):
    return find_prose(LESSON, Notebook.of(notebook))["words"]


@pytest.mark.parametrize("place", PLACES)
def test_an_answer_is_found_where_the_student_wrote_it(place):
    notebook = released(LESSON)
    place(notebook.cells, _place(notebook.cells))
    assert answer_in(notebook).count(MINE) == 1
    without_metadata(notebook.cells)
    if place is not moved_to_the_top:  # nothing says any more which question that answers
        assert answer_in(notebook).count(MINE) == 1


def test_an_answer_in_two_cells_is_read_whole():
    notebook = released(LESSON)
    at = _place(notebook.cells)
    second = copy.deepcopy(notebook.cells[at])
    notebook.cells[at].source, second.source, second.id = "First half.", "Second half.", "2"
    notebook.cells.insert(at + 1, second)
    assert answer_in(notebook) == "First half.\n\nSecond half."


def test_a_photograph_is_an_answer():
    notebook = released(LESSON)
    [cell] = nodes(notebook, Role.PROSE)
    cell.source, cell["attachments"] = "", PICTURE
    assert without_pictures(answer_in(notebook)) == "![](attachment:photo.png)"
    cell.source = "See ![my sketch](attachment:photo.png)"
    answer = answer_in(notebook)
    assert without_pictures(answer) == cell.source
    [picture] = pictures_of(answer)
    assert picture == ("photo.png", f"data:image/png;base64,{PICTURE['photo.png']['image/png']}")
    cell["attachments"] = ["hostile"]
    assert answer_in(notebook) == cell.source


SVG = b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").decode()
HTML = b64encode(b"<script>alert(1)</script>").decode()
NOT_SHOWN = {
    "it is a file of type image/svg+xml": {"image/svg+xml": SVG},
    "it is a file of type text/html": {"text/html": HTML},
    "it is damaged": {"image/png": SVG},
    "it is damaged ": {"image/png": 'iVBORw0KGgo="><script>alert(1)</script>'},
    "it is damaged  ": ["image/png"],
    "it is damaged   ": {"image/png": None},
    "the pictures of this answer have more than 4,000,000 characters": {
        "image/png": f"{PNG}{'AAAA' * 1_000_000}"
    },
}


@pytest.mark.parametrize("why", NOT_SHOWN)
def test_only_bitmaps_are_shown_and_the_page_says_why_others_are_not(why, tmp_path):
    notebook = released(LESSON)
    [cell] = nodes(notebook, Role.PROSE)
    cell.source = (
        f'<img src="data:image/svg+xml;base64,{SVG}"> \x1ex\x1fdata:text/html;base64,{HTML}'
    )
    cell["attachments"] = {'a"><b>.png': NOT_SHOWN[why], "b.png": {"image/png": PNG}}
    page = words_page(answer_in(notebook), tmp_path)
    assert re.findall("<img .*?>", page) == [f'<img alt="b.png" src="data:image/png;base64,{PNG}">']
    assert f"a&#34;&gt;&lt;b&gt;.png is not shown, because {why.strip()}: open the" in page
    assert "<script" not in page
    assert "<b>" not in page
    assert page.count("data:") == 1 + 2  # the picture, and what the student typed as text


def test_an_inline_picture_is_shown_and_its_data_are_not_part_of_the_text():
    notebook = released(LESSON)
    [cell] = nodes(notebook, Role.PROSE)
    long = f"{PNG}{'AAAA' * 99}"
    cell.source = f"So: ![](data:image/png;base64,{long}), as you see."
    answer = answer_in(notebook)
    assert without_pictures(answer) == "So: ![](data:image/png;base64,…), as you see."
    assert list(pictures_of(answer)) == [("picture 1", f"data:image/png;base64,{long}")]


def words_page(answer, out):
    """Return words.html for one student's answer."""
    [question] = LESSON.with_role(Role.PROSE)
    graded = Graded("Ada", SubmissionStatus.GRADED, prose={question.exercise: answer})
    write_files(out, "04", {1: LESSON}, [graded], {})
    return (out / "words.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("placeholder", [PLACEHOLDER, "", "Write your answer here.", " \n"])
def test_an_untouched_question_has_no_answer(placeholder):
    notebook = released(LESSON)
    at = _place(notebook.cells)
    notebook.cells[at].source = placeholder
    notebook.cells.insert(0, code("total = 2**40\nfor k in range(3):\n    print(k)"))
    assert answer_in(notebook) == ""
    without_metadata(notebook.cells)
    assert answer_in(notebook) == ""


@pytest.mark.parametrize("source", ["def paths(g):\n    return []", "paths = sorted", "del paths"])
def test_code_for_an_exercise_below_a_question_is_no_answer(source):
    notebook = released(LESSON)
    notebook.cells.append(code(source))
    assert answer_in(notebook) == ""
    notebook.cells.append(code("2**40"))
    assert answer_in(notebook) == "2**40"


def test_the_text_of_other_sections_is_no_answer():
    notebook = released(LESSON)
    notebook.cells.insert(1, text("My notes on the lesson."))
    assert answer_in(notebook) == ""


def test_each_question_gets_the_text_below_it():
    notebook = nbformat.v4.new_notebook(cells=copy.deepcopy(LESSON.node.cells))
    question, model = copy.deepcopy(notebook.cells[-2:])
    question.source = "## 5. Again\n\nName one graph on which this number of paths is reached."
    question.id, model.id, model.metadata = "again", "again-answer", {}
    model.source = "<!-- written: again, 1 point\nrubric: … -->\nA ladder."
    notebook.cells += [question, model]
    master = Master.of(notebook)
    student = released(master)
    first, second = nodes(student, Role.PROSE)
    student.cells.insert(student.cells.index(first) + 1, text("One."))
    student.cells.insert(student.cells.index(second) + 1, text("Two."))
    without_metadata(student.cells)
    assert find_prose(master, Notebook.of(student)) == {"words": "One.", "again": "Two."}


def test_text_below_a_picture_that_colab_inlined_is_kept():
    notebook = released(LESSON)
    [cell] = nodes(notebook, Role.PROSE)
    cell.source = f"![sketch.png](data:image/png;base64,{'A' * 50_000}==)\n\n{MINE}"
    words = without_pictures(answer_in(notebook))
    assert words == f"![sketch.png](data:image/png;base64,…)\n\n{MINE}"
