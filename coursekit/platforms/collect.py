"""Turn a platform's download into a folder for each student, and a list of who handed in when.

OUT/STUDENT/attempt 2 holds what a student handed in at the second attempt, and OUT/handed-in.csv
is the list: a row for each attempt, and one for whoever handed in nothing. What is in OUT stays.
"""

import hashlib
import os
import shutil
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path

from coursekit.grading.collect import LIST, printable
from coursekit.grading.sheet import csv_text, from_text
from coursekit.platforms.archives import open_regular, unpack
from coursekit.platforms.layouts import HandedIn, Person, handed_in
from coursekit.platforms.roster import Enrolled, Roster
from coursekit.platforms.tables import read_table
from coursekit.sandbox.host.folders import PART, half_written, sweep, temporary_prefix

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

    @property
    def person(self) -> Person:
        return Person(self.student, self.id, self.login, self.email, self.group)


@dataclass(slots=True)
class Collected:
    """What one command did."""

    platform: str
    new: list[Attempt] = field(default_factory=list)
    known: int = 0  # attempts that were there before
    missing: list[str] = field(default_factory=list)  # enrolled students without an attempt
    strangers: list[str] = field(default_factory=list)  # who are not in the roster
    ignored: list[str] = field(default_factory=list)  # files that belong to nobody


def collect_download(
    source: Path, out: Path, roster: Roster | None = None, platform: str = ""
) -> Collected:
    """Add what a download holds to the folder OUT; raise CommandError if it holds nothing."""
    rows = [row for row in read_list(out) if row.number]
    out.mkdir(parents=True, exist_ok=True)
    sweep(out)
    with tempfile.TemporaryDirectory(dir=out, prefix=f".{temporary_prefix(PART)}") as scratch:
        files = list(unpack(source, Path(scratch)))
        platform, handed = handed_in(files, platform)
        handed = [one for each in handed for one in _by_members(each, roster)]
        collector = _Collector(out, rows, roster, Collected(platform), Path(scratch))
        for one in _attempts(handed):
            collector.add(one)
    claimed, done = {one.file for one in handed}, collector.done
    done.ignored = [printable("/".join(file.parts)) for file in files if file not in claimed]
    present = {roster.find(row.person) for row in rows} if roster else set()
    absent = [one for one in roster.enrolled if one not in present] if roster else []
    done.missing = [printable(one.name) for one in absent]
    rows += [Attempt(_folder_name(one.name)) for one in absent]
    _write_list(out, sorted(rows, key=lambda row: (row.student, len(row.number), row.number)))
    return done


def read_list(out: Path) -> list[Attempt]:
    """Return the rows of the list in a folder; none if there is no list."""
    if not (out / LIST).exists():
        return []
    table, names = read_table(out / LIST), [one.name for one in fields(Attempt)]
    found = [dict(zip(table.columns, map(from_text, row), strict=False)) for row in table.rows]
    return [Attempt(**{name: row.get(name, "") for name in names}) for row in found]


def _by_members(one: HandedIn, roster: Roster | None) -> list[HandedIn]:
    """Return what a group handed in once for each of its members, if a roster lists them."""
    group = one.person.name
    if roster is None or roster.find(one.person) or not (members := roster.members(group)):
        return [one]
    return [replace(one, person=Person(member.name, group=group)) for member in members]


def _attempts(handed: Iterable[HandedIn]) -> Iterator[list[HandedIn]]:
    """Yield the files of each person's attempts, oldest first."""
    groups: dict[tuple[str, ...], list[HandedIn]] = defaultdict(list)
    for one in handed:
        person = one.person
        groups[person.id or person.login or person.email, person.name, one.submitted].append(one)
    return (groups[key] for key in sorted(groups))


