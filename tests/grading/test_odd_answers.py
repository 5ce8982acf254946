"""Wherever an answer is, and whatever it became: `check`, `doctor` and grading agree about it."""

import copy
import json
from html import unescape
from random import Random
from textwrap import indent

import nbformat
import pytest

from coursekit.cli.doctor import notebook as doctor
from coursekit.cli.students import run_checks
from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master, Notebook
from coursekit.course.notebook_kernel import ordinary_kernel
from coursekit.course.records import Status
from coursekit.grading.assemble import find_answers, question
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission
from coursekit.grading.grade import grade_one
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.report.files import write_files
from tests.support.students import ANSWERS, FULL, LESSON, MASTER, earned, handed_in

pytestmark = pytest.mark.sandbox

RIGHT = ANSWERS["backprop"].partition("\n")[2].strip()  # without its header
TOPOLOGICAL = ANSWERS["topological_order"].partition("\n")[2].strip()
HEADER = "# exercise: backprop\n"
WRONG = "def backprop(lin):\n    return {}"
OWN_ORDER = RIGHT.replace("topological_order(lin.vertices, lin.out)", "topological_order(lin)")
RENAMED = RIGHT.replace("def backprop", "def _mine", 1)
code = nbformat.v4.new_code_cell


def _place(cells, role=Role.ANSWER):
    for place, cell in enumerate(cells):
        parsed = Cell.of(place, cell)
        if parsed.role is role and parsed.exercise == "backprop":
            return place
    return len(cells) - 1


def edit(source):
    """Return a change: the marked cell of backprop gets this source."""

    def change(cells):
        cells[_place(cells)].source = source

    return change


def add(*sources, below=Role.ANSWER, by=1):
    """Return a change: new cells below (or, by 0, above) backprop's answer, or its check."""

    def change(cells):
        at = _place(cells, below) + by
        cells[at:at] = map(code, sources)

    return change


def both(*changes):
    def change(cells):
        for one in changes:
            one(cells)

    return change


def become(kind, prefix=""):
    """Return a change: a key makes a text cell of the answer."""

    def change(cells):
        cell = cells[_place(cells)]
        cell.update(cell_type=kind, source=f"{prefix}{cell.source}")
        for name in ("outputs", "execution_count"):
            cell.pop(name, None)

    return change


def retype(cells):
    """The student copies the answer into a cell of another notebook, and back."""
    at = _place(cells)
    cells[at] = code(cells[at].source.removeprefix(HEADER), id="retyped")


def move(to):
    def change(cells):
        cells.insert(to if to >= 0 else len(cells), cells.pop(_place(cells)))

    return change


def copy_cell(cells):
    cells.insert(_place(cells), copy.deepcopy(cells[_place(cells)]))


def lose_metadata(cells):
    for k, cell in enumerate(cells):
        cell.metadata, cell.id = {}, f"lost{k}"


def delete(cells):
    del cells[_place(cells)]


def merge_with_check(cells):
    at = _place(cells)
    cells[at].source += f"\n\n{cells.pop(_place(cells, Role.CHECK)).source}"


