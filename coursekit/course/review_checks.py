"""Run a master: its reference must pass its checks, and wrong answers must fail them."""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from math import inf, nan

from coursekit.course.compare import (
    INSIDE,
    accepts,
    digest,
    incomparable,
    is_right,
    predicate_of,
    verdicts,
)
from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master
from coursekit.course.mutants import mutants
from coursekit.course.notebook_kernel import MasterError, ReferenceKernel, reference_kernel
from coursekit.course.records import TOLERANCE, CheckRecord, Ending, Outcome
from coursekit.course.release import PUBLIC_SEED
from coursekit.course.structure import Finding
from coursekit.errors import CommandError
from coursekit.render.text import join_words
from coursekit.sandbox.guest.arguments import Stopped
from coursekit.sandbox.guest.encoding import encode

PLAIN = "let a driver (drive=…) return numbers, text, lists or dicts that describe it"
EXPECTED = {  # errors that a natural answer may raise on purpose
    "ValueError", "TypeError", "KeyError", "IndexError", "ZeroDivisionError", "OverflowError",
    "FileNotFoundError", "StopIteration",
}  # fmt: skip
SEED = "seed its random numbers, or accept every right value with a judge"
WITHIN = "within= does not apply to a variable, whose value is secret: accept it with a judge"
NOTHING = (
    "the reference returns None on every case: compare what it prints (printed=True) or changes"
    " (returns=[0])"
)
UNNOTICED = "no check notices"  # begins each finding about a mutant
TRIVIAL = ("None", "0", "1", "[]", "{}", "set()", "True", "float('nan')", "float('inf')")


def behaviour(master: Master, *, mutate: bool = True) -> Iterator[Finding]:
    """Run the reference and trivial, wrong and mutated answers; yield the problems."""
    try:
        with reference_kernel(PUBLIC_SEED) as kernel:
            yield from _behaviour(master, kernel, mutate=mutate)
    except MasterError as error:
        yield Finding(f"the cell {error.what}", error.cell, error.line)
    except CommandError as error:
        yield Finding(str(error))


def _behaviour(master: Master, kernel: ReferenceKernel, *, mutate: bool) -> Iterator[Finding]:
    records: dict[int, CheckRecord] = {}
    errors: list[Finding] = []
    for cell, record in kernel.records(master):
        records[cell.index] = record
        stopped = any(outcome.timed_out for outcome in record.outcomes)
        again = record if stopped else kernel.record(cell.source, cell.index)
        errors += (Finding(what, cell.index) for what in _check_errors(master, cell, record, again))
        errors += _careless_judge(cell, record)
    public = {
        question
        for cell in master.with_role(Role.CHECK)
        for question in _questions(records[cell.index])
    }
    for cell in master.with_role(Role.HIDDEN):
        if (hidden := _questions(records[cell.index])) and hidden <= public:
            what = "every case of this hidden check is also in the public one"
            errors.append(Finding(what, cell.index))
    yield from errors
    if not all(error.advice for error in errors):
        return  # a wrong reference cannot be used to test its checks
    for answer in master.with_role(Role.ANSWER):
        cells = master.of_exercise(answer.exercise, Role.CHECK, Role.HIDDEN)
        checks = _Checks(kernel, answer, {cell: records[cell.index] for cell in cells})
        yield from checks.trivial_answers()
        yield from checks.distractors(master.of_exercise(answer.exercise, Role.DISTRACTOR))
        if mutate:
            yield from checks.mutants()
        kernel.run(answer.source, answer.index)


def _questions(record: CheckRecord) -> set[str]:
    """Return the cases of a check with its judge; without any input, there is only one case."""
    about = json.dumps([record.exercise, record.judge, record.within])
    return {
        about + json.dumps(case)
        for case in record.cases
        if case["args"] or "typed" in case or "files" in case
    }


def _check_errors(
    master: Master, cell: Cell, record: CheckRecord, again: CheckRecord
) -> Iterator[str]:
    if record.exercise != cell.exercise:
        yield f"the cell of {cell.exercise!r} checks another exercise, {record.exercise!r}"
    if not record.outcomes:
        yield "the generator yields no cases, so every answer passes"
    if json.dumps(record.cases) != json.dumps(again.cases):
        yield "a second run generates different cases: use only rng as a source of randomness"
    elif not all(verdicts(record, again.outcomes)) and all(verdicts(record, record.outcomes)):
        what = "a second run of the reference returns different values for the same cases"
        yield f"{what}: {SEED}"
    if record.outcomes and all(_is_none(outcome) for outcome in record.outcomes):
        yield NOTHING
        return
    if record.within != TOLERANCE and any(case.get("variable") for case in record.cases):
        yield WITHIN
    expected = _raised(master.answers.get(record.exercise, ""))
    rights = verdicts(record, record.outcomes)
    for k, (outcome, right) in enumerate(zip(record.outcomes, rights, strict=True)):
        fault = _fault(outcome, expected)
        if not fault and not right:
            fault = _rejection(record, k)
        if fault:
            yield f"on case {k} the {fault}"
            return  # the first problem is enough


def _is_none(outcome: Outcome) -> bool:
    return outcome.ending is Ending.VALUE and outcome.value is None


