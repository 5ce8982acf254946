"""Insert the student's answers into the master's frame.

An answer is found by its metadata, its cell id, its first line `# exercise: NAME`, or the name that
it defines. Code cells that the student added run too, next to the answer above them.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import nbformat

from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master, Notebook
from coursekit.course.records import CheckRecord
from coursekit.grading.results import NotebookResult
from coursekit.sandbox.guest.check_probe import MIME, pack_cases

MAX_PARSED = 100_000  # characters in a cell: Python's parser may use a kilobyte for each


@dataclass(frozen=True, slots=True)
class CellInfo:
    """The purpose of a cell, stored in the cell's metadata under `coursekit`."""

    role: Role | None = None  # None in frame and helper cells; a probe has its check's role
    exercise: str = ""
    points: float = 0.0
    by_case: bool = False  # each passed case earns its share of the points

    @property
    def is_probe(self) -> bool:
        """Whether this cell runs an answer on a check's cases."""
        return self.role in (Role.CHECK, Role.HIDDEN)


class Assembled(NamedTuple):
    """The cells to run, and notes for the student; probes contain the reference's outputs."""

    cells: list[Any]
    notes: list[str]

    def sources(self) -> list[str]:
        """Return the source of each cell."""
        return [cell.source for cell in self.cells]

    def count_probes(self) -> int:
        """Return the number of cells that are probes."""
        return sum(cell.metadata["coursekit"].is_probe for cell in self.cells)


class Frame:
    """A master, and the reference's record of each check by the index of the check's cell."""

    def __init__(self, master: Master, checks: Mapping[int, CheckRecord]) -> None:
        self.master = master
        self._probes = {i: _probe(master.cells[i], record) for i, record in checks.items()}
        self.blank = self.assemble(Notebook(()))
        self.blank_result: NotebookResult | None = None  # shared by all blank submissions

    def is_blank(self, submission: Assembled) -> bool:
        """Return whether every answer is still the stub and the student added no cells."""
        return submission.sources() == self.blank.sources()

    def assemble(self, student: Notebook) -> Assembled:
        """Return the cells to run for a student."""
        notes: list[str] = []
        places = find_answers(self.master, student, notes)
        segments = _segments(self.master, student, places)
        cells: list[Any] = []
        for cell in self.master.cells:
            if cell.index in self._probes:
                cells.append(self._probes[cell.index])
            elif cell.is_code and cell.role is None:
                cells.append(_cell(cell.source, CellInfo()))
            elif cell.role is Role.ANSWER:
                cells += segments[cell.exercise].cells(cell.exercise)
        return Assembled(cells, notes)


class _Segment(NamedTuple):
    """An answer, with the student's helper cells before and after it."""

    before: list[str]
    answer: str
    after: list[str]

    def cells(self, exercise: str) -> Iterator[Any]:
        yield from (_cell(source, CellInfo()) for source in self.before)
        yield _cell(self.answer, CellInfo(Role.ANSWER, exercise))
        yield from (_cell(source, CellInfo()) for source in self.after)


def _cell(source: str, info: CellInfo) -> Any:
    """Return a cell that nbval can read; we make it, so nbformat's validation is skipped."""
    return nbformat.from_dict({
        "cell_type": "code", "source": source, "metadata": {"coursekit": info}, "outputs": [],
        "execution_count": None,
    })  # fmt: skip


def _probe(check: Cell, record: CheckRecord) -> Any:
    """Return the cell that runs an answer on a check's cases, with the reference's output."""
    cases = pack_cases(record.cases)
    source = (
        f"from coursekit.check_probe import probe as _probe\n_probe({record.exercise!r}, {cases!r})"
    )
    cell = _cell(source, CellInfo(check.role, record.exercise, check.points, check.by_case))
    output = {"output_type": "display_data", "data": {MIME: record}, "metadata": {}}
    cell.outputs = [nbformat.from_dict(output)]
    cell.execution_count = 1
    return cell


def master_of(exercises: Sequence[str]) -> Master:
    """Return a master that has only these exercises, to find the answers to them."""
    return Master(
        tuple(
            Cell(i, "code", f"# exercise: {exercise}", None, {}, Role.ANSWER, exercise)
            for i, exercise in enumerate(exercises)
        )
    )


def find_answers(master: Master, student: Notebook, notes: list[str]) -> dict[str, int]:
    """Return exercise → index of the student's answer cell; add a note on each doubtful answer."""
    places = {}
    for cell in master.with_role(Role.ANSWER):
        marked, answers = _candidates(cell, student)
        if len(answers) > 1:
            times = f"is answered {len(answers)} times; the last answer counts."
            notes.append(f"{cell.exercise} {times}")
        if answers or marked:
            places[cell.exercise] = (answers or marked)[-1]
        else:
            notes.append(f"{cell.exercise} is not answered, because no cell defines it.")
    return places


def _candidates(answer: Cell, student: Notebook) -> tuple[list[int], list[int]]:
    """Return the indices of cells marked as answers, and of those that answer the exercise.

    A marked cell without the definition is broken, or the student split it into two cells.
    """
    stub = answer.stub.strip()
    code = [cell for cell in student.cells if cell.is_code]
    marked = [
        cell.index
        for cell in code
        if cell.answers(answer) or _first_line(cell) == _first_line(answer)
    ]
    changed = [cell for cell in code if cell.source.strip() != stub]
    defining = [cell.index for cell in changed if answer.exercise in _definitions(cell.source)]
    both = [i for i in marked if i in defining]
    indices = {cell.index for cell in changed}
    return marked, both or defining or [i for i in marked if i in indices]


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


def _segments(master: Master, student: Notebook, places: Mapping[str, int]) -> dict[str, _Segment]:
    """Return each exercise's answer, with the helpers between it and the next answer.

    Helpers above all answers run before the first exercise.
    """
    answers = list(master.with_role(Role.ANSWER))
    helpers = _helpers(master, student, places)
    ordered = sorted(places.values())
    first = ordered[0] if ordered else len(student.cells)
    segments: dict[str, _Segment] = {}
    for n, answer in enumerate(answers):
        at = places.get(answer.exercise)
        source = answer.stub if at is None else student.cells[at].source
        before = [cell.source for cell in helpers if cell.index < first] if n == 0 else []
        after = []
        if at is not None:
            end = next((i for i in ordered if i > at), len(student.cells))
            after = [cell.source for cell in helpers if at < cell.index < end]
        segments[answer.exercise] = _Segment(before, source, after)
    return segments


def _helpers(master: Master, student: Notebook, places: Mapping[str, int]) -> list[Cell]:
    """Return the code cells that the student added or changed, except for answers.

    A changed frame cell is a helper too: an answer may need its imports.
    """
    handed_out = {cell.source.strip() for cell in master.cells} | {""}
    exercises = master.answers.keys()
    return [
        cell for cell in student.cells
        if cell.is_code and cell.index not in places.values()
        and cell.source.strip() not in handed_out and not _definitions(cell.source) & exercises
    ]  # fmt: skip
