"""For students: copy the course, open it, check an exercise notebook."""

import os
import shutil
import subprocess
import sys
from collections import defaultdict
from importlib.resources import as_file
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from coursekit.cli.terminal import console
from coursekit.distribution import course_folder, require
from coursekit.errors import CommandError

if TYPE_CHECKING:
    from coursekit.course.master import Cell, Notebook
    from coursekit.course.notebook_kernel import Kernel

PARTS = ("notebooks", "exercises")
SUFFIXES = (".ipynb", ".md")
PATIENCE = 120  # seconds for a cell that has no check; a check has a clock of its own
# grading runs cells statement by statement; as in Jupyter, files beside the notebook are importable
AS_IN_GRADING = """
import sys
from coursekit.sandbox.guest.statements import run_each_statement
run_each_statement(get_ipython())
sys.path.append("")
del sys, run_each_statement
"""

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The course folder.")]


def start(folder: Folder = Path("backpropagation")) -> None:
    """Copy the lessons and exercises into FOLDER. Existing files are never overwritten."""
    edited = []
    for name in PARTS:
        with as_file(course_folder(name)) as part:
            for source in sorted(p for p in part.iterdir() if p.suffix in SUFFIXES):
                target = folder / name / source.name
                if not target.exists():
                    _copy(source, target)
                elif not target.is_file() or target.read_bytes() != source.read_bytes():
                    edited.append(f"{name}/{target.name}")
    console.print(f"The course is in {folder}. Next: coursekit lab {quote(str(folder))}")
    if edited:
        console.print(f"Not overwritten, because you edited them: {', '.join(edited)}")


def lab(
    folder: Folder = Path("backpropagation"),
    port: Annotated[int, typer.Option(help="The port; 0 picks a free one.")] = 8888,
) -> None:
    """Open the lessons in FOLDER in JupyterLab. Only this machine can connect, using a token."""
    require("jupyterlab", "lab")
    if not folder.is_dir():
        remedy = f"run coursekit start {quote(str(folder))}"
        raise CommandError(f"folder {folder} does not exist: {remedy}")
    lessons = sorted(p.relative_to(folder).as_posix() for p in folder.glob("notebooks/*.ipynb"))
    command = [
        sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
        *(f"--LabApp.default_url=/lab/tree/{first}" for first in lessons[:1]),
    ]  # fmt: skip
    is_root = os.name == "posix" and os.geteuid() == 0
    has_display = sys.platform != "linux" or os.getenv("DISPLAY") or os.getenv("WAYLAND_DISPLAY")
    if is_root:
        command.append("--allow-root")
    if is_root or not has_display:
        command.append("--no-browser")
        console.print("Open the address that begins with http://127.0.0.1 in a local browser.")
    if os.name == "posix":
        os.execv(sys.executable, command)  # so that killing this process also stops the server
    raise typer.Exit(subprocess.run(command, check=False).returncode)


def check(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="Your exercise notebook.")],
) -> None:
    """Run an exercise notebook and print the feedback from its checks.

    Exit codes: 0, all checks pass; 1, some do not, or there are none; 2, the notebook cannot be
    read or run.
    """
    require("ipykernel", "lab")
    from coursekit.course.master import Notebook
    from coursekit.course.notebook_kernel import ordinary_kernel

    student = Notebook.read(notebook)
    with ordinary_kernel(cwd=notebook.parent) as kernel:
        passed = run_checks(student, kernel)
    if not passed:
        typer.echo(f"{notebook} has no checks: pass a notebook from the folder `exercises`")
    raise typer.Exit(0 if passed and all(passed.values()) else 1)


def run_checks(student: "Notebook", kernel: "Kernel") -> dict[str, bool]:
    """Run a notebook as grading does and print the feedback.

    Return exercise → whether its public checks pass. Grading uses the last definition of an
    answer, and the cells up to the next answer, so a check may run again there.
    """
    from coursekit.course.headers import Role
    from coursekit.grading.assemble import find_answers, question, stubs_below

    asked = dict.fromkeys(c.exercise for c in student.with_role(Role.ANSWER, Role.CHECK))
    checks = {cell.exercise: cell for cell in student.with_role(Role.CHECK) if cell.is_code}
    answers, doubts = find_answers(map(question, asked), student)
    in_text = {cell.index: cell for cell in answers.values() if not cell.is_code}
    stubs = {c.index for e, answer in answers.items() for c in stubs_below(answer, e, student)}
    again = defaultdict(list)  # place → exercises whose check runs again there
    for exercise, answer in answers.items():
        following = [one.index for one in answers.values() if one.index > answer.index]
        end = min(following, default=len(student.cells)) - 1
        if exercise in checks and checks[exercise].index < end:
            again[end].append(exercise)
    passed: dict[str, bool] = {}
    kernel.run(AS_IN_GRADING, "the first cell")
    for place, one in enumerate(student.cells):
        cell = in_text.get(place, one)
        if (cell.is_code and place not in stubs) or place in in_text:
            passed |= _run_cell(cell, kernel)
        for exercise in again[place]:
            is_late = answers[exercise].index > checks[exercise].index
            if is_late or not passed.get(exercise):
                passed |= _run_cell(checks[exercise], kernel, only_if_passed=not is_late)
    for doubt in doubts:
        typer.echo(f"note  {doubt.what}: {doubt.remedy}")
    for exercise in asked:
        if exercise not in passed:
            why = "does a cell redefine check, or another name of the set-up cell?"
            if exercise not in checks:
                why = "copy its check cell from a fresh notebook"
            typer.echo(f"note  {exercise} was not checked: {why}")
    return dict.fromkeys(asked, False) | passed


def _run_cell(cell: "Cell", kernel: "Kernel", *, only_if_passed: bool = False) -> dict[str, bool]:
    """Run a cell; print its errors and feedback, and return exercise → whether its check passes."""
    from coursekit.course.feedback import ALL_PASS, CLASS
    from coursekit.grading.results import IN_CELL

    passed: dict[str, bool] = {}
    run = kernel.run(cell.source, f"cell {cell.index}", PATIENCE)
    if run.error:
        typer.echo(f"cell {cell.index}{run.at}: {IN_CELL.sub('', run.error)}")
    for data in run.displayed:
        if CLASS in str(data.get("text/html", "")):
            feedback = str(data.get("text/plain", ""))
            passed[feedback.partition(":")[0]] = is_right = ALL_PASS in feedback
            if is_right or not only_if_passed:
                typer.echo(feedback)
    return passed


def _copy(source: Path, target: Path) -> None:
    """Copy a file in one step: if this process is killed, no half-written lesson is left."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, partial)
    partial.rename(target)
