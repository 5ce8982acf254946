"""A table that another program wrote, which keeps its form when it is written again."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coursekit.errors import CommandError
from coursekit.grading.sheet import DELIMITERS, decoded

BOM = b"\xef\xbb\xbf"
MAX_BYTES = 50 << 20


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file: its cells, of which the first row names the columns, and its form."""

    path: Path
    columns: Sequence[str]
    rows: Sequence[list[str]]  # each as wide as the first row
    delimiter: str = ","
    newline: str = "\n"
    bom: bool = False

    @property
    def decimal_comma(self) -> bool:
        """Whether the file writes numbers as 1,5."""
        cells = [cell for row in self.rows for cell in row]
        return any(re.fullmatch(r"\d+,\d+", cell) for cell in cells) or (
            self.delimiter == ";" and not any(re.fullmatch(r"\d+\.\d+", cell) for cell in cells)
        )

    def with_column(self, name: str, cell: str) -> "Table":
        """Return the table with one more column, which has the same content in each row."""
        return replace(
            self, columns=[*self.columns, name], rows=[[*row, cell] for row in self.rows]
        )

    def to_bytes(self) -> bytes:
        """Return the file in UTF-8 with its own delimiter, line ends and byte order mark."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator=self.newline)
        writer.writerows([self.columns, *self.rows])
        return BOM * self.bom + out.getvalue().encode()


def read_table(path: Path, names: Iterable[str] = ()) -> Table:
    """Return a CSV file in any usual encoding, with any usual delimiter.

    Names that are in it help to recognise an old encoding. Raise CommandError if it is missing, is
    not CSV, or has no rows.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES)
        text = decoded(raw, names)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}: check the path") from None
    except UnicodeError:
        why = "its encoding is unclear: save it again as CSV in UTF-8"
        raise CommandError(f"{path}: {why}") from None
    first = next((line for line in text.splitlines() if line.strip()), "")
    stated = re.match(r'"?sep=(.)', first, re.IGNORECASE)
    delimiter = stated[1] if stated else max(DELIMITERS, key=first.count)
    rows = list(_rows(path, text, delimiter))[bool(stated) :]
    if not rows:
        raise CommandError(f"{path} is empty: pass a CSV file whose first row names the columns")
    columns = rows[0]
    newline = "\r\n" if "\r\n" in text else "\n"
    body = [row + [""] * (len(columns) - len(row)) for row in rows[1:]]
    return Table(path, columns, body, delimiter, newline, raw.startswith(BOM))


def _rows(path: Path, text: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the rows in which any cell is filled in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from (row for row in reader if any(cell.strip() for cell in row))
    except csv.Error as error:
        why = f"{path}, line {reader.line_num}: this is not CSV ({error})"
        raise CommandError(f"{why}: save it again as CSV") from None


def plain(text: str) -> str:
    """Return a text in the form in which names and columns are compared.

    >>> plain(" Ｊosé  Müller"), plain("E-Mail_Address")
    ('josé müller', 'e-mail address')
    """
    return " ".join(unicodedata.normalize("NFKC", text).replace("_", " ").casefold().split())