@dataclass(frozen=True, slots=True)
class _Collector:
    """Adds one attempt after the other to a folder and to the rows of its list."""

    out: Path
    rows: list[Attempt]
    roster: Roster | None
    done: Collected
    scratch: Path

    def add(self, handed: Sequence[HandedIn]) -> None:
        """Add an attempt, unless it is known; a roster may say when it was handed in."""
        first, digest = handed[0], _digest(handed)
        enrolled = self.roster.find(first.person) if self.roster else None
        submitted = first.submitted or (enrolled.submitted if enrolled else "")
        student = self._student(first.person, enrolled)
        mine = [row for row in self.rows if row.student == student]
        for row in mine:
            if row.digest == digest and (submitted in (row.submitted, "") or not row.submitted):
                self.done.known += 1
                self.rows[self.rows.index(row)] = replace(row, submitted=submitted or row.submitted)
                return
        number = len(mine) + 1
        while (target := self.out / student / f"attempt {number}").exists():
            number += 1  # a folder that the list lacks is not ours
        folder = self.scratch / f"{student} {number}"
        for one in handed:
            _copy(one, folder, submitted)
        target.parent.mkdir(exist_ok=True)
        folder.rename(target)
        person, late = first.person, "late" if any(one.late for one in handed) else ""
        row = Attempt(
            student, str(number), submitted, late, self.done.platform,
            person.id, person.login, person.email, person.group, first.source, digest,
        )  # fmt: skip
        self.rows.append(row)
        self.done.new.append(row)

    def _student(self, person: Person, enrolled: Enrolled | None) -> str:
        """Return the name of a person's folder: the one it has, or a new one."""
        name = enrolled.name if enrolled else person.name or person.login or person.id
        if self.roster and not enrolled and printable(name) not in self.done.strangers:
            self.done.strangers.append(printable(name))
        for row in self.rows:
            if row.platform == self.done.platform and _is_same(row.person, person):
                return row.student
        if enrolled:  # who may use another platform, too
            return _folder_name(name)
        if _unique(_folder_name(name)) not in {_unique(row.student) for row in self.rows}:
            return _folder_name(name)
        return _folder_name(f"{name} {person.id or person.login or person.email}")


def _is_same(one: Person, other: Person) -> bool:
    """Return whether two people of a platform are the same."""
    pairs = (one.id, other.id), (one.login, other.login), (one.email, other.email)
    for mine, theirs in pairs:
        if mine and theirs:
            return mine == theirs
    return one.name == _folder_name(other.name)


def _unique(name: str) -> str:
    """Return a name in the form in which no two folders may be equal on any system."""
    return unicodedata.normalize("NFC", name).casefold()


def _folder_name(name: str) -> str:
    """Return a name that every system accepts for a folder or a file."""
    kept = "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in name)
    kept = unicodedata.normalize("NFC", kept).strip(" .") or "_"
    if len(kept.encode()) > MAX_NAME:
        digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
        kept = f"{kept.encode()[: MAX_NAME - 9].decode(errors='ignore')} {digest}"
    return kept


def _copy(one: HandedIn, folder: Path, submitted: str) -> None:
    """Copy a file into a student's folder; it is as old as the attempt."""
    target = folder.joinpath(*map(_folder_name, one.inside))
    target.parent.mkdir(parents=True, exist_ok=True)
    while target.exists():
        target = target.with_stem(f"{target.stem} (1)")
    with open_regular(one.file.path) as source, target.open("xb") as copy:
        shutil.copyfileobj(source, copy)
    with suppress(ValueError, OverflowError):
        when = datetime.fromisoformat(submitted).timestamp()
        os.utime(target, (when, when))


def _digest(handed: Iterable[HandedIn]) -> str:
    """Return a digest of the names and contents of files, in any order."""
    parts = []
    for one in handed:
        with open_regular(one.file.path) as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        parts.append(f"{'/'.join(one.inside)}\n{content}")
    whole = "\n".join(sorted(parts)).encode(errors="surrogatepass")
    return hashlib.sha256(whole).hexdigest()[:16]


def _write_list(out: Path, rows: Iterable[Attempt]) -> None:
    """Replace the list at once, so that it is never half-written."""
    header = [one.name for one in fields(Attempt)]
    with half_written(out) as part:
        part.write(csv_text([header, *map(astuple, rows)]).encode("utf-8-sig"))
    Path(part.name).replace(out / LIST)
