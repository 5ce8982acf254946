"""Examine a master's cells without running them: headers, points, syntax, leaked lines."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from coursekit.course.headers import KEYWORDS, Role, parse_header
from coursekit.course.master import SOLUTION, Cell, Master
from coursekit.errors import did_you_mean

LEAKED = 20  # characters: a shorter solution line reveals nothing
REQUIRED_FIELDS = {
    Role.ANSWER: ("exercise",),
    Role.CHECK: ("exercise", "points"),
    Role.HIDDEN: ("exercise", "points"),
    Role.DISTRACTOR: ("exercise", "name", "hint"),
    Role.PROSE: ("exercise", "points", "rubric"),
}
REQUIRED_ROLES = {Role.ANSWER, Role.CHECK, Role.HIDDEN, Role.DISTRACTOR}  # all required


class Finding(NamedTuple):
    """A problem and its place: a cell, counted from 0, and a line, counted from 1."""

    cell: int
    line: int
    what: str
    advice: bool = False  # a hint, not an error

    def __str__(self) -> str:
        return f"cell {self.cell}, line {self.line}: {self.what}"


def structure(master: Master) -> Iterator[Finding]:
    """Yield a finding for each incomplete cell, and for each exercise that lacks a cell."""
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
            what = f"the exercise {exercise!r} has no {' cell and no '.join(sorted(missing))} cell"
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
    """Yield first lines that look like headers but are not: students would receive the cell."""
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


def leaks(master: Master) -> Iterator[Finding]:
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
                yield Finding(cell.index, number, what)