def _fault(outcome: Outcome, expected: set[str]) -> str:
    """Describe the reference's mistake on a case; an `expected` error is not a mistake."""
    match outcome.ending:
        case Ending.STOPPED:
            return f"reference is stopped: {outcome.stop_reason}"
        case Ending.CHANGED:
            return "reference modifies its arguments"
        case Ending.ERROR if not expected & set(outcome.errors):
            error = f"{outcome.errors[0]}: {outcome.message}".rstrip(": ")
            return f"reference fails: {error}{_remedy(outcome.errors[0])}"
        case Ending.EMPTY:
            return "reference raises NotImplementedError, which means that nobody has answered"
        case Ending.VALUE if what := incomparable(outcome.value):
            return f"reference returns {what}, which cannot be compared: {PLAIN}"
    return ""


def _remedy(error: str) -> str:
    """Say what to do about an error of the reference, if a check may expect it."""
    if error == "EOFError":
        return "; pass the lines that it reads with typed="
    return f"; if it should, write raise {error} in the answer" if error in EXPECTED else ""


def _rejection(record: CheckRecord, at: int) -> str:
    """Describe why the reference's own value is not right, and the judge's error, if any."""
    judge = predicate_of(record.judge)
    if judge is None:
        return "reference's value is not equal to itself"
    try:
        accepts(judge, record.cases[at], record.outcomes[at])
        why = ""
    except (Exception, Stopped) as error:
        why = f" ({type(error).__name__}: {error}): {INSIDE}"
    return f"judge rejects the reference's own value{why}"


def _careless_judge(cell: Cell, record: CheckRecord) -> Iterator[Finding]:
    """Yield a finding for each value that a judge should not take for a number."""
    judge = predicate_of(record.judge)
    for value in (nan, inf, -inf, True) if judge else ():
        outcome = Outcome(Ending.VALUE, encode(value))
        for k, (case, want) in enumerate(zip(record.cases, record.outcomes, strict=True)):
            is_other = type(want.value) is not type(outcome.value) or value is not True
            right = is_right(case, outcome, want, judge, record.tolerance)
            if right and is_other and want.value != outcome.value:
                what = f"on case {k} the judge accepts {value}: test that the value is a number"
                yield Finding(what, cell.index, advice=value is True)
                break


def _raised(source: str) -> set[str]:
    """Return the names of the errors that a source raises explicitly."""
    raised = (node.exc for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Raise))
    names = (exc.func if isinstance(exc, ast.Call) else exc for exc in raised)
    return {name.id for name in names if isinstance(name, ast.Name)}


class _Checks:
    """An exercise's checks, tested on answers that they should reject."""

    def __init__(
        self, kernel: ReferenceKernel, answer: Cell, records: Mapping[Cell, CheckRecord]
    ) -> None:
        self._kernel, self._answer, self._records = kernel, answer, records
        self._public = next(cell for cell in records if cell.role is Role.CHECK)

    def _outcomes(self, answer: str, check: Cell) -> Sequence[Outcome]:
        """Return an answer's outcomes on a check's cases, or raise MasterError."""
        self._kernel.limit(max(1, self._records[check].seconds - 1))  # mutants may loop forever
        self._kernel.run(answer, self._answer.index, "a changed answer in ")
        return self._kernel.record(check.source, check.index).outcomes

    def _passes(self, answer: str, check: Cell) -> bool:
        try:
            return all(verdicts(self._records[check], self._outcomes(answer, check)))
        except MasterError:  # it does not run
            return False

    def _constant(self, value: str) -> str:
        """Return an answer that is a constant, or a function that returns it."""
        name, [first, *_] = self._answer.exercise, self._records[self._public].cases
        is_variable = first.get("variable")
        return f"{name} = {value}" if is_variable else f"def {name}(*_):\n    return {value}"

    def trivial_answers(self) -> Iterator[Finding]:
        passing = [one for one in TRIVIAL if self._passes(self._constant(one), self._public)]
        if passing:
            what = f"an answer that only returns {join_words(passing)} passes this check"
            yield Finding(f"{what}: add a case in which it is wrong", self._public.index)

    def distractors(self, cells: Iterator[Cell]) -> Iterator[Finding]:
        hints: dict[tuple[str, ...], str] = {}  # digests of a distractor's outcomes → hint
        for cell in cells:
            name = f"the distractor {cell.name!r}"
            try:
                outcomes = self._outcomes(cell.source, self._public)
            except MasterError as error:
                yield Finding(f"{name} does not run: it {error.what}", cell.index, error.line)
                continue
            if all(verdicts(self._records[self._public], outcomes)):
                yield Finding(f"{name} passes the public check", cell.index)
            elif (hint := hints.setdefault(tuple(map(digest, outcomes)), cell.hint)) != cell.hint:
                what = f"{name} behaves like another distractor, whose hint is “{hint}”"
                yield Finding(what, cell.index)

    def mutants(self) -> Iterator[Finding]:
        for mutant in mutants(self._answer.source):
            if all(self._passes(mutant.source, check) for check in self._records):
                what = f"{UNNOTICED} {mutant.change}"
                yield Finding(what, self._answer.index, mutant.line, advice=True)
