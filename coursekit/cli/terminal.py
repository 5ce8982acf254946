"""Shared by all commands: the console, common options, and error reporting."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from coursekit.cli.machine import sentence
from coursekit.errors import CommandError, GraphError

NO_THREAD = "can't start new thread"  # the only error of Python's threads for this

console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)


def two_digits(number: str) -> str:
    """Return "05" for "5": lessons are numbered with two digits."""
    return number.zfill(2) if number.isascii() and number.isdigit() else number


LessonNumber = Annotated[str, typer.Option(callback=two_digits, help="The lesson's number.")]
Solutions = Annotated[Path, typer.Option(help="The folder that contains the masters.")]


MAX_NAMES = 5  # in one line


def listed(what: str, names: Sequence[str]) -> Iterator[str]:
    """Yield a line with the number of names and the first of them, if there are any.

    >>> list(listed("Late", ["Ada", "Ben"])), list(listed("Late", []))
    (['Late: 2 (Ada, Ben)'], [])
    >>> list(listed("Late", ["Doe, Jane", "Ben"]))  # a name may hold a comma
    ['Late: 2 (Doe, Jane; Ben)']
    """
    if names:
        shown = [*names[:MAX_NAMES], *(["…"] if len(names) > MAX_NAMES else [])]
        separator = "; " if any("," in name for name in shown) else ", "
        yield f"{what}: {len(names)} ({separator.join(shown)})"


class Commands(TyperGroup):
    """The group of all commands, and the only place that turns an error into a sentence."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # nobody reads our output any more: Typer exits quietly
        except (CommandError, GraphError) as error:
            message, code = str(error), getattr(error, "exit_code", CommandError.exit_code)
        except (OSError, sqlite3.Error, MemoryError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and NO_THREAD not in str(error):
                raise
            message, code = sentence(error), CommandError.exit_code
        console.print(f"coursekit: {message}")
        raise typer.Exit(code)
