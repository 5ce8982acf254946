"""For lecturers: write figures."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from coursekit.cli.terminal import console, two_digits
from coursekit.errors import CommandError

DEFAULT = "05"


def figures(
    lesson: Annotated[
        str,
        typer.Argument(callback=two_digits, help='A lesson\'s number, or "all".  [default: 05]'),
    ] = "",
    number: Annotated[
        str, typer.Option("--lesson", callback=two_digits, help="The same, as an option.")
    ] = "",
    theme: Annotated[
        list[str] | None, typer.Option(help="light or dark; may be repeated.  [default: both]")
    ] = None,
    form: Annotated[
        list[str] | None,
        typer.Option(help="svg, pdf or png; may be repeated.  [default: all three]"),
    ] = None,
    bare: Annotated[bool, typer.Option("--bare", help="Leave out the titles.")] = False,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("figures"),
) -> None:
    """Write a lesson's figures, one file for each step, and a page that shows them."""
    from coursekit.figures import write_figures
    from coursekit.render.files import FORMATS
    from coursekit.render.palette import THEMES

    if lesson and number and lesson != number:
        raise CommandError(f"choose one lesson: {lesson} or --lesson {number}")
    progress = partial(track, description="Drawing", console=console, transient=True)
    paths = write_figures(
        lesson or number or DEFAULT,
        out,
        themes=theme or tuple(THEMES),
        forms=form or FORMATS,
        bare=bare,
        track=progress,
    )
    console.print(f"Wrote {len(paths)} files to {out}: open {paths[-1]} in a browser.")
