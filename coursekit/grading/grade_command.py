"""coursekit grade: collect, grade what is new, write grades.csv, feedback and a report."""

import webbrowser
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from coursekit.course import master as masters
from coursekit.course import versions
from coursekit.course.versions import Edition
from coursekit.errors import CommandError
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission, collect
from coursekit.grading.demo import demo_class
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.report import words_csv
from coursekit.grading.report.files import WORDS, write, written
from coursekit.sandbox.host import cgroup
from coursekit.sandbox.host.levels import LIMITS_ONLY, remedy, strongest
from coursekit.sandbox.host.probes import ProbeResult, probe
from coursekit.sandbox.host.worker_kernel import WorkerLostError
from coursekit.sandbox.host.zygote_client import InfrastructureError


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
    console: Console,
) -> int:
    """Grade a folder of submissions into `out`; return the exit code."""
    path = masters.find(solutions, lesson)
    lesson = path.stem
    master = masters.read(path)
    sandbox = strongest()
    console.print(f"Sandbox: {sandbox.level}.")
    if how := remedy(sandbox):
        console.print(f"For a stronger one: {how}.")
    if sandbox.level == LIMITS_ONLY and not trust:
        raise CommandError(
            "submissions would run on limits only, with your network and files: change what is said"
            " above, or say --trust if you trust them"
        )
    held = cgroup.works()
    if held:
        console.print("The kernel itself holds memory and processes, in a control group.")
    probed = _probed(console, trust=trust)
    if demo:
        submissions = demo_class(master)
    elif folder is None:
        raise CommandError("name the folder of the submissions, or say --demo")
    else:
        submissions = collect(folder, lesson)
    editions = versions.editions(solutions, lesson)
    marks = words_csv.read(out / WORDS, written(editions))
    book = Gradebook(out / "gradebook.sqlite")
    book.keep("sandbox", {"level": sandbox.level, "control group": held, "probes": probed})
    graded = 0
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Grading", total=len(submissions))
        for edition, those in _by_edition(submissions, editions):
            graded += grade_class(
                those, edition.master, lesson, book, version=edition.number,
                workers=jobs, scheduler=scheduler, trust=trust,
                progress=lambda _: bar.advance(task),
            )  # fmt: skip
    pages = {one.student: one.file_name for one in submissions}
    found = [row for row in book.submissions() if row["student"] in pages]
    book.close()
    exercises = write(out, lesson, editions, found, marks, pages)
    console.print(summary(found, exercises))
    console.print(f"{graded} graded now, {len(found) - graded} before. Report: {out}/report.html")
    if demo:
        webbrowser.open((out / "report.html").resolve().as_uri())
    return 1 if any(row["status"] == "infrastructure" for row in found) else 0


def _probed(console: Console, *, trust: bool) -> dict[str, ProbeResult]:
    """Try the sandbox, and say what it shuts; what it leaves open is for trusted work only."""
    try:
        found = probe()
    except (InfrastructureError, WorkerLostError) as error:
        raise CommandError(f"the sandbox does not start here: {error}") from None
    for result in ProbeResult:
        if names := ", ".join(name for name, its in found.items() if its == result):
            console.print(f"{result.heading}: {names}.")
    if ProbeResult.OPEN in found.values() and not trust:
        raise CommandError(
            "The sandbox does not block everything, see above: pass --trust if you trust the"
            " submissions."
        )
    return found


def _by_edition(
    submissions: list[Submission], editions: list[Edition]
) -> Iterator[tuple[Edition, list[Submission]]]:
    """Yield the submissions by the version that they came from; what is none, with the newest."""
    groups: dict[int, list[Submission]] = {edition.number: [] for edition in editions}
    for one in submissions:
        its = editions[-1]
        if len(editions) > 1:
            with suppress(ValueError):
                its = versions.came_from(masters.parse(one.text), editions)
        groups[its.number].append(one)
    for edition in editions:
        if groups[edition.number]:
            yield edition, groups[edition.number]


def summary(found: list[dict[str, Any]], exercises: list[str]) -> Table:
    """Return a table of the class for the terminal."""
    table = Table("exercise", "right", "not right", "not attempted", "process ended")
    for exercise in exercises:
        parts = [
            [
                r["status"]
                for r in row["results"]
                if r["exercise"] == exercise and r["part"] != "written"
            ]
            for row in found
        ]
        worst = [
            next((s for s in ("lost", "wrong", "not attempted", "right") if s in p), "")
            for p in parts
        ]
        counts = [worst.count(s) for s in ("right", "wrong", "not attempted", "lost")]
        if any(counts):
            table.add_row(exercise, *map(str, counts))
    return table
