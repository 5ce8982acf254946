"""Run a master: its reference must pass its checks, and wrong answers must fail them."""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence

from coursekit.course.compare import digest, is_right, verdicts
from coursekit.course.headers import Role
from coursekit.course.judges import predicate_of
from coursekit.course.master import Cell, Master
from coursekit.course.mutants import mutants
from coursekit.course.records import CheckRecord, Ending, Outcome
from coursekit.course.reference import MasterError, ReferenceKernel, reference_kernel
from coursekit.course.release import PUBLIC_SEED
from coursekit.course.review_cells import Finding
from coursekit.errors import CommandError

SHORT_CASES = (  # mutants may loop forever
    "from coursekit.sandbox.guest import limits as _limits\n_limits.CASE_TIMEOUT = 1"
)
TRIVIAL = ("None", "0", "1", "[]", "{}", "set()")


def behaviour(master: Master) -> Iterator[Finding]:
    """Run a master on the public cases; yield a finding for each problem."""
    try:
        with reference_kernel(PUBLIC_SEED) as kernel:
            yield from _behaviour(master, kernel)
    except MasterError as error:
        yield Finding(error.cell, error.line, f"the cell {error.what}")
    except CommandError as error:
        yield Finding(0, 1, str(error))


def _behaviour(master: Master, kernel: ReferenceKernel) -> Iterator[Finding]:
    """Run the reference and trivial, wrong and mutated answers; yield the problems."""
    kernel.run(SHORT_CASES, 0)
    records: dict[int, CheckRecord] = {}
    errors: list[Finding] = []
    for cell, record in kernel.records(master):
        records[cell.index] = record
        errors += _check_errors(master, cell, record, kernel.record(cell.source, cell.index))
    errors += _repeated_cases(master, records)
    yield from errors
    if errors:
        return  # a wrong reference cannot be used to test its checks
    for exercise in master.answers:
        cells = master.of_exercise(exercise, Role.CHECK, Role.HIDDEN)
        checks = {cell: records[cell.index] for cell in cells}
        yield from _Checks(master, exercise, checks, kernel).findings()


def _check_errors(
    master: Master, cell: Cell, record: CheckRecord, again: CheckRecord
) -> Iterator[Finding]:
    """Yield the problems of a check, and of the reference's results on its cases."""
    if record.exercise != cell.exercise:
        what = f"the cell of {cell.exercise!r} checks another exercise, {record.exercise!r}"
        yield Finding(cell.index, 1, what)
    if not record.outcomes:
        yield Finding(cell.index, 1, "the generator yields no cases, so every answer passes")
    if json.dumps(record.cases) != json.dumps(again.cases):
        what = "a second run generates different cases: use only rng as a source of randomness"
        yield Finding(cell.index, 1, what)
    elif list(map(digest, record.outcomes)) != list(map(digest, again.outcomes)):
        what = "a second run of the reference returns different values for the same cases"
        yield Finding(cell.index, 1, what)
    expected = _raised(master.answers.get(record.exercise, ""))
    judge = predicate_of(record.judge)
    for k, (case, outcome) in enumerate(zip(record.cases, record.outcomes, strict=True)):
        if fault := _reference_fault(outcome, expected):
            yield Finding(cell.index, 1, f"on case {k} the reference {fault}")
            return  # the first problem is enough
        if not is_right(case, outcome, outcome, judge, record.within):
            what = f"on case {k} the judge rejects the reference's own value"
            yield Finding(cell.index, 1, what)
            return


def _reference_fault(outcome: Outcome, expected: set[str]) -> str:
    """Describe the reference's mistake on a case; an `expected` error is not a mistake."""
    match outcome.ending:
        case Ending.STOPPED:
            return f"is stopped: {outcome.stop_reason}"
        case Ending.CHANGED:
            return "modifies its arguments"
        case Ending.ERROR if not expected & set(outcome.errors):
            return f"fails: {outcome.errors[0]}: {outcome.message}"
    return ""


def _raised(source: str) -> set[str]:
    """Return the names of the errors that a source raises explicitly."""
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
    """An exercise's checks, tested on answers that they should reject."""

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
        """Yield a finding for each answer that wrongly passes; then restore the reference."""
        yield from self._trivial()
        yield from self._wrong()
        yield from self._mutated()
        self._kernel.run(self._answer.source, self._answer.index)

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

    def _trivial(self) -> Iterator[Finding]:
        for value in TRIVIAL:
            answer = f"def {self._exercise}(*arguments):\n    return {value}"
            if self._passes(answer, self._public):
                what = f"an answer that only returns {value} passes this check"
                yield Finding(self._public.index, 1, what)

    def _wrong(self) -> Iterator[Finding]:
        hints: dict[tuple[str, ...], str] = {}  # digests of a distractor's outcomes → hint
        for cell in self._distractors:
            outcomes = self._outcomes(cell.source, self._public)
            name = f"the distractor {cell.name!r}"
            if outcomes is None:
                yield Finding(cell.index, 1, f"{name} does not run")
            elif all(verdicts(self._records[self._public], outcomes)):
                yield Finding(cell.index, 1, f"{name} passes the public check")
            elif (hint := hints.setdefault(tuple(map(digest, outcomes)), cell.hint)) != cell.hint:
                what = f"{name} behaves like another distractor, whose hint is “{hint}”"
                yield Finding(cell.index, 1, what)

    def _mutated(self) -> Iterator[Finding]:
        for mutant in mutants(self._answer.source):
            if all(self._passes(mutant.source, check) for check in self._records):
                what = f"no check notices {mutant.change}"
                yield Finding(self._answer.index, mutant.line, what, advice=True)
