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
PARTICIPANT = re.compile(r"(?P<word>\D*[^\W\d]\D*)(?P<number>\d+)")  # Moodle's first column
ADDRESS = re.compile(r"\s*[^@\s]+@[^@\s]+\s*")  # whatever its column is called


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A row of a roster: the student's name, and whatever else identifies the student."""

    name: str
    keys: tuple[str, ...]
    submitted: str = ""  # ISO 8601, if the file says when the student handed in
    group: str = ""
    unread: str = ""  # a time in a form that nobody here can read
    shared: str = ""  # the name without the id that tells it from other students' names


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
            for name in {*_spellings(one.name), *_spellings(one.shared)}:
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
        for key in (person.id, person.login, person.email, *person.others):
            if key and len(found := self._by_key[_key(key)]) == 1:
                return next(iter(found))
        found = self._namesakes(person)
        return found.pop() if len(found) == 1 else None

    def is_ambiguous(self, person: Person) -> bool:
        """Return whether several rows have a person's name, and nothing says which is meant."""
        return self.find(person) is None and len(self._namesakes(person)) > 1

    def _namesakes(self, person: Person) -> set[Enrolled]:
        return set().union(*(self._by_name[name] for name in _spellings(person.name)))


def enrolled_in(table: Table) -> list[Enrolled | None]:
    """Return the student of each row; None for a row about the columns, which Canvas has.

    Raise CommandError if no column holds names or ids.
    """
    numbers = _participants(table) or [""] * len(table.rows)
    enrolled = [_enrolled(table, *each) for each in zip(table.rows, numbers, strict=True)]
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
            yield replace(one, name=f"{one.name} {one.keys[0]}", shared=one.name)


def _participants(table: Table) -> list[str]:
    """Return the number of each row if the first column has "Participant 77", in any language."""
    cells = [PARTICIPANT.fullmatch(row[0].strip()) for row in table.rows]
    found = [cell for cell in cells if cell]
    numbers = [cell["number"] for cell in found]
    is_one_word = len({plain(cell["word"]) for cell in found}) == 1
    return numbers if is_one_word and len({*numbers}) == len(table.rows) else []


def _enrolled(table: Table, row: Sequence[str], number: str) -> Enrolled | None:
    cells = {plain(column): cell.strip() for column, cell in zip(table.columns, row, strict=False)}
    name = next((cells[c] for c in NAMES if cells.get(c)), "")
    if not name:
        parts = (next((cells[c] for c in names if cells.get(c)), "") for names in (FIRST, LAST))
        name = " ".join(filter(None, parts))
    addresses = [*filter(ADDRESS.fullmatch, row)]
    if number and addresses and not name:
        name = row[1].strip()  # as in every worksheet of Moodle that is not anonymous
    ids = [number, *(cells[c] for c in KEYS if cells.get(c)), *addresses]
    keys = tuple(dict.fromkeys(map(_key, filter(None, ids))))
    if plain(name) == "points possible" or not (name or keys):
        return None
    when = next((cells[c] for c in SUBMITTED if cells.get(c)), "")
    unread = when if re.search(r"\d", when) and not iso_time(when) else ""
    group = next((cells[c] for c in GROUP if cells.get(c)), "")
    return Enrolled(name or keys[0], keys, iso_time(when), group, unread)


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
