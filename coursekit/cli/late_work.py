"""late_work(due dates, list of attempts): how late each attempt was, and which was the last."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from coursekit.cli.terminal import console, listed
from coursekit.errors import CommandError, did_you_mean
from coursekit.grading.collect import Submission, printable
from coursekit.grading.deadlines import Deadlines, Lateness
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.results import Graded
from coursekit.platforms.attempts import Attempt

Listed = Mapping[tuple[str, str], Attempt]  # what a download says, by student and attempt
Late = Mapping[tuple[str, int], Lateness]  # by student and number of the attempt
FACT = "deadlines"  # under which a gradebook keeps the path of the file


def due_dates(path: Path, lesson: str) -> Deadlines:
    """Return the due dates in a file; raise CommandError if it has none for the lesson."""
    deadlines = Deadlines.read(path)
    if lesson not in deadlines.due:
        hint = did_you_mean(lesson, deadlines.due)
        raise CommandError(f"{path}: [due] does not name {lesson}{hint}: add its date")
    return deadlines


def same_due_dates(book: Gradebook, path: Path | None, lesson: str) -> Deadlines | None:
    """Return the due dates in a file, or else in the one that an earlier run was given.

    A run without --deadlines must not give back what late work has lost.
    """
    if path is None:
        if not (kept := book.fact(FACT)):
            return None
        path = Path(kept)
        if not path.is_file():
            raise CommandError(f"{path}, the file of due dates, is missing: pass --deadlines FILE")
        console.print(f"Due dates, as before: {path}")
    deadlines = due_dates(path, lesson)
    book.set_fact(FACT, str(path.absolute()))
    return deadlines


def lateness(
    deadlines: Deadlines | None, lesson: str, rows: Listed, submissions: Sequence[Submission]
) -> Late:
    """Return how late each attempt was handed in, and list the extensions that fit nobody."""
    if deadlines is None:
        return {}
    found, known = dict[tuple[str, int], Lateness](), set[str]()
    for each in submissions:
        student = each.student
        one = rows.get((student, str(each.number)), Attempt(student))
        known |= one.names
        late = deadlines.of(lesson, one.names, one.submitted, is_late=bool(one.late))
        found[student, each.number] = late
    for name in deadlines.strangers(lesson, known):
        hint = did_you_mean(name, [student for student, _ in found])
        console.print(f"The extension for {name}{hint} fits no submission.")
    return found


def handed_in(
    submissions: Sequence[Submission], rows: Listed, late: Late
) -> dict[str, list[tuple[int, float]]]:
    """Return the number of each attempt, oldest first, and the share of the points that it loses.

    If all times are known, they decide: a later download may bring an earlier attempt.
    """
    numbers: dict[str, list[int]] = defaultdict(list)
    for one in submissions:
        numbers[one.student].append(one.number)
    for student, each in numbers.items():
        known = [rows.get((student, str(number)), Attempt(student)) for number in each]
        with suppress(ValueError, TypeError):  # no time, or only some with a zone
            times = [datetime.fromisoformat(one.submitted) for one in known]
            each[:] = [number for _, number in sorted(zip(times, each, strict=True))]
    in_time = Lateness()
    return {
        student: [(number, late.get((student, number), in_time).share) for number in each]
        for student, each in numbers.items()
    }


def late_rows(rows: Sequence[Graded], late: Late) -> dict[str, Lateness]:
    """Return how late the attempts that count are, and list those whose time is unknown."""
    found = {}
    for row in rows if late else ():
        keys = (row.student, row.collected), (row.student, 0)  # 0: the folder has no numbers now
        found[row.student] = next((late[key] for key in keys if key in late), Lateness())
    unknown = [student for student, one in found.items() if "unknown" in one.words]
    flagged = [student for student in unknown if "late" in found[student].words]
    for what, students in (
        ("Late according to the platform, but no time is known, so nothing is taken off", flagged),
        (
            "Neither in time nor late, since no time is known",
            [one for one in unknown if one not in flagged],
        ),
    ):
        for line in listed(what, [*map(printable, students)]):
            console.print(line)
    return found
