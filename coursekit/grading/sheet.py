"""Read and write a sheet of marks, words.csv, which a person fills in with any spreadsheet."""

import csv
import io
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from coursekit.errors import CommandError
from coursekit.sandbox.host.folders import half_written

COLUMNS = ("student", "exercise", "answer", "points", "max_points", "comment")
REQUIRED = ("student", "exercise", "answer", "points", "comment")
DELIMITERS = ",;\t|"
# tried in this order if a sheet is not Unicode
ENCODINGS = ("cp1252", "mac_roman", "cp1251", "cp1250", "cp1253", "cp1254", "cp850", "cp932",
             "gb18030", "big5", "euc_kr")  # fmt: skip
WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœßÀÁÂÃÄÅÆÇÈÉÊËÑÒÓÔÕÖØÙÚÛÜŒ–—‘’“”„«»…€°×·½§\xa0")
FORMULA = re.compile(r"('*)\s*[=+\-@＝＋－＠]")  # a spreadsheet would run the cell
SPREADSHEETS = frozenset({".csv", ".ods", ".tsv", ".txt", ".xls", ".xlsm", ".xlsx", ".numbers"})
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx, .ods, .numbers; and .xls
LOCKS = (".~lock.{}#", "~${}", ".{}.swp", ".#{}")  # LibreOffice, Excel, Vim and Emacs


class SheetRow(NamedTuple):
    """A row as a person left it: the text of each cell."""

    line: int  # counted from 1
    student: str
    exercise: str
    code: str
    points: str
    comment: str
    extra: tuple[str, ...]  # the cells of the person's own columns


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it was read."""

    path: Path
    raw: bytes | None = None  # None if there is no file
    delimiter: str = ","
    rows: Sequence[SheetRow] = ()
    extra: tuple[str, ...] = ()  # the names of the person's own columns

    @property
    def decimal_comma(self) -> bool:
        """Whether points are written as 1,5."""
        return self.delimiter == ";" or any("," in row.points for row in self.rows)


def as_text(cell: str) -> str:
    """Return a cell's text, preceded by a quote if a spreadsheet would run it as a formula.

    >>> as_text("=1+1"), as_text("Ada"), as_text("'-x")
    ("'=1+1", 'Ada', "''-x")
    """
    return f"'{cell}" if FORMULA.match(cell) else cell


def from_text(cell: str) -> str:
    """Return the text from which `as_text` made a cell.

    >>> from_text("'=1+1"), from_text("'tis"), from_text("''-x")
    ('=1+1', "'tis", "'-x")
    """
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell) else cell


def csv_text(rows: Iterable[Iterable[str]], delimiter: str = ",") -> str:
    """Return rows as CSV; a spreadsheet will not run any cell as a formula."""
    out = io.StringIO()
    table = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    table.writerows(map(as_text, row) for row in rows)
    return out.getvalue()


def read_sheet(path: Path, students: Iterable[str] = ()) -> Sheet:
    """Return a sheet, or an empty one if there is no file; raise CommandError if it is damaged.

    The names of the students help to recognise an old encoding.
    """
    if not os.path.lexists(path):
        return Sheet(path)
    if not path.is_file():
        what = "is a link to nowhere" if path.is_symlink() else "is not a file"
        raise CommandError(f"cannot read {path}: it {what}: move it elsewhere")
    try:
        raw = path.read_bytes()
        if raw.startswith(WORKBOOKS):
            raise CommandError(f"{path} is a workbook with the name of a CSV file: save it as CSV")
        return _parse(path, raw, decoded(raw, students))
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}: move it elsewhere") from None
    except UnicodeError:
        raise CommandError(
            f"{path}: its encoding is unclear: save it again as CSV in UTF-8"
        ) from None


def decoded(raw: bytes, students: Iterable[str] = ()) -> str:
    """Decode a file; raise UnicodeError if its encoding is unclear."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16")
    if b"\0" in raw[:2]:
        return raw.decode("utf-16-le" if raw[1:2] == b"\0" else "utf-16-be")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeError:
        if raw.startswith(b"\xef\xbb\xbf"):
            raise
    texts = [text for encoding in ENCODINGS if (text := _decoded(raw, encoding)) is not None]
    names = [name for name in students if not name.isascii()]
    found = [sum(name in text for name in names) for text in texts]
    if any(found):
        return texts[found.index(max(found))]
    # no name tells encodings apart: believe a Western one if each letter is a common one
    western = (_decoded(raw, encoding) for encoding in ENCODINGS[:2])
    likely = [text for text in western if text is not None and _is_western(text)]
    if len(likely) != 1:
        raise UnicodeError
    return likely[0]


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeError:
        return None


def _is_western(text: str) -> bool:
    return all(set(run) <= WESTERN and len(run) < 3 for run in re.findall(r"[^\x00-\x7f]+", text))


