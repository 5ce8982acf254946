"""A roster lists who takes the course: any CSV with names, ids, user names or addresses.

A Canvas gradebook, a Moodle worksheet, and an export of Brightspace or Blackboard are rosters, too.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coursekit.errors import CommandError
from coursekit.platforms.layouts import Person
from coursekit.platforms.tables import Table, plain, read_table
from coursekit.platforms.times import iso_time

NAMES = ("name", "full name", "student", "student name", "display name", "vollständiger name",
         "nom complet", "nombre completo")  # fmt: skip
FIRST = ("first name", "given name", "vorname", "prénom", "nombre", "имя")
LAST = ("last name", "surname", "family name", "nachname", "nom", "apellido(s)", "фамилия")
KEYS = ("id", "identifier", "student id", "sid", "orgdefinedid", "sis user id", "id number",
        "username", "user name", "login", "login id", "sis login id", "email", "email address",
        "e-mail", "e-mail-adresse", "matrikelnummer")  # fmt: skip

GROUP = ("group", "groups", "team", "gruppe", "grupo")
SUBMITTED = ("submitted", "submitted at", "last modified (submission)", "zuletzt geändert (abgabe)",
             "dernière modification (travail remis)", "última modificación (entrega)")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A row of a roster: the student's name, and whatever else identifies the student."""

    name: str
    keys: tuple[str, ...]
    submitted: str = ""  # ISO 8601, if the file says when the student handed in
    group: str = ""


class Roster:
    """Who takes the course, found by id, user name, address or else by a name that is unique."""

    def __init__(self, enrolled: Sequence[Enrolled]) -> None:
        self.enrolled = enrolled
        self._by_key: dict[str, set[Enrolled]] = defaultdict(set)
        self._by_name: dict[str, set[Enrolled]] = defaultdict(set)
        self._by_group: dict[str, list[Enrolled]] = defaultdict(list)
        for one in enrolled:
            for key in one.keys:
                self._by_key[key].add(one)
            for name in _spellings(one.name):
                self._by_name[name].add(one)
            if one.group:
                self._by_group[plain(one.group)].append(one)

    @classmethod
    def read(cls, path: Path) -> "Roster":
        """Read a CSV file; raise CommandError if no column holds names or ids."""
        enrolled = [one for one in enrolled_in(read_table(path)) if one]
        return cls(list(_distinct(path, enrolled)))

    def members(self, group: str) -> list[Enrolled]:
        """Return the students of a group; none if there is no such group."""
        return self._by_group.get(plain(group), [])

    def find(self, person: Person) -> Enrolled | None:
        """Return the one row that fits a person; None if there is none, or if several do."""
        for key in (person.id, person.login, person.email):
            if key and len(found := self._by_key[_key(key)]) == 1:
                return next(iter(found))
        found = set().union(*(self._by_name[name] for name in _spellings(person.name)))
        return found.pop() if len(found) == 1 else None


def enrolled_in(table: Table) -> list[Enrolled | None]:
    """Return the student of each row; None for a row about the columns, which Canvas has.

    Raise CommandError if no column holds names or ids.
    """
    enrolled = [_enrolled(table, row) for row in table.rows]
    if not any(enrolled):
        columns = ", ".join(filter(None, table.columns))
        raise CommandError(
            f"{table.path}: no column holds names or ids ({columns}): call one name, id or email"
        )
    return enrolled


def _distinct(path: Path, enrolled: Sequence[Enrolled]) -> Iterator[Enrolled]:
    """Yield each student once; a name that several have is followed by an id."""
    people = [*dict.fromkeys(one for one in enrolled if one.keys)]  # who takes part in two sections
    people += [one for one in enrolled if not one.keys]
    shared = Counter(plain(one.name) for one in people)
    for one in people:
        if shared[plain(one.name)] == 1:
            yield one
        elif not one.keys:
            raise CommandError(
                f"{path}: {shared[plain(one.name)]} students are called {one.name}: add a column"
                " id, or email, that tells them apart"
            )
        else:
            yield replace(one, name=f"{one.name} {one.keys[0]}")


def _enrolled(table: Table, row: Sequence[str]) -> Enrolled | None:
    cells = {plain(column): cell.strip() for column, cell in zip(table.columns, row, strict=False)}
    name = next((cells[c] for c in NAMES if cells.get(c)), "")
    if not name:
        parts = (next((cells[c] for c in names if cells.get(c)), "") for names in (FIRST, LAST))
        name = " ".join(filter(None, parts))
    keys = tuple(_key(cells[c]) for c in KEYS if cells.get(c))
    if plain(name) == "points possible" or not (name or keys):
        return None
    submitted = next((iso_time(cells[c]) for c in SUBMITTED if cells.get(c)), "")
    group = next((cells[c] for c in GROUP if cells.get(c)), "")
    return Enrolled(name or keys[0], keys, submitted, group)


def _key(text: str) -> str:
    """Return an id without what platforms write around it.

    >>> _key("#1234"), _key("Participant 77"), _key("Ada@Example.org")
    ('1234', '77', 'ada@example.org')
    """
    return re.sub(r"^(#|participant )", "", plain(text))


def _spellings(name: str) -> Iterator[str]:
    """Yield a name's letters with the first name first and last; Canvas drops all else.

    >>> sorted(_spellings("Doe, Jane")) == sorted(_spellings("Jane Doe"))
    True
    """
    words = plain(name.replace(",", " ")).split()
    for at in range(max(1, len(words))):
        if spelling := "".join(filter(str.isalnum, "".join(words[at:] + words[:at]))):
            yield spelling
