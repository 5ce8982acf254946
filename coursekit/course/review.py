"""What is wrong with a master, by cell and line, before a student finds out."""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from coursekit.course import master as masters
from coursekit.course.compare import digest, right, verdicts
from coursekit.course.headers import KEYWORDS, Role, parse_header
from coursekit.course.mutants import mutants
from coursekit.course.records import Status
from coursekit.course.reference import MasterError, Record, Session, session
from coursekit.course.release import PUBLIC_SEED, answered
from coursekit.course.release import notebook as released
from coursekit.errors import CommandError, did_you_mean

SHOWN = 20  # characters of a line of the solution that would give something away
QUICK = (  # mutants may never end
    "from coursekit.sandbox.guest import limits as _limits\n_limits.CASE_TIMEOUT = 1"
)
TRIVIAL = ("None", "0", "1", "[]", "{}", "set()")
FACTS = {
    "answer": ("exercise",),
    "check": ("exercise", "points"),
    "hidden": ("exercise", "points"),
    "distractor": ("exercise", "name", "hint"),
    "written": ("exercise", "points", "rubric"),
}


class Finding(NamedTuple):
    """What is wrong, and where: a cell counted from 0, a line of it from 1."""

    cell: int
    line: int
    what: str
    advice: bool = False  # worth a look, and no fault

    def __str__(self) -> str:
        return f"cell {self.cell}, line {self.line}: {self.what}"


Grade = Callable[[str, str, str, str], Any]  # student, text, master, seed → grading's Graded


def review(lesson: str, text: str, *, grade: Grade) -> Iterator[Finding]:
    """Yield what is wrong with a master; mutants that no check notices come as advice.

    `grade` grades a submission as a class's are graded.
    """
    master = masters.parse(text)
    structural = list(_structure(master))
    yield from structural
    if structural:
        return  # what follows would only say the same again, less clearly
    yield from _shown(master)
    behaviour = []
    for finding in _ran(master):
        behaviour.append(finding)
        yield finding
    if all(finding.advice for finding in behaviour):
        yield from _graded(lesson, master, text, grade)


def small_changes(text: str) -> dict[str, int]:
    """Return how many small changes each exercise's reference has, for its checks to notice."""
    master = masters.parse(text)
    return {e: sum(1 for _ in mutants(source)) for e, source in masters.answers(master).items()}


def _ran(master: Any) -> Iterator[Finding]:
    """Yield what running a master shows: in the sandbox, with the whole kit and the public seed."""
    try:
        with session(PUBLIC_SEED) as kernel:
            yield from _behaviour(master, kernel)
    except MasterError as error:
        yield Finding(error.cell, error.line, str(error))
    except CommandError as error:
        yield Finding(0, 1, str(error))


def _structure(master: Any) -> Iterator[Finding]:
    """Yield cells that lack what their role needs, and exercises that lack a cell."""
    seen: dict[str, set[str]] = {}
    for i, cell in enumerate(master.cells):
        facts = masters.facts(cell)
        if not isinstance(facts, Mapping) or not facts:
            yield from _misspelt(i, cell)
            continue
        said = parse_header(cell.cell_type, cell.source).get("exercise", facts.get("exercise"))
        if said != facts.get("exercise"):
            what = f"the first line says {said!r}, the metadata {facts.get('exercise')!r}"
            yield Finding(i, 1, what)
        role = masters.role(cell)
        if role is None:
            known = ", ".join(Role)
            yield Finding(i, 1, f"the role {facts.get('role')!r} is none of {known}")
            continue
        for name in FACTS[role]:
            if not facts.get(name):
                yield Finding(i, 1, f"the {role} cell has no {name}")
            elif name == "points" and not _is_amount(facts[name]):
                yield Finding(i, 1, f"{facts[name]!r} is no number of points")
        seen.setdefault(str(facts.get("exercise")), set()).add(role)
        if role == "answer" and not masters.SOLUTION.search(cell.source):
            marks = "### BEGIN SOLUTION and ### END SOLUTION"
            yield Finding(i, 1, f"the answer has no {marks}: students would get it whole")
        if cell.cell_type == "code":
            yield from _syntax(i, cell.source)
    if not any("answer" in roles for roles in seen.values()):
        yield Finding(0, 1, "no cell has the role answer: there is no exercise to check")
    for exercise, roles in seen.items():
        missing = {"answer", "check", "hidden", "distractor"} - roles
        if roles != {"written"} and missing:
            what = f"the exercise {exercise!r} has no {', no '.join(sorted(missing))} cell"
            yield Finding(_first(master, exercise), 1, what)


