"""Insert the student's answers into the master's frame: the cells around its own answers.

An answer is found by its metadata, its cell id, its first line `# exercise: NAME`, or the name that
it defines; the last definition counts, as in Jupyter. Code cells that the student added or changed
run too, next to the answer above them.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import nbformat

from coursekit.course.headers import Role
from coursekit.course.master import STUB, Cell, Master, Notebook
from coursekit.course.records import CheckRecord
from coursekit.grading.definitions import (
    Names,
    count_definitions,
    names_of,
    stub_line,
    why_undefined,
)
from coursekit.grading.results import NotebookResult
from coursekit.sandbox.guest.check_probe import MIME, pack_cases

PROBE = """\
from coursekit import check_probe as _check
_check.probe({exercise!r}, _check.cases, {seconds!r})"""
# a helper may assign a function to an answer's name; `paths = paths(graph)` is only an experiment
KEEP = "_answers = {{name: globals()[name] for name in {names!r} if name in globals()}}"
RESTORE = (
    "globals().update({{name: answer for name, answer in _answers.items() if not"
    " (name in {assigned!r} and callable(answer) and callable(globals().get(name)))}})"
)
# JupyterLab's keys 1 to 6 make a heading of a code cell; a student may fence code in Markdown
MARKDOWN = re.compile(r"\A#{1,6} (?=(async def|def|class|import|from) |@)|^```.*$", re.MULTILINE)
RESET = re.compile(r"^([ \t]*)%reset\w*\b.*$", re.MULTILINE)  # would delete the answers above
FRAME, HELPER = (Cell(index, "code", "", None, {}) for index in (-1, -2))  # cells without a role


class Plan(NamedTuple):
    """What a student's notebook adds to the frame, as plain data, and notes for the student.

    Each piece is the index of a master's cell, or of FRAME or HELPER, with the source to run.
    """

    pieces: Sequence[tuple[int, str]]
    notes: Sequence[str]
    rebound: Collection[int]  # hidden checks, by index: a cell below binds a name bound above


class Assembled(NamedTuple):
    """The cells to run, and notes for the student.

    The metadata of each cell holds the master's cell under `coursekit`, and the packed cases that
    are sent with it. A probe runs an answer on a check's cases; only probes have outputs: those of
    the reference.
    """

    cells: list[Any]
    notes: Sequence[str]
    rebound: Collection[int]  # hidden checks whose state the cells below change


class Helper(NamedTuple):
    """The source of a code cell that a student added or changed."""

    source: str
    is_below_check: bool  # of the answer above it


class Frame:
    """A master, and the reference's record of each check by the index of the check's cell."""

    def __init__(self, master: Master, checks: Mapping[int, CheckRecord]) -> None:
        self.master = master
        self._probes = {i: _probe(master.cells[i], record) for i, record in checks.items()}
        hidden = (Role.HIDDEN, Role.DISTRACTOR)
        self._handed_out = {c.stub.strip() for c in master.cells if c.role not in hidden}
        cases = [case for record in checks.values() for case in record.cases]
        self.needs_files = any("files" in case for case in cases)
        self.blank = self.assemble(Notebook(()))  # only stubs, and no cells that a student added
        self.blank_result: NotebookResult | None = None  # shared by all blank submissions

    def assemble(self, student: Notebook) -> Assembled:
        """Return the cells to run for a student."""
        return self.complete(self.plan(student))

    def complete(self, plan: Plan) -> Assembled:
        """Return the cells that a plan names."""
        cells = [self._node(*piece) for piece in plan.pieces]
        return Assembled(cells, plan.notes, plan.rebound)

    def _node(self, index: int, source: str) -> Any:
        if index in self._probes:
            return self._probes[index]
        about = {FRAME.index: FRAME, HELPER.index: HELPER}.get(index)
        return _cell(source, about or self.master.cells[index])

    def plan(self, student: Notebook) -> Plan:
        """Return the sources to run for a student."""
        asked = self.master.with_role(Role.ANSWER)
        answers, doubts = find_answers(asked, student, self._handed_out)
        helpers = _helpers(student, answers, self._handed_out)
        pieces: list[tuple[int, str]] = []
        answered: dict[str, Names] = {}  # exercise → the names that its answer binds

        def add_helpers(place: int) -> None:
            for helper in helpers.pop(place, ()):
                pieces.extend(_harmless(helper, self.master.answers, answered))

        for cell in self.master.cells:
            if cell.index in self._probes:
                pieces.append((cell.index, ""))
            elif cell.is_code and cell.role is None:
                pieces.append((FRAME.index, cell.source))
            elif cell.role is Role.ANSWER:
                add_helpers(-1)
                answer = answers.get(cell.exercise)
                source = answer.source if answer else cell.stub
                pieces.append((cell.index, source))
                answered[cell.exercise] = names_of(source)
                if answer:
                    add_helpers(answer.index)
        return Plan(pieces, list(map(str, doubts)), list(self._rebound(pieces)))

    def _rebound(self, pieces: Sequence[tuple[int, str]]) -> Iterator[int]:
        """Yield the index of each hidden check in whose place a name has another value later."""
        bound = [names_of(source).bound for _, source in pieces]
        for k, (index, _) in enumerate(pieces):
            if index >= 0 and self.master.cells[index].role is Role.HIDDEN:
                above, below = (frozenset().union(*part) for part in (bound[:k], bound[k:]))
                if above & below or "*" in below:
                    yield index


def _cell(source: str, about: Cell, outputs: Sequence[Any] = (), cases: str = "") -> Any:
    """Return a cell that nbval can read; we make it, so nbformat's validation is skipped."""
    return nbformat.from_dict({
        "cell_type": "code", "source": source, "metadata": {"coursekit": about, "cases": cases},
        "outputs": outputs, "execution_count": 1 if outputs else None,
    })  # fmt: skip


