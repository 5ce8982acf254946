"""After any change to the cells, each answer is found, or a note says that it is missing."""

import copy

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.course.headers import Role
from coursekit.course.master import Master, Notebook
from coursekit.course.notebook_kernel import run_reference
from coursekit.grading.assemble import Frame, find_answers
from tests.support.lessons import MASTERS, right_of
from tests.support.notebooks import exercise_of, nodes, released

LESSON = "01-descent"
MASTER = MASTERS[LESSON]
ANSWERS = right_of(LESSON)


@pytest.fixture(scope="module")
def frame():
    return Frame(MASTER, run_reference(MASTER, "seed"))


def handed_in():
    """Return the released notebook with the reference's answers, each marked for this test."""
    notebook = released(MASTER)
    for cell in nodes(notebook, Role.ANSWER):
        exercise = exercise_of(cell)
        cell.source = f"{ANSWERS[exercise]}\n    # mine: {exercise}"
    return notebook


def code(cells):
    return [i for i, cell in enumerate(cells) if cell.cell_type == "code"]


def permute(cells, draw):
    return draw(st.permutations(cells))


def duplicate(cells, draw):
    i = draw(st.integers(0, len(cells) - 1))
    return [*cells[: i + 1], copy.deepcopy(cells[i]), *cells[i + 1 :]]


def delete_frame_cells(cells, draw):
    frame = [i for i, cell in enumerate(cells) if "# mine" not in cell.source]
    deleted = draw(st.sets(st.sampled_from(frame))) if frame else set()
    return [cell for i, cell in enumerate(cells) if i not in deleted]


def drop_metadata(cells, draw):
    """Drop metadata and ids, as some editors do."""
    for cell in draw(st.lists(st.sampled_from(cells), max_size=6)):
        cell.metadata = {}
        cell.id = f"lost{draw(st.integers(0, 9999))}"
    return cells


def merge(cells, draw):
    """Merge two adjacent cells into one, with the metadata of the first."""
    pairs = [i for i in code(cells) if i + 1 in code(cells)]
    if not pairs:
        return cells
    i = draw(st.sampled_from(pairs))
    both = copy.deepcopy(cells[i])
    both.source = f"{cells[i].source}\n\n\n{cells[i + 1].source}"
    return [*cells[:i], both, *cells[i + 2 :]]


def split(cells, draw):
    """Split a cell before its first definition; the second half becomes a new cell."""
    candidates = [i for i in code(cells) if "\ndef " in cells[i].source]
    if not candidates:
        return cells
    i = draw(st.sampled_from(candidates))
    head, tail = cells[i].source.split("\ndef ", 1)
    first, second = copy.deepcopy(cells[i]), copy.deepcopy(cells[i])
    first.source, second.source = head, f"def {tail}"
    second.metadata, second.id = {}, f"split{draw(st.integers(0, 9999))}"
    return [*cells[:i], first, second, *cells[i + 1 :]]


CHANGES = [permute, duplicate, delete_frame_cells, drop_metadata, merge, split]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_each_answer_is_found_or_reported_as_missing(frame, data):
    student = handed_in()
    for change in data.draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=5)):
        student.cells = list(change(student.cells, data.draw))
    assembled = frame.assemble(Notebook.of(student))
    text = "\n".join(cell.source for cell in assembled.cells)
    for exercise in ANSWERS:
        is_found = f"# mine: {exercise}" in text
        assert is_found or any(exercise in note for note in assembled.notes), student.cells


def test_a_deleted_answer_is_reported(frame):
    student = handed_in()
    student.cells = [c for c in student.cells if "# mine: step" not in c.source]
    assert (
        "step is not answered, because no cell defines it."
        in frame.assemble(Notebook.of(student)).notes
    )


def test_the_first_half_of_a_split_answer_runs_before_the_definition(frame):
    student = handed_in()
    [answer] = [c for c in student.cells if "# mine: step" in c.source]
    definition = copy.deepcopy(answer)
    answer.source = "# exercise: step\nimport math"
    definition.metadata, definition.id = {}, "split"
    student.cells.insert(student.cells.index(answer) + 1, definition)
    sources = [c.source for c in frame.assemble(Notebook.of(student)).cells]
    assert sources.index("# exercise: step\nimport math") < sources.index(definition.source)


@pytest.mark.parametrize("first", ["", "# check: step\n", "# hidden: my own test\n"])
def test_a_check_cell_that_was_overwritten_runs_as_a_helper(frame, first):
    student = handed_in()
    check = copy.deepcopy(nodes(student, Role.CHECK)[0])  # including its id and metadata
    check.source = f"{first}half = 0.5"
    student.cells.insert(2, check)
    sources = [c.source for c in frame.assemble(Notebook.of(student)).cells]
    assert check.source in sources


def test_a_changed_set_up_cell_runs_in_addition_to_the_released_one(frame):
    student = handed_in()
    setup = next(c for c in student.cells if c.cell_type == "code")
    released = setup.source
    setup.source += "\nhalf = 0.5"
    sources = [c.source for c in frame.assemble(Notebook.of(student)).cells]
    assert {released, setup.source} <= set(sources)


VARIABLE = Master.of(
    nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source)
            for source in (
                "# exercise: total\n### BEGIN SOLUTION\ntotal = 6\n### END SOLUTION",
                "# check: total, 1 point\ncheck('total', cases)",
            )
        ]
    )
)


@pytest.mark.parametrize(
    ("added", "answer"),
    [
        ([], "total = 1"),
        (["total = sum([1, 2])"], "total = sum([1, 2])"),  # a better try, above the check
        ([None, "total = 0"], "total = 1"),  # an experiment below the check
        ([None, "for total in range(3): pass"], "total = 1"),
    ],
)
def test_a_variables_answer_is_what_its_check_saw(added, answer):
    student = released(VARIABLE)
    student.cells[0].source = "# exercise: total\ntotal = 1"
    below_the_check = added[:1] == [None]
    for source in filter(None, added):
        student.cells.insert(1 + below_the_check, nbformat.v4.new_code_cell(source))
    answers, _ = find_answers(VARIABLE.with_role(Role.ANSWER), Notebook.of(student))
    assert answers["total"].source.endswith(answer)
