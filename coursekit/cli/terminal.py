"""Shared by all commands: the console, common options, and error reporting."""

import sqlite3
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from coursekit.errors import CommandError, GraphError

console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)


def _two_digits(number: str) -> str:
    """Return "05" for "5": lessons are numbered with two digits."""
    return number.zfill(2) if number.isascii() and number.isdigit() else number


LessonNumber = Annotated[str, typer.Option(callback=_two_digits, help="The lesson's number.")]
Solutions = Annotated[Path, typer.Option(help="The folder that contains the masters.")]


class Commands(TyperGroup):
    """The group of all commands, and the only place that turns an error into a sentence."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # nobody reads our output any more: Typer exits quietly
        except (CommandError, GraphError, OSError, sqlite3.Error) as error:
            console.print(f"coursekit: {_sentence(error)}")
            raise typer.Exit(getattr(error, "exit_code", CommandError.exit_code)) from None


def _sentence(error: Exception) -> str:
    match error:
        case CommandError() | GraphError():
            return str(error)
        case OSError(filename=name, strerror=str(reason)) if name:
            what = f"cannot read or write {name} ({reason})"
        case OSError():
            what = f"cannot read or write a file ({error})"
        case _:
            what = f"cannot read or write the gradebook ({error})"
    remedy = "check the path and the free disk space, then run the command again"
    return f"{what}: {remedy}; nothing is lost"