def _misspelt(i: int, cell: Any) -> Iterator[Finding]:
    """Yield a first line that looks like a mark and is none: students would get such a cell."""
    begin = "<!--" if cell.cell_type == "markdown" else "#"
    found = re.match(rf"\s*{begin}\s*(\w+):\s*\w", cell.source)
    if found and (close := did_you_mean(found[1].lower(), KEYWORDS)):
        yield Finding(i, 1, f"{found[1]!r} is none of the marks of a cell{close}")


def _is_amount(points: Any) -> bool:
    return isinstance(points, int | float) and not isinstance(points, bool) and points > 0


def _syntax(i: int, source: str) -> Iterator[Finding]:
    try:
        ast.parse(source)
    except SyntaxError as error:
        yield Finding(i, error.lineno or 1, f"this is no Python: {error.msg}")


def _first(master: Any, exercise: str, *roles: str) -> int:
    return next(
        i
        for i, cell in enumerate(master.cells)
        if masters.facts(cell).get("exercise") == exercise
        and (not roles or masters.role(cell) in roles)
    )


def _shown(master: Any) -> Iterator[Finding]:
    """Yield lines of a solution that a cell which students get holds as well."""
    secret: dict[str, str] = {}
    for cell in masters.cells(master, "answer"):
        for found in masters.SOLUTION.finditer(cell.source):
            for line in found.group().split("\n")[1:-1]:
                if len(line.strip()) >= SHOWN:
                    secret[line.strip()] = masters.facts(cell)["exercise"]
    for i, cell in enumerate(master.cells):
        if masters.role(cell) in ("hidden", "distractor", "written"):
            continue
        for number, line in enumerate(masters.emptied(cell.source).split("\n"), 1):
            if exercise := secret.get(line.strip()):
                yield Finding(i, number, f"students get this line, which answers {exercise!r}")


def _behaviour(master: Any, kernel: Session) -> Iterator[Finding]:
    """Yield what running the reference, the distractors, empty and changed answers shows."""
    kernel.run(QUICK, 0)
    records: dict[int, Record] = {}
    faults: list[Finding] = []
    for i, found in kernel.records(master):
        records[i] = found
        again = kernel.record(master.cells[i].source, i)
        faults += _of_the_reference(i, master, found, again)
    faults += _repeats(master, records)
    yield from faults
    if faults:
        return  # checks cannot be judged by a reference that is wrong
    for exercise in (masters.facts(c)["exercise"] for c in masters.cells(master, "answer")):
        checks = {
            i: found for i, found in records.items()
            if masters.facts(master.cells[i])["exercise"] == exercise
        }  # fmt: skip
        yield from _of_the_checks(exercise, master, kernel, checks)


def _of_the_reference(i: int, master: Any, found: Record, again: Record) -> Iterator[Finding]:
    exercise, outcomes = found["exercise"], found["outcomes"]
    if exercise != masters.facts(master.cells[i])["exercise"]:
        yield Finding(i, 1, f"the cell belongs to another exercise than it checks, {exercise!r}")
    if not outcomes:
        yield Finding(i, 1, "the generator yields no case, so every answer passes")
    if json.dumps(found["cases"]) != json.dumps(again["cases"]):
        yield Finding(i, 1, "run again it draws other cases: draw them from rng alone")
    elif list(map(digest, outcomes)) != list(map(digest, again["outcomes"])):
        yield Finding(i, 1, "run again the reference returns something else on the same cases")
    answer = master.cells[_first(master, exercise, "answer")].source
    meant = {
        node.exc.func.id
        for node in ast.walk(ast.parse(answer))
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
    }
    for k, (case, outcome) in enumerate(zip(found["cases"], outcomes, strict=True)):
        if "stopped" in outcome:
            yield Finding(i, 1, f"on case {k} the reference is stopped by its {outcome['stopped']}")
        elif "changed" in outcome:
            yield Finding(i, 1, f"on case {k} the reference changes what it is given")
        elif "error" in outcome and not meant & set(outcome["error"]):
            said = f"{outcome['error'][0]}: {outcome['text']}"
            yield Finding(i, 1, f"on case {k} the reference fails: {said}")
        elif not right(case, outcome, outcome, found["judge"], found["within"]):
            yield Finding(i, 1, f"on case {k} the judge refuses the reference's own value")
        else:
            continue
        return  # the first says enough


