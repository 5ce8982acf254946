"""Bring a gradebook that an earlier version wrote into today's form, all at once.

Earlier versions kept the last attempts in three tables of their own, and the first of them no
other attempts.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator

from coursekit.course.headers import Role
from coursekit.course.records import Status
from coursekit.grading.results import Graded, Result, SubmissionStatus

LAST_ATTEMPTS = ("words", "results", "submissions")  # the third table is the first ones' parent
LAST = 1_000_000  # the place of a new attempt among those of which one counts
NEW_COLUMNS = {  # since the first version, by table
    "marks": {
        "marker": "text not null default ''",  # or "" for the sheet
        "items": "text not null default ''",
        "in_sheet": "integer not null default 0",
    },
    "attempts": {
        "collected": "integer not null default 0",  # these three are in `graded` as well
        "draw": "integer not null default 1",
        "status": "text not null default ''",
        "lost": "real not null default 0",  # the share of the points that being late costs
        "place": f"integer not null default {LAST}",  # 0 if it cannot count
        "reported": "integer not null default 1",  # whether the student may know the grade
    },
}


def upgrade(db: sqlite3.Connection) -> None:
    """Add the columns that the file does not have, and move what an earlier version wrote."""
    with db:
        db.execute("begin immediate")
        for table, columns in NEW_COLUMNS.items():
            known = {row[1] for row in db.execute(f"pragma table_info({table})")}
            for column, kind in columns.items():
                if column not in known:
                    db.execute(f"alter table {table} add {column} {kind}")
        if db.execute("select 1 from sqlite_master where name = 'submissions'").fetchone():
            _move_last_attempts(db)


def _move_last_attempts(db: sqlite3.Connection) -> None:
    """Move the last attempts to the other ones, and drop their tables."""
    db.executemany(
        "insert or ignore into attempts (student, attempt, digest, graded, notebook)"
        " values (?, ?, ?, ?, x'')",
        [(one.student, one.attempt, digest, one.to_json()) for one, digest in _last_attempts(db)],
    )
    for rowid, text in db.execute("select rowid, graded from attempts").fetchall():
        one = Graded.from_json(text)
        db.execute(
            "update attempts set collected = ?, draw = ?, status = ? where rowid = ?",
            (one.collected, one.draw, one.status, rowid),
        )
    db.execute("drop table if exists regrades")  # the next run finds them again
    for table in LAST_ATTEMPTS:
        db.execute(f"drop table {table}")


def _last_attempts(db: sqlite3.Connection) -> Iterator[tuple[Graded, str]]:
    """Yield each student's last attempt and its digest."""
    results: dict[str, list[Result]] = defaultdict(list)
    rows = db.execute("select * from results order by rowid")
    for student, exercise, part, points, max_points, passed, cases, status, why in rows:
        results[student].append(
            Result(exercise, Role(part), points, max_points, passed, cases, Status(status), why)
        )
    prose: dict[str, dict[str, str]] = defaultdict(dict)
    for student, exercise, answer in db.execute("select * from words order by rowid"):
        prose[student][exercise] = answer
    rows = db.execute(
        "select student, digest, status, sandbox, seconds, notes, attempt, version from submissions"
    )
    for student, digest, status, sandbox, seconds, notes, attempt, version in rows.fetchall():
        yield Graded(
            student, SubmissionStatus(status), results[student], notes.split("\n") if notes else [],
            prose[student], {}, sandbox, seconds, attempt, version, draw=attempt,
        ), digest  # fmt: skip
