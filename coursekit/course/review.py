"""What is wrong with a master, by cell and line, before a student finds out."""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from coursekit.course.compare import digest, is_right, verdicts
from coursekit.course.headers import KEYWORDS, Role, parse_header
from coursekit.course.judges import predicate_of
from coursekit.course.master import SOLUTION, Cell, Master
from coursekit.course.mutants import mutants
from coursekit.course.records import CheckRecord, Ending, Outcome, Status
from coursekit.course.reference import MasterError, ReferenceKernel, reference_kernel
from coursekit.course.release import PUBLIC_SEED, answered_notebook, student_notebook
from coursekit.errors import CommandError, did_you_mean

LEAKED = 20  # characters: a shorter line of a solution gives nothing away
SHORT_CASES = (  # mutants may not end
    "from coursekit.sandbox.guest import limits as _limits\n_limits.CASE_TIMEOUT = 1"
)
TRIVIAL = ("None", "0", "1", "[]", "{}", "set()")
REQUIRED_FIELDS = {
    Role.ANSWER: ("exercise",),
    Role.CHECK: ("exercise", "points"),
    Role.HIDDEN: ("exercise", "points"),
    Role.DISTRACTOR: ("exercise", "name", "hint"),
    Role.PROSE: ("exercise", "points", "rubric"),
}
REQUIRED_ROLES = {Role.ANSWER, Role.CHECK, Role.HIDDEN, Role.DISTRACTOR}  # of an exercise

Grade = Callable[[str, str, str, str], Any]  # student, text, master, seed → the graded submission


class Finding(NamedTuple):
    """What is wrong, and where: a cell counted from 0, a line of it from 1."""

    cell: int
    line: int
    what: str
    advice: bool = False  # worth a look, but not an error

    def __str__(self) -> str:
        return f"cell {self.cell}, line {self.line}: {self.what}"


def review(lesson: str, text: str, *, grade: Grade) -> Iterator[Finding]:
    """Yield what is wrong with a master; mutants that no check notices come as advice.

    `grade` grades a submission as in a class.
    """
    master = Master.parse(text)
    structure = list(_structure(master))
    yield from structure
    if structure:
        return  # running it would only report the same errors, less clearly
    yield from _leaks(master)
    behaviour = []
    for finding in _run(master):
        behaviour.append(finding)
        yield finding
    if all(finding.advice for finding in behaviour):
        yield from _grading(lesson, master, text, grade)


def small_changes(text: str) -> dict[str, int]:
    """Return the number of mutants of each exercise's reference, for its checks to notice."""
    answers = Master.parse(text).answers
    return {exercise: sum(1 for _ in mutants(source)) for exercise, source in answers.items()}


# what the cells say, without running them


def _structure(master: Master) -> Iterator[Finding]:
    """Yield cells that lack what their role needs, and exercises that lack a cell."""
    roles: dict[str, set[Role]] = {}
    for cell in master.cells:
        yield from _cell_structure(cell)
        if cell.role:
            roles.setdefault(cell.exercise, set()).add(cell.role)
    if not any(Role.ANSWER in those for those in roles.values()):
        yield Finding(0, 1, "no cell has the role answer: there is no exercise to check")
    for exercise, those in roles.items():
        missing = REQUIRED_ROLES - those
        if those != {Role.PROSE} and missing:
            what = f"the exercise {exercise!r} has no {', no '.join(sorted(missing))} cell"
            yield Finding(next(master.of_exercise(exercise, *Role)).index, 1, what)


def _cell_structure(cell: Cell) -> Iterator[Finding]:
    fields = cell.fields
    if not isinstance(fields, Mapping) or not fields:
        yield from _misspelt(cell)
        return
    header = parse_header(cell.type, cell.source).get("exercise", fields.get("exercise"))
    if header != fields.get("exercise"):
        what = f"the first line says {header!r}, the metadata {fields.get('exercise')!r}"
        yield Finding(cell.index, 1, what)
    if cell.role is None:
        known = ", ".join(Role)
        what = f"unknown role {fields.get('role')!r}: use one of {known}"
        yield Finding(cell.index, 1, what)
        return
    yield from _missing_fields(cell, cell.role, fields)
    if cell.role is Role.ANSWER and not SOLUTION.search(cell.source):
        markers = "### BEGIN SOLUTION and ### END SOLUTION"
        yield Finding(cell.index, 1, f"the answer has no {markers}: students would get all of it")
    if cell.is_code:
        yield from _syntax(cell)


