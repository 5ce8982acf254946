"""SQLite: one row for each submission and each check, written in one transaction."""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coursekit.errors import CommandError

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
    """The grades of one assignment, readable by their owner alone."""

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
            raise CommandError(f"{path} is not a gradebook ({error}): move it away") from None

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
        """Return the secret seed of this assignment: made once, used again at each grading."""
        with self._transaction():
            other = self._db.execute(
                "select substr(name, 6) from facts where name like 'seed %' and name != ?",
                (f"seed {lesson}",),
            ).fetchone()
            if other:
                raise CommandError(
                    f"this gradebook is of {other[0]}: name another folder for {lesson}, by --out"
                )
            fresh = secrets.token_hex(16)
            self._db.execute("insert or ignore into facts values (?, ?)", (f"seed {lesson}", fresh))
            row = self._db.execute("select value from facts where name = ?", (f"seed {lesson}",))
            return str(row.fetchone()[0])

    def keep(self, name: str, fact: Any) -> None:
        """Write a fact about the grading itself, in place of what it was before."""
        with self._transaction():
            row = (name, json.dumps(fact))
            self._db.execute("insert or replace into facts values (?, ?)", row)

    def has(self, student: str, digest: str) -> bool:
        """Return whether this very submission is graded already."""
        row = self._db.execute(
            "select 1 from submissions where student = ? and digest = ? and status != ?",
            (student, digest, "infrastructure"),
        )
        return row.fetchone() is not None

    def enter(self, graded: dict[str, Any], digest: str) -> None:
        """Write a graded submission in place of what the student had before.

        Each text that differs from the one before is an attempt of its own.
        """
        student = _text(graded["student"])
        with self._transaction():
            before = self._db.execute(
                "select attempt, digest from submissions where student = ?", (student,)
            ).fetchone()
            attempt, of = before or (0, "")
            attempt += of.partition(".")[0] != digest.partition(".")[0]
            self._db.execute("delete from submissions where student = ?", (student,))
            self._db.execute(
                "insert into submissions values (?, ?, ?, ?, ?, ?, ?, ?)",
                (student, digest, graded["status"], graded["sandbox"], graded["seconds"],
                 _text("\n".join(graded["notes"])), attempt, graded["version"]),
            )  # fmt: skip
            self._db.executemany(
                "insert into words values (?, ?, ?)",
                [(student, e, _text(answer)) for e, answer in graded["words"].items()],
            )
            self._db.executemany(
                "insert into results values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(student, r["exercise"], r["part"], r["points"], r["max_points"], r["passed"],
                  r["cases"], r["status"], _text(r["why"])) for r in graded["results"]],
            )  # fmt: skip

    def submissions(self) -> list[dict[str, Any]]:
        """Return every submission with its results, by student."""
        found = self._rows("select * from submissions order by student")
        for row in found:
            row["results"] = self._rows("select * from results where student = ?", row["student"])
            words = self._rows("select * from words where student = ?", row["student"])
            row["words"] = {one["exercise"]: one["answer"] for one in words}
        return found

    def _rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        cursor = self._db.execute(query, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def digest_of(text: str, master: str) -> str:
    """Return what tells a changed submission, or a changed master, from one that is graded.

    >>> digest_of("mine", "v1").split(".")[0] == digest_of("mine", "v2").split(".")[0]
    True
    """
    return ".".join(
        hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest() for part in (text, master)
    )


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
