"""What markers read at the marking desk and in the terminal that serves it."""

import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from coursekit.desk.answers import Desk, open_desk
from coursekit.errors import CommandError
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.marking import take_marks
from coursekit.grading.marks import Mark, key_of
from coursekit.grading.sheet import read_sheet
from tests.golden.commands import command, portable
from tests.golden.provoke import Entry, Section
from tests.support.desk import LESSON, write_gradebook, write_master

PORT = 47_113
WISH = {"number": 0, "points": "1", "comment": "", "items": []}


def sections() -> Iterator[Section]:
    """Yield the sections of this part."""
    with TemporaryDirectory() as folder, chdir(folder):
        yield Section("Opening the desk", list(_refused()))
        with closing(Gradebook(Path("grades/gradebook.sqlite"))) as book:
            desk = open_desk(book, Path("solutions"), "ana")
            yield Section("Marks that are not saved", list(_not_saved(desk)))
            yield Section("Marks in the sheet and from the desk", list(_clashes(book)))


def _refused() -> Iterator[Entry]:
    yield command("coursekit mark nowhere")
    with closing(Gradebook(Path("grades/gradebook.sqlite"))) as book:
        yield command("coursekit mark grades")
        book.seed(LESSON)
        yield command("coursekit mark grades")
        write_master(Path("solutions"))
        yield command("coursekit mark grades")
    write_gradebook(Path("grades"), {"Ada": {"why": "It waits."}, "Ben": {"why": "No."}})
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", PORT))
        taken.listen()
        yield _in_a_process(f"coursekit mark grades --port {PORT} --marker ana")
    yield command(r"coursekit mark grades --marker 'a	b'")


def _in_a_process(line: str) -> Entry:
    """Run a command that starts a loop of events, of which a process has one at a time."""
    code = "from coursekit.cli import app; app()"
    run = subprocess.run(
        [sys.executable, "-c", code, *shlex.split(line)[1:]],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return Entry(f"$ {line}", portable(run.stdout + run.stderr) + f"\n(exit code {run.returncode})")


def _not_saved(desk: Desk) -> Iterator[Entry]:
    group = next(iter(desk.groups["why"].values()))
    for field, text in (("points", "3"), ("points", "one"), ("comment", "delete"),
                        ("comment", "#NAME?"), ("comment", "x" * 5_001)):  # fmt: skip
        shown = f"{field}: {text if len(text) < 99 else text[:10] + ' …'}"
        yield _error(shown, lambda wish=WISH | {field: text}: desk.mark(group, wish))


def _clashes(book: Gradebook) -> Iterator[Entry]:
    rows = book.rows()
    key = key_of(rows[0], "why")
    head, now = "student,exercise,answer,points,comment\n", {key: Mark(2.0, "Yes")}
    for points, comment in (("1", ""), ("", "No"), ("delete", "")):
        row = f"{key.student},{key.exercise},{key.code},{points},{comment}\n"
        Path("words.csv").write_text(head + row, encoding="utf-8")
        sheet = read_sheet(Path("words.csv"))
        before = {key: Mark(0.5)} if points == "delete" else {}
        yield _error(
            row.strip(),
            lambda s=sheet, b=before: take_marks(s, rows, now, {"why": 2.5}, b),
        )


def _error(typed: str, action: Callable[[], Any]) -> Entry:
    try:
        action()
    except CommandError as error:
        return Entry(typed, str(error))
    raise AssertionError(f"{typed!r} is not refused")