STUB = "def backprop(lin):\n    raise NotImplementedError"
HALF = RIGHT.index("    for v")
LOSES = {  # changes after which backprop rightly earns nothing
    "a worse try below": add(WRONG),
    "a worse try below the check": add(WRONG, below=Role.CHECK),
    "deleted": delete,
    "an error": edit(f"{HEADER}def backprop(lin:"),
    "an error in a text cell": both(edit(f"{HEADER}def backprop(lin:"), become("markdown")),
    "a worse try in the same cell": edit(f"{HEADER}{RIGHT}\n\n{WRONG}"),
    "another name": edit(HEADER + RENAMED),
    "a method": edit(f"{HEADER}class Solution:\n{indent(RIGHT, '    ')}"),
    "inside a function": edit(f"{HEADER}def solve():\n{indent(RIGHT, '    ')}"),
    "below a magic that keeps nothing": edit(f"%%timeit -n1 -r1\n{RIGHT}"),
    "in comments": edit(HEADER + indent(RIGHT, "# ")),
    "the stub's last line above it": edit(HEADER + STUB + RIGHT[RIGHT.index("\n") :]),
    "the stub below it in the same cell": edit(f"{HEADER}{RIGHT}\n\n{STUB}"),
    "asynchronous": edit(f"{HEADER}async {RIGHT}"),
    "printed": edit(HEADER + RIGHT.replace("return ", "print(").rstrip() + ")"),
    "split inside the function": both(edit(HEADER + RIGHT[:HALF]), add(RIGHT[HALF:])),
    "a missing package": edit(f"{HEADER}import seaborn\n{RIGHT.replace('dict.', 'seaborn.')}"),
}
KEEPS = {  # changes that cost an honest student nothing
    "as it was": lambda cells: None,
    "a better try below": both(edit(HEADER + WRONG), add(RIGHT)),
    "a better try below the check": both(edit(HEADER + WRONG), add(RIGHT, below=Role.CHECK)),
    "a better try at the end": both(edit(HEADER + WRONG), lambda cells: cells.append(code(RIGHT))),
    "an earlier try above": add(WRONG, by=0),
    "a helper in the cell of an earlier try": both(
        edit(HEADER + RIGHT.replace("dict.", "kind.")), add(f"kind = dict\n{WRONG}", by=0)
    ),
    "a use of its name": add("backprop = backprop(None)", below=Role.CHECK),
    "uses of both names": add(
        "backprop, order = [], topological_order([], None)\ntopological_order = 1",
        "for backprop in range(3): print(backprop)",
        below=Role.CHECK,
    ),
    "wrapped": add("from functools import cache, wraps\nbackprop = wraps(backprop)(backprop)"),
    "another name for it": edit(f"{HEADER}{RENAMED}\n\nbackprop = _mine"),
    "its own variant of the other answer": edit(
        f"{HEADER}_order = topological_order\n\n\ndef topological_order(lin):\n"
        f"    return _order(lin.vertices, lin.out)\n\n\n{OWN_ORDER}"
    ),
    "a lambda": edit(f"{HEADER}{RENAMED}\n\nbackprop = lambda lin: _mine(lin)"),
    "a tuple": edit(f"{HEADER}{RENAMED}\n\nbackprop, again = _mine, _mine"),
    "a callable object below a wrong answer": both(
        edit(HEADER + WRONG),
        add(f"{RENAMED}\n\nclass Mine:\n    __call__ = staticmethod(_mine)\nbackprop = Mine()"),
    ),
    "data under its name": add("backprop = sorted([2, 1])", below=Role.CHECK),
    "in a try statement": edit(
        f"{HEADER}try:\n    import numba\nexcept ImportError:\n" + indent(RIGHT, "    ")
    ),
    "timed": edit(f"%%time\n{RIGHT}"),
    "below a magic": edit(f"{HEADER}%matplotlib inline\nfiles = !ls\n{RIGHT}"),
    "the stub again, below": add(
        f'{HEADER}def backprop(lin):\n    """Later."""\n    raise NotImplementedError'
    ),
    "the kit's own function, below": add("from coursekit import backprop", below=Role.CHECK),
    "a missing package in the answer": edit(f"{HEADER}import seaborn as sns\n{RIGHT}"),
    "a missing package in a helper": both(
        edit(HEADER + RIGHT.replace("dict.", "kind.")),
        add("import seaborn, types as t\nfrom coursekit import Graph, draw\nimport math\n"
            "g = Graph()\ndraw(g)\nassert t and math\nkind = dict", by=0),
    ),
    "a helper below its check": both(
        edit(HEADER + RIGHT.replace("dict.", "kind.")), add("kind = dict", below=Role.CHECK)
    ),
    "both answers in a new cell at the end": both(
        edit(HEADER + WRONG), lambda cells: cells.append(code(f"{TOPOLOGICAL}\n\n\n{RIGHT}"))
    ),
    "asks for input": edit(f"{HEADER}name = input('Name? ')\n{RIGHT}"),
    "reads a file that is missing": edit(f"{HEADER}data = open('data.csv').read()\n{RIGHT}"),
    "needs the rest of a cell that fails": both(
        edit(HEADER + RIGHT.replace("dict.", "kind.")),
        add("import pandas as pd\ntable = pd.read_csv('mine.csv')\nn = len(table)\nkind = dict"),
    ),
    "annotated with a class that is missing": edit(
        f"{HEADER}import pandas as pd\nfrom coursekit import Graph\n"
        + RIGHT.replace("(lin)", "(lin: Graph, more: pd.DataFrame = None) -> 'dict[str, float]'", 1)
    ),
    "deleted below its check": add("del backprop", below=Role.CHECK),
    "the namespace is reset below": add("%reset -f\n%reset_selective -f back", below=Role.CHECK),
    "its constant is used again below its check": both(
        edit(f"{HEADER}ONE = 1\n{RIGHT.replace('= 1', '= ONE')}"),
        add("ONE = 'a'\nfor ONE in range(3): pass", below=Role.CHECK),
    ),
    "merged with its check": merge_with_check,
    "below the stub in the same cell": edit(f"{HEADER}{STUB}\n\n{RIGHT}"),
    "above the stub": both(edit(HEADER + STUB), add(RIGHT, by=0)),
    "the stub's last line below its end": edit(f"{HEADER}{RIGHT}\n    raise NotImplementedError"),
    "a Markdown cell": become("markdown"),
    "a raw cell": become("raw"),
    "a heading": become("markdown", "## "),
    "a heading without its header": both(edit(RIGHT), become("markdown", "# ")),
    "fenced code": both(edit(f"```python\n{RIGHT}\n```"), become("markdown")),
    "retyped": retype,
    "split": both(edit(f"{HEADER}import math"), add(RIGHT)),
    "copied": copy_cell,
    "moved to the top": move(0),
    "moved to the end": move(-1),
    "without metadata": lose_metadata,
    "an old try in comments": add("\n".join(f"# {line}" for line in WRONG.split("\n"))),
}  # fmt: skip
SINGLE = KEEPS | LOSES
COMBINED = 12  # notebooks with several changes


