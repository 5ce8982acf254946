"""The student's answers, laid into the master's frame: of the rest of the notebook nothing counts.

Answers are found by their metadata, their cell id, their first line `# exercise: NAME`, or the name
that they define. Code cells that the student added run where they stand.
"""

import ast
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import nbformat

from coursekit.course import master as masters
from coursekit.course.reference import Record
from coursekit.sandbox.guest.check_probe import MIME, pack_cases

LONGEST = 100_000  # characters: Python's parser takes a kilobyte of memory for each, at worst


class Assembled(NamedTuple):
    """Cells to be run, frame, helpers, answers and probes with the reference's outputs; notes."""

    cells: list[Any]
    notes: list[str]

    def sources(self) -> list[str]:
        """Return what is run, cell by cell."""
        return [cell.source for cell in self.cells]

    def checks(self) -> int:
        """Return how many of the cells are probes."""
        return sum("number" in cell.metadata["coursekit"] for cell in self.cells)


class Frame:
    """A master with what its reference returned: into it each student's answers are laid."""

    def __init__(self, master: Any, records: Mapping[int, Record]) -> None:
        self.master = master
        self._probes = {
            i: _probe(i, masters.role(master.cells[i]), masters.facts(master.cells[i]), record)
            for i, record in records.items()
        }
        self.blank = self.assemble(_node({"cells": []}))
        self.run_of_blank: Any = None  # what came of it, once it was run

    def is_blank(self, submission: Assembled) -> bool:
        """Return whether each answer is as it was handed out, and no cell is the student's own."""
        return submission.sources() == self.blank.sources()

    def assemble(self, student: Any) -> Assembled:
        """Return the cells that are run for a student."""
        notes: list[str] = []
        places = find_answers(self.master, student, notes)
        segments = _segments(self.master, student, places)
        cells: list[Any] = []
        for i, cell in enumerate(self.master.cells):
            kind = masters.role(cell)
            if i in self._probes:
                cells.append(self._probes[i])
            elif cell.cell_type == "code" and kind is None:
                cells.append(_cell(cell.source, "frame"))
            elif kind == "answer":
                exercise = masters.facts(cell)["exercise"]
                before, answer, after = segments[exercise]
                cells += [_cell(source, "helper") for source in before]
                cells.append(_cell(answer, "answer", exercise))
                cells += [_cell(source, "helper") for source in after]
        return Assembled(cells, notes)


_node: Any = nbformat.from_dict  # it carries no types


def _cell(source: str, kind: str, exercise: str = "", **more: Any) -> Any:
    """Return a cell as nbval reads it, without nbformat's check: it was none of a file's."""
    about = {"role": kind, "exercise": exercise} | more
    return _node({
        "cell_type": "code", "source": source, "metadata": {"coursekit": about}, "outputs": [],
        "execution_count": None,
    })  # fmt: skip


def _probe(number: int, kind: Any, facts: Mapping[str, Any], record: Mapping[str, Any]) -> Any:
    """Return the cell that runs an answer on cases, with the outputs that the reference has."""
    exercise = record["exercise"]
    cases = pack_cases(record["cases"])
    source = f"from coursekit.check_probe import probe as _probe\n_probe({exercise!r}, {cases!r})"
    worth = {"points": facts.get("points", 0), "by": facts.get("by", "check")}
    cell = _cell(source, kind, exercise, number=number, **worth)
    shown = {"output_type": "display_data", "data": {MIME: dict(record)}, "metadata": {}}
    cell.outputs = [_node(shown)]
    cell.execution_count = 1
    return cell


def unknown(exercises: Sequence[str]) -> Any:
    """Return a master of which nothing but its exercises is known, to look for answers to them."""
    return _node({"cells": [_cell(f"# exercise: {name}", "answer", name) for name in exercises]})


def find_answers(master: Any, student: Any, notes: list[str]) -> dict[str, int]:
    """Return the number of the student's cell that answers each exercise."""
    places = {}
    for cell in masters.cells(master, "answer"):
        exercise = masters.facts(cell)["exercise"]
        stub = masters.emptied(cell.source).strip()
        code = [(i, c) for i, c in enumerate(student.cells) if c.cell_type == "code"]
        marked = [
            i
            for i, c in code
            if masters.is_of(c, "answer", exercise)
            or masters.same_id(c, cell)
            or _first(c) == _first(cell)
        ]
        changed = {i for i, c in code if c.source.strip() != stub}
        defining = [i for i, c in code if i in changed and exercise in _defined(c.source)]
        # a marked cell that defines nothing is broken, or was split from its definition
        found = (
            [i for i in marked if i in defining] or defining or [i for i in marked if i in changed]
        )
        if len(found) > 1:
            notes.append(f"{exercise} is answered {len(found)} times; the last counts")
        if found or marked:
            places[exercise] = (found or marked)[-1]
        else:
            notes.append(f"{exercise} is not answered: no cell defines it")
    return places


def _first(cell: Any) -> str:
    return str(cell.source.lstrip().split("\n", 1)[0].strip())


@lru_cache(maxsize=256)  # of one student's cells, asked for by each exercise
def _defined(source: str) -> frozenset[str]:
    """Return the names that a cell defines at its top level; none is looked for in a huge one."""
    if len(source) > LONGEST:
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


def _segments(
    master: Any, student: Any, places: Mapping[str, int]
) -> dict[str, tuple[list[str], str, list[str]]]:
    """Return for each exercise: helpers before it, its answer, helpers up to the next answer."""
    answers = list(masters.cells(master, "answer"))
    exercises = [masters.facts(c)["exercise"] for c in answers]
    # what was changed runs as a helper, whatever it says of itself: an answer may need its imports
    handed_out = {c.source.strip() for c in master.cells} | {""}
    helpers = [
        (i, c.source) for i, c in enumerate(student.cells)
        if c.cell_type == "code" and i not in places.values()
        and c.source.strip() not in handed_out and not _defined(c.source) & set(exercises)
    ]  # fmt: skip
    ordered = sorted(places.values())
    first = ordered[0] if ordered else len(student.cells)
    result: dict[str, tuple[list[str], str, list[str]]] = {}
    for n, (exercise, cell) in enumerate(zip(exercises, answers, strict=True)):
        at = places.get(exercise)
        source = masters.emptied(cell.source) if at is None else student.cells[at].source
        before = [text for i, text in helpers if i < first] if n == 0 else []
        after = []
        if at is not None:
            end = next((i for i in ordered if i > at), len(student.cells))
            after = [text for i, text in helpers if at < i < end]
        result[exercise] = (before, source, after)
    return result
