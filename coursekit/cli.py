"""coursekit …: what students, instructors and lecturers ask for on the command line."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import track

from coursekit.errors import CommandError

app = typer.Typer(
    help="A Jupyter-native course on backpropagation, and the kit that runs it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)

PARTS = ("notebooks", "exercises")

Folder = Annotated[Path, typer.Argument(help="The folder of the lessons.", show_default=True)]


@app.callback()
def coursekit() -> None:
    """Say what cannot be done in one sentence, and exit with 2."""


@app.command()
def start(folder: Folder = Path("backpropagation")) -> None:
    """Copy lessons and exercises into FOLDER. A file that is there already is kept as it is."""
    kept = []
    for name in PARTS:
        with as_file(_part(name)) as part:
            for source in sorted(p for p in part.iterdir() if p.suffix in (".ipynb", ".md")):
                target = folder / name / source.name
                if target.exists():
                    if not target.is_file() or target.read_bytes() != source.read_bytes():
                        kept.append(f"{name}/{target.name}")
                    continue
                try:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    # a killed copy leaves no half lesson
                    partial = target.with_name(f".{target.name}.part")
                    shutil.copyfile(source, partial)
                    partial.rename(target)
                except OSError as error:
                    why = error.strerror
                    _fail(f"{target} cannot be written ({why}): choose another folder")
    console.print(f"The course is in {folder}. Next: coursekit lab {folder}")
    if kept:
        console.print(f"Kept as you left them: {', '.join(kept)}")


@app.command()
def lab(
    folder: Folder = Path("backpropagation"),
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8888,
) -> None:
    """Open the lessons of FOLDER in JupyterLab, on this machine only and behind a token."""
    _needs("jupyterlab", "lab")
    if not folder.is_dir():
        _fail(f"there is no folder {folder}: coursekit start {folder}")
    lessons = sorted(p.relative_to(folder).as_posix() for p in folder.glob("notebooks/*.ipynb"))
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder.resolve()}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
    ]
    if lessons:
        command.append(f"--LabApp.default_url=/lab/tree/{lessons[0]}")
    if _is_root():
        command.append("--allow-root")
    if _is_root() or not _has_display():
        command.append("--no-browser")
        console.print("Open the address that begins with http://127.0.0.1 in a browser here.")
    if os.name == "posix":
        os.execv(sys.executable, command)  # so that ending this process ends the server
    raise typer.Exit(subprocess.run(command, check=False).returncode)


@app.command()
def release(
    solutions: Annotated[Path, typer.Argument(help="The masters.")] = Path("solutions"),
    out: Annotated[Path | None, typer.Option(help="A folder for students.")] = None,
) -> None:
    """Write what students get from the masters: notebooks without answers, public outcomes.

    With --out, everything goes into one folder, to be handed out: each version is kept beside the
    masters, and what changed for students is said. Without, it goes into this repository.
    """
    _needs("nbformat", "lab")
    from coursekit.course import master as masters
    from coursekit.course import versions
    from coursekit.course.release import write

    found = sorted(solutions.glob("*.ipynb"))
    if not found:
        _fail(f"there is no master in {solutions}")
    for path in track(found, "Releasing", console=console, transient=True):
        name = path.stem
        try:
            before = versions.kept(solutions, name)
            edition = versions.current(solutions, name, before)
            if out:
                told = versions.told(name, before, edition)
                versions.keep(solutions, name, edition)
                worth = masters.worth(masters.parse(edition.master))
                console.print(f"{name}, version {edition.number}: {told}. {worth}")
        except (CommandError, OSError) as error:
            _fail(str(error))
        data = Path("coursekit/lessons/outcomes")
        for changed in write(edition.handed_out, out or Path("exercises"), out or data):
            console.print(f"written: {changed}")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The new master's name: 13-sorting, say.")],
    solutions: Annotated[Path, typer.Option(help="The folder of the masters.")] = Path("solutions"),
) -> None:
    """Begin a master: one exercise with its checks, to be written over. Nothing is overwritten."""
    _needs("nbformat", "lab")
    from coursekit.course.template import master

    if not re.fullmatch(r"[\w-]+", name):
        _fail(f"{name!r} is no name for a notebook: letters, digits, - and _ only")
    path = solutions / f"{name}.ipynb"
    if path.exists():
        _fail(f"{path} is there already: choose another name")
    try:
        solutions.mkdir(parents=True, exist_ok=True)
        path.write_text(master(name), encoding="utf-8")
    except OSError as error:
        _fail(f"{path} cannot be written ({error.strerror}): choose another folder")
    console.print(
        f"{path} is there. Write your exercise over it, then: coursekit check-master {path}"
    )


@app.command("check-master")
def check_master(
    master: Annotated[Path, typer.Argument(help="A master notebook.")],
) -> None:
    """Say what is wrong with a master, by cell and line, and which small mistakes its checks miss.

    Exit codes: 0, nothing is wrong; 1, something is; 2, it cannot be read.
    """
    _needs("nbval", "grade")
    from coursekit.course.review import review, small_changes
    from coursekit.grading.grade import grade_one
    from coursekit.grading.master import sandboxed
    from coursekit.sandbox.host.levels import strongest

    console.print(f"Sandbox: {strongest().level}.")
    try:
        text = master.read_text(encoding="utf-8")
        with console.status("Running the reference, what is wrong by design, and small changes"):
            findings = list(review(master.stem, text, sessions=sandboxed, grade=grade_one))
    except (OSError, ValueError) as error:
        _fail(f"{master} is not a notebook that can be read: {error}")
    faults = [finding for finding in findings if not finding.advice]
    for finding in findings:
        typer.echo(f"{'advice' if finding.advice else 'wrong '} {finding}")
    typer.echo(f"{len(faults)} wrong.")
    if not faults:
        total, missed = sum(small_changes(text).values()), len(findings)
        typer.echo(f"{total - missed} of {total} small changes of the reference are noticed.")
    raise typer.Exit(1 if faults else 0)


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="Your notebook with exercises.")],
) -> None:
    """Run a notebook of exercises and print what its checks say. Exit code 1 where not all pass."""
    _needs("ipykernel", "lab")
    from coursekit.course.check_notebook import run_checks

    fine = True
    try:
        for passed, told in run_checks(notebook):
            fine = fine and passed
            typer.echo(told)
    except CommandError as error:
        _fail(str(error))
    raise typer.Exit(0 if fine else 1)


@app.command()
def doctor(
    notebooks: Annotated[list[Path] | None, typer.Argument(help="Notebooks of exercises.")] = None,
) -> None:
    """Say what is wrong with this environment, or with NOTEBOOKS, and how to mend it.

    Exit codes: 0, all is well; 1, something is to be mended.
    """
    from coursekit.doctor import environment, notebook

    well = True
    looked = map(notebook, notebooks) if notebooks else [environment()]
    for found in chain.from_iterable(looked):
        well = well and not found.remedy
        typer.echo(found)
    raise typer.Exit(0 if well else 1)


@app.command()
def grade(
    submissions: Annotated[Path | None, typer.Argument(help="A folder for each student.")] = None,
    out: Annotated[Path, typer.Option(help="Gradebook, grades and feedback go here.")] = Path(
        "grades"
    ),
    lesson: Annotated[str, typer.Option(help="Which lesson was handed in, by number.")] = "05",
    solutions: Annotated[Path, typer.Option(help="The folder of the masters.")] = Path("solutions"),
    demo: Annotated[bool, typer.Option(help="Grade a class that is made up on the spot.")] = False,
    trust: Annotated[bool, typer.Option(help="Grade without a sandbox, on limits only.")] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes side by side: one a core.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="The address of a Dask scheduler: grade on its machines.")
    ] = None,
) -> None:
    """Grade a class. What is graded and unchanged is not graded again.

    Exit codes: 0, all graded; 1, some could not be, for no fault of theirs, so run it again;
    2, nothing was done, and why.
    """
    _needs("nbval", "grade")
    from coursekit.grading.grade_command import grade_folder

    try:
        code = grade_folder(
            submissions, out, lesson, solutions, demo=demo, trust=trust, jobs=jobs,
            scheduler=scheduler, console=console,
        )  # fmt: skip
    except CommandError as error:
        _fail(str(error))
    except (OSError, sqlite3.Error) as error:
        remedy = "where the disk is full make room, and run it again; nothing is lost"
        _fail(f"grading cannot go on ({error}): {remedy}")
    raise typer.Exit(code)


@app.command()
def figures(
    lesson: Annotated[str, typer.Option(help="The lesson's number.")] = "05",
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("figures"),
) -> None:
    """Write a lesson's figures as SVG, PDF and PNG, light and dark, steps as numbered frames."""
    from coursekit.errors import GraphError
    from coursekit.figures.registry import write

    try:
        with console.status("Drawing"):
            written = write(lesson, out)
    except (GraphError, OSError) as error:
        _fail(str(error))
    console.print(f"{len(written)} files are in {out}.")


def _needs(package: str, extra: str) -> None:
    if find_spec(package) is None:
        _fail(f'{package} is not installed: pip install "coursekit[{extra}]"')


def _fail(sentence: str) -> NoReturn:
    console.print(f"coursekit: {sentence}")
    raise typer.Exit(CommandError.exit_code)


def _part(name: str) -> Traversable:
    """Return a folder of the course: inside the wheel, or beside the package in a checkout."""
    packed = files("coursekit").joinpath(name)
    return packed if packed.is_dir() else files("coursekit").joinpath("..", name)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _has_display() -> bool:
    return sys.platform != "linux" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
