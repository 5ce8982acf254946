"""Rules for every lesson notebook; nbval compares its outputs in the same pytest run."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from tests.support.lessons import MASTERS

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
STORYBOARDS = ROOT / "docs" / "storyboards"
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "coursekit/**/*.md", "notebooks/*", "exercises/*.ipynb")
    for path in ROOT.glob(pattern)
)
WIDGETS = (
    "explore", "show_out", "nudge", "deepen", "walk_paths", "animate", "layer", "gate", "descent",
)  # fmt: skip
WORDS = 90
OF_PYTHON = {"copy", "mean", "v", "append"}  # names from numpy and from Python itself


@pytest.fixture(params=LESSONS, ids=lambda path: path.name)
def lesson(request):
    return nbformat.read(request.param, as_version=4)


def test_a_notebook_is_valid_and_keeps_its_cell_ids(lesson):
    nbformat.validate(lesson)
    assert (lesson.nbformat, lesson.nbformat_minor) == (4, 5)
    assert all(re.fullmatch(r"[a-z0-9-]+", cell.id) for cell in lesson.cells)


def test_a_cell_of_text_has_at_most_90_words(lesson):
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"\$\$.*?\$\$|\$.*?\$", "x", cell.source, flags=re.DOTALL)
            assert len(prose.split()) <= WORDS, cell.id


def test_each_text_is_followed_by_something_to_do(lesson):
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


def test_saved_outputs_contain_no_widget_and_no_address(lesson):
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


def test_there_are_quizzes_and_they_hide_their_answers(lesson):
    asked = [c for c in lesson.cells if re.search(r"^(quiz|predict)\(", c.source, re.MULTILINE)]
    assert asked
    assert all(cell.metadata["jupyter"]["source_hidden"] for cell in asked)


def test_there_is_a_widget(lesson):
    code = "\n".join(c.source for c in lesson.cells if c.cell_type == "code")
    assert re.search(rf"^({'|'.join(WIDGETS)})\(", code, re.MULTILINE)


@pytest.mark.parametrize("path", [p for p in LESSONS if p.stem != "00-start"], ids=lambda p: p.name)
def test_every_lesson_begins_and_ends_in_the_same_way(path):
    cells = nbformat.read(path, as_version=4).cells
    title, setup, end = cells[0].source, cells[1], cells[-1].source
    assert re.match(rf"# Lesson {int(path.stem[:2])}\. ", title)
    assert re.search(r"^Section 1.*of the note.* About \d\d minutes\.$", title, re.MULTILINE)
    assert 3 <= len(re.findall(r"^- ", title, re.MULTILINE)) <= 4
    assert setup.id == "setup"
    assert end.split("\n")[0].endswith("Said in the note's words")
    assert f"(../exercises/{path.name})" in end
    assert (STORYBOARDS / f"{path.stem}.md").exists()


LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_to_existing_files(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    prose = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
    for link in LINK.findall(prose):
        if not link.startswith(("http://", "https://")):
            assert (path.parent / link).exists(), link


@pytest.mark.parametrize("lesson", MASTERS)
def test_each_exercise_is_solvable_from_its_lesson_alone(lesson):
    """The lesson shows each argument that an answer receives, and each attribute that it uses."""
    cells = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4).cells
    taught = set(re.findall(r"\w+", "\n".join(c.source for c in cells)))
    for source in MASTERS[lesson].answers.values():
        for function in ast.walk(ast.parse(source)):
            if isinstance(function, ast.FunctionDef):
                arguments = {a.arg for a in function.args.args}
                attributes = {
                    node.attr
                    for node in ast.walk(function)
                    if isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and node.value.id in arguments
                }
                assert {function.name, *arguments, *attributes} - OF_PYTHON <= taught, function.name
