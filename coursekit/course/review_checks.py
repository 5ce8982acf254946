"""Run a master: its reference must pass its checks, and wrong answers must fail them."""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from coursekit.course.compare import digest, verdicts
from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master
from coursekit.course.mutants import mutants
from coursekit.course.notebook_kernel import MasterError, ReferenceKernel, reference_kernel
from coursekit.course.records import CheckRecord, Ending, Outcome
from coursekit.course.release import PUBLIC_SEED
from coursekit.errors import CommandError

SHORT_CASES = (  # mutants may loop forever
    "from coursekit.sandbox.guest import limits as _limits\n_limits.CASE_TIMEOUT = 1"
)
TRIVIAL = ("None", "0", "1", "[]", "{}", "set()")


class Finding(NamedTuple):
    """A problem and its place: a cell, counted from 0, and a line, counted from 1."""

    what: str
    cell: int = 0
    line: int = 1
    advice: bool = False  # a hint, not an error

    def __str__(self) -> str:
        return f"cell {self.cell}, line {self.line}: {self.what}"


def behaviour(master: Master) -> Iterator[Finding]:
    """Run the reference and trivial, wrong and mutated answers; yield the problems."""
    try:
        with reference_kernel(PUBLIC_SEED) as kernel:
            kernel.run(SHORT_CASES, 0)
            yield from _behaviour(master, kernel)
    except MasterError as error:
        yield Finding(f"the cell {error.what}", error.cell, error.line)
    except CommandError as error:
        yield Finding(str(error))


def _behaviour(master: Master, kernel: ReferenceKernel) -> Iterator[Finding]:
    records: dict[int, CheckRecord] = {}
    errors: list[Finding] = []
    for cell, record in kernel.records(master):
        records[cell.index] = record
        again = kernel.record(cell.source, cell.index)
        errors += (Finding(what, cell.index) for what in _check_errors(master, cell, record, again))
    public = {
        json.dumps(case)
        for cell in master.with_role(Role.CHECK)
        for case in records[cell.index].cases
    }
    for cell in master.with_role(Role.HIDDEN):
        if (cases := set(map(json.dumps, records[cell.index].cases))) and cases <= public:
            what = "every case of this hidden check is also in the public one"
            errors.append(Finding(what, cell.index))
    yield from errors
    if errors:
        return  # a wrong reference cannot be used to test its checks
    for answer in master.with_role(Role.ANSWER):
        cells = master.of_exercise(answer.exercise, Role.CHECK, Role.HIDDEN)
        checks = _Checks(kernel, answer, {cell: records[cell.index] for cell in cells})
        yield from checks.trivial_answers()
        yield from checks.distractors(master.of_exercise(answer.exercise, Role.DISTRACTOR))
        yield from checks.mutants()
        kernel.run(answer.source, answer.index)


def _check_errors(
    master: Master, cell: Cell, record: CheckRecord, again: CheckRecord
) -> Iterator[str]:
    if record.exercise != cell.exercise:
        yield f"the cell of {cell.exercise!r} checks another exercise, {record.exercise!r}"
    if not record.outcomes:
        yield "the generator yields no cases, so every answer passes"
    if json.dumps(record.cases) != json.dumps(again.cases):
        yield "a second run generates different cases: use only rng as a source of randomness"
    elif list(map(digest, record.outcomes)) != list(map(digest, again.outcomes)):
        yield "a second run of the reference returns different values for the same cases"
    expected = _raised(master.answers.get(record.exercise, ""))
    rights = verdicts(record, record.outcomes)
    for k, (outcome, right) in enumerate(zip(record.outcomes, rights, strict=True)):
        if fault := _fault(outcome, expected, right=right):
            yield f"on case {k} the {fault}"
            return  # the first problem is enough


def _fault(outcome: Outcome, expected: set[str], *, right: bool) -> str:
    """Describe the reference's mistake on a case; an `expected` error is not a mistake."""
    match outcome.ending:
        case Ending.STOPPED:
            return f"reference is stopped: {outcome.stop_reason}"
        case Ending.CHANGED:
            return "reference modifies its arguments"
        case Ending.ERROR if not expected & set(outcome.errors):
            return f"reference fails: {outcome.errors[0]}: {outcome.message}"
    return "" if right else "judge rejects the reference's own value"


def _raised(source: str) -> set[str]:
    """Return the names of the errors that a source raises explicitly."""
    raised = (node.exc for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Raise))
    names = (exc.func for exc in raised if isinstance(exc, ast.Call))
    return {name.id for name in names if isinstance(name, ast.Name)}


class _Checks:
    """An exercise's checks, tested on answers that they should reject."""

    def __init__(
        self, kernel: ReferenceKernel, answer: Cell, records: Mapping[Cell, CheckRecord]
    ) -> None:
        self._kernel, self._answer, self._records = kernel, answer, records
        self._public = next(cell for cell in records if cell.role is Role.CHECK)

    def _outcomes(self, answer: str, check: Cell) -> Sequence[Outcome] | None:
        """Return an answer's outcomes on a check's cases, or None if the answer does not run."""
        try:
            self._kernel.run(answer, self._answer.index, "a changed answer in ")
            return self._kernel.record(check.source, check.index).outcomes
        except MasterError:
            return None

    def _passes(self, answer: str, check: Cell) -> bool:
        outcomes = self._outcomes(answer, check)
        return outcomes is not None and all(verdicts(self._records[check], outcomes))

    def trivial_answers(self) -> Iterator[Finding]:
        for value in TRIVIAL:
            answer = f"def {self._answer.exercise}(*arguments):\n    return {value}"
            if self._passes(answer, self._public):
                what = f"an answer that only returns {value} passes this check"
                yield Finding(what, self._public.index)

    def distractors(self, cells: Iterator[Cell]) -> Iterator[Finding]:
        hints: dict[tuple[str, ...], str] = {}  # digests of a distractor's outcomes → hint
        for cell in cells:
            outcomes = self._outcomes(cell.source, self._public)
            name = f"the distractor {cell.name!r}"
            if outcomes is None:
                yield Finding(f"{name} does not run", cell.index)
            elif all(verdicts(self._records[self._public], outcomes)):
                yield Finding(f"{name} passes the public check", cell.index)
            elif (hint := hints.setdefault(tuple(map(digest, outcomes)), cell.hint)) != cell.hint:
                what = f"{name} behaves like another distractor, whose hint is “{hint}”"
                yield Finding(what, cell.index)

    def mutants(self) -> Iterator[Finding]:
        for mutant in mutants(self._answer.source):
            if all(self._passes(mutant.source, check) for check in self._records):
                what = f"no check notices {mutant.change}"
                yield Finding(what, self._answer.index, mutant.line, advice=True)
