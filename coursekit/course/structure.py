"""Examine a master without running it: its headers and marks, and what students would receive.

Students receive every cell and line that is not marked as secret. A mark or a header that is not
spelt exactly right would therefore hand out what it should hide, so anything that resembles one
is an error.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

from coursekit.course.concealed import BINDS, FOREIGN, concealed, plain
from coursekit.course.headers import KEYWORDS, Role, parse_header
from coursekit.course.master import SOLUTION, STUB, Cell, Master

REVEALING = 20  # characters: a shorter solution line reveals nothing
IMPORT = re.compile(r"(import|from)\s+\w")  # nor does this line
SIMILAR = 0.85  # of 1: words this similar are taken for the same word, misspelt
REQUIRED_FIELDS = {
    Role.ANSWER: ("exercise",),
    Role.CHECK: ("exercise", "points"),
    Role.HIDDEN: ("exercise", "points"),
    Role.DISTRACTOR: ("exercise", "name", "hint"),
    Role.PROSE: ("exercise", "points", "rubric"),
}
REQUIRED_ROLES = {Role.ANSWER, Role.CHECK, Role.HIDDEN, Role.DISTRACTOR}  # all required
UNIQUE_ROLES = (Role.ANSWER, Role.CHECK, Role.PROSE)  # one cell per exercise
SECRET_ROLES = (Role.HIDDEN, Role.DISTRACTOR)  # students do not receive these cells
MARKS = "### BEGIN SOLUTION and ### END SOLUTION"
MARK_WORDS = ("beginsolution", "endsolution")
LESSON_NAME = re.compile(r"^(\w+)\s*=\s*(?:\w+\.)*Lesson\(", re.MULTILINE)
LABEL = re.compile(r"[^\w\n]*(\w+)\s*([:;=,.–—-]?)[^\w\n]*(\w*)")


class Finding(NamedTuple):
    """A problem and its place: a cell, counted from 0, and a line, counted from 1."""

    what: str
    cell: int = 0
    line: int = 1
    advice: bool = False  # a hint, not an error

    def __str__(self) -> str:
        return f"cell {self.cell}, line {self.line}: {self.what}"


def structure(master: Master) -> Iterator[Finding]:
    """Yield each error that can be found without running the master."""
    found = False
    for finding in (*_cells(master), *_exercises(master), *_unaccounted(master)):
        found = True
        yield finding
    if not found:
        yield from _revealed(master)


def _exercises(master: Master) -> Iterator[Finding]:
    """Yield a finding for each exercise that lacks a cell or has one too many."""
    roles: dict[str, Counter[Role]] = {}
    for cell in master.cells:
        if cell.role:
            roles.setdefault(cell.exercise, Counter())[cell.role] += 1
    if not any(Role.ANSWER in counts for counts in roles.values()):
        yield Finding("no cell is an answer, so there is no exercise to check")
    for exercise, counts in roles.items():
        first = next(master.of_exercise(exercise, *Role)).index
        missing = REQUIRED_ROLES - counts.keys()
        if counts.keys() != {Role.PROSE} and missing:
            what = f"the exercise {exercise!r} has no {' cell and no '.join(sorted(missing))} cell"
            yield Finding(what, first)
        for role in UNIQUE_ROLES:
            if counts[role] > 1:
                *_, last = master.of_exercise(exercise, role)
                what = f"the exercise {exercise!r} has {counts[role]} {role} cells: keep one"
                yield Finding(what, last.index)


def _cells(master: Master) -> Iterator[Finding]:
    for cell in master.cells:
        yield from _metadata(cell, master.node.cells[cell.index].metadata)
        if cell.role:
            yield from _fields(cell)
            if cell.is_code:
                yield from _syntax(cell)


def _metadata(cell: Cell, metadata: Mapping[str, object]) -> Iterator[Finding]:
    """Yield a finding if a cell's metadata contradicts its header or is not understood."""
    fields, header = cell.fields, parse_header(cell.type, cell.source)
    if "coursekit" in metadata and not (isinstance(fields, Mapping) and fields):
        yield Finding(f"the metadata under coursekit is {fields!r}, not a role", cell.index)
        return
    # a hidden cell of this course repeats the public check's header
    for name in ("exercise",) if cell.role in SECRET_ROLES else ("exercise", "role"):
        if header and header[name] != fields.get(name):
            what = f"the first line says {header[name]!r}, but the metadata {fields.get(name)!r}"
            yield Finding(what, cell.index)
    if fields and cell.role is None:
        what = f"unknown role {fields.get('role')!r}: use one of {', '.join(Role)}"
        yield Finding(what, cell.index)


