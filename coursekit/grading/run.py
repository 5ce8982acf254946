"""coursekit grade: collect, grade what is new, write grades.csv, feedback and a report."""

import random
import shutil
import tempfile
import webbrowser
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from coursekit.course import masters
from coursekit.course.release import answered
from coursekit.errors import CommandError
from coursekit.grading.collect import Submission, collect
from coursekit.grading.feedback.pages import class_page, student_page
from coursekit.grading.grade import grade_class
from coursekit.grading.gradebook import Gradebook, points_csv
from coursekit.grading.sandbox.isolation import strongest

DEMO_CLASS = 9


def grade_folder(
    folder: Path | None,
    out: Path,
    lesson: str,
    solutions: Path,
    *,
    demo: bool,
    trust: bool,
    console: Console,
) -> int:
    """Grade a folder of submissions into `out`; return the exit code."""
    path = masters.find(solutions, lesson)
    lesson = path.stem
    master = masters.read(path)
    sandbox = strongest()
    console.print(f"Sandbox: {sandbox.level}.")
    if not sandbox.bwrap and not trust:
        raise CommandError(
            "submissions would run on limits only, with your network and files: install bubblewrap"
            " (apt-get install bubblewrap), or say --trust if you trust them"
        )
    if demo:
        submissions = demo_class(master)
    elif folder is None:
        raise CommandError("name the folder of the submissions, or say --demo")
    else:
        submissions = collect(folder, lesson)
    book = Gradebook(out / "gradebook.sqlite")
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Grading", total=len(submissions))
        graded = grade_class(
            submissions, path.read_text(encoding="utf-8"), lesson, book,
            progress=lambda _: bar.advance(task),
        )  # fmt: skip
    known = {one.student for one in submissions}
    found = [row for row in book.submissions() if row["student"] in known]
    book.close()
    write(out, lesson, master, found, submissions)
    console.print(summary(found, master))
    console.print(f"{graded} graded now, {len(found) - graded} before. Report: {out}/report.html")
    if demo:
        webbrowser.open((out / "report.html").resolve().as_uri())
    return 1 if any(row["status"] == "infrastructure" for row in found) else 0


def write(
    out: Path, lesson: str, master: Any, found: list[dict[str, Any]], submissions: list[Submission]
) -> None:
    """Write grades.csv, a page for each student and the report, each whole or not at all."""
    exercises = masters.exercises(master)
    points = masters.points(master)
    most = sum(points.values())
    pages = {one.student: one.file_name for one in submissions}
    (out / "feedback").mkdir(parents=True, exist_ok=True)
    for row in found:
        page = student_page(lesson, row, exercises, most)
        _replace(out / "feedback" / pages[row["student"]], page)
    _replace(out / "grades.csv", points_csv(found, exercises, list(points), most))
    _replace(out / "report.html", class_page(lesson, found, list(points), most, pages))


def _replace(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as part:
        part.write(text)
    Path(part.name).chmod(0o600)  # grades are the owner's to hand out
    shutil.move(part.name, path)


def summary(found: list[dict[str, Any]], master: Any) -> Table:
    """Return a table of the class for the terminal."""
    table = Table("exercise", "right", "not right", "not attempted", "process ended")
    for exercise in masters.exercises(master):
        parts = [
            [r["status"] for r in row["results"] if r["exercise"] == exercise] for row in found
        ]
        worst = [
            next((s for s in ("lost", "wrong", "not attempted", "right") if s in p), "")
            for p in parts
        ]
        counts = [worst.count(s) for s in ("right", "wrong", "not attempted", "lost")]
        if any(counts):
            table.add_row(exercise, *map(str, counts))
    return table


def demo_class(master: Any) -> list[Submission]:
    """Return a made-up class: right, wrong as the distractors are, one empty, one broken."""
    rng = random.Random(5)
    names = ["Ada", "Blaise", "Carl", "Daniel", "Emmy", "Felix", "Grace", "Henri", "Ida"]
    answers = masters.answers(master)
    wrong = list(masters.cells(master, "distractor"))
    found = []
    for k, name in enumerate(names[:DEMO_CLASS]):
        given = {} if k == DEMO_CLASS - 2 else dict(answers)
        if k % 2 and given:
            pick = rng.choice(wrong)
            given[masters.facts(pick)["exercise"]] = pick.source
        text = "{" if k == DEMO_CLASS - 1 else answered(master, given)
        found.append(Submission(name, text))
    return found
