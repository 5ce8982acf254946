"""gradebook.sqlite: its tables, how it is opened or refused, and facts about the whole class."""

import json
import secrets
import sqlite3
from pathlib import Path
from typing import Any

from coursekit.errors import CommandError
from coursekit.grading.earlier_gradebooks import upgrade

SCHEMA = """ -- of the first version; `upgrade` adds columns
create table if not exists facts (name text primary key, value text not null);
-- every attempt that was graded, numbered in the order in which they were
create table if not exists attempts (
    student text not null, attempt integer not null, digest text not null,
    graded text not null, notebook blob not null, entered text not null default current_timestamp,
    primary key (student, attempt));
-- new grades of attempts that had others, until they are accepted
create table if not exists pending (
    student text not null, attempt integer not null, digest text not null, graded text not null,
    primary key (student, attempt));
-- each row is a mark that a person gave, and the last one counts: nothing is ever deleted, except
-- that a comment replaces itself while it is typed; without a marker, the mark is from the sheet
create table if not exists marks (
    student text not null, exercise text not null, answer text not null,
    points real, comment text not null, entered text not null default current_timestamp);
-- comments that a marker wants to use again for a question
create table if not exists phrases (
    marker text not null, exercise text not null, phrase text not null);
create table if not exists decisions (
    student text not null, exercise text not null, points real, reason text not null,
    entered text not null default current_timestamp);
"""
NOT_OURS = ("SQLITE_ERROR", "SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_CORRUPT_VTAB")
ABOUT_STUDENTS = ("attempts", "pending", "marks", "decisions")  # tables


class GradebookFile:
    """The file of one lesson's grades, readable only by the user who owns it."""

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
            self._refuse_others()
            self._db.executescript(SCHEMA)
            upgrade(self._db)
            self._db.execute("select lost from attempts limit 1").fetchall()
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

    def forget(self, student: str) -> bool:
        """Delete all that is stored about a student, also from the file's free pages."""
        name = encodable(student)
        self._db.execute("pragma secure_delete = on")
        counts = [
            self._db.execute(f"delete from {table} where student = ?", (name,)).rowcount
            for table in ABOUT_STUDENTS
        ]
        self._db.execute("vacuum")
        return any(counts)

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def encodable(text: str) -> str:
    """Return the text with "?" for every character that UTF-8 cannot encode."""
    return text.encode("utf-8", "replace").decode()
