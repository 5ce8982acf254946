"""For students: copy the course, open it, check an exercise notebook."""

import os
import shutil
import subprocess
import sys
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from coursekit.cli.terminal import console
from coursekit.distribution import require
from coursekit.errors import CommandError

PARTS = ("notebooks", "exercises")
SUFFIXES = (".ipynb", ".md")

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The course folder.")]


def start(folder: Folder = Path("backpropagation")) -> None:
    """Copy the lessons and exercises into FOLDER. Existing files are never overwritten."""
    edited = []
    for name in PARTS:
        with as_file(_part(name)) as part:
            for source in sorted(p for p in part.iterdir() if p.suffix in SUFFIXES):
                target = folder / name / source.name
                if not target.exists():
                    _copy(source, target)
                elif not target.is_file() or target.read_bytes() != source.read_bytes():
                    edited.append(f"{name}/{target.name}")
    console.print(f"The course is in {folder}. Next: coursekit lab {folder}")
    if edited:
        console.print(f"Not overwritten, because you edited them: {', '.join(edited)}")


def lab(
    folder: Folder = Path("backpropagation"),
    port: Annotated[int, typer.Option(help="The port; 0 picks a free one.")] = 8888,
) -> None:
    """Open the lessons in FOLDER in JupyterLab. Only this machine can connect, with a token."""
    require("jupyterlab", "lab")
    if not folder.is_dir():
        raise CommandError(f"folder {folder} does not exist: run coursekit start {folder}")
    command = _lab_command(folder, port)
    if _is_root():
        command.append("--allow-root")
    if _is_root() or not _has_display():
        command.append("--no-browser")
        console.print("Open the address that begins with http://127.0.0.1 in a browser here.")
    if os.name == "posix":
        os.execv(sys.executable, command)  # so that killing this process also stops the server
    raise typer.Exit(subprocess.run(command, check=False).returncode)


def check(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="Your exercise notebook.")],
) -> None:
    """Run an exercise notebook and print the feedback from its checks.

    Exit codes: 0, all checks pass; 1, some do not; 2, the notebook cannot be read.
    """
    require("ipykernel", "lab")
    from coursekit.course.explain import ALL_PASS
    from coursekit.course.headers import Role
    from coursekit.course.master import Notebook
    from coursekit.course.notebook_kernel import ordinary_kernel

    failed = False
    cells = [cell for cell in Notebook.read(notebook).cells if cell.is_code and cell.source.strip()]
    with ordinary_kernel(cwd=notebook.parent) as kernel:
        for cell in cells:
            run = kernel.run(cell.source, f"cell {cell.index}")
            if run.error:
                failed = True
                typer.echo(f"cell {cell.index}{run.at}: {run.error}")
            elif cell.role is Role.CHECK:
                feedback = "\n".join(data.get("text/plain", "") for data in run.displayed)
                failed = failed or ALL_PASS not in feedback
                typer.echo(feedback)
    raise typer.Exit(1 if failed else 0)


def _part(name: str) -> Traversable:
    """Return a folder of the course: inside the wheel, or next to the package in a clone."""
    packaged = files("coursekit").joinpath(name)
    return packaged if packaged.is_dir() else files("coursekit").joinpath("..", name)


def _copy(source: Path, target: Path) -> None:
    """Copy a file in one step: if this process is killed, no half-written lesson is left."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, partial)
    partial.rename(target)


def _lab_command(folder: Path, port: int) -> list[str]:
    lessons = sorted(p.relative_to(folder).as_posix() for p in folder.glob("notebooks/*.ipynb"))
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder.resolve()}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        *(f"--LabApp.default_url=/lab/tree/{first}" for first in lessons[:1]),
    ]


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _has_display() -> bool:
    return sys.platform != "linux" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
