"""Keep the grades in gradebook.sqlite; one transaction writes a submission with its results."""

import hashlib
import json
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coursekit.course.headers import Role
from coursekit.course.records import Status
from coursekit.errors import CommandError
from coursekit.grading.results import GradebookRow, Graded, Result, SubmissionStatus

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
"""


class Gradebook:
    """The grades of one lesson, readable only by the user who owns the file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._db.execute("pragma foreign_keys = on")
            self._db.executescript(SCHEMA)
            self._db.execute("select attempt, version from submissions")
        except sqlite3.DatabaseError as error:
            why = f"{path} is not a gradebook of this version ({error})"
            raise CommandError(f"{why}: move it elsewhere or delete it") from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def seed(self, lesson: str) -> str:
        """Return the lesson's secret seed, created once and reused by every grading run."""
        name = f"seed {lesson}"
        with self._transaction():
            other = self._db.execute(
                "select substr(name, 6) from facts where name like 'seed %' and name != ?", (name,)
            ).fetchone()
            if other:
                raise CommandError(
                    f"this gradebook belongs to {other[0]}: for {lesson}, pass --out with another"
                    " folder"
                )
            self._db.execute(
                "insert or ignore into facts values (?, ?)", (name, secrets.token_hex(16))
            )
            row = self._db.execute("select value from facts where name = ?", (name,)).fetchone()
            return str(row[0])

    def set_fact(self, name: str, value: Any) -> None:
        """Store a fact about the grading run as JSON, and replace any earlier value."""
        with self._transaction():
            row = (name, json.dumps(value))
            self._db.execute("insert or replace into facts values (?, ?)", row)

    def has(self, student: str, digest: str) -> bool:
        """Return whether exactly this submission has already been graded."""
        row = self._db.execute(
            "select 1 from submissions where student = ? and digest = ? and status != ?",
            (student, digest, SubmissionStatus.INFRASTRUCTURE),
        )
        return row.fetchone() is not None

    def enter(self, graded: Graded, digest: str, version: int = 1) -> None:
        """Store a graded submission, and replace the student's previous one.

        A submission that differs from the previous one counts as a new attempt.
        """
        student = _encodable(graded.student)
        with self._transaction():
            attempt = self._attempt(student, digest)
            self._db.execute("delete from submissions where student = ?", (student,))
            self._db.execute(
                "insert into submissions values (?, ?, ?, ?, ?, ?, ?, ?)",
                (student, digest, graded.status, graded.sandbox, graded.seconds,
                 _encodable("\n".join(graded.notes)), attempt, version),
            )  # fmt: skip
            self._db.executemany(
                "insert into words values (?, ?, ?)",
                [(student, e, _encodable(answer)) for e, answer in graded.prose.items()],
            )
            self._db.executemany(
                "insert into results values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(student, r.exercise, r.part, r.points, r.max_points, r.passed, r.cases, r.status,
                  _encodable(r.why)) for r in graded.results],
            )  # fmt: skip

    def _attempt(self, student: str, digest: str) -> int:
        row = self._db.execute(
            "select attempt, digest from submissions where student = ?", (student,)
        ).fetchone()
        previous, of = row or (0, "")
        is_new = of.partition(".")[0] != digest.partition(".")[0]
        return int(previous) + is_new

    def rows(self) -> list[GradebookRow]:
        """Return every submission with its results, sorted by student."""
        results: dict[str, list[Result]] = defaultdict(list)
        for student, exercise, part, *numbers, status, why in self._db.execute(
            "select student, exercise, part, points, max_points, passed, cases, status, why"
            " from results order by rowid"
        ):
            points, max_points, passed, cases = numbers
            results[student].append(
                Result(exercise, Role(part), points, max_points, passed, cases, Status(status), why)
            )
        prose: dict[str, dict[str, str]] = defaultdict(dict)
        for student, exercise, answer in self._db.execute("select * from words order by rowid"):
            prose[student][exercise] = answer
        return [
            GradebookRow(
                student, SubmissionStatus(status), results[student],
                notes.split("\n") if notes else [], prose[student], sandbox, seconds, attempt,
                version,
            )
            for student, status, notes, sandbox, seconds, attempt, version in self._db.execute(
                "select student, status, notes, sandbox, seconds, attempt, version"
                " from submissions order by student"
            )
        ]  # fmt: skip

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def digest_of(text: str, master: str) -> str:
    """Return the digests of a submission and of its master, joined by a dot.

    >>> digest_of("mine", "v1").split(".")[0] == digest_of("mine", "v2").split(".")[0]
    True
    """
    return ".".join(
        hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest() for part in (text, master)
    )


def _encodable(text: str) -> str:
    """Return the text with "?" for every character that UTF-8 cannot encode."""
    return text.encode("utf-8", "replace").decode()