def changed(*changes):
    notebook = handed_in()
    for change in changes:
        change(notebook.cells)
    return json.dumps(notebook)


def combinations():
    rng = Random(18)
    for k in range(COMBINED):
        names = rng.sample(sorted(SINGLE), k=rng.choice([2, 3]))
        yield f"{k}: {', then '.join(names)}", changed(*(SINGLE[name] for name in names))


NOTEBOOKS = {name: changed(change) for name, change in SINGLE.items()} | dict(combinations())


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade all notebooks as one class; return each student's row and page."""
    out = tmp_path_factory.mktemp("grades")
    book = Gradebook(out / "gradebook.sqlite")
    names = dict(enumerate(NOTEBOOKS))
    students = [Submission(str(k), NOTEBOOKS[name]) for k, name in names.items()]
    grade_class(students, MASTER, LESSON, book, workers=2)
    rows = book.rows()
    book.close()
    write_files(out, LESSON, {1: Master.parse(MASTER)}, rows, {})
    pages = out / "feedback"
    return {
        names[int(row.student)]: (row, (pages / f"{row.student}.html").read_text()) for row in rows
    }


@pytest.fixture(scope="module")
def kernel():
    with ordinary_kernel() as kernel:
        yield kernel


@pytest.mark.parametrize("name", KEEPS)
def test_an_honest_change_costs_no_points(graded, name):
    row, _ = graded[name]
    assert earned(row) == FULL, (row.notes, row.results)


@pytest.mark.parametrize("name", LOSES)
def test_points_are_lost_with_a_reason(graded, name):
    row, page = graded[name]
    assert earned(row)["backprop"] == 0, row.results
    reasons = [one.why for one in row.results if one.exercise == "backprop" and one.why]
    assert reasons or any("backprop" in note for note in row.notes), row
    assert all(f'<p class="soft">{note}</p>' in unescape(page) for note in row.notes)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_check_doctor_and_grading_agree(graded, kernel, name, tmp_path, capsys):
    row, page = graded[name]
    student = Notebook.parse(NOTEBOOKS[name])
    kernel.run("%reset -f", "reset")
    passed = run_checks(student, kernel)
    printed = capsys.readouterr().out
    (tmp_path / f"{LESSON}.ipynb").write_text(NOTEBOOKS[name])
    diagnosis = list(doctor(tmp_path / f"{LESSON}.ipynb"))
    public = {one.exercise: one for one in row.results if one.part is Role.CHECK}
    for exercise, result in public.items():
        if exercise in passed:  # its check may have lost its metadata
            assert passed[exercise] is (result.status is Status.RIGHT), (printed, row.notes, result)
        if f"ok    {exercise} is answered" in diagnosis:
            assert result.status is not Status.NOT_ATTEMPTED, (diagnosis, result)
    for doubt in find_answers(map(question, public), student)[1]:
        assert str(doubt) in unescape(page)
        assert f"note  {doubt.what}: {doubt.remedy}" in printed or doubt.exercise not in passed
        assert f"fix   {doubt.what}: {doubt.remedy}" in diagnosis


def test_an_endless_cell_is_named_and_costs_no_points():
    endless = changed(add("# my experiment\nwhile True:\n    pass", below=Role.CHECK))
    row = grade_one("Ada", endless, MASTER, "seed", seconds=4)
    assert earned(row) == FULL
    [note] = row.notes
    assert note.startswith("Your cell “# my experiment” was stopped: ")