def _probe(check: Cell, record: CheckRecord) -> Any:
    """Return the cell that runs an answer on a check's cases, with the reference's output.

    The cases are sent beside the source: a kernel spends time on each of its characters.
    """
    source = PROBE.format(exercise=record.exercise, seconds=record.seconds)
    output = {"output_type": "display_data", "data": {MIME: record}, "metadata": {}}
    return _cell(source, check, [output], pack_cases(record.cases))


def _harmless(
    helper: Helper, exercises: Iterable[str], answered: Mapping[str, Names]
) -> Iterator[tuple[int, str]]:
    """Yield a helper cell, between cells that restore the answers whose names it binds.

    Below a check, it may also assign no other value to what the answers above it use.
    """
    names = names_of(helper.source)
    at_risk = {
        exercise
        for exercise in exercises
        if exercise in names.bound and (exercise in answered or exercise not in names.defined)
    }
    if helper.is_below_check:
        used = frozenset().union(*(answer.bound for answer in answered.values()))
        at_risk |= used & (names.bound - names.defined)
    kept = sorted(at_risk)
    if kept:
        yield FRAME.index, KEEP.format(names=kept)
    yield HELPER.index, helper.source
    if kept:
        assigned = [name for name in kept if name in names.assigned]
        yield FRAME.index, RESTORE.format(assigned=assigned)


def question(exercise: str) -> Cell:
    """Return the answer cell of an exercise whose master is not known."""
    stub = f"# exercise: {exercise}\ndef {exercise}():\n    {STUB}"
    return Cell(0, "code", stub, None, {}, Role.ANSWER, exercise)


class Doubt(NamedTuple):
    """A doubt about which cell holds an answer, and how the student can remove it."""

    exercise: str
    what: str
    remedy: str
    is_fatal: bool = False  # whether the exercise earns no points as it is

    def __str__(self) -> str:
        return f"{self.what}."


def find_answers(
    answers: Iterable[Cell], student: Notebook, handed_out: Collection[str] | None = None
) -> tuple[dict[str, Cell], list[Doubt]]:
    """Return exercise → the student's answer cell, and a doubt about each that is not plain.

    A cell with one of the sources that were handed out (by default, the checks') is not an answer.
    """
    found: dict[str, Cell] = {}
    doubts: list[Doubt] = []
    if handed_out is None:
        handed_out = {cell.source.strip() for cell in student.with_role(Role.CHECK)}
    changed = [cell for cell in student.cells if cell.source.strip() not in {*handed_out, ""}]
    for answer in answers:
        candidates = _candidates(answer, student, changed)
        if candidates:
            found[answer.exercise] = candidates[-1]
        doubts += _doubts(answer.exercise, candidates, student)
    return found, doubts


