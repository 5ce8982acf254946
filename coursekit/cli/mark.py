"""Implement `coursekit mark`: serve the marking desk until Ctrl-C."""

import asyncio
import getpass
import signal
import webbrowser
from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated

import typer

from coursekit.cli.corrections import AGAIN, Out, open_book
from coursekit.cli.terminal import Solutions, console
from coursekit.distribution import require
from coursekit.errors import CommandError, plural

MAX_NAME = 100  # characters
ENDINGS = (signal.SIGTERM, signal.SIGHUP)  # they end the desk as Ctrl-C does


def mark(
    out: Out,
    solutions: Solutions = Path("solutions"),
    marker: Annotated[
        str, typer.Option(help="Who marks [default: your login name].", show_default=False)
    ] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 stands for a free port.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
) -> None:
    """Mark written answers on a local page, by keyboard, without names and in random order.

    Equal answers are marked together. Each key saves into the gradebook at once; words.csv shows
    the marks after the next `coursekit grade`. Several people may mark at the same time, each with
    a desk and a name of their own. Nothing leaves this machine. Ctrl-C ends the desk.

    Exit codes: 0, ended by Ctrl-C; 2, there is nothing to mark, or the port is in use.
    """
    require("tornado", "grade")
    from coursekit.desk.answers import open_desk
    from coursekit.desk.server import serve
    from coursekit.grading.counting import chosen_counts, which_counts

    name = _marker(marker)

    def opened(link: str, page: Path) -> None:
        _, unmarked = table.summary()
        console.print(f"{name} marks {book.lesson}; {plural(unmarked, 'answer')} to go.")
        for sentence in which_counts(table.rows, chosen_counts(book)):
            console.print(sentence)
        console.print(f"The desk runs until you press Ctrl-C: {link}")
        if browser:
            webbrowser.open(page.resolve().as_uri())

    with closing(open_book(out)) as book:
        table = open_desk(book, solutions, name)
        for ending in ENDINGS:
            signal.signal(ending, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(table, port, out, opened))
        marked, unmarked = table.summary()
    rest = (
        f"; {plural(unmarked, 'has', 'have')} no points yet"
        if unmarked
        else ", and all have points now"
    )
    console.print(f"You marked {plural(marked, 'answer')}{rest}. {AGAIN}")


def _marker(name: str) -> str:
    """Return the marker's name; raise CommandError if there is none or it cannot be shown."""
    if not name.strip():
        try:
            name = getpass.getuser()
        except (KeyError, OSError):
            raise CommandError("your login name is unknown: pass --marker NAME") from None
    name = name.strip()
    if not name.isprintable() or len(name) > MAX_NAME:
        raise CommandError(
            f"{name[:MAX_NAME]!r} cannot be a marker's name: pass a shorter, plain one"
        )
    return name