def _missing_fields(cell: Cell, role: Role, fields: Mapping[str, Any]) -> Iterator[Finding]:
    for name in REQUIRED_FIELDS[role]:
        if not fields.get(name):
            yield Finding(cell.index, 1, f"the {role} cell has no {name}")
        elif name == "points" and not _are_points(fields[name]):
            yield Finding(cell.index, 1, f"{fields[name]!r} is not a number of points")


def _misspelt(cell: Cell) -> Iterator[Finding]:
    """Yield a first line that resembles a header but is none: students would get such a cell."""
    begin = "<!--" if cell.type == "markdown" else "#"
    first = re.match(rf"\s*{begin}\s*(\w+):\s*\w", cell.source)
    if first and (close := did_you_mean(first[1].lower(), KEYWORDS)):
        yield Finding(cell.index, 1, f"a header cannot begin with {first[1]!r}{close}")


def _are_points(points: Any) -> bool:
    return isinstance(points, int | float) and not isinstance(points, bool) and points > 0


def _syntax(cell: Cell) -> Iterator[Finding]:
    try:
        ast.parse(cell.source)
    except SyntaxError as error:
        yield Finding(cell.index, error.lineno or 1, f"invalid Python: {error.msg}")


def _leaks(master: Master) -> Iterator[Finding]:
    """Yield solution lines that also appear in a cell students receive."""
    secrets = {
        line.strip(): cell.exercise
        for cell in master.with_role(Role.ANSWER)
        for solution in SOLUTION.finditer(cell.source)
        for line in solution.group().split("\n")[1:-1]
        if len(line.strip()) >= LEAKED
    }
    for cell in master.with_role(None, Role.ANSWER, Role.CHECK):
        for number, line in enumerate(cell.stub.split("\n"), 1):
            if exercise := secrets.get(line.strip()):
                what = f"students receive this line of the solution of {exercise!r}"
                yield Finding(cell.index, number, what)


# what the cells do


def _run(master: Master) -> Iterator[Finding]:
    """Yield what running a master on the public cases shows."""
    try:
        with reference_kernel(PUBLIC_SEED) as kernel:
            yield from _behaviour(master, kernel)
    except MasterError as error:
        yield Finding(error.cell, error.line, str(error))
    except CommandError as error:
        yield Finding(0, 1, str(error))


def _behaviour(master: Master, kernel: ReferenceKernel) -> Iterator[Finding]:
    """Yield what the reference, the distractors, trivial and mutated answers do."""
    kernel.run(SHORT_CASES, 0)
    records: dict[int, CheckRecord] = {}
    errors: list[Finding] = []
    for cell, record in kernel.records(master):
        records[cell.index] = record
        errors += _check_errors(master, cell, record, kernel.record(cell.source, cell.index))
    errors += _repeated_cases(master, records)
    yield from errors
    if errors:
        return  # a wrong reference cannot judge its checks
    for exercise in master.answers:
        cells = master.of_exercise(exercise, Role.CHECK, Role.HIDDEN)
        checks = {cell: records[cell.index] for cell in cells}
        yield from _Checks(master, exercise, checks, kernel).findings()


def _check_errors(
    master: Master, cell: Cell, record: CheckRecord, again: CheckRecord
) -> Iterator[Finding]:
    """Yield what is wrong with a check, and with what the reference returns on its cases."""
    if record.exercise != cell.exercise:
        what = f"the cell of {cell.exercise!r} checks another exercise, {record.exercise!r}"
        yield Finding(cell.index, 1, what)
    if not record.outcomes:
        yield Finding(cell.index, 1, "the generator yields no case, so every answer passes")
    if json.dumps(record.cases) != json.dumps(again.cases):
        what = "a second run draws other cases: draw them from rng alone"
        yield Finding(cell.index, 1, what)
    elif list(map(digest, record.outcomes)) != list(map(digest, again.outcomes)):
        what = "a second run of the reference returns something else on the same cases"
        yield Finding(cell.index, 1, what)
    expected = _raised(master.answers.get(record.exercise, ""))
    judge = predicate_of(record.judge)
    for k, (case, outcome) in enumerate(zip(record.cases, record.outcomes, strict=True)):
        if fault := _reference_fault(outcome, expected):
            yield Finding(cell.index, 1, f"on case {k} the reference {fault}")
            return  # the first one is enough
        if not is_right(case, outcome, outcome, judge, record.within):
            what = f"on case {k} the judge rejects the reference's own value"
            yield Finding(cell.index, 1, what)
            return