def _fields(cell: Cell) -> Iterator[Finding]:
    assert cell.role
    for name in REQUIRED_FIELDS[cell.role]:
        value = cell.fields.get(name)
        if not value:
            yield Finding(f"the {cell.role} cell has no {name}", cell.index)
        elif name == "points" and not (cell.points > 0 and value is not True):
            yield Finding(f"{value!r} is not a number of points", cell.index)
    if cell.type != ("markdown" if cell.role is Role.PROSE else "code"):
        yield Finding(f"the {cell.role} cell must not be a {cell.type} cell", cell.index)


def _syntax(cell: Cell) -> Iterator[Finding]:
    """Yield a finding if a cell, or what students receive of it, is not valid Python."""
    try:
        ast.parse(cell.source)
    except SyntaxError as error:
        yield Finding(f"invalid Python: {error.msg}", cell.index, error.lineno or 1)
        return
    if cell.role is not Role.ANSWER:
        return
    if not SOLUTION.search(cell.source):
        yield Finding(f"the answer has no {MARKS}: students would get all of it", cell.index)
    try:
        stub = ast.parse(cell.stub)
    except SyntaxError:
        what = f"without the solution, the cell is not valid Python: move {MARKS}"
        yield Finding(what, cell.index)
        return
    for node in ast.walk(stub):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(one) == STUB for one in node.body):
            what = (
                f"without the solution, the class {node.name!r} cannot be defined:"
                f" put {MARKS} into each of its methods"
            )
            yield Finding(what, cell.index)


def _unaccounted(master: Master) -> Iterator[Finding]:
    """Yield a finding for everything in students' cells that resembles a mark or a header."""
    exercises = {cell.exercise for cell in master.cells if cell.role}
    calls = re.compile(rf"\b(\w+)\s*\(\s*['\"](?:{'|'.join(map(re.escape, exercises))})['\"]")
    checkers = {
        name
        for cell in master.cells
        for pattern in ((calls,) if cell.role in (Role.CHECK, Role.HIDDEN) else (LESSON_NAME,))
        for name in (pattern.findall(cell.source) if cell.is_code else ())
    }
    for cell in master.with_role(None, Role.ANSWER, Role.CHECK):
        yield from _marks(cell)
        metadata = master.node.cells[cell.index].metadata
        for place in concealed(cell, _public_lines(cell), metadata, exercises):
            yield Finding(place.what, cell.index, place.line)
        if cell.role is None:
            yield from _resembles_header(cell, exercises, checkers)
        else:
            yield from _second_header(cell, exercises)


def _marks(cell: Cell) -> Iterator[Finding]:
    """Yield a finding for each line that may be meant as a mark of a solution."""
    for number, line in _public_lines(cell):
        if _resembles_mark(line, is_code=cell.is_code):
            what = f"{line.strip()!r} is not a mark of a solution: write {MARKS}"
            if cell.role is not Role.ANSWER:
                what = f"{line.strip()!r} is in a cell that is not an answer"
            yield Finding(f"{what}, or delete it", cell.index, number)
    for solution in SOLUTION.finditer(cell.source) if cell.role is Role.ANSWER else ():
        start = cell.source.count("\n", 0, solution.start()) + 1
        for number, line in enumerate(solution[0].split("\n")[1:-1], start + 1):
            if _resembles_mark(line, is_code=True):
                what = f"{line.strip()!r} is inside another solution: end that one first"
                yield Finding(what, cell.index, number)


def _public_lines(cell: Cell) -> Iterator[tuple[int, str]]:
    """Yield the lines that students receive, with their numbers in the master's cell."""
    source = cell.source
    if cell.role is Role.ANSWER:
        source = SOLUTION.sub(lambda solution: "\n" * solution[0].count("\n"), source)
    return enumerate(re.split("\r\n|\n|\r", source), 1)


