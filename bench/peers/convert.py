"""Convert a master and submissions for nbgrader and Otter, with the same cases, values and points.

coursekit compares values. The peers get the assertions that their users would write, in a cell of
the notebook for nbgrader and in a test file for Otter.
"""

import json
from pathlib import Path

import nbformat

from coursekit.course.compare import decode
from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.course.notebook_kernel import run_reference
from coursekit.course.records import Ending

ASSIGNMENT, NOTEBOOK = "ps1", "lesson.ipynb"
HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
HELPERS = """\
import json
import math

from coursekit.sandbox.guest.arguments import arguments_of
from coursekit.course.compare import predicate_of


def same(got, want):
    if isinstance(want, dict):
        return set(got) == set(want) and all(same(got[k], want[k]) for k in want)
    if isinstance(want, list):
        return len(got) == len(want) and all(same(g, w) for g, w in zip(got, want))
    if isinstance(want, (int, float)):
        return math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-12)
    return got == want


def expect(function, judge, case, outcome):
    try:
        got = function(*arguments_of(case))
        got = list(got) if judge else got
    except Exception as error:
        assert outcome.get("error") in [c.__name__ for c in type(error).__mro__], error
        return
    assert "error" not in outcome, "an error was expected"
    if judge:
        assert predicate_of(judge)(got, *arguments_of(case))
    else:
        assert same(got, outcome["value"])
"""


def _plain(outcome):
    if outcome.ending is Ending.ERROR:
        return {"error": outcome.errors[0]}
    return {"value": decode(outcome.value)}


class Lesson:
    """A master with the cases for a seed; `checks` has each check's points and loop over cases."""

    def __init__(self, text, seed):
        self.master = Master.parse(text)
        setup = next(cell.source for cell in self.master.with_role(None) if cell.is_code)
        self.setup = "\n".join(x for x in setup.splitlines() if not x.startswith("check ="))
        self.answers = self.master.answers
        self.checks = {exercise: [] for exercise in self.answers}
        for index, record in run_reference(self.master, seed).items():
            cell = self.master.cells[index]
            pairs = zip(record.cases, map(_plain, record.outcomes), strict=True)
            data = json.dumps(list(pairs))
            loop = (
                f"for case, outcome in json.loads({data!r}):\n"
                f"    expect({cell.exercise}, {record.judge!r}, case, outcome)"
            )
            self.checks[cell.exercise].append((cell.role is Role.HIDDEN, cell.points, loop))

    def most(self):
        """Return the maximum points of each exercise."""
        return {e: sum(points for _, points, _ in its) for e, its in self.checks.items()}


def course(lesson, folder):
    """Write the source files of an nbgrader course into a folder."""
    cells = [_nbgrader(HELPERS, "helpers", locked=True), nbformat.v4.new_code_cell(lesson.setup)]
    for exercise, checks in lesson.checks.items():
        cells.append(_nbgrader(lesson.answers[exercise], exercise, solution=True))
        for hidden, points, loop in checks:
            source = HIDDEN.format(loop) if hidden else loop
            name = f"{exercise}-{'hidden' if hidden else 'public'}"
            cells.append(_nbgrader(source, name, locked=True, grade=True, points=points))
    place = Path(folder, "source", ASSIGNMENT)
    place.mkdir(parents=True)
    _write(place / NOTEBOOK, cells)


def hand_in(released, folder, student, cells):
    """Write a student's nbgrader notebook: the released one with the student's cells in it."""
    notebook = nbformat.read(released, as_version=4)
    combined = []
    for cell in notebook.cells:
        its = cells.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if its is None:
            combined.append(cell)
            continue
        for k, source in enumerate(its):
            combined.append(cell if k == 0 else nbformat.v4.new_code_cell(source))
            combined[-1].source = source
    place = Path(folder, "submitted", student, ASSIGNMENT)
    place.mkdir(parents=True)
    _write(place / NOTEBOOK, combined)


def otter_tests(lesson, folder):
    """Write Otter's tests, one file per exercise."""
    place = Path(folder, "tests")
    place.mkdir(parents=True)
    for exercise, checks in lesson.checks.items():
        most = sum(points for _, points, _ in checks)
        parts = [
            "from otter.test_files import test_case\n\nOK_FORMAT = False",
            f"name = {exercise!r}\npoints = {most}",
            HELPERS,
        ]
        for k, (hidden, points, loop) in enumerate(checks):
            body = f"    {exercise} = env[{exercise!r}]\n    " + loop.replace("\n", "\n    ")
            parts.append(
                f"@test_case(points={points}, hidden={hidden})\ndef test_{k}(env):\n{body}"
            )
        (place / f"{exercise}.py").write_text("\n\n".join(parts), encoding="utf-8")


def otter_notebook(lesson, path, cells):
    """Write a student's notebook as Otter expects it, with the student's cells in it."""
    first = f"import otter\n\ngrader = otter.Notebook({NOTEBOOK!r})"
    sources = [first, lesson.setup]
    for exercise in lesson.checks:
        sources += [*cells[exercise], f"grader.check({exercise!r})"]
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, [nbformat.v4.new_code_cell(source) for source in sources])


def _nbgrader(source, name, *, locked=False, solution=False, grade=False, points=0):
    about = {
        "grade_id": name, "locked": locked, "solution": solution, "grade": grade, "task": False,
        "schema_version": 3,
    }  # fmt: skip
    metadata = {"nbgrader": about | ({"points": points} if grade else {})}
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def _write(path, cells):
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # deterministic
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
