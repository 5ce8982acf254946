"""For students: copy the course, open it, check an exercise notebook."""

import os
import shutil
import subprocess
import sys
from importlib.resources import as_file
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from coursekit.cli.terminal import console
from coursekit.distribution import course_folder, require
from coursekit.errors import CommandError

if TYPE_CHECKING:
    from coursekit.course.master import Notebook
    from coursekit.course.notebook_kernel import Kernel

PARTS = ("notebooks", "exercises")
SUFFIXES = (".ipynb", ".md")

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
    """Run a notebook and print the feedback; return exercise → whether its public checks pass.

    Grading uses the last definition of an answer, so the check runs again below it.
    """
    from coursekit.course.feedback import ALL_PASS
    from coursekit.course.headers import Role
    from coursekit.grading.assemble import find_answers, question

    cells = [cell for cell in student.cells if cell.is_code and cell.source.strip()]
    checks = {cell.exercise: cell for cell in cells if cell.role is Role.CHECK}
    answers, doubts = find_answers(map(question, checks), student)
    late = {a.index: checks[e] for e, a in answers.items() if a.index > checks[e].index}
    passed: dict[str, bool] = {}
    for cell in cells:
        for one in filter(None, (cell, late.get(cell.index))):
            run = kernel.run(one.source, f"cell {one.index}")
            if run.error:
                typer.echo(f"cell {one.index}{run.at}: {run.error}")
            if one.role is Role.CHECK:
                feedback = "\n".join(data.get("text/plain", "") for data in run.displayed)
                passed[one.exercise] = ALL_PASS in feedback
                typer.echo(feedback)
    for doubt in doubts:
        typer.echo(f"note  {doubt.what}: {doubt.remedy}")
    return passed


def _copy(source: Path, target: Path) -> None:
    """Copy a file in one step: if this process is killed, no half-written lesson is left."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, partial)
    partial.rename(target)