def _is_similar(word: str, other: str) -> bool:
    return SequenceMatcher(None, word, other).ratio() >= SIMILAR


def _resembles_mark(line: str, *, is_code: bool) -> bool:
    """Return whether a line may be meant as a mark of a solution."""
    line = plain(line)
    if is_code and FOREIGN.search(line):
        return True
    words = re.sub(r"[\W\d_]", "", line.partition("#")[2] if is_code and "#" in line else line)
    return len(words) < REVEALING and any(_is_similar(words, mark) for mark in MARK_WORDS)


def _resembles_header(cell: Cell, exercises: set[str], checkers: set[str]) -> Iterator[Finding]:
    """Yield a finding if a cell without a role may be meant to have one."""
    lines = list(_public_lines(cell))
    if not cell.is_code:
        for number, line in lines:
            if "<!--" in line or "-->" in line:
                what = "students would receive this comment: begin the cell with <!-- written: NAME"
                yield Finding(f"{what}, or delete the comment", cell.index, number)
    first = next((number for number, line in lines if line.strip()), 0)
    for number, line in lines:
        if keyword := _keyword(line, cell, exercises, is_first=number == first):
            header = f"<!-- {keyword}: NAME" if keyword == "written" else f"# {keyword}: NAME"
            what = f"{line.strip()!r} is not a header: begin the cell with {header}, …"
            yield Finding(f"{what}, or change the line", cell.index, number)
            return
    calls = {rf"\b{name}\s*\(": f"calls {name}(…)" for name in checkers}
    defines = {BINDS.format(re.escape(name)): f"defines {name}" for name in exercises}
    for pattern, what in (calls | defines).items() if cell.type != "markdown" else ():
        if match := re.search(pattern, cell.source, re.MULTILINE):
            headers = (
                "# check: or # hidden:" if pattern in calls else "# exercise: or # distractor:"
            )
            number = cell.source.count("\n", 0, match.start()) + 1
            yield Finding(f"a cell that {what} must begin with {headers}", cell.index, number)


def _second_header(cell: Cell, exercises: set[str]) -> Iterator[Finding]:
    """Yield a finding if a cell has been merged with one that has its own header."""
    _, *lines = [(number, line) for number, line in _public_lines(cell) if line.strip()]
    for number, line in lines:
        if keyword := _keyword(line, cell, exercises, is_first=False):
            what = f"{line.strip()!r} looks like the header of another {keyword} cell"
            yield Finding(
                f"{what}: split the cell above this line, or change it", cell.index, number
            )


def _keyword(line: str, cell: Cell, exercises: set[str], *, is_first: bool) -> str:
    """Return the keyword of the header that a line resembles, or ""."""
    if cell.is_code and not is_first and not line.lstrip().startswith("#"):
        return ""
    match = LABEL.match(plain(line))
    if not match:
        return ""
    word, separator, name = match.groups()
    keyword = next((k for k in (*KEYWORDS, "rubric") if _is_similar(word, k)), "")
    names_exercise = name in map(plain, exercises)
    if keyword in ("written", "rubric"):
        return keyword if separator == ":" else ""
    if keyword in ("hidden", "distractor"):
        return keyword if separator == ":" or names_exercise else ""
    if cell.is_code:
        return keyword if (is_first and separator == ":") or names_exercise else ""
    return keyword if names_exercise and "def " in cell.source else ""


def _revealed(master: Master) -> Iterator[Finding]:
    """Yield solution lines that also appear in a cell students receive."""
    secrets = {
        line.strip(): cell.exercise
        for cell in master.with_role(Role.ANSWER)
        for solution in SOLUTION.finditer(cell.source)
        for line in solution.group().split("\n")[1:-1]
        if len(line.strip()) >= REVEALING and not IMPORT.match(line.strip())
    }
    for cell in master.with_role(None, Role.ANSWER, Role.CHECK):
        for number, line in _public_lines(cell):
            if exercise := secrets.get(line.strip()):
                what = f"students receive this line of the solution to {exercise!r}: {line.strip()}"
                yield Finding(what, cell.index, number)
