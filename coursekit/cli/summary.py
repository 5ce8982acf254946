"""What the terminal shows of a graded class: a table, and who has no points or no final ones."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path

from rich.table import Table

from coursekit.cli.terminal import listed
from coursekit.course.headers import Role
from coursekit.course.records import Status
from coursekit.grading.collect import OTHER_LESSON, printable, stray_files
from coursekit.grading.report.files import StudentGrade
from coursekit.grading.results import LABELS, Graded, SubmissionStatus

WORST_FIRST = (Status.LOST, Status.WRONG, Status.NOT_ATTEMPTED, Status.RIGHT)
COLUMNS = (Status.RIGHT, Status.WRONG, Status.NOT_ATTEMPTED, Status.LOST)  # of the table


def unfinished(students: Sequence[StudentGrade]) -> Iterator[str]:
    """Yield a line on each kind of submission that has no points, or whose points may change."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for student in students:
        if kind := _kind(student):
            kinds[kind].append(printable(student.row.student))
    for kind, names in kinds.items():
        yield from listed(kind, names)


def _kind(student: StudentGrade) -> str:
    row = student.row
    if row.status is SubmissionStatus.INFRASTRUCTURE:
        return "Grading failed, so run the command again"
    if row.status is SubmissionStatus.UNREADABLE:
        return "".join(row.notes[-1:]).partition(":")[0].rstrip(".")
    if all(result.status is Status.NOT_ATTEMPTED for result in row.results):
        other = any(note.startswith(OTHER_LESSON) for note in row.notes)
        return "The notebook belongs to another lesson" if other else "Nothing is answered"
    return "Points are not final until you grade the written answers" if student.ungraded else ""


def other_failures(students: Set[str], rows: Sequence[Graded]) -> Iterator[str]:
    """Yield a line on students with another attempt that could not be graded."""
    done = {row.student for row in rows if row.status is not SubmissionStatus.INFRASTRUCTURE}
    what = "Grading another attempt failed, so run the command again"
    yield from listed(what, [printable(student) for student in sorted(students & done)])


def missing(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a line on the students of the roster who have no number of an attempt."""
    names = [printable(student) for student, number in rows if not number]
    yield from listed("Handed in nothing", names)


def ignored(folder: Path | None) -> Iterator[str]:
    """Yield a line on the files that lie beside the students' folders."""
    files = stray_files(folder) if folder else []
    yield from listed("Ignored, because not in a student's folder", files)


def class_table(students: Sequence[StudentGrade]) -> Table:
    """Return a table with the number of students who passed, failed, … each exercise."""
    table = Table("exercise", *(LABELS[status] for status in COLUMNS))
    results = [r for student in students for r in student.row.results]
    for exercise in dict.fromkeys(r.exercise for r in results if r.part is not Role.PROSE):
        worst = [_worst(student, exercise) for student in students]
        table.add_row(exercise, *(str(worst.count(status)) for status in COLUMNS))
    return table


def _worst(student: StudentGrade, exercise: str) -> Status | None:
    """Return a student's worst status in an exercise, or None if it has no checks."""
    statuses = {r.status for r in student.row.results if r.exercise == exercise}
    return next((status for status in WORST_FIRST if status in statuses), None)
