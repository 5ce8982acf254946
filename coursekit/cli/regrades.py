"""Say whose points new grades change, before they are accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from coursekit.cli.terminal import console
from coursekit.errors import plural
from coursekit.grading.collect import printable
from coursekit.grading.counting import counting_rows
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.marking import by_student
from coursekit.grading.marks import prose_results
from coursekit.grading.report.files import replace_file
from coursekit.grading.results import Graded, PointChange, point_changes
from coursekit.grading.sheet import csv_text

CHANGES, MAX_CHANGES = "changes.csv", 20  # that are shown in the terminal


def announce(book: Gradebook, limits: Mapping[str, float], out: Path, *, preview: bool) -> None:
    """Say whose points change, from what to what, before anything is written."""
    regrades = book.regrades()
    if not regrades:
        if preview:
            console.print("Nobody's points would change.")
        return
    changes, others = _changes(book, limits, regrades)
    would = "would change" if preview else "change"
    if changes:
        names = {student for student, _ in changes}
        console.print(f"The points of {plural(len(names), 'student')} {would}:")
    for student, change in changes[:MAX_CHANGES]:
        name = printable(student)
        console.print(f"  {name}: {change.exercise} {change.before:g} → {change.after:g}")
    rows = [
        [student, one.exercise, f"{one.before:g}", f"{one.after:g}"] for student, one in changes
    ]
    text = csv_text([["student", "exercise", "before", "after"], *rows])
    replace_file(out / CHANGES, text.encode("utf-8-sig"))
    more = f"; {len(changes) - MAX_CHANGES} more" if len(changes) > MAX_CHANGES else ""
    if changes:
        console.print(f"All changes: {out / CHANGES}{more}.")
    if others:
        attempts = plural(others, "attempt that does", "attempts that do")
        console.print(f"The points of {attempts} not count {would}{', too' if changes else ''}.")
    if preview:
        console.print("The old points still count. To change them, run it without --preview.")


def _changes(
    book: Gradebook, limits: Mapping[str, float], regrades: Sequence[tuple[Graded, Graded]]
) -> tuple[list[tuple[str, PointChange]], int]:
    """Return each student's changes by new grades, and the number of changed attempts besides."""
    before = {row.student: row for row in counting_rows(book, limits)}
    after = {row.student: row for row in counting_rows(book, limits, accepted=True)}
    marks = by_student(book.marks(), [*before.values(), *after.values()])

    def points(row: Graded) -> dict[str, float]:
        written = prose_results(row, limits, marks)
        return replace(row, results=[*row.results, *written]).points_by_exercise

    changes = [
        (student, change) for student in dict.fromkeys(new.student for _, new in regrades)
        for change in point_changes(points(before[student]), points(after[student]))
    ]  # fmt: skip
    count = {(row.student, row.attempt) for row in (*before.values(), *after.values())}
    return changes, sum((new.student, new.attempt) not in count for _, new in regrades)
