"""For instructors: create, check and release exercises, and grade a class."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer
from rich.progress import track

from coursekit.cli.terminal import LessonNumber, Solutions, console
from coursekit.distribution import require
from coursekit.errors import CommandError, plural


def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The new master's name, for example 13-sorting.")
    ],
    solutions: Solutions = Path("solutions"),
) -> None:
    """Create a master with one sample exercise and its checks. Nothing is overwritten."""
    require("nbformat", "lab")
    from coursekit.course.master import sample_master

    if not re.fullmatch(r"[\w-]+", name):
        raise CommandError(f"invalid notebook name {name!r}: use only letters, digits, "
                           '"-" and "_".')  # fmt: skip
    path = solutions / f"{name}.ipynb"
    if path.exists():
        raise CommandError(f"{path} already exists: choose another name")
    solutions.mkdir(parents=True, exist_ok=True)
    path.write_text(sample_master(name), encoding="utf-8")
    console.print(
        f"Created {path}. Replace the sample exercise with your own, then run: "
        f"coursekit check-master {quote(str(path))}"
    )


def check_master(
    master: Annotated[Path, typer.Argument(metavar="MASTER", help="A master notebook.")],
) -> None:
    """Report each error in a master by cell and line, and the small mistakes its checks miss.

    Exit codes: 0, no errors; 1, errors; 2, the notebook cannot be read.
    """
    require("nbval", "grade")
    from coursekit.course.master import Master
    from coursekit.course.mutants import mutants
    from coursekit.course.review import review
    from coursekit.grading.grade import grade_one
    from coursekit.sandbox.host.levels import strongest

    console.print(f"Sandbox: {strongest().level}.")
    answers = Master.read(master).answers.values()
    text = master.read_text(encoding="utf-8")
    with console.status("Running the reference, small changes to it, and the known wrong answers"):
        findings = list(review(master.stem, text, grade=grade_one))
    errors = sum(not finding.advice for finding in findings)
    for finding in findings:
        typer.echo(f"{'hint ' if finding.advice else 'error'}  {finding}")
    typer.echo(f"{plural(errors, 'error') if errors else 'No errors'}.")
    if not errors:
        changes = [change for answer in answers for change in mutants(answer)]
        noticed = f"{len(changes) - len(findings)} of {len(changes)} small changes"
        typer.echo(f"The checks notice {noticed} to the reference.")
    raise typer.Exit(1 if errors else 0)


def release(
    solutions: Annotated[
        Path, typer.Argument(metavar="SOLUTIONS", help="The folder that contains the masters.")
    ] = Path("solutions"),
    out: Annotated[Path | None, typer.Option(help="The folder to hand out to students.")] = None,
) -> None:
    """Write the students' files: notebooks without answers, and the public checks' expected values.

    With --out, everything goes into one folder to hand out. A copy of each version is saved with
    the masters, and the changes that students see are listed. Without --out, the clone of the
    course that holds the masters is updated.
    """
    require("nbformat", "lab")
    paths = sorted(solutions.glob("*.ipynb"))
    if not paths:
        raise CommandError(f"{solutions} contains no masters: pass the folder that contains them")
    clone = solutions.resolve().parent
    folders = clone / "exercises", clone / "coursekit" / "lessons" / "outcomes"
    if out:
        folders = out, out
    elif not all(folder.is_dir() for folder in folders):
        raise CommandError(
            f"{solutions} does not belong to a clone of the course: "
            "pass --out DIR, the folder to hand out to students"
        )
    changed = False
    quiet = not console.is_terminal  # a bar would leave an empty line
    for path in track(paths, "Releasing", console=console, transient=True, disable=quiet):
        for written in _release(path, *folders, keep=out is not None):
            console.print(f"Wrote {os.path.relpath(written)}")
            changed = True
    if not changed:
        console.print("Nothing changed: all released files are up to date.")


def _release(path: Path, exercises: Path, outcomes: Path, *, keep: bool) -> Iterator[Path]:
    """Release one master; yield the files that changed.

    With `keep`, also keep this version and list what changed for students.
    """
    from coursekit.course import versions
    from coursekit.course.master import Master

    solutions, name = path.parent, path.stem
    before = versions.released_editions(solutions, name)
    edition = versions.current_edition(solutions, name, before)
    if keep:
        changes = versions.describe(name, before, edition)
        versions.save_edition(solutions, name, edition)
        points = Master.parse(edition.master).points_line
        console.print(f"{name}, version {edition.number}: {changes}. {points}")
    for file, text in edition.files.items():
        target = (exercises if file.endswith(".ipynb") else outcomes) / file
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
            yield target


def grade(
    submissions: Annotated[
        Path | None,
        typer.Argument(metavar="SUBMISSIONS", help="A folder with one subfolder for each student."),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="The folder for the gradebook, grades and feedback.")
    ] = Path("grades"),
    lesson: LessonNumber = "05",
    solutions: Solutions = Path("solutions"),
    demo: Annotated[bool, typer.Option("--demo", help="Grade a simulated class.")] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Grade even if the sandbox is missing or incomplete.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="The number of processes [default: one per core].")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Grade on the machines of the Dask scheduler at this address."),
    ] = None,
) -> None:
    """Grade a class. Only submissions that are new or changed since the last run are graded.

    Exit codes: 0, all submissions are graded; 1, some could not be graded, through no fault of
    the students: run the command again; 2, nothing was done, and one sentence says why.
    """
    require("nbval", "grade")
    from coursekit.cli.grading import grade_folder

    code = grade_folder(
        submissions, out, lesson, solutions, demo=demo, trust=trust, jobs=jobs, scheduler=scheduler
    )
    raise typer.Exit(code)
