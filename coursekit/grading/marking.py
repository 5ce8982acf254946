"""Take marks from a sheet that a person filled in, and write the sheet again.

No mark is ever lost: the gradebook keeps each one, with its history; an empty cell or a missing
row changes nothing, and a sheet that is not understood stops the command. To remove points or a
comment, a person types `delete`. The desk changes marks in the gradebook: a cell that still shows
the earlier mark changes nothing, and if both changed, the command stops.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from coursekit.errors import CommandError, plural
from coursekit.grading.marks import (
    Key,
    Mark,
    Marks,
    answered,
    earlier_keys_of,
    key_of,
    mark_of,
    short_key_of,
)
from coursekit.grading.results import Graded
from coursekit.grading.sheet import COLUMNS, Sheet, SheetRow, csv_text

DELETE = "delete"
CODE, SHORT_CODE = re.compile(r"a[0-9a-f]{9}"), re.compile(r"[0-9a-f]{8}")
POINTS = re.compile(r"\d+(?:[.,]\d*)?|[.,]\d+")
NUMBER = re.compile(r"\d+(?:[.,]\d+)?(?:e[+-]?\d+)?")
SPREADSHEET_ERROR = re.compile(r"#[^\W\d_/]+(?:/\w)?[?!]?|Err:\d+")  # such as #NAME? and #N/A
T = TypeVar("T")
MAX_NAMES = 10  # names listed in one sentence


@dataclass(slots=True)
class Taken:
    """What a sheet says: the marks that differ from the gradebook's, and whose each row is."""

    marks: dict[Key, Mark] = field(default_factory=dict)  # new or changed
    keys: list[Key | None] = field(default_factory=list)  # of each row; None if it has no mark
    emptied: list[Key] = field(default_factory=list)  # the gradebook's points were kept


def take_marks(
    sheet: Sheet,
    rows: Sequence[Graded],
    marks: Marks,
    max_points: Mapping[str, float],
    shown: Marks | None = None,
) -> Taken:
    """Return the marks of a sheet; raise CommandError for a row that is not understood.

    `shown` are the marks that the sheet has if nobody edited it, by default the gradebook's.
    """
    owners = _Owners(rows, marks)
    shown = marks if shown is None else shown
    taken, lines = Taken(), dict[Key, SheetRow]()
    for row in sheet.rows:
        where = f"{sheet.path}, line {row.line}"
        key = owners.key(row, where)
        taken.keys.append(key)
        if key is None:
            continue
        old, before = marks.get(key, Mark()), shown.get(key, Mark())
        typed = Mark(
            points_of(row.points, before.points, max_points.get(key.exercise), where),
            comment_of(row.comment, before.comment, where),
        )
        new = _merged(typed, before, old, where)
        first = lines.setdefault(key, row)
        if (first.points, first.comment) != (row.points, row.comment):
            other = f"line {first.line} has another mark for the same answer"
            raise CommandError(f"{where}: {other}: delete one of the two lines")
        if new != old:
            taken.marks[key] = new
        lost_points = before.points is not None and not row.points
        if lost_points or (before.comment and not row.comment):
            taken.emptied.append(key)
    return taken


def _merged(typed: Mark, before: Mark, now: Mark, where: str) -> Mark:
    """Return the mark after a change in the sheet, in the gradebook, or in both but not alike."""
    points, comment = now.points, now.comment
    if typed.points not in (before.points, now.points):
        if now.points != before.points:
            raise CommandError(_clash(where, "points", typed.points_text, now.points_text))
        points = typed.points
    if typed.comment not in (before.comment, now.comment):
        if now.comment != before.comment:
            raise CommandError(_clash(where, "comment", repr(typed.comment), repr(now.comment)))
        comment = typed.comment
    return Mark(points, comment)


def _clash(where: str, cell: str, typed: str, now: str) -> str:
    changed = (
        f"the {cell} {typed or 'none'} and the desk's {now or 'none'} are both new, and differ"
    )
    return f"{where}: {changed}: empty the cell to keep the desk's, or change it at the desk too"


def by_student(marks: Mapping[Key, T], rows: Sequence[Graded]) -> dict[Key, T]:
    """Return marks under the names of their students.

    A sheet that is older than its gradebook may spell a name in another way.
    """
    keys = {key.code: key for key in (key_of(row, exercise) for row, exercise in answered(rows))}
    renamed = {keys[key.code]: mark for key, mark in marks.items() if key.code in keys}
    others = {key: mark for key, mark in marks.items() if key.code not in keys}
    return others | renamed | {key: marks[key] for key in renamed if key in marks}


