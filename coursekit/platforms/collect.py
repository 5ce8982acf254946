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
from dataclasses import astuple, dataclass, field, fields
from datetime import datetime
from pathlib import Path

from coursekit.grading.collect import LIST, printable
from coursekit.grading.sheet import csv_text, from_text
from coursekit.platforms.archives import open_regular, unpack
from coursekit.platforms.layouts import HandedIn, Person, handed_in
from coursekit.platforms.roster import Roster
from coursekit.platforms.tables import read_table

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
    rows = read_list(out)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".unpacked-") as scratch:
        files = list(unpack(source, Path(scratch)))
        platform, handed = handed_in(files, platform)
        done = Collected(platform)
        for one in _attempts(handed):
            student = _student(one[0].person, rows, roster, done)
            _add(one, student, out, rows, done, Path(scratch))
    claimed = {one.file for one in handed}
    done.ignored = [printable("/".join(file.parts)) for file in files if file not in claimed]
    rows = [row for row in rows if row.number]
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


def _attempts(handed: Iterable[HandedIn]) -> Iterator[list[HandedIn]]:
    """Yield the files of each person's attempts, oldest first."""
    groups: dict[tuple[str, ...], list[HandedIn]] = defaultdict(list)
    for one in handed:
        person = one.person
        groups[person.id or person.login or person.email, person.name, one.submitted].append(one)
    return (groups[key] for key in sorted(groups))


def _student(
    person: Person, rows: Sequence[Attempt], roster: Roster | None, done: Collected
) -> str:
    """Return the name of a person's folder: the one it has, or a new one."""
    enrolled = roster.find(person) if roster else None
    name = enrolled.name if enrolled else person.name or person.login or person.id
    if roster and not enrolled and printable(name) not in done.strangers:
        done.strangers.append(printable(name))
    for row in rows:
        if row.platform == done.platform and _is_same(row.person, person):
            return row.student
    taken = {_unique(row.student) for row in rows}
    if enrolled or _unique(_folder_name(name)) not in taken:
        return _folder_name(name)  # an enrolled student may have handed in on another platform
    return _folder_name(f"{name} {person.id or person.login or person.email}")


def _is_same(one: Person, other: Person) -> bool:
    """Return whether two people of a platform are the same."""
    pairs = (one.id, other.id), (one.login, other.login), (one.email, other.email)
    return next((a == b for a, b in pairs if a and b), one.name == _folder_name(other.name))


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


def _add(
    handed: Sequence[HandedIn],
    student: str,
    out: Path,
    rows: list[Attempt],
    done: Collected,
    scratch: Path,
) -> None:
    """Add an attempt, unless it is known."""
    first, digest = handed[0], _digest(handed)
    mine = [row for row in rows if row.student == student and row.number]
    for row in mine:
        same_time = not (row.submitted and first.submitted) or row.submitted == first.submitted
        if row.digest == digest and same_time:
            done.known += 1
            return
    number, place = len(mine) + 1, out / student
    while (target := place / f"attempt {number}").exists():
        number += 1  # a folder that the list lacks is not ours
    person, late = first.person, "late" if any(one.late for one in handed) else ""
    row = Attempt(
        student, str(number), first.submitted, late, done.platform,
        person.id, person.login, person.email, person.group, first.source, digest,
    )  # fmt: skip
    folder = scratch / f"{student} {number}"
    for one in handed:
        _copy(one, folder)
    place.mkdir(exist_ok=True)
    folder.rename(target)
    rows.append(row)
    done.new.append(row)


def _copy(one: HandedIn, folder: Path) -> None:
    """Copy a file into a student's folder; it is as old as the attempt."""
    target = folder.joinpath(*map(_folder_name, one.inside))
    target.parent.mkdir(parents=True, exist_ok=True)
    while target.exists():
        target = target.with_stem(f"{target.stem} (1)")
    with open_regular(one.file.path) as source, target.open("xb") as copy:
        shutil.copyfileobj(source, copy)
    with suppress(ValueError, OverflowError):
        when = datetime.fromisoformat(one.submitted).timestamp()
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
    with tempfile.NamedTemporaryFile(dir=out, delete=False) as part:
        part.write(csv_text([header, *map(astuple, rows)]).encode("utf-8-sig"))
    Path(part.name).replace(out / LIST)