def _parse(path: Path, raw: bytes, text: str) -> Sheet:
    delimiter = _delimiter(text)
    rows = [(line, cells) for line, cells in _cells(path, text, delimiter) if any(cells)]
    if rows and re.fullmatch(r"sep=.?", rows[0][1][0].strip(), re.IGNORECASE):
        del rows[0]
    if not rows:
        return Sheet(path, raw)
    (top, header), *body = rows
    places = _places(f"{path}, line {top}", header)
    own = [
        at for at, name in enumerate(header)
        if at not in places.values() and (name or any(cells[at:][:1] != [""] for _, cells in body))
    ]  # fmt: skip
    return Sheet(
        path, raw, delimiter,
        [_sheet_row(path, line, cells, places, own, len(header)) for line, cells in body],
        tuple(header[at] for at in own),
    )  # fmt: skip


def _delimiter(text: str) -> str:
    """Return the delimiter that splits the first line into the most known column names."""
    first = next((line for line in text.splitlines() if line.strip(f'{DELIMITERS}" ')), "")
    if stated := re.match(r'"?sep=(.)', first, re.IGNORECASE):
        return stated[1]
    return max(DELIMITERS, key=lambda one: sum(_name(c) in COLUMNS for c in first.split(one)))


def _cells(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each row's first line, and the row's cells."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, [from_text(re.sub("\r\n?", "\n", cell)) for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        why = f"{path}, line {line}: this is not CSV ({error})"
        raise CommandError(f"{why}: correct the line, or save the sheet again as CSV") from None


def _name(cell: str) -> str:
    """Return a column's name in the form that `COLUMNS` has."""
    plain = unicodedata.normalize("NFKC", cell).strip('\ufeff" \t\n').casefold()
    return re.sub(r"[\s_-]+", "_", plain)


def _places(where: str, header: Sequence[str]) -> dict[str, int]:
    """Return the place of each known column; raise CommandError if one is missing or doubled."""
    names = [_name(cell) for cell in header]
    first_row = f"the first row must be {','.join(COLUMNS)}"
    for name, count in Counter(names).items() if set(names) & set(COLUMNS) else ():
        if count > 1 and name in COLUMNS:
            raise CommandError(f"{where}: {count} columns are called {name!r}: keep one of them")
        if any(delimiter in name for delimiter in DELIMITERS):
            raise CommandError(f"{where}: {name!r} is not one column: {first_row}")
    for name in REQUIRED:
        if name not in names:
            raise CommandError(f"{where}: no column is called {name!r}: {first_row}")
    return {name: names.index(name) for name in COLUMNS if name in names}


def _sheet_row(
    path: Path, line: int, cells: list[str], places: dict[str, int], own: list[int], width: int
) -> SheetRow:
    if any(cell.strip() for cell in cells[width:]):
        why = f"{path}, line {line}: {len(cells)} cells, but the first row has {width}"
        raise CommandError(f"{why}: put quotes around a cell that contains the delimiter")
    cells = cells + [""] * (width - len(cells))
    student, exercise, code, points, _, comment = (
        cells[places[name]] if name in places else "" for name in COLUMNS
    )
    return SheetRow(
        line, student, exercise.strip(), code.strip().casefold(), points.strip(),
        comment if comment.strip() else "", tuple(cells[at] for at in own),
    )  # fmt: skip


def other_files(path: Path) -> list[str]:
    """Return the files beside a sheet in which a spreadsheet may have saved marks."""
    known = {path.name, f"{path.name}~", f"{path.stem}.html"}
    return sorted(
        one.name for one in path.parent.glob(f"{path.stem}*")
        if one.name not in known and one.suffix.lower() in SPREADSHEETS
    )  # fmt: skip


def replace_sheet(sheet: Sheet, text: str) -> str:
    """Write a sheet, and keep the previous one as words.csv~; return "", or why it was not written.

    A file that someone is editing, or has saved since it was read, is left alone.
    """
    path = sheet.path.resolve()  # a link is kept
    for lock in LOCKS:
        if os.path.lexists(path.with_name(lock.format(path.name))):
            name = lock.format(path.name)
            return f"{name} says that it is open in another program: close it, or delete {name}"
    changed = "it changed while this command ran: close it"
    with half_written(path.parent) as part:
        part.write(text.encode("utf-8-sig"))  # the mark tells Excel that this is UTF-8
    new, previous = Path(part.name), path.with_name(f"{path.name}~")
    try:
        if sheet.raw is not None:
            if path.read_bytes() != sheet.raw:
                return changed
            path.replace(previous)
            previous.chmod(0o600)
            if previous.read_bytes() != sheet.raw:  # saved between the two lines above
                _move(previous, path)
                return changed
        return "" if _move(new, path) else changed
    except FileNotFoundError:
        return changed
    finally:
        new.unlink(missing_ok=True)


def _move(source: Path, target: Path) -> bool:
    """Move a file unless the target exists; return whether it was moved."""
    try:
        os.link(source, target)
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        if target.exists():
            return False
        source.rename(target)
        return True
    source.unlink()
    return True
