"""For instructors: what a person decides about one student, and how to forget a student."""

import shutil
import unicodedata
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coursekit.cli.terminal import console
from coursekit.distribution import require
from coursekit.errors import CommandError, did_you_mean

if TYPE_CHECKING:
    from coursekit.grading.gradebook import Gradebook

Out = Annotated[Path, typer.Argument(metavar="OUT", help="The folder that `grade --out` wrote.")]
Student = Annotated[
    str, typer.Argument(metavar="STUDENT", help="The student, as grades.csv has the name.")
]
BOOK = "gradebook.sqlite"
TABLES = ("grades.csv", "changes.csv", "words.csv", "words.csv~")
AGAIN = "To write the reports, run coursekit grade as before."


def decide(
    out: Out,
    student: Student,
    reason: Annotated[str, typer.Option(help="The sentence that the student reads.")],
    exercise: Annotated[str, typer.Option(help="The exercise whose points you set.")] = "",
    points: Annotated[float | None, typer.Option(help="Its points.")] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Let the points count that were earned.")
    ] = False,
) -> None:
    """Set a student's points for an exercise by hand, or answer an inquiry with a note.

    A decision is kept through all regrades, and its reason is on the student's page. Without an
    exercise, the reason is a note.

    Exit codes: 0, stored; 2, nothing was stored.
    """
    require("nbformat", "grade")
    from coursekit.grading.decisions import Decision

    if bool(exercise) != (points is not None or withdraw) or (points is not None and withdraw):
        raise CommandError("to set points, pass --exercise with either --points or --withdraw")
    if points is not None and not 0 <= points < 1e6:
        raise CommandError(f"points must be a number of at least 0, not {points:g}")
    if not reason.strip():
        raise CommandError("the reason is empty: write the sentence that the student reads")
    with closing(open_book(out)) as book:
        attempts = book.attempts()
        student = _exact(student, attempts, out)
        maxima: dict[str, float] = book.fact("maxima") or {}
        known = {e for one in attempts[student] for e in (*one.points_by_exercise, *one.prose)}
        known |= {*maxima}
        if exercise and known and exercise not in known:
            hint = did_you_mean(exercise, known)
            raise CommandError(f"no exercise is called {exercise!r}{hint}: see grades.csv")
        if points is not None and points > maxima.get(exercise, points):
            raise CommandError(f"{exercise} has {maxima[exercise]:g} points: pass at most as many")
        book.decide(Decision(student, exercise, points, reason.strip()))
    what = f"{exercise} of {student}" if exercise else f"a note for {student}"
    console.print(f"Stored: {what}. {AGAIN}")


def forget(out: Out, student: Student) -> None:
    """Delete all that OUT contains about a student: grades, attempts, marks, pages and exports.

    The files that the student handed in lie elsewhere: delete them as well.

    Exit codes: 0, deleted; 2, nothing was.
    """
    require("nbformat", "grade")
    from coursekit.grading.report.files import replace_file
    from coursekit.grading.report.pages import page_names
    from coursekit.grading.sheet import as_text
    from coursekit.platforms.tables import read_table

    with closing(open_book(out)) as book:
        names = {*book.attempts(), *(key.student for key in book.marks())}
        student = _exact(student, names, out)
        tables = [read_table(path, names) for name in TABLES if _has_content(path := out / name)]
        book.forget(student)
    for page in {page_names(known)[student] for known in (names, [student])}:
        (out / "feedback" / page).unlink(missing_ok=True)
    shutil.rmtree(out / "export", ignore_errors=True)
    for name in ("report.html", "words.html", "insights.html"):
        (out / name).unlink(missing_ok=True)
    for table in tables:
        kept = [row for row in table.rows if not {as_text(student), student} & {*row}]
        replace_file(table.path, replace(table, rows=kept, bom=True).to_bytes())
    console.print(
        f"Deleted from {out}: {student}. The pages about the class and {out}/export were deleted, "
        f"too. Also delete what {student} handed in, or the next run grades it again. {AGAIN}"
    )


def _has_content(path: Path) -> bool:
    return path.is_file() and bool(path.read_bytes().strip())


def open_book(out: Path) -> "Gradebook":
    """Open the gradebook in a folder; raise CommandError if there is none."""
    from coursekit.grading.gradebook import Gradebook

    if not (out / BOOK).is_file():
        raise CommandError(f"{out} contains no {BOOK}: pass the folder that grade --out wrote")
    return Gradebook(out / BOOK)


def _exact(student: str, known: Iterable[str], out: Path) -> str:
    """Return a name as the gradebook has it; systems write letters with accents in two ways."""
    for name in known:
        if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", student):
            return name
    hint = did_you_mean(student, known)
    raise CommandError(f"no student is called {student!r}{hint}: see {out / 'grades.csv'}")