def _repeats(master: Any, records: Mapping[int, Record]) -> Iterator[Finding]:
    public = {
        json.dumps(case)
        for i, found in records.items()
        if masters.role(master.cells[i]) == "check"
        for case in found["cases"]
    }
    for i, found in records.items():
        hidden = masters.role(master.cells[i]) == "hidden" and found["cases"]
        if hidden and all(json.dumps(case) in public for case in found["cases"]):
            yield Finding(i, 1, "every case of this hidden check is in the public one")


def _of_the_checks(
    exercise: str, master: Any, kernel: Session, checks: Mapping[int, Record]
) -> Iterator[Finding]:
    """Yield what the checks of one exercise let pass; the reference is there again afterwards."""
    at = _first(master, exercise, "answer")
    public = next(i for i in checks if masters.role(master.cells[i]) == "check")

    def outcomes(source: str, i: int) -> list[Any] | None:
        """Return what came of an answer on the cases of a check, None where it does not run."""
        try:
            kernel.run(source, at, "a changed answer in ")
            found: list[Any] = kernel.record(master.cells[i].source, i)["outcomes"]
        except MasterError:
            return None
        return found

    def passes(got: list[Any] | None, i: int) -> bool:
        """Return whether outcomes are right on all cases of a check."""
        return got is not None and all(verdicts(checks[i], got))

    for value in TRIVIAL:
        if passes(outcomes(f"def {exercise}(*arguments):\n    return {value}", public), public):
            yield Finding(public, 1, f"an answer that only returns {value} passes this check")
    hints: dict[tuple[str, ...], str] = {}
    for i, cell in enumerate(master.cells):
        facts = masters.facts(cell)
        if masters.role(cell) != "distractor" or facts["exercise"] != exercise:
            continue
        got = outcomes(cell.source, public)
        if got is None:
            yield Finding(i, 1, f"the distractor {facts['name']!r} does not run")
        elif passes(got, public):
            yield Finding(i, 1, f"the distractor {facts['name']!r} passes the public check")
        elif (other := hints.setdefault(tuple(map(digest, got)), facts["hint"])) != facts["hint"]:
            what = f"the distractor {facts['name']!r} behaves as another, whose hint is “{other}”"
            yield Finding(i, 1, what)
    source = master.cells[at].source
    for mutant in mutants(source):
        if all(passes(outcomes(mutant.source, i), i) for i in checks):
            what = f"no check notices {mutant.change}"
            yield Finding(at, mutant.line, what, advice=True)
    kernel.run(source, at)


def _graded(lesson: str, master: Any, text: str, grade: Grade) -> Iterator[Finding]:
    """Yield what becomes of the reference and of an empty notebook in the grading sandbox."""
    ran = grade(lesson, answered(master, masters.answers(master)), text, "review")
    if ran.status != "graded":
        yield Finding(0, 1, f"it cannot be graded in the sandbox: {' '.join(ran.notes)}")
        return
    for result in ran.results:
        if not result.points:
            at = _first(master, result.exercise, result.part)
            what = f"graded in the sandbox, the reference earns nothing here: {result.why}"
            yield Finding(at, 1, what)
    for result in grade(lesson, released(master), text, "review").results:
        if result.status is not Status.NOT_ATTEMPTED:
            at = _first(master, result.exercise, result.part)
            yield Finding(at, 1, f"an empty answer is {result.status}, and not “not attempted”")
