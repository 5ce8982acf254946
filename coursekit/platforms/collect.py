"""Turn a platform's download into a folder for each student, and a list of who handed in when.

OUT/STUDENT/attempt 2 holds what a student handed in at the second attempt, and OUT/handed-in.csv
is the list: a row for each attempt, and one for whoever handed in nothing. What is in OUT stays.
"""

import filecmp
import hashlib
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from coursekit.grading.collect import printable
from coursekit.platforms.archives import open_regular, unpack
from coursekit.platforms.attempts import Attempt, Rows, folder_name, read_list, write_list
from coursekit.platforms.layouts import METADATA, HandedIn, Person, handed_in
from coursekit.platforms.roster import Enrolled, Roster
from coursekit.sandbox.host.folders import PART, sweep, temporary_prefix

OF_PLATFORMS = (METADATA, "index.html")  # files that no student handed in


@dataclass(slots=True)
class Collected:
    """What one command did."""

    platform: str
    new: list[Attempt] = field(default_factory=list)
    known: int = 0  # attempts that were there before
    missing: list[str] = field(default_factory=list)  # enrolled students without an attempt
    strangers: list[str] = field(default_factory=list)  # who are not in the roster
    namesakes: list[str] = field(default_factory=list)  # of whom the roster has several
    unread: list[str] = field(default_factory=list)  # times in the roster
    ignored: list[str] = field(default_factory=list)  # files that belong to nobody


def collect_download(
    source: Path, out: Path, roster: Roster | None = None, platform: str = ""
) -> Collected:
    """Add what a download holds to the folder OUT; raise CommandError if it holds nothing."""
    known = Rows(row for row in read_list(out) if row.number)
    out.mkdir(parents=True, exist_ok=True)
    sweep(out)
    with tempfile.TemporaryDirectory(dir=out, prefix=f".{temporary_prefix(PART)}") as scratch:
        files = list(unpack(source, Path(scratch)))
        platform, handed = handed_in(files, platform)
        handed = [one for each in handed for one in _by_members(each, roster)]
        collector = _Collector(out, known, roster, Collected(platform), Path(scratch))
        for one in _attempts(handed):
            collector.add(one)
    claimed, done, rows = {one.file for one in handed}, collector.done, known.all
    done.strangers = list(dict.fromkeys(done.strangers))
    done.namesakes = list(dict.fromkeys(done.namesakes))
    done.ignored = [
        printable("/".join(file.parts))
        for file in files
        if file not in claimed and file.name not in OF_PLATFORMS
    ]
    present = {roster.find(row.person) for row in rows} if roster else set()
    absent = [one for one in roster.enrolled if one not in present] if roster else []
    done.missing = [printable(one.name) for one in absent]
    done.unread = [one.unread for one in roster.enrolled if one.unread] if roster else []
    rows += [Attempt(folder_name(one.name)) for one in absent]
    write_list(out, sorted(rows, key=lambda row: (row.student, len(row.number), row.number)))
    return done


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
    rows: Rows
    roster: Roster | None
    done: Collected
    scratch: Path

    def add(self, handed: Sequence[HandedIn]) -> None:
        """Add an attempt, unless it is known; a roster may say when it was handed in."""
        first, digest = handed[0], _digest(handed)
        enrolled = self.roster.find(first.person) if self.roster else None
        submitted = first.submitted or (enrolled.submitted if enrolled else "")
        student = self._student(first.person, enrolled)
        if self.roster and not enrolled:
            several = self.roster.is_ambiguous(first.person)
            (self.done.namesakes if several else self.done.strangers).append(printable(student))
        mine = self.rows.of_student(student)
        for at in mine:
            row = self.rows.all[at]
            if row.digest == digest and (submitted in (row.submitted, "") or not row.submitted):
                self.done.known += 1
                row = replace(row, submitted=submitted or row.submitted)
                self.rows.all[at] = _with_ids(row, enrolled)
                return
        number = self._place(handed, student, len(mine) + 1, submitted)
        person, late = first.person, "late" if any(one.late for one in handed) else ""
        row = Attempt(
            student, str(number), submitted, late, self.done.platform,
            person.id, person.login, person.email, person.group, first.source, digest,
        )  # fmt: skip
        row = _with_ids(row, enrolled)
        self.rows.add(row)
        self.done.new.append(row)

    def _place(self, handed: Sequence[HandedIn], student: str, number: int, submitted: str) -> int:
        """Copy the files of an attempt into a folder with its number or a later one, and return it.

        A folder that the list lacks is not ours, unless a killed run has left it: then it has the
        same files.
        """
        folder = self.scratch / f"attempt of {student}"
        for one in handed:
            _copy(one, folder, submitted)
        while (target := self.out / student / f"attempt {number}").exists():
            if _equal(folder, target):
                shutil.rmtree(folder)
                return number
            number += 1
        target.parent.mkdir(exist_ok=True)
        folder.rename(target)
        return number

    def _student(self, person: Person, enrolled: Enrolled | None) -> str:
        """Return the name of a person's folder: the one it has, or a new one."""
        name = enrolled.name if enrolled else person.name or person.login or person.id
        if row := self.rows.of_person(person, self.done.platform):
            return row.student
        if enrolled or not self.rows.has_folder(folder_name(name)):
            return folder_name(name)  # who is enrolled may use another platform, too
        return folder_name(f"{name} {person.id or person.login or person.email}")


def _with_ids(row: Attempt, enrolled: Enrolled | None) -> Attempt:
    """Return a row with the ids that the roster has for the student."""
    return replace(row, roster_ids="; ".join(enrolled.keys)) if enrolled else row


def _copy(one: HandedIn, folder: Path, submitted: str) -> None:
    """Copy a file into a student's folder; it is as old as the attempt."""
    target = folder.joinpath(*map(folder_name, one.inside))
    target.parent.mkdir(parents=True, exist_ok=True)
    while target.exists():
        target = target.with_stem(f"{target.stem} (1)")
    with open_regular(one.file.path) as source, target.open("xb") as copy:
        shutil.copyfileobj(source, copy)
    with suppress(ValueError, OverflowError):
        when = datetime.fromisoformat(submitted).timestamp()
        os.utime(target, (when, when))


def _equal(folder: Path, other: Path) -> bool:
    """Return whether two folders have the same files."""
    names, others = (sorted(p.relative_to(top) for p in top.rglob("*")) for top in (folder, other))
    files = [name for name in names if (folder / name).is_file()]
    return names == others and not any(filecmp.cmpfiles(folder, other, files, shallow=False)[1:])


def _digest(handed: Iterable[HandedIn]) -> str:
    """Return a digest of the names and contents of files, in any order."""
    parts = []
    for one in handed:
        with open_regular(one.file.path) as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        parts.append(f"{'/'.join(one.inside)}\n{content}")
    whole = "\n".join(sorted(parts)).encode(errors="surrogatepass")
    return hashlib.sha256(whole).hexdigest()[:16]
