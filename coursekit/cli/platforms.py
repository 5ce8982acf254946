"""For instructors: what a learning platform hands out and takes back."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from coursekit.cli.terminal import console, listed
from coursekit.distribution import require
from coursekit.errors import CommandError, did_you_mean, plural


def collect(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="The zip or folder that you downloaded.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="OUT", help="The folder that then has one for each student.")
    ],
    roster: Annotated[
        Path | None,
        typer.Option(help="A CSV file that lists who takes the course, with names and ids."),
    ] = None,
    platform: Annotated[
        str, typer.Option(help="The platform, if its names are not recognised.")
    ] = "",
) -> None:
    """Sort the submissions that a platform hands out into a folder for each student.

    Canvas, Moodle, Gradescope, Blackboard, Brightspace, and folders or zips made by hand are
    recognised by their names. Run it again with a later download: new attempts are added, and
    nothing is overwritten. OUT/handed-in.csv lists who handed in what and when, and who did not.

    Exit codes: 0, done; 2, nothing was collected.
    """
    require("nbformat", "grade")
    from coursekit.grading.collect import LIST
    from coursekit.platforms.collect import collect_download
    from coursekit.platforms.layouts import LAYOUTS
    from coursekit.platforms.roster import Roster

    if platform and platform not in LAYOUTS:
        known = ", ".join(LAYOUTS)
        hint = did_you_mean(platform, LAYOUTS)
        raise CommandError(f"no platform is called {platform!r}{hint}: choose one of {known}")
    enrolled = Roster.read(roster) if roster else None
    with console.status("Unpacking"):
        done = collect_download(source, out, enrolled, platform)
    late = sum(bool(attempt.late) for attempt in done.new)
    console.print(
        f"{done.platform.capitalize()}: {plural(len(done.new), 'new attempt')}"
        f"{f', {late} of them late' if late else ''}; {done.known} already collected."
    )
    for line in (
        *listed("Handed in nothing", done.missing),
        *listed("Not in the roster", done.strangers),
        *listed(
            "The roster has several students of this name. Add a column id with the number that"
            " the platform gives each",
            done.namesakes,
        ),
        *listed(
            "Times in the roster that cannot be read. Write them as 2026-09-05 23:30", done.unread
        ),
        *listed("Ignored, because it belongs to nobody", done.ignored),
    ):
        console.print(line)
    console.print(f"Wrote {out / LIST}. To grade: coursekit grade {quote(str(out))} --out DIR")


def export(
    grades: Annotated[
        Path, typer.Argument(metavar="GRADES", help="The folder that `grade --out` wrote.")
    ],
    to: Annotated[
        str,
        typer.Option(metavar="PLATFORM", help="Or csv, or jsonl, for other programs."),
    ],
    collected: Annotated[
        Path | None,
        typer.Option("--class", metavar="DIR", help="The folder that `collect --out` wrote."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="The gradebook or worksheet that you downloaded from the platform."),
    ] = None,
    item: Annotated[
        str, typer.Option(help="The assignment's name in that file, if it has several.")
    ] = "",
    scale: Annotated[
        bool, typer.Option("--scale", help="Convert points to the maximum that the platform has.")
    ] = False,
) -> None:
    """Write the grades in the form in which a platform takes them back, and feedback.zip.

    Canvas, Moodle, Brightspace and Blackboard get the file that you downloaded from them, filled
    in: pass it with --file. Whoever has no final points is left out and listed. The files are
    written to GRADES/export, and nothing is sent anywhere.

    Exit codes: 0, written; 2, nothing was written.
    """
    require("nbformat", "grade")
    from coursekit.grading.report.files import replace_file
    from coursekit.platforms import export as writers
    from coursekit.platforms.gradebooks import TARGETS, fill_in
    from coursekit.platforms.grades import read_grades
    from coursekit.platforms.tables import read_table

    known = [*TARGETS, *writers.WRITERS]
    if to not in known:
        hint = did_you_mean(to, known)
        raise CommandError(f"no platform is called {to!r}{hint}: choose one of {', '.join(known)}")
    graded = read_grades(grades, collected)
    if collected is None:
        console.print("Without --class DIR, students are known by name alone.")
    if to in TARGETS:
        if file is None:
            raise CommandError(f"{to} takes back its own file: pass what you downloaded as --file")
        name, done = f"{to}.csv", fill_in(read_table(file), graded, to, item, scale=scale)
    else:
        name, write = writers.WRITERS[to]
        done = write(graded)
    for what, content in ((name, done), ("feedback.zip", writers.feedback(graded, grades))):
        for kind, students in content.notes.items():
            console.print(*listed(kind, students))
        replace_file(grades / "export" / what, content.content)
        console.print(f"Wrote {grades / 'export' / what}")
