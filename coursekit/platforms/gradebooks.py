"""Fill in the gradebook or worksheet that was downloaded from a platform, for that platform.

The file is filled in, and never written anew: platforms compare its headers, some of them in the
teacher's language. Facts: Canvas `lib/gradebook_importer.rb`; Moodle
`mod/assign/feedback/offline/importgradeslib.php`. No live platform was tried.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from coursekit.errors import CommandError
from coursekit.platforms.grades import Export, Grade
from coursekit.platforms.roster import Roster, enrolled_in
from coursekit.platforms.tables import Table, plain

MOODLE_GRADE = ("grade", "bewertung", "note", "calificación", "valutazione", "оценка")
MOODLE_MAXIMUM = ("maximum grade", "bestwertung", "note maximale", "calificación máxima")
MOODLE_OPEN = ("grade can be changed", "bewertung kann geändert werden",
               "la note peut être modifiée", "la calificación puede ser cambiada")  # fmt: skip
NO = ("no", "nein", "non")
BRIGHTSPACE_IDS = ("orgdefinedid", "username")
BLACKBOARD_ABOUT = ("last name", "first name", "username", "user name", "student id")
END = "End-of-Line Indicator"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a platform's file takes the grades."""

    table: Table
    column: int
    kept: Sequence[int]  # the columns that the platform needs
    maximum: Sequence[str]  # of each row, "" where the file does not say it
    locked: Mapping[int, str]  # row → why its grade stays as it is
    keeps_all: bool = False  # whether rows without a grade of ours stay in the file


def fill_in(
    table: Table, grades: Sequence[Grade], platform: str, item: str, *, scale: bool
) -> Export:
    """Return the table with the grades of those whose points are final.

    `item` names the assignment, if the file has several. Raise CommandError if the file does not
    have it, or if its maximum is not ours; with `scale`, points are converted.
    """
    target, export = TARGETS[platform](table, item), Export()
    enrolled = enrolled_in(target.table)
    roster = Roster([one for one in enrolled if one])
    at = {one: row for row, one in enumerate(enrolled) if one}
    cells: dict[int, str] = {}
    decimal_comma = target.table.decimal_comma
    for grade in grades:
        one = roster.find(grade.person)
        if grade.points is None:
            export.note("Left out, because the points are not final", grade.student)
        elif one is None:
            export.note(f"Left out, because {table.path.name} has no such student", grade.student)
        elif why := target.locked.get(at[one]):
            export.note(f"Left as it is, because {why}", grade.student)
        else:
            text = _cell(target, at[one], grade, export, scale=scale)
            cells[at[one]] = text.replace(".", ",") if decimal_comma else text
    rows = [
        [cells.get(row, old) if k == target.column else old for k, old in enumerate(line)]
        for row, line in enumerate(target.table.rows)
        if row in cells or target.keeps_all or enrolled[row] is None
    ]
    kept = [[line[k] for k in target.kept] for line in [list(target.table.columns), *rows]]
    export.content = replace(table, columns=kept[0], rows=kept[1:]).to_bytes()
    return export


def _cell(target: Target, row: int, grade: Grade, export: Export, *, scale: bool) -> str:
    """Return a student's points, with a decimal point."""
    points = grade.points or 0.0
    maximum = number(target.maximum[row]) or grade.max_points
    if maximum != grade.max_points and not scale:
        raise CommandError(
            f"{target.table.path}: the maximum is {maximum:g}, but here it is"
            f" {grade.max_points:g}: change it on the platform, or pass --scale"
        )
    points *= maximum / grade.max_points if grade.max_points else 1
    if points > maximum:
        export.note(f"Cut to {maximum:g}, the most that the platform takes", grade.student)
        points = maximum
    text, old = f"{round(points, 4):g}", target.table.rows[row][target.column]
    if old.strip() and number(old) != points:
        export.note("Changed", f"{grade.student} {old} → {text}")
    return text