class _Owners:
    """The answers that a row of a sheet may belong to."""

    def __init__(self, rows: Sequence[Graded], marks: Marks) -> None:
        keys = [*marks, *(key_of(row, exercise) for row, exercise in answered(rows))]
        self._known = {key.code: key for key in keys if CODE.fullmatch(key.code)}
        self._short = {short_key_of(row, e): key_of(row, e) for row, e in answered(rows)}
        self._students = {_plain(row.student) for row in rows}
        self._exercises = {key.exercise for key in keys}

    def key(self, row: SheetRow, where: str) -> Key | None:
        """Return the answer that a row belongs to, or None if the row holds no mark."""
        if key := self._known.get(row.code):
            self._contradiction(row, key, where)
            return key
        if key := self._by_short_code(row):
            return key
        if not row.points and not row.comment:
            return None
        if CODE.fullmatch(row.code) or SHORT_CODE.fullmatch(row.code):
            return Key(row.student, row.exercise, row.code)  # an answer that no longer exists
        codes = [k.code for k in self._known.values() if self._is_of(row, k)]
        remedy = f"write {codes[0]}" if len(codes) == 1 else "copy the code from words.html"
        raise CommandError(
            f"{where}: {row.code!r} is not the code of an answer: {remedy}, or delete the line"
        )

    def _by_short_code(self, row: SheetRow) -> Key | None:
        if key := self._short.get(Key(row.student, row.exercise, row.code)):
            return key
        fits = [key for key in self._short if key.exercise == row.exercise]
        exact = [key for key in fits if key.code == row.code]
        same_name = [key for key in exact if self._is_of(row, key)]
        garbled = [key for key in exact if _garbled(row.student, key.student)]
        numbers = [k for k in fits if self._is_of(row, k) and _same_number(row.code, k.code)]
        found = same_name or garbled or numbers
        return self._short[found[0]] if len(found) == 1 else None

    def _contradiction(self, row: SheetRow, key: Key, where: str) -> None:
        """Raise CommandError if a row's name and code belong to different students."""
        name, exercise = _plain(row.student), row.exercise
        wrong_name = name != _plain(key.student) and name in self._students
        if wrong_name or (exercise != key.exercise and exercise in self._exercises):
            shown = _name(Key(row.student, exercise, row.code))
            raise CommandError(
                f"{where}: the code {key.code} belongs to {_name(key)}, not to {shown}: sort whole"
                " rows, not single columns"
            )

    @staticmethod
    def _is_of(row: SheetRow, key: Key) -> bool:
        return key.exercise == row.exercise and _plain(key.student) == _plain(row.student)


