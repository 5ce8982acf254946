"""Implement `coursekit grade`: collect, grade new work, write grades, feedback and a report."""

import webbrowser
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path

from rich.progress import Progress

from coursekit.cli.late_work import due_dates, handed_in, late_rows, lateness, same_due_dates
from coursekit.cli.machine import check_limits
from coursekit.cli.regrades import announce
from coursekit.cli.summary import class_table, ignored, missing, other_failures, unfinished
from coursekit.cli.terminal import console
from coursekit.course import versions
from coursekit.course.master import Master, Notebook, find_master
from coursekit.course.versions import Edition
from coursekit.errors import CommandError, plural
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission, collect, demo_class
from coursekit.grading.counting import counting_rows, which_counts
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.limited import each_limited
from coursekit.grading.marking import (
    Taken,
    by_student,
    changes,
    sheet_text,
    take_marks,
    unowned,
)
from coursekit.grading.marks import Key, Mark, marks_of
from coursekit.grading.report.files import prose_points, write_files
from coursekit.grading.results import Graded
from coursekit.grading.settings import By, Counts
from coursekit.grading.sheet import Sheet, other_files, read_sheet, replace_sheet
from coursekit.platforms.attempts import read_list
from coursekit.sandbox.host.folders import has_cgroups
from coursekit.sandbox.host.levels import LIMITS_ONLY, remedy, strongest
from coursekit.sandbox.host.probes import ProbeResult, probe
from coursekit.sandbox.host.worker_kernel import WorkerLostError
from coursekit.sandbox.host.zygote_client import InfrastructureError

WORDS = "words.csv"


def grade_folder(
    folder: Path | None,
    out: Path,
    lesson: str,
    solutions: Path,
    *,
    demo: bool,
    trust: bool,
    jobs: int | None,
    scheduler: str | None,
    deadlines: Path | None = None,
    by: By | None = None,
    counts: Counts | None = None,
    preview: bool = False,
) -> int:
    """Grade a folder of submissions, or a simulated class, into `out`; return the exit code."""
    path = find_master(solutions, lesson)
    lesson = path.stem
    if deadlines:
        due_dates(deadlines, lesson)  # a mistake in the file stops the command at once
    submissions = demo_class(Master.read(path)) if demo else _collect(folder, lesson, solutions)
    facts = _check_sandbox(trust=trust)
    editions = versions.all_editions(solutions, lesson)
    masters = {edition.number: Master.parse(edition.master) for edition in editions}
    limits = prose_points(masters.values())
    present = {one.student for one in submissions}
    rows_of_list = {(one.student, one.number): one for one in (read_list(folder) if folder else ())}
    with closing(Gradebook(out / "gradebook.sqlite")) as book:
        book.seed(lesson)  # the gradebook of another lesson stops the command
        due = same_due_dates(book, deadlines, lesson)
        sheet, taken, earlier = _take_sheet(book, out / WORDS, limits)
        by = By(_setting(book, "by", by, By.OWN))
        counts = Counts(_setting(book, "counts", counts, Counts.LAST))
        book.set_fact("sandbox", facts)
        most = [master.points | master.prose_points for master in masters.values()]
        book.set_fact("maxima", dict(chain.from_iterable(map(dict.items, most))))
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("Grading", total=len(submissions))
            graded = sum(
                grade_class(
                    group, edition.master, lesson, book, version=edition.number,
                    clocks=edition.clocks(lesson), workers=jobs, scheduler=scheduler, trust=trust,
                    progress=lambda _: bar.advance(task),
                ) for edition, group in by_edition(submissions, editions, by)
            )  # fmt: skip
        late = lateness(due, lesson, rows_of_list, submissions)
        book.note_class(handed_in(submissions, rows_of_list, late))
        announce(book, limits, out, preview=preview)
        if not preview:
            book.accept_regrades()
        everyone, markings = counting_rows(book, limits), book.markings()
        answers = _answers(book)
        marks = by_student(marks_of(markings), answers)
        rows = [row for row in everyone if row.student in present]
        students = write_files(
            out, lesson, masters, rows, marks, late_rows(rows, late), book.decisions(), counts
        )
        for sentence in (*changes(taken, earlier), *unowned(marks, everyone)):
            console.print(sentence)
        if limits:
            placed = take_marks(sheet, answers, marks, limits)
            if _write_sheet(sheet, sheet_text(sheet, placed, rows, marks, limits)):
                book.note_sheet(markings)
        failed = book.failures() & present
    console.print(class_table(students))
    for line in (
        *unfinished(students), *other_failures(failed, rows),
        *missing(rows_of_list), *ignored(folder), *which_counts(rows, counts),
    ):  # fmt: skip
        console.print(line)
    others = plural(len(submissions) - graded, "was", "were")
    console.print(f"Graded {plural(graded, 'submission')}; {others} already up to date.")
    console.print(f"Report: {out}/report.html")
    if demo:
        webbrowser.open((out / "report.html").resolve().as_uri())
    return int(bool(failed))


