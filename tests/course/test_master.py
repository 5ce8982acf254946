"""Masters are found by number or name; a cell's role comes from its metadata or header."""

import json

import nbformat
import pytest

from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master, Notebook, find_master
from coursekit.errors import CommandError
from tests.support import ROOT
from tests.support.lessons import LESSON, MASTERS

SOLUTIONS = ROOT / "solutions"


@pytest.mark.parametrize("name", ["5", "05", LESSON])
def test_a_master_is_found_by_its_number_or_its_name(name):
    assert find_master(SOLUTIONS, name).stem == LESSON


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("05-backprop", r"no master '05-backprop' in .*did you mean '05-backpropagation'"),
        ("５", r"no master '５' in"),  # a full-width digit
        ("99", r"no master '99' in .*; masters: 01-descent, 02-computational-graphs"),
        ("0", "no master '0'"),
        ("²", "no master '²'"),
        ("", "no master ''"),
    ],
)
def test_an_unknown_name_is_reported_with_the_known_ones(name, sentence):
    with pytest.raises(CommandError, match=sentence):
        find_master(SOLUTIONS, name)


def test_a_number_that_two_masters_share_needs_the_full_name(tmp_path):
    for name in ("05-paths", "5-sums"):
        (tmp_path / f"{name}.ipynb").touch()
    with pytest.raises(CommandError, match="'5' could be 05-paths or 5-sums: give the full name"):
        find_master(tmp_path, "5")
    assert find_master(tmp_path, "5-sums").stem == "5-sums"


def cell(source, **metadata):
    return Cell.of(0, nbformat.v4.new_code_cell(source, metadata=metadata))


def test_metadata_takes_precedence_over_the_header():
    header = "# check: merge, 1 point, by case"
    assert (cell(header).role, cell(header).points, cell(header).by_case) == ("check", 1, True)
    fields = {"role": "hidden", "exercise": "sort", "points": 2}
    hidden = cell(header, coursekit=fields)
    assert (hidden.role, hidden.exercise, hidden.points) == (Role.HIDDEN, "sort", 2)
    assert not hidden.by_case


def test_a_stub_replaces_each_solution_at_its_own_indentation():
    solution = "### BEGIN SOLUTION\n{0}return 1\n{0}### END SOLUTION"
    source = f"def f():\n    {solution.format(' ' * 4)}\n\n\n{solution.format('')}"
    stub = "def f():\n    raise NotImplementedError\n\n\nraise NotImplementedError"
    assert cell(source).stub == stub


@pytest.mark.parametrize(
    "fields",
    ["answer", 5, [], {"role": ["answer"]}, {"role": {}}, {"role": "answers"}, {"exercise": [1]}],
)
def test_malformed_metadata_is_read_as_a_cell_without_a_role(fields):
    read = cell("# exercise: f", coursekit=fields)
    assert (read.role, read.exercise, read.points) == (None, "", 0)


DAMAGED = {
    "metadata that is not an object": {"metadata": []},
    "no metadata": {"metadata": ...},
    "an output of no known type": {"outputs": [{"output_type": "nope"}]},
    "outputs that are not a list": {"outputs": 5},
    "unknown keys": {"surprise": {"x": [1]}},
    "attachments that are not an object": {"attachments": [{}]},
    "an id that is not text": {"id": 5},
    "no source": {"source": ...},
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_to_what_grading_does_not_need_costs_nothing(name):
    broken = {"cell_type": "code", "source": "1", "metadata": {}, **DAMAGED[name]}
    broken = {key: value for key, value in broken.items() if value is not ...}
    whole = {"cell_type": "code", "source": ["# exercise: f\n", "2"]}
    read = Notebook.parse(json.dumps({"cells": [broken, whole], "nbformat": 4}))
    assert [cell.source for cell in read.cells] == [broken.get("source", ""), "# exercise: f\n2"]
    assert read.cells[1].exercise == "f"


@pytest.mark.parametrize(
    "damage",
    [{"cell_type": 5}, {"cell_type": None}, {"source": 5}, {"source": ["a", 5]}, {"source": {}}],
)
def test_a_notebook_with_a_cell_without_a_type_or_text_is_refused(damage):
    cell = {"cell_type": "code", "source": "1", "metadata": {}} | damage
    with pytest.raises(ValueError, match="not a notebook"):
        Notebook.parse(json.dumps({"cells": [cell], "nbformat": 4, "metadata": {}}))


def test_cells_of_nbformat_3_are_read():
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Paths"},
        {"cell_type": "heading", "level": 10**9, "source": "Deep"},
        {"cell_type": "html", "source": "<b>text</b>"},
        {"cell_type": "code", "input": ["1\n", "2"], "outputs": [5]},
    ]
    worksheets = [{"cells": cells[:2]}, {"cells": cells[2:]}]
    read = Notebook.parse(json.dumps({"nbformat": 3, "worksheets": worksheets}))
    assert [(cell.type, cell.source) for cell in read.cells] == [
        ("markdown", "## Paths"),
        ("markdown", "###### Deep"),
        ("markdown", "<b>text</b>"),
        ("code", "1\n2"),
    ]


def test_points_are_added_up_and_a_bonus_is_excluded_from_the_maximum():
    master = MASTERS[LESSON]
    assert master.points == {"topological_order": 5, "backprop": 6}
    assert master.prose_points == {"words": 3}
    assert master.max_points == 14
    node = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("# exercise: f, bonus"),
            nbformat.v4.new_code_cell("# check: f, 1.5 points"),
        ]
    )
    assert Master.of(node).points_line == "Points: f 1.5 (bonus); 0 in all."