def _plain(name: str) -> str:
    """Return a name without the differences that a spreadsheet or a keyboard makes."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _garbled(shown: str, name: str) -> bool:
    """Return whether a program that expects another encoding shows a name like this."""
    as_read = (name.encode().decode(encoding, "replace") for encoding in ("cp1252", "mac_roman"))
    as_saved = (
        name.encode(encoding, "replace").decode(encoding) for encoding in ("ascii", "cp1252")
    )
    return _plain(shown) in map(_plain, (*as_read, *as_saved)) and shown != name


def _same_number(shown: str, code: str) -> bool:
    """Return whether a spreadsheet that took a code for a number may show it like this."""
    if not NUMBER.fullmatch(shown) or not NUMBER.fullmatch(code):
        return False
    one, other = float(shown.replace(",", ".")), float(code)
    return abs(one - other) <= (0.006 * other if "e" in shown else 0)


def points_of(text: str, old: float | None, limit: float | None, where: str) -> float | None:
    """Return the points that a person typed; without a limit, any number is accepted."""
    if not text:
        return old
    if text.casefold() == DELETE:
        return None
    points = _number(text) if POINTS.fullmatch(text) else -1.0
    if points < 0 or (limit is not None and points > limit):
        numbers = "a number" if limit is None else f"a number from 0 to {limit:g}"
        raise CommandError(f"{where}: points must be {numbers}, not {text!r}")
    return points


def _number(text: str) -> float:
    """Return a number with the digits that a sheet shows."""
    return float(Mark(float(text.replace(",", "."))).points_text)


def comment_of(text: str, old: str, where: str) -> str:
    """Return the comment that a person typed."""
    if SPREADSHEET_ERROR.fullmatch(text.strip()):
        why = f"the comment {text.strip()!r} is a spreadsheet's error"
        raise CommandError(f"{where}: {why}: type the comment again, with an apostrophe before it")
    if text.strip().casefold() == DELETE:
        return ""
    return text or old


def sheet_text(
    sheet: Sheet, taken: Taken, rows: Sequence[Graded], marks: Marks, limits: Mapping[str, float]
) -> str | None:
    """Return a sheet of all answers and marks, or None if `sheet` is already one.

    It keeps what the person chose: the order of the rows, the delimiter, the decimal comma and
    additional columns. `limits` are the maximum points of each question.
    """
    answers = [(row, exercise) for row, exercise in answered(rows) if exercise in limits]
    wanted = {key_of(row, exercise): mark_of(row, exercise, marks) for row, exercise in answers}
    earlier = {key for row, exercise in answers for key in earlier_keys_of(row, exercise)}
    earlier |= wanted.keys()
    wanted |= {key: mark for key, mark in marks.items() if key not in earlier}
    saved = {key: row for key, row in zip(taken.keys, sheet.rows, strict=True) if key}
    if sheet.raw is not None and all(
        key in saved and _shows(saved[key], key, mark) for key, mark in wanted.items()
    ):
        return None
    table: list[Sequence[str]] = [[*COLUMNS, *sheet.extra]]
    in_order = [
        *(key for key in saved if key in wanted),
        *(key for key in wanted if key not in saved),
    ]
    for key in in_order:
        points = wanted[key].points_text.replace(".", "," if sheet.decimal_comma else ".")
        extra = saved[key].extra if key in saved else ("",) * len(sheet.extra)
        limit = f"{limits.get(key.exercise, 0):g}"
        table.append([*key, points, limit, wanted[key].comment, *extra])
    for owner, row in zip(taken.keys, sheet.rows, strict=True):
        if owner is None and any(row.extra):  # the person's own rows
            table.append([row.student, row.exercise, row.code, "", "", "", *row.extra])
    return csv_text(table, sheet.delimiter)


def _shows(row: SheetRow, key: Key, mark: Mark) -> bool:
    """Return whether a row of a sheet already shows this mark."""
    points = _number(row.points) if POINTS.fullmatch(row.points) else None
    same_name = _plain(row.student) == _plain(key.student)
    same_mark = (points, row.comment) == (mark.points, mark.comment)
    return same_name and same_mark and row.code == key.code


def changes(taken: Taken, earlier: Marks) -> Iterator[str]:
    """Yield a sentence for each kind of change that a sheet made to the `earlier` marks."""
    if new := sum(key not in earlier for key in taken.marks):
        yield f"Entered {plural(new, 'new mark')} from words.csv."
    for key, mark in taken.marks.items():
        if key in earlier:
            before, after = earlier[key].points_text or "none", mark.points_text or "none"
            change = f"points {before} → {after}" if before != after else "the comment changed"
            yield f"Changed in words.csv: {_name(key)}: {change}."
    if taken.emptied:
        names = _names(taken.emptied)
        yield f"Kept, although words.csv has an empty cell: {names}. To remove one, type {DELETE}."


def unowned(marks: Marks, rows: Sequence[Graded]) -> Iterator[str]:
    """Yield sentences about the marks that belong to none of the answers in the gradebook."""
    owned = {k for row, e in answered(rows) for k in (key_of(row, e), *earlier_keys_of(row, e))}
    students = {row.student for row in rows}
    others = [key for key in marks if key not in owned]
    read = {(row.student, e) for row, e in answered(rows) if mark_of(row, e, marks) != Mark()}
    earlier = [key for key in others if key.student in students]
    if changed := [key for key in earlier if (key.student, key.exercise) not in read]:
        what = "The answer has changed since it was marked, so that mark does not count"
        yield f"{what}: {_names(changed)}. Read it again, and enter its points in words.csv."
    if replaced := [key for key in earlier if (key.student, key.exercise) in read]:
        yield f"Marks of earlier answers, kept in words.csv: {_names(replaced)}."
    for key in others:
        if key.student not in students:
            points = marks[key].points_text or "none"
            mark = f"{_name(key)}, points: {points}"
            yield f"A mark for an unknown student, kept in words.csv: {mark}."


def _names(keys: Sequence[Key]) -> str:
    more = f" and {len(keys) - MAX_NAMES} more" if len(keys) > MAX_NAMES else ""
    return "; ".join(map(_name, keys[:MAX_NAMES])) + more


def _name(key: Key) -> str:
    """Return a key as text without characters that could control a terminal."""
    return "".join(c if c.isprintable() else "?" for c in f"{key.student}, {key.exercise}")
