"""Insert the student's answers into the master's frame: the cells around its own answers.

An answer is found by its metadata, its cell id, its first line `# exercise: NAME`, or the name that
it defines. Code cells that the student added run too, next to the answer above them.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import nbformat

from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master, Notebook
from coursekit.course.records import CheckRecord
from coursekit.grading.results import NotebookResult
from coursekit.sandbox.guest.check_probe import MIME, pack_cases

MAX_PARSED = 100_000  # characters in a cell: Python's parser may use a kilobyte for each
PROBE = "from coursekit.check_probe import probe as _probe\n_probe({exercise!r}, {cases!r})"
NO_ROLE = Cell(0, "code", "", None, {})  # describes the cells of the frame, and helper cells


class Assembled(NamedTuple):
    """The cells to run, and notes for the student.

    The metadata of each cell holds the master's cell under `coursekit`. A probe runs an answer on
    a check's cases; only probes have outputs: those of the reference.
    """

    cells: list[Any]
    notes: list[str]


class Frame:
    """A master, and the reference's record of each check by the index of the check's cell."""

    def __init__(self, master: Master, checks: Mapping[int, CheckRecord]) -> None:
        self.master = master
        self._probes = {i: _probe(master.cells[i], record) for i, record in checks.items()}
        self.blank = self.assemble(Notebook(()))  # only stubs, and no cells that a student added
        self.blank_result: NotebookResult | None = None  # shared by all blank submissions

    def assemble(self, student: Notebook) -> Assembled:
        """Return the cells to run for a student."""
        answers, notes = find_answers(self.master.with_role(Role.ANSWER), student)
        helpers = _helpers(self.master, student, answers)
        cells: list[Any] = []
        for cell in self.master.cells:
            if cell.index in self._probes:
                cells.append(self._probes[cell.index])
            elif cell.is_code and cell.role is None:
                cells.append(_cell(cell.source))
            elif cell.role is Role.ANSWER:
                cells += helpers.pop(-1, [])
                if answer := answers.get(cell.exercise):
                    cells += [_cell(answer.source, cell), *helpers.get(answer.index, [])]
                else:
                    cells.append(_cell(cell.stub, cell))
        return Assembled(cells, notes)


def _cell(source: str, about: Cell = NO_ROLE, outputs: Sequence[Any] = ()) -> Any:
    """Return a cell that nbval can read; we make it, so nbformat's validation is skipped."""
    return nbformat.from_dict({
        "cell_type": "code", "source": source, "metadata": {"coursekit": about},
        "outputs": outputs, "execution_count": 1 if outputs else None,
    })  # fmt: skip


def _probe(check: Cell, record: CheckRecord) -> Any:
    """Return the cell that runs an answer on a check's cases, with the reference's output."""
    source = PROBE.format(exercise=record.exercise, cases=pack_cases(record.cases))
    output = {"output_type": "display_data", "data": {MIME: record}, "metadata": {}}
    return _cell(source, check, [output])


def find_answers(answers: Iterable[Cell], student: Notebook) -> tuple[dict[str, Cell], list[str]]:
    """Return exercise → the student's answer cell, and a note on each doubtful answer."""
    found, notes = {}, []
    for answer in answers:
        marked, candidates = _candidates(answer, student)
        if len(candidates) > 1:
            times = f"is answered {len(candidates)} times; the last answer counts."
            notes.append(f"{answer.exercise} {times}")
        if candidates or marked:
            found[answer.exercise] = (candidates or marked)[-1]
        else:
            notes.append(f"{answer.exercise} is not answered, because no cell defines it.")
    return found, notes


def _candidates(answer: Cell, student: Notebook) -> tuple[list[Cell], list[Cell]]:
    """Return the cells that are marked as answers, and those that answer the exercise.

    A marked cell without the definition is broken, or the student split it into two cells.
    """
    stub = answer.stub.strip()
    code = [cell for cell in student.cells if cell.is_code]
    marked = [
        cell for cell in code if cell.answers(answer) or _first_line(cell) == _first_line(answer)
    ]
    changed = [cell for cell in code if cell.source.strip() != stub]
    defining = [cell for cell in changed if answer.exercise in _definitions(cell.source)]
    places = {cell.index for cell in marked}
    both = [cell for cell in defining if cell.index in places]
    return marked, both or defining or [cell for cell in changed if cell.index in places]


def _first_line(cell: Cell) -> str:
    return cell.source.lstrip().split("\n", 1)[0].strip()


@lru_cache(maxsize=256)  # one student's cells: each exercise examines all of them
def _definitions(source: str) -> frozenset[str]:
    """Return the names that a cell defines at top level; none if it is huge or not valid Python."""
    if len(source) > MAX_PARSED:
        return frozenset()
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    names: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return frozenset(names)


def _helpers(
    master: Master, student: Notebook, answers: Mapping[str, Cell]
) -> dict[int, list[Any]]:
    """Return the code cells that the student added or changed, by the index of the answer above.

    A changed frame cell is a helper too: an answer may need its imports. Helpers above all answers
    have the index -1.
    """
    handed_out = {cell.source.strip() for cell in master.cells} | {""}
    places, exercises = {cell.index for cell in answers.values()}, master.answers.keys()
    helpers: dict[int, list[Any]] = defaultdict(list)
    for cell in student.cells:
        is_known = cell.index in places or cell.source.strip() in handed_out
        if cell.is_code and not is_known and not _definitions(cell.source) & exercises:
            above = max((place for place in places if place < cell.index), default=-1)
            helpers[above].append(_cell(cell.source))
    return helpers
