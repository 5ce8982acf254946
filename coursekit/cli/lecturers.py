"""For lecturers: write figures."""

from pathlib import Path
from typing import Annotated

import typer

from coursekit.cli.terminal import LessonNumber, console


def figures(
    lesson: LessonNumber = "05",
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("figures"),
) -> None:
    """Write a lesson's figures as SVG, PDF and PNG, light and dark, with one file per step."""
    from coursekit.figures import write_figures

    with console.status("Drawing"):
        paths = write_figures(lesson, out)
    console.print(f"Wrote {len(paths)} files to {out}.")
