"""For instructors: what the class did."""

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from coursekit.cli.corrections import Out, open_book
from coursekit.cli.terminal import Solutions, console, two_digits
from coursekit.distribution import require
from coursekit.errors import CommandError

MAX_DRAWS = 3  # of random cases; known mistakes run again on the cases of each


def insights(
    out: Out,
    lesson: Annotated[
        str,
        typer.Option(
            callback=two_digits,
            help="The lesson's number [default: the one graded].",
            show_default=False,
        ),
    ] = "",
    solutions: Solutions = Path("solutions"),
) -> None:
    """Write OUT/insights.html: how hard each check was, and which wrong answers were common.

    For each check, how many were right, and how well it tells students apart; for the commonest
    wrong answers, a failing case, the code of one, and the known mistake that does the same; the
    slowest submissions; and for each student the hidden case that failed. For instructors alone.

    Exit codes: 0, written; 2, nothing was written.
    """
    require("nbval", "grade")
    from coursekit.course.master import Master, find_master
    from coursekit.course.versions import released_editions
    from coursekit.grading.counting import chosen_counts, counting_rows, which_counts
    from coursekit.grading.insights import insights as insights_of
    from coursekit.grading.marks import answered, mark_of
    from coursekit.grading.mistakes import mistakes_of
    from coursekit.grading.report.files import prose_points, write_insights

    with closing(open_book(out)) as book:
        if not book.lesson:
            raise CommandError(f"{out} has no grades yet: run coursekit grade first")
        path = find_master(solutions, lesson or book.lesson)
        if path.stem != book.lesson:
            raise CommandError(f"{out} has the grades of {book.lesson}: leave out --lesson")
        master, editions = Master.read(path), released_editions(solutions, path.stem)
        limits = prose_points([*(Master.parse(edition.master) for edition in editions), master])
        seed, marks = book.seed(path.stem), book.marks()
        rows = counting_rows(book, limits)
        which = " ".join(which_counts(rows, chosen_counts(book)))
    draws = [draw for draw, _ in Counter(row.draw for row in rows).most_common(MAX_DRAWS)]
    with console.status("Running the known mistakes"):
        mistakes = mistakes_of(master, path.read_text(encoding="utf-8"), seed, draws)
    unread = [
        row for row, exercise in answered(rows) if mark_of(row, exercise, marks).points is None
    ]
    write_insights(out, path.stem, insights_of(rows, mistakes), len(unread), which)
    console.print(f"Wrote {out}/insights.html. It shows hidden cases: keep it to yourself.")
