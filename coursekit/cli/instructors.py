"""For instructors: create, check and release exercises, and grade a class."""

import os
import re
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer
from rich.progress import track

from coursekit.cli.terminal import LessonNumber, Solutions, console
from coursekit.distribution import require
from coursekit.errors import CommandError, plural
from coursekit.grading.settings import By, Counts


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
    from coursekit.course.review import record_review, review
    from coursekit.course.review_checks import UNNOTICED
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
        record_review(master, text)
        changes = [change for answer in answers for change in mutants(answer)]
        unnoticed = sum(finding.what.startswith(UNNOTICED) for finding in findings)
        noticed = f"{len(changes) - unnoticed} of {len(changes)} small changes"
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

    A master in which check-master finds errors is not released. Neither is one in which anything
    resembles a mark or a header, but is not spelt like one.

    Exit codes: 0, all masters are released; 1, some have errors and are not; 2, nothing was done.
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
    if any(solutions.samefile(folder) for folder in folders if folder.exists()):
        raise CommandError(f"{out} contains the masters: pass --out with another folder")
    changed, refused = False, []
    quiet = not console.is_terminal  # a bar would leave an empty line
    for path in track(paths, "Releasing", console=console, transient=True, disable=quiet):
        written = _release(path, *folders, keep=out is not None)
        if written is None:
            refused.append(path.stem)
        for file in written or ():
            console.print(f"Wrote {os.path.relpath(file)}")
            changed = True
    if refused:
        console.print(f"Not released: {', '.join(refused)}. Correct the errors above.")
        raise typer.Exit(1)
    if not changed:
        console.print("Nothing changed: all released files are up to date.")


def _release(path: Path, exercises: Path, outcomes: Path, *, keep: bool) -> list[Path] | None:
    """Release one master; return the files that changed, or None if the master has errors.

    With `keep`, also keep this version and list what changed for students.
    """
    from coursekit.course import versions
    from coursekit.course.master import Master
    from coursekit.course.release import revealed

    solutions, name, master = path.parent, path.stem, Master.read(path)
    errors = _errors(path)
    before = versions.released_editions(solutions, name)
    edition = None if errors else versions.current_edition(solutions, name, before)
    if edition:
        errors = list(revealed(master, edition.files))
    for error in errors:
        console.print(f"error  {path.name}, {error}")
    if errors or not edition:
        return None
    if keep:
        changes = versions.describe(name, before, edition)
        versions.save_edition(solutions, name, edition)
        console.print(f"{name}, version {edition.number}: {changes}. {master.points_line}")
    targets = {f: (exercises if f.endswith(".ipynb") else outcomes) / f for f in edition.files}
    existing = {f: path.read_text("utf-8") for f, path in targets.items() if path.exists()}
    if not keep and versions.same_files(name, existing, edition.files):
        return []  # at most a measured clock differs
    written = []
    for file, text in edition.files.items():
        target, old = targets[file], existing.get(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        if old == text:
            continue
        if keep and old is not None and all(old != one.files.get(file) for one in before):
            kept = target.replace(target.with_name(f"{file}~"))  # someone edited it
            console.print(f"{os.path.relpath(target)} had been edited: it is now {kept.name}")
        target.write_text(text, encoding="utf-8")
        written.append(target)
    return written


def _errors(path: Path) -> list[str]:
    """Return a master's errors; without a check-master of this text, run it now.

    Print which run the release relies on.
    """
    from coursekit.course.master import Master
    from coursekit.course.review import last_review, record_review, review
    from coursekit.course.structure import structure

    if errors := list(map(str, structure(Master.read(path)))):
        return errors
    text = path.read_text(encoding="utf-8")
    if day := last_review(path, text):
        console.print(f"{path.stem}: check-master found no errors on {day}.")
        return []
    require("nbval", "grade")
    from coursekit.grading.grade import grade_one

    findings = review(path.stem, text, grade=grade_one, mutate=False)
    errors = [str(finding) for finding in findings if not finding.advice]
    if not errors:
        record_review(path, text)
        console.print(f"{path.stem}: checked now, no errors.")
    return errors


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
    deadlines: Annotated[
        Path | None,
        typer.Option(
            help="The TOML file of due dates, extensions and the late policy, from now on."
        ),
    ] = None,
    counts: Annotated[
        Counts | None, typer.Option(help="The attempt that counts, from now on [default: last].")
    ] = None,
    by: Annotated[
        By | None,
        typer.Option(help="The master's version that grades, from now on [default: own]."),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="List whose points would change, and keep the old.")
    ] = False,
) -> None:
    """Grade a class. Only submissions that are new or changed since the last run are graded.

    Exit codes: 0, every submission has its grade, and those without a readable notebook are
    listed; 1, some could not be graded, through no fault of the students: run the command again;
    2, the command stopped, and one sentence says why.
    """
    require("nbval", "grade")
    from coursekit.cli.grading import grade_folder

    code = grade_folder(
        submissions, out, lesson, solutions, demo=demo, trust=trust, jobs=jobs,
        scheduler=scheduler, deadlines=deadlines, preview=preview,
        by=by, counts=counts,
    )  # fmt: skip
    raise typer.Exit(code)
