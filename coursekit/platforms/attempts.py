"""handed-in.csv: the list of who handed in what and when, with a row for each attempt.

Whoever handed in nothing has a row, too.
"""

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

from coursekit.grading.collect import LIST
from coursekit.grading.sheet import csv_text, from_text
from coursekit.platforms.layouts import Person
from coursekit.platforms.tables import read_table
from coursekit.sandbox.host.folders import half_written

MAX_NAME = 120  # bytes of a folder's or a file's name


@dataclass(frozen=True, slots=True)
class Attempt:
    """A row of the list; "" is what the platform does not say."""

    student: str  # the name of the folder, and of the student in every report
    number: str = ""  # 1, 2, …; "" for whoever handed in nothing
    submitted: str = ""  # ISO 8601
    late: str = ""  # "late" if the platform says so
    platform: str = ""
    id: str = ""
    login: str = ""
    email: str = ""
    group: str = ""
    source: str = ""  # the name to which the platform attaches feedback
    digest: str = ""  # of the files
    roster_ids: str = ""  # what else identifies the student in the roster, separated by "; "

    @property
    def names(self) -> set[str]:
        """Every name and id by which the student may be called."""
        return {self.student, self.id, self.login, self.email, *self.person.others} - {""}

    @property
    def person(self) -> Person:
        others = tuple(filter(None, self.roster_ids.split("; ")))
        return Person(self.student, self.id, self.login, self.email, self.group, others)


def read_list(out: Path) -> list[Attempt]:
    """Return the rows of the list in a folder; none if there is no list."""
    if not (out / LIST).exists():
        return []
    table, names = read_table(out / LIST), [one.name for one in fields(Attempt)]
    found = [dict(zip(table.columns, map(from_text, row), strict=False)) for row in table.rows]
    return [Attempt(**{name: row.get(name, "") for name in names}) for row in found]


def write_list(out: Path, rows: Iterable[Attempt]) -> None:
    """Replace the list at once, so that it is never half-written."""
    header = [one.name for one in fields(Attempt)]
    with half_written(out) as part:
        part.write(csv_text([header, *map(astuple, rows)]).encode("utf-8-sig"))
    Path(part.name).replace(out / LIST)


class Rows:
    """The rows of a list, found by each name and id that may tell whose they are."""

    def __init__(self, rows: Iterable[Attempt]) -> None:
        self.all: list[Attempt] = []
        self._places: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row in rows:
            self.add(row)

    def add(self, row: Attempt) -> None:
        for key in (*_keys(row.person), ("folder", _unique(row.student))):
            self._places[key].append(len(self.all))
        self.all.append(row)

    def of_student(self, student: str) -> list[int]:
        """Return the places of the rows of a student's folder."""
        return self._places.get(("name", student), [])

    def of_person(self, person: Person, platform: str) -> Attempt | None:
        """Return the first row of the same person of a platform."""
        keys = _keys(replace(person, name=folder_name(person.name)))
        places = sorted({at for key in keys for at in self._places.get(key, ())})
        rows = (self.all[at] for at in places)
        same = (row for row in rows if row.platform == platform and _is_same(row.person, person))
        return next(same, None)

    def has_folder(self, name: str) -> bool:
        """Return whether a folder has this name on some system."""
        return ("folder", _unique(name)) in self._places


def _keys(person: Person) -> Iterator[tuple[str, str]]:
    """Yield whatever two rows of the same person may have in common."""
    for kind in ("id", "login", "email", "name"):
        if value := getattr(person, kind):
            yield kind, value


def _is_same(one: Person, other: Person) -> bool:
    """Return whether two people of a platform are the same."""
    pairs = (one.id, other.id), (one.login, other.login), (one.email, other.email)
    for mine, theirs in pairs:
        if mine and theirs:
            return mine == theirs
    return one.name == folder_name(other.name)


def _unique(name: str) -> str:
    """Return a name in the form in which no two folders may be equal on any system."""
    return unicodedata.normalize("NFC", name).casefold()


def folder_name(name: str) -> str:
    """Return a name that every system accepts for a folder or a file."""
    kept = "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in name)
    kept = unicodedata.normalize("NFC", kept).strip(" .") or "_"
    if len(kept.encode()) > MAX_NAME:
        digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
        kept = f"{kept.encode()[: MAX_NAME - 9].decode(errors='ignore')} {digest}"
    return kept
