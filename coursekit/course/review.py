"""Report a master's problems by cell and line, before students find them.

First its cells are examined without running them: headers, points, syntax, leaked lines. A master
without errors is then run, and finally graded.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from coursekit.course.headers import KEYWORDS, Role, parse_header
from coursekit.course.master import SOLUTION, Cell, Master
from coursekit.course.records import Status
from coursekit.course.release import answered_notebook, student_notebook
from coursekit.course.review_checks import Finding, behaviour
from coursekit.errors import did_you_mean

Grade = Callable[[str, str, str, str], Any]  # student, text, master, seed → grading's Graded
LEAKED = 20  # characters: a shorter solution line reveals nothing
REQUIRED_FIELDS = {
    Role.ANSWER: ("exercise",),
    Role.CHECK: ("exercise", "points"),
    Role.HIDDEN: ("exercise", "points"),
    Role.DISTRACTOR: ("exercise", "name", "hint"),
    Role.PROSE: ("exercise", "points", "rubric"),
}
REQUIRED_ROLES = {Role.ANSWER, Role.CHECK, Role.HIDDEN, Role.DISTRACTOR}  # all required


def review(lesson: str, text: str, *, grade: Grade) -> Iterator[Finding]:
    """Yield a master's problems; mutants that no check notices are reported as hints.

    `grade` grades one submission.
    """
    master = Master.parse(text)
    if errors := list(_structure(master)):
        yield from errors
        return  # running the master would report the same errors less clearly
    yield from _leaks(master)
    findings = list(behaviour(master))
    yield from findings
    if all(finding.advice for finding in findings):
        yield from _grading(lesson, master, text, grade)


def _structure(master: Master) -> Iterator[Finding]:
    """Yield a finding for each incomplete cell, and for each exercise that lacks a cell."""
    roles: dict[str, set[Role]] = {}
    for cell in master.cells:
        yield from _cell_structure(cell)
        if cell.role:
            roles.setdefault(cell.exercise, set()).add(cell.role)
    if not any(Role.ANSWER in those for those in roles.values()):
        yield Finding("no cell is an answer, so there is no exercise to check")
    for exercise, those in roles.items():
        missing = REQUIRED_ROLES - those
        if those != {Role.PROSE} and missing:
            what = f"the exercise {exercise!r} has no {' cell and no '.join(sorted(missing))} cell"
            yield Finding(what, next(master.of_exercise(exercise, *Role)).index)


def _cell_structure(cell: Cell) -> Iterator[Finding]:
    fields, at = cell.fields, cell.index
    if not isinstance(fields, Mapping) or not fields:
        # a first line that looks like a header but is not: students would receive the cell
        begin = "<!--" if cell.type == "markdown" else "#"
        first = re.match(rf"\s*{begin}\s*(\w+):\s*\w", cell.source)
        if first and (close := did_you_mean(first[1], KEYWORDS)):
            yield Finding(f"a header cannot begin with {first[1]!r}{close}", at)
        return
    header = parse_header(cell.type, cell.source).get("exercise", fields.get("exercise"))
    if header != fields.get("exercise"):
        what = f"the first line says {header!r}, but the metadata {fields.get('exercise')!r}"
        yield Finding(what, at)
    if cell.role is None:
        yield Finding(f"unknown role {fields.get('role')!r}: use one of {', '.join(Role)}", at)
        return
    for name in REQUIRED_FIELDS[cell.role]:
        if not fields.get(name):
            yield Finding(f"the {cell.role} cell has no {name}", at)
        elif name == "points" and not (cell.points > 0 and fields[name] is not True):
            yield Finding(f"{fields[name]!r} is not a number of points", at)
    if cell.role is Role.ANSWER and not SOLUTION.search(cell.source):
        markers = "### BEGIN SOLUTION and ### END SOLUTION"
        yield Finding(f"the answer has no {markers}: students would get all of it", at)
    if cell.is_code:
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            yield Finding(f"invalid Python: {error.msg}", at, error.lineno or 1)


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
                what = f"students receive this line of the solution to {exercise!r}"
                yield Finding(what, cell.index, number)


def _grading(lesson: str, master: Master, text: str, grade: Grade) -> Iterator[Finding]:
    """Grade the reference and an empty notebook; yield a finding for each unexpected result."""
    graded = grade(lesson, answered_notebook(master, master.answers), text, "review")
    if graded.status != "graded":
        yield Finding(f"grading the reference fails: {' '.join(graded.notes)}")
        return
    for result in graded.results:
        if not result.points:
            at = next(master.of_exercise(result.exercise, result.part)).index
            what = f"graded in the sandbox, the reference earns no points: {result.why}"
            yield Finding(what, at)
    for result in grade(lesson, student_notebook(master), text, "review").results:
        if result.status is not Status.NOT_ATTEMPTED:
            at = next(master.of_exercise(result.exercise, result.part)).index
            what = f"an empty answer is graded as {result.status}, not as {Status.NOT_ATTEMPTED}"
            yield Finding(what, at)
