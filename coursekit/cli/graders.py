"""For graders: grade a class."""

from pathlib import Path
from typing import Annotated

import typer

from coursekit.cli.terminal import LessonNumber, Solutions, console
from coursekit.distribution import require


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
    from coursekit.grading.grade_command import grade_folder

    code = grade_folder(
        submissions, out, lesson, solutions, demo=demo, trust=trust, jobs=jobs,
        scheduler=scheduler, console=console,
    )  # fmt: skip
    raise typer.Exit(code)