def _reference_fault(outcome: Outcome, expected: set[str]) -> str:
    """Return what the reference does wrong on a case, "" if nothing; it may raise `expected`."""
    match outcome.ending:
        case Ending.STOPPED:
            return f"is stopped: {outcome.stop_reason}"
        case Ending.CHANGED:
            return "modifies its arguments"
        case Ending.ERROR if not expected & set(outcome.errors):
            return f"fails: {outcome.errors[0]}: {outcome.message}"
    return ""


def _raised(source: str) -> set[str]:
    """Return the names of the errors that a source raises on purpose."""
    return {
        node.exc.func.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
    }


def _repeated_cases(master: Master, records: Mapping[int, CheckRecord]) -> Iterator[Finding]:
    public = {
        json.dumps(case)
        for cell in master.with_role(Role.CHECK)
        for case in records[cell.index].cases
    }
    for cell in master.with_role(Role.HIDDEN):
        cases = records[cell.index].cases
        if cases and all(json.dumps(case) in public for case in cases):
            what = "every case of this hidden check is also in the public one"
            yield Finding(cell.index, 1, what)


class _Checks:
    """The checks of one exercise, tried on answers that they should reject."""

    def __init__(
        self,
        master: Master,
        exercise: str,
        records: Mapping[Cell, CheckRecord],
        kernel: ReferenceKernel,
    ) -> None:
        self._exercise, self._records, self._kernel = exercise, records, kernel
        self._answer = next(master.of_exercise(exercise, Role.ANSWER))
        self._distractors = list(master.of_exercise(exercise, Role.DISTRACTOR))
        self._public = next(cell for cell in records if cell.role is Role.CHECK)

    def findings(self) -> Iterator[Finding]:
        """Yield what the checks let pass; afterwards the reference is defined again."""
        yield from self._trivial()
        yield from self._wrong()
        yield from self._mutated()
        self._kernel.run(self._answer.source, self._answer.index)

    def _outcomes(self, answer: str, check: Cell) -> Sequence[Outcome] | None:
        """Return what comes of an answer on the cases of a check; None if it does not run."""
        try:
            self._kernel.run(answer, self._answer.index, "a changed answer in ")
            return self._kernel.record(check.source, check.index).outcomes
        except MasterError:
            return None

    def _passes(self, answer: str, check: Cell) -> bool:
        outcomes = self._outcomes(answer, check)
        return outcomes is not None and all(verdicts(self._records[check], outcomes))

    def _trivial(self) -> Iterator[Finding]:
        for value in TRIVIAL:
            answer = f"def {self._exercise}(*arguments):\n    return {value}"
            if self._passes(answer, self._public):
                what = f"an answer that only returns {value} passes this check"
                yield Finding(self._public.index, 1, what)

    def _wrong(self) -> Iterator[Finding]:
        hints: dict[tuple[str, ...], str] = {}  # by how a distractor behaves
        for cell in self._distractors:
            outcomes = self._outcomes(cell.source, self._public)
            name = f"the distractor {cell.name!r}"
            if outcomes is None:
                yield Finding(cell.index, 1, f"{name} does not run")
            elif all(verdicts(self._records[self._public], outcomes)):
                yield Finding(cell.index, 1, f"{name} passes the public check")
            elif (hint := hints.setdefault(tuple(map(digest, outcomes)), cell.hint)) != cell.hint:
                what = f"{name} behaves like another one, whose hint is “{hint}”"
                yield Finding(cell.index, 1, what)

    def _mutated(self) -> Iterator[Finding]:
        for mutant in mutants(self._answer.source):
            if all(self._passes(mutant.source, check) for check in self._records):
                what = f"no check notices {mutant.change}"
                yield Finding(self._answer.index, mutant.line, what, advice=True)


def _grading(lesson: str, master: Master, text: str, grade: Grade) -> Iterator[Finding]:
    """Yield what grading makes of the reference and of an empty notebook."""
    graded = grade(lesson, answered_notebook(master, master.answers), text, "review")
    if graded.status != "graded":
        yield Finding(0, 1, f"grading the reference fails: {' '.join(graded.notes)}")
        return
    for result in graded.results:
        if not result.points:
            at = next(master.of_exercise(result.exercise, result.part)).index
            what = f"graded in the sandbox, the reference earns no points: {result.why}"
            yield Finding(at, 1, what)
    for result in grade(lesson, student_notebook(master), text, "review").results:
        if result.status is not Status.NOT_ATTEMPTED:
            at = next(master.of_exercise(result.exercise, result.part)).index
            what = f"an empty answer is graded as {result.status}, not as {Status.NOT_ATTEMPTED}"
            yield Finding(at, 1, what)