def _doubts(exercise: str, candidates: Sequence[Cell], student: Notebook) -> Iterator[Doubt]:
    """Yield each doubt about the cells that answer an exercise, of which the last one counts."""
    if not candidates:
        what = f"{exercise} is not answered, because no cell defines it"
        yield Doubt(exercise, what, "copy its cell from a fresh notebook")
        return
    last = candidates[-1]
    times = sum(max(1, count_definitions(cell.source, exercise)) for cell in candidates)
    if times > 1:
        what = f"{exercise} is answered {times} times; the last answer counts"
        yield Doubt(exercise, what, "keep one")
    if any(_assigns(cell, exercise) for cell in student.cells[last.index + 1 :]):
        what = f"{exercise} is assigned below its answer, which counts unless that is a function"
        yield Doubt(exercise, what, "use another name")
    if any(stubs_below(last, exercise, student)):
        what = f"{exercise} has an unanswered cell below its answer; the answer counts"
        yield Doubt(exercise, what, "delete the unanswered cell")
    if not last.is_code:
        what = f"{exercise} is answered in a {last.type} cell, which is graded as code"
        remedy = "make it a code cell: select it, then press Esc and Y"
        yield Doubt(exercise, what, remedy)
    if why := why_undefined(last.source, exercise):
        yield Doubt(exercise, f"{exercise} is not defined: {why[0]}", why[1], is_fatal=True)
    sources = [cell.source for cell in candidates if count_definitions(cell.source, exercise)]
    if line := stub_line(sources[-1], exercise) if sources else 0:
        what = f"{exercise} still raises NotImplementedError, on line {line} of its cell"
        yield Doubt(exercise, what, "delete that line", is_fatal=True)


def stubs_below(answer: Cell, exercise: str, student: Notebook) -> Iterator[Cell]:
    """Yield the stubs of an exercise below its answer, which they do not replace."""
    for cell in student.cells[answer.index + 1 :]:
        if cell.is_code and stub_line(cell.source, exercise):
            yield cell


def _candidates(answer: Cell, student: Notebook, changed: Sequence[Cell]) -> list[Cell]:
    """Return the cells that answer an exercise, in order; the last one counts.

    A cell that defines the name is preferred to a marked one, which may be broken, or the first
    half of an answer. The answer to another exercise may define the name for its own use. A text
    cell, which a key may have made of a code cell, comes last.
    """
    exercise, stub = answer.exercise, answer.stub.strip()
    code = [cell for cell in changed if cell.is_code]
    text = [
        replace(cell, source=MARKDOWN.sub("", cell.source)) for cell in changed if not cell.is_code
    ]
    marked = [cell for cell in code if _is_marked(cell, answer)]
    assigning = [cell for cell in code if _assigns(cell, exercise)]
    if re.search(rf"^(async )?(def|class) {exercise}\b", stub, re.MULTILINE):
        trusted = marked  # elsewhere, a value may be one of the function's
    else:  # a variable, whose name later cells may reuse
        check = max((c.index for c in student.of_exercise(exercise, Role.CHECK)), default=None)
        trusted = [cell for cell in assigning if check is None or cell.index < check] or assigning
    defining = [
        cell
        for cell in code
        if exercise in names_of(cell.source).defined or (cell in assigning and cell in trusted)
    ]
    return (
        [cell for cell in defining if cell.role is not Role.ANSWER or cell in marked]
        or defining
        or marked
        or assigning
        or [cell for cell in text if _looks_like(cell, exercise)]
        or [cell for cell in student.cells if cell.is_code and _is_marked(cell, answer)][-1:]
    )


def _assigns(cell: Cell, name: str) -> bool:
    return cell.is_code and name in names_of(cell.source).assigned


def _is_marked(cell: Cell, answer: Cell) -> bool:
    return cell.answers(answer) or _first_line(cell) == _first_line(answer)


def _looks_like(text: Cell, exercise: str) -> bool:
    """Return whether a text cell is code that defines the exercise, perhaps with an error."""
    return f"\ndef {exercise}(" in f"\n{text.source}" or exercise in names_of(text.source).bound


def _first_line(cell: Cell) -> str:
    return cell.source.lstrip().split("\n", 1)[0].strip()


def _helpers(
    student: Notebook, answers: Mapping[str, Cell], handed_out: Collection[str]
) -> dict[int, list[Helper]]:
    """Return the code cells that the student added or changed, by the index of the answer above.

    A changed frame cell is a helper too: an answer may need its imports. Helpers above all answers
    have the index -1.
    """
    places = {cell.index for cell in answers.values()}
    checks = [cell.index for cell in student.with_role(Role.CHECK)]
    helpers: dict[int, list[Helper]] = defaultdict(list)
    for cell in student.cells:
        source = cell.source.strip()
        if cell.is_code and source and source not in handed_out and cell.index not in places:
            above = max((place for place in places if place < cell.index), default=-1)
            is_below = any(above < check < cell.index for check in checks)
            helpers[above].append(Helper(RESET.sub(r"\1pass", cell.source), is_below))
    return helpers
