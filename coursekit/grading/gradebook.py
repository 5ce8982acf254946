"""Keep the grades in gradebook.sqlite; one transaction writes a submission with its results."""

import hashlib
import json
import secrets
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from coursekit.course.headers import Role
from coursekit.course.records import Status
from coursekit.errors import CommandError
from coursekit.grading.decisions import Decision
from coursekit.grading.marks import Key, Mark, Marking, Marks, marks_of
from coursekit.grading.results import Graded, Result, SubmissionStatus, point_changes

SCHEMA = """
create table if not exists facts (name text primary key, value text not null);
create table if not exists submissions (
    student text primary key, digest text not null, status text not null,
    sandbox text not null, seconds real not null, notes text not null,
    attempt integer not null, version integer not null);
create table if not exists words (
    student text not null references submissions on delete cascade,
    exercise text not null, answer text not null);
create table if not exists results (
    student text not null references submissions on delete cascade,
    exercise text not null, part text not null, points real not null, max_points real not null,
    passed integer not null, cases integer not null, status text not null, why text not null);
-- every attempt that was graded; the table of submissions has the last ones
create table if not exists attempts (
    student text not null, attempt integer not null, digest text not null,
    graded text not null, notebook blob not null, entered text not null default current_timestamp,
    primary key (student, attempt));
-- new grades of submissions that had others, until they are accepted
create table if not exists regrades (
    student text primary key, digest text not null, version integer not null, graded text not null);
-- each row is a mark that a person gave, and the last one counts: nothing is ever deleted, except
-- that a comment replaces itself while it is typed; without a marker, the mark is from the sheet
create table if not exists marks (
    student text not null, exercise text not null, answer text not null,
    points real, comment text not null, entered text not null default current_timestamp,
    marker text not null default '', items text not null default '',
    in_sheet integer not null default 0);
-- comments that a marker wants to use again for a question
create table if not exists phrases (
    marker text not null, exercise text not null, phrase text not null);
create table if not exists decisions (
    student text not null, exercise text not null, points real, reason text not null,
    entered text not null default current_timestamp);
"""


NOT_OURS = ("SQLITE_ERROR", "SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_CORRUPT_VTAB")
NEW_COLUMNS = {  # of the table of marks
    "marker": "text not null default ''",
    "items": "text not null default ''",
    "in_sheet": "integer not null default 0",
}


