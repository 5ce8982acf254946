"""The command `coursekit`: one table of the commands for every kind of user."""

from typing import Annotated

import typer

from coursekit.cli import (
    corrections,
    doctor,
    insights,
    instructors,
    lecturers,
    mark,
    platforms,
    students,
)
from coursekit.cli.terminal import Commands
from coursekit.distribution import version

COMMANDS = (
    students.start,
    students.lab,
    students.check,
    doctor.doctor,
    instructors.new,
    instructors.check_master,
    instructors.release,
    platforms.collect,
    instructors.grade,
    insights.insights,
    mark.mark,
    corrections.decide,
    platforms.export,
    corrections.forget,
    lecturers.figures,
)

app = typer.Typer(
    cls=Commands,
    help="A Jupyter-native course on backpropagation, and the kit that runs it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # joins the lines of a paragraph
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"coursekit {version()}")
        raise typer.Exit


@app.callback()
def coursekit(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """Run one command. A failure is reported in one sentence and sets the exit status."""


for command in COMMANDS:
    app.command()(command)