def number(text: str) -> float | None:
    """Return the number in a cell, with a decimal point or comma; None if there is none.

    >>> number("7,50"), number("-"), number("")
    (7.5, None, None)
    """
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _canvas(table: Table, item: str) -> Target:
    """Keep the student's columns, of which Section is the last, and the assignment's."""
    names = list(map(plain, table.columns))
    if "section" not in names or "id" not in names:
        raise _not_from(table, "Canvas", "columns ID and Section")
    section = names.index("section")
    column = _column(table, item, range(section + 1, len(names)), r".*\(\d+\)")
    totals = [row for row in table.rows if plain(row[0]) == "points possible"]
    maximum = totals[0][column] if totals else ""
    excused = {
        at: "it is excused" for at, row in enumerate(table.rows) if plain(row[column]) == "ex"
    }
    kept = [*range(section + 1), column]
    return Target(table, column, kept, [maximum] * len(table.rows), excused)


def _moodle(table: Table, item: str) -> Target:
    """Keep all; the grade's column is named in the teacher's language."""
    names = list(map(plain, table.columns))
    if plain(item) in names:
        column = names.index(plain(item))
    elif known := [names.index(name) for name in MOODLE_GRADE if name in names]:
        column = known[0]
    else:
        raise CommandError(
            f"{table.path}: no column is called Grade: pass --item with the column's name, one of"
            f" {', '.join(table.columns)}"
        )
    most = next((names.index(name) for name in MOODLE_MAXIMUM if name in names), None)
    change = next((names.index(name) for name in MOODLE_OPEN if name in names), None)
    locked = {
        at: "Moodle says that the grade cannot be changed"
        for at, row in enumerate(table.rows) if change is not None and plain(row[change]) in NO
    }  # fmt: skip
    maximum = ["" if most is None else row[most] for row in table.rows]
    return Target(table, column, range(len(names)), maximum, locked, keeps_all=True)


def _brightspace(table: Table, item: str) -> Target:
    """Keep the ids; add the item's column and the sign that ends each line if they are missing."""
    names = list(map(plain, table.columns))
    ids = [k for k, name in enumerate(names) if name in BRIGHTSPACE_IDS]
    if not ids:
        raise _not_from(table, "Brightspace", "column OrgDefinedId or Username")
    pattern = r".* Points Grade( <.*>)?"
    if not any(re.fullmatch(pattern, column) for column in table.columns):
        if not item:
            raise CommandError(
                f"{table.path}: no column ends in Points Grade: pass --item with the grade item's"
                " name in Brightspace"
            )
        table = table.with_column(f"{item} Points Grade", "")
    if END not in table.columns:
        table = table.with_column(END, "#")
    column = _column(table, item, range(len(table.columns)), pattern)
    most = re.search(r"MaxPoints:([\d.,]+)", table.columns[column])
    kept = [*ids, column, list(table.columns).index(END)]
    return Target(table, column, kept, [most[1] if most else ""] * len(table.rows), {})


def _blackboard(table: Table, item: str) -> Target:
    """Keep the student's columns and the assignment's, whose name ends in its id."""
    columns = range(len(table.columns))
    column = _column(table, item, columns, r".*\| ?\d+")
    most = re.search(r"Pts: *([\d.,]+)", table.columns[column])
    about = [k for k in columns if plain(table.columns[k]) in BLACKBOARD_ABOUT]
    return Target(table, column, [*about, column], [most[1] if most else ""] * len(table.rows), {})


def _column(table: Table, item: str, columns: Sequence[int], pattern: str) -> int:
    """Return the assignment's column; raise CommandError unless there is exactly one."""
    names = {k: table.columns[k] for k in columns if re.fullmatch(pattern, table.columns[k])}
    found = [k for k, name in names.items() if plain(name).startswith(plain(item))]
    exact = [k for k in found if plain(names[k]) == plain(item)]
    if len(found) == 1 or exact:
        return (exact or found)[0]
    if not names:
        why = "no column's name ends in an assignment's id: pass the file as you downloaded it"
        raise CommandError(f"{table.path}: {why}")
    what = f"no column is called {item}" if item and not found else "there are several columns"
    listed = ", ".join(map(repr, names.values()))
    raise CommandError(f"{table.path}: {what}: pass --item with the assignment's name ({listed})")


def _not_from(table: Table, platform: str, columns: str) -> CommandError:
    return CommandError(
        f"{table.path} is not from {platform}, because it has no {columns}: pass the file"
        " as you downloaded it"
    )


TARGETS: dict[str, Callable[[Table, str], Target]] = {
    "canvas": _canvas,
    "moodle": _moodle,
    "brightspace": _brightspace,
    "blackboard": _blackboard,
}