class Gradebook:
    """The grades of one lesson, readable only by the user who owns the file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        grades = path.with_name("grades.csv")
        if grades.exists() and not (path.exists() and path.lstat().st_size):
            state = "empty" if path.exists() else "missing"
            remedy = f"restore it from a backup, or move {grades.name} elsewhere to start again"
            raise CommandError(f"{path} is {state}, although grades were entered: {remedy}")
        path.touch(mode=0o600)
        path.chmod(0o600)
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._db.execute("pragma foreign_keys = on")
            self._refuse_others()
            self._db.executescript(SCHEMA)
            self._add_columns()
            self._db.execute("select attempt, version from submissions")
        except sqlite3.DatabaseError as error:
            self._db.close()
            if getattr(error, "sqlite_errorname", "") not in NOT_OURS:
                raise
            why = f"{path} is not a gradebook of this version, or it is damaged ({error})"
            raise CommandError(f"{why}: move it elsewhere, or restore a backup") from None

    def _refuse_others(self) -> None:
        """Raise DatabaseError if the file belongs to another program: our tables would spoil it."""
        tables = {name for (name,) in self._db.execute("select name from sqlite_master")}
        if tables and "facts" not in tables:
            self._db.execute("select name from facts")

    def _add_columns(self) -> None:
        """Add the columns that a table of an earlier version does not have."""
        with self._db:
            self._db.execute("begin immediate")
            known = {row[1] for row in self._db.execute("pragma table_info(marks)")}
            for column, kind in NEW_COLUMNS.items():
                if column not in known:
                    self._db.execute(f"alter table marks add {column} {kind}")

    @property
    def lesson(self) -> str:
        """The lesson that the grades are of, or "" if nothing was graded yet."""
        row = self._db.execute("select substr(name, 6) from facts where name like 'seed %'")
        return str((row.fetchone() or [""])[0])

    def seed(self, lesson: str) -> str:
        """Return the lesson's secret seed, created once and reused by every grading run."""
        with self._db:
            self._db.execute("begin immediate")
            found = self._db.execute(
                "select substr(name, 6), value from facts where name like 'seed %'"
            ).fetchone()
            owner, seed = found or (lesson, secrets.token_hex(16))
            if owner != lesson:
                raise CommandError(
                    f"this gradebook belongs to {owner}: for {lesson}, pass --out with another"
                    " folder"
                )
            if not found:
                self._db.execute("insert into facts values (?, ?)", (f"seed {lesson}", seed))
        return str(seed)

    def fact(self, name: str) -> Any:
        """Return a fact that `set_fact` stored, or None."""
        row = self._db.execute("select value from facts where name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def set_fact(self, name: str, value: Any) -> None:
        """Store a fact about the grading run as JSON, and replace any earlier value."""
        row = (name, json.dumps(value))
        self._db.execute("insert or replace into facts values (?, ?)", row)

    def has(self, student: str, digest: str) -> bool:
        """Return whether exactly this submission has already been graded."""
        if self._db.execute(
            "select 1 from regrades where student = ? and digest = ?", (student, digest)
        ).fetchone():
            return True
        row = self._db.execute(
            "select 1 from submissions where student = ? and digest = ? and status != ?",
            (student, digest, SubmissionStatus.INFRASTRUCTURE),
        )
        return row.fetchone() is not None

    def attempt(self, student: str, digest: str) -> int:
        """Return the number of an attempt; a submission unlike the previous one is a new one."""
        previous, old = self._db.execute(
            "select attempt, digest from submissions where student = ?", (_encodable(student),)
        ).fetchone() or (0, "")
        return int(previous + (old.partition(".")[0] != digest.partition(".")[0]))

    def enter(self, graded: Graded, digest: str, version: int = 1, notebook: str = "") -> None:
        """Store a graded submission, and replace the student's previous one.

        If the same notebook had other points, they stay until `accept_regrades`.
        """
        student = _encodable(graded.student)
        with self._db:
            self._db.execute("begin immediate")
            attempt = self.attempt(student, digest)
            graded = replace(graded, student=student, attempt=attempt, version=version)
            self._db.execute("delete from regrades where student = ?", (student,))
            if self._changes_points(student, graded, digest):
                self._db.execute(
                    "insert into regrades values (?, ?, ?, ?)",
                    (student, digest, version, graded.to_json()),
                )
                return
            self._replace(student, graded, digest)
            self._db.execute(
                "insert or replace into attempts (student, attempt, digest, graded, notebook)"
                " values (?, ?, ?, ?, ?)",
                (student, attempt, digest, graded.to_json(), zlib.compress(_bytes(notebook))),
            )

    def _changes_points(self, student: str, graded: Graded, digest: str) -> bool:
        """Return whether a notebook that has grades already would get other points."""
        row = self._db.execute(
            "select digest, status from submissions where student = ?", (student,)
        ).fetchone()
        settled = (SubmissionStatus.GRADED, SubmissionStatus.UNREADABLE)
        if not row or row[0].partition(".")[0] != digest.partition(".")[0]:
            return False
        if row[1] not in settled or graded.status not in settled:
            return False
        before = self._db.execute(
            "select exercise, sum(points) from results where student = ? group by exercise",
            (student,),
        )
        return bool(point_changes(dict(before), graded.points_by_exercise))

    def _replace(self, student: str, graded: Graded, digest: str) -> None:
        """Store what counts for a student now."""
        self._db.execute("delete from submissions where student = ?", (student,))
        self._db.execute(
            "insert into submissions values (?, ?, ?, ?, ?, ?, ?, ?)",
            (student, digest, graded.status, graded.sandbox, graded.seconds,
             _encodable("\n".join(graded.notes)), graded.attempt, graded.version),
        )  # fmt: skip
        self._db.executemany(
            "insert into words values (?, ?, ?)",
            [(student, e, _encodable(answer)) for e, answer in graded.prose.items()],
        )
        self._db.executemany(
            "insert into results values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    student,
                    r.exercise,
                    r.part,
                    r.points,
                    r.max_points,
                    r.passed,
                    r.cases,
                    r.status,
                    _encodable(r.why),
                )
                for r in graded.results
            ],
        )

    def regrades(self) -> list[tuple[Graded, Graded]]:
        """Return the old and the new grade of each student whose points would change."""
        old = {row.student: row for row in self.rows()}
        rows = self._db.execute("select graded from regrades order by student")
        return [(old[new.student], new) for new in (Graded.from_json(text) for (text,) in rows)]

    def accept_regrades(self) -> None:
        """Let the new grades replace the old ones, all at once."""
        with self._db:
            self._db.execute("begin immediate")
            rows = self._db.execute("select student, digest, graded from regrades").fetchall()
            for student, digest, text in rows:
                self._replace(student, Graded.from_json(text), digest)
                self._db.execute(
                    "update attempts set digest = ?, graded = ? where student = ? and attempt = ?",
                    (digest, text, student, Graded.from_json(text).attempt),
                )
            self._db.execute("delete from regrades")

    def attempts(self) -> dict[str, list[Graded]]:
        """Return every attempt of each student, oldest first."""
        found: dict[str, dict[int, Graded]] = defaultdict(dict)
        rows = self._db.execute("select graded from attempts order by student, attempt")
        for one in (Graded.from_json(text) for (text,) in rows):
            found[one.student][one.attempt] = one
        for row in self.rows():  # an earlier version of coursekit kept nothing else
            found[row.student].setdefault(row.attempt, row)
        return {student: list(attempts.values()) for student, attempts in sorted(found.items())}

    def notebook(self, student: str, attempt: int) -> str:
        """Return what a student handed in at an attempt."""
        row = self._db.execute(
            "select notebook from attempts where student = ? and attempt = ?",
            (_encodable(student), attempt),
        ).fetchone()
        return zlib.decompress(row[0]).decode("utf-8", "surrogatepass") if row else ""

    def enter_marks(self, marks: Marks) -> None:
        """Store the marks from a sheet; earlier ones are kept, but no longer count."""
        with self._db:
            self._db.execute("begin immediate")
            for key, mark in marks.items():
                self._insert(key, Marking(0, mark))

    def mark_together(
        self, keys: Sequence[Key], marking: Marking, earlier: Sequence[Key] = (),
        *, typing: bool = False,
    ) -> bool:  # fmt: skip
        """Store a marker's mark of one or more answers, unless another mark came first.

        `marking.number` is the last mark that the marker has seen; `earlier` are the keys that
        an earlier version gave the answers. While a comment is typed, each new text replaces the
        previous one.
        """
        with self._db:
            self._db.execute("begin immediate")
            known = self._known(keys, earlier)
            if max((one.number for one in known), default=0) != marking.number:
                return False
            for key in keys:
                self._insert(key, marking)
            if typing and all(one.marker == marking.marker for one in known):
                self._db.executemany(
                    "delete from marks where rowid = ?", [(one.number,) for one in known]
                )
        return True

    def last_number(self, keys: Sequence[Key], earlier: Sequence[Key]) -> int:
        """Return the number of the last mark of any of these answers, or 0."""
        return max((one.number for one in self._known(keys, earlier)), default=0)

    def _known(self, keys: Sequence[Key], earlier: Sequence[Key]) -> list[Marking]:
        """Return the last marks under these keys; an older sheet may spell a name differently."""
        wanted, codes = {*keys, *earlier}, {key.code for key in keys}
        markings = self.markings().items()
        return [one for key, one in markings if key in wanted or key.code in codes]

    def _insert(self, key: Key, marking: Marking) -> None:
        mark, items = marking.mark, " ".join(map(str, marking.items))
        self._db.execute(
            "insert into marks (student, exercise, answer, points, comment, marker, items)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (*map(_encodable, key), mark.points, _encodable(mark.comment),
             _encodable(marking.marker), items),
        )  # fmt: skip

    def markings(self, *, in_sheet: bool = False) -> dict[Key, Marking]:
        """Return the last mark of each answer, and who gave it.

        With `in_sheet`, return what words.csv shows as long as nobody edits it: the marks that
        came from it, and those that it had when it was last written.
        """
        rows = self._db.execute(
            "select student, exercise, answer, rowid, points, comment, marker, items"
            " from marks where ? or marker = '' or in_sheet order by rowid",
            (not in_sheet,),
        )
        return {
            Key(*key): Marking(
                number, Mark(points, comment), marker, tuple(map(int, items.split()))
            )
            for *key, number, points, comment, marker, items in rows
        }

    def marks(self, *, in_sheet: bool = False) -> dict[Key, Mark]:
        """Return the current mark of each answer that a person has graded."""
        return marks_of(self.markings(in_sheet=in_sheet))

    def note_sheet(self, markings: Mapping[Key, Marking]) -> None:
        """Note that words.csv shows these marks."""
        last = max((one.number for one in markings.values()), default=0)
        self._db.execute("update marks set in_sheet = 1 where rowid <= ?", (last,))

    def phrases(self, marker: str, exercise: str) -> list[str]:
        """Return the comments that a marker wants to use again for a question."""
        rows = self._db.execute(
            "select phrase from phrases where marker = ? and exercise = ? order by rowid",
            (marker, exercise),
        )
        return [phrase for (phrase,) in rows]

    def set_phrases(self, marker: str, exercise: str, phrases: Iterable[str]) -> None:
        """Store the comments that a marker wants to use again for a question."""
        with self._db:
            self._db.execute("begin immediate")
            self._db.execute(
                "delete from phrases where marker = ? and exercise = ?", (marker, exercise)
            )
            self._db.executemany(
                "insert into phrases values (?, ?, ?)",
                [(marker, exercise, _encodable(phrase)) for phrase in phrases],
            )

    def decide(self, decision: Decision) -> None:
        """Store a person's decision; earlier ones are kept, but no longer count."""
        self._db.execute(
            "insert into decisions (student, exercise, points, reason) values (?, ?, ?, ?)",
            (_encodable(decision.student), decision.exercise, decision.points, decision.reason),
        )

    def decisions(self) -> list[Decision]:
        """Return every decision, oldest first."""
        rows = self._db.execute(
            "select student, exercise, points, reason, date(entered) from decisions order by rowid"
        )
        return [Decision(*row) for row in rows]

    def forget(self, student: str) -> bool:
        """Delete all that is stored about a student, also from the file's free pages."""
        name = _encodable(student)
        self._db.execute("pragma secure_delete = on")
        tables = ("submissions", "attempts", "regrades", "marks", "decisions")
        counts = [
            self._db.execute(f"delete from {table} where student = ?", (name,)).rowcount
            for table in tables
        ]
        self._db.execute("vacuum")
        return any(counts)

    def rows(self) -> list[Graded]:
        """Return every submission with its results, sorted by student."""
        results: dict[str, list[Result]] = defaultdict(list)
        rows = self._db.execute("select * from results order by rowid")
        for student, exercise, part, points, max_points, passed, cases, status, why in rows:
            results[student].append(
                Result(exercise, Role(part), points, max_points, passed, cases, Status(status), why)
            )
        prose: dict[str, dict[str, str]] = defaultdict(dict)
        for student, exercise, answer in self._db.execute("select * from words order by rowid"):
            prose[student][exercise] = answer
        rows = self._db.execute("select * from submissions order by student")
        return [
            Graded(
                student, SubmissionStatus(status), results[student],
                notes.split("\n") if notes else [], prose[student], {}, sandbox, seconds, *counts
            )
            for student, _, status, sandbox, seconds, notes, *counts in rows
        ]  # fmt: skip

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def digest_of(text: str, master: str) -> str:
    """Return the digests of a submission and of its master, joined by a dot.

    >>> digest_of("mine", "v1").split(".")[0] == digest_of("mine", "v2").split(".")[0]
    True
    """
    return ".".join(hashlib.sha256(_bytes(part)).hexdigest() for part in (text, master))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _encodable(text: str) -> str:
    """Return the text with "?" for every character that UTF-8 cannot encode."""
    return text.encode("utf-8", "replace").decode()