def _answers(book: Gradebook) -> list[Graded]:
    """Return every attempt, whose written answers may have marks."""
    return list(chain.from_iterable(book.attempts().values()))


def _take_sheet(
    book: Gradebook, path: Path, limits: Mapping[str, float]
) -> tuple[Sheet, Taken, Mapping[Key, Mark]]:
    """Enter the marks of a sheet; return the sheet, its marks, and those before it."""
    answers = _answers(book)
    sheet = read_sheet(path, {one.student for one in answers})
    earlier = by_student(book.marks(), answers)
    shown = by_student(book.marks(in_sheet=True), answers)
    taken = take_marks(sheet, answers, earlier, limits, shown)
    book.enter_marks(taken.marks)
    return sheet, taken, earlier


def _setting(book: Gradebook, name: str, chosen: str | None, default: str) -> str:
    """Return a setting that is passed once and stays."""
    setting = str(chosen or book.fact(name) or default)
    book.set_fact(name, setting)
    return setting


def _write_sheet(sheet: Sheet, text: str | None) -> bool:
    """Write the sheet of marks if it must change and nobody is editing it.

    Return whether it now shows all marks.
    """
    for name in other_files(sheet.path):
        console.print(f"{name} was not read: to enter its marks, save it as {sheet.path}.")
    if text is not None and (reason := replace_sheet(sheet, text)):
        console.print(
            f"{sheet.path} was not updated, because {reason}, then run the command again."
        )
        return False
    return True


def _collect(folder: Path | None, lesson: str, solutions: Path) -> list[Submission]:
    """Return the submissions in a folder; raise CommandError if all belong to another lesson."""
    if folder is None:
        raise CommandError("no folder of submissions: pass one, or --demo for a simulated class")
    submissions = collect(folder, lesson)
    named = Counter(one.lesson for one in submissions if one.lesson)
    [(usual, number)] = named.most_common(1) or [(lesson, 0)]
    if named and lesson not in named and solutions.joinpath(f"{Path(usual).name}.ipynb").is_file():
        raise CommandError(
            f"{plural(number, 'notebook belongs', 'notebooks belong')} to {usual}, and none to"
            f" {lesson}: pass --lesson {usual}"
        )
    return submissions


def _check_sandbox(*, trust: bool) -> Mapping[str, object]:
    """Probe the sandbox; print the results, and return them for the gradebook.

    Raise CommandError if it blocks too little and the submissions are not trusted.
    """
    check_limits()
    sandbox = strongest()
    console.print(f"Sandbox: {sandbox.level}.")
    if how := remedy(sandbox):
        console.print(f"To make it stronger: {how}.")
    if sandbox.level == LIMITS_ONLY and not trust:
        raise CommandError(
            "No sandbox: submissions could use your network and files. Set one up as shown above,"
            " or pass --trust if you trust them."
        )
    has_cgroup = has_cgroups()
    if has_cgroup:
        console.print("Memory and processes are also capped by a cgroup.")
    return {
        "level": sandbox.level,
        "control group": has_cgroup,
        "probes": _probe(trust=trust),
    }


def _probe(*, trust: bool) -> dict[str, ProbeResult]:
    """Try to break out of the sandbox, and print the result of each attempt."""
    try:
        results = probe()
    except (InfrastructureError, WorkerLostError) as error:
        raise CommandError(f"the sandbox did not start: {error}") from None
    for result in ProbeResult:
        if names := ", ".join(name for name, found in results.items() if found is result):
            heading = "NOT blocked" if result is ProbeResult.OPEN else result.capitalize()
            console.print(f"{heading}: {names}.")
    if ProbeResult.OPEN in results.values() and not trust:
        raise CommandError(
            "The sandbox is incomplete: submissions could use anything not blocked. Pass --trust if"
            " you trust them."
        )
    return results


def by_edition(
    submissions: Sequence[Submission], editions: Sequence[Edition], by: By = By.OWN
) -> Iterator[tuple[Edition, list[Submission]]]:
    """Group submissions by the version they came from, or the newest if they are unreadable.

    With By.NEWEST, all are graded by the newest.
    """
    groups: dict[int, list[Submission]] = defaultdict(list)

    def number(one: Submission) -> int:
        return versions.edition_of(Notebook.parse(one.text), editions).number

    if by is By.NEWEST:
        yield editions[-1], [*submissions]
        return
    numbers = each_limited(number, submissions if len(editions) > 1 else [])
    for one in submissions:
        found = next(numbers, None)
        groups[found if isinstance(found, int) else editions[-1].number].append(one)
    newest = editions[-1]
    for edition in editions:
        if group := groups[edition.number]:
            if edition is not newest:
                console.print(
                    f"Graded by the checks of their own version, {edition.number}:"
                    f" {plural(len(group), 'submission')}. To grade by version {newest.number},"
                    " pass --by newest."
                )
            yield edition, group
