"""A real `coursekit mark` in a process of its own, and gradebooks for it."""

import base64
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import nbformat

from coursekit.course.master import METADATA
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.pictures import with_pictures
from coursekit.grading.results import Graded, SubmissionStatus

LESSON = "13-words"
RUBRIC = "1 point: names the vertex. 1: says what it waits for. 0.5: gives an example."
QUESTIONS = {
    "why": f"<!-- written: why, 2.5 points\nrubric: {RUBRIC} -->\n\nThe vertex $v$ waits.",
    "how": "<!-- written: how, 3 points\nrubric: Be kind. -->\n\nIn some way.",
}


def write_master(folder: Path) -> Path:
    """Write a master with two written questions, one of which has a rubric with points."""
    cells = []
    for name, source in QUESTIONS.items():
        cells.append(nbformat.v4.new_markdown_cell(f"## {name.capitalize()}?\n\nSay it of $x^2$."))
        cells.append(nbformat.v4.new_markdown_cell(source))
    folder.mkdir(exist_ok=True)
    path = folder / f"{LESSON}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=METADATA), path)
    return path


def write_gradebook(
    out: Path,
    answers: Mapping[str, Mapping[str, str]],
    pictures: Mapping[str, Mapping[str, bytes]] | None = None,
) -> None:
    """Write a gradebook with answers by student and question, and pictures by student and name."""
    with closing(Gradebook(out / "gradebook.sqlite")) as book:
        book.seed(LESSON)
        for student, prose in answers.items():
            attached = (pictures or {}).get(student, {}).items()
            uris = [(name, data_uri(data)) for name, data in attached]
            stored = {
                name: with_pictures(text, uris) if text else "" for name, text in prose.items()
            }
            book.enter(Graded(student, SubmissionStatus.GRADED, prose=stored), f"{student}.1")


def data_uri(data: bytes, kind: str = "png") -> str:
    """Return bytes as the data URI of a picture."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


class Desk:
    """A desk that runs."""

    def __init__(self, process: subprocess.Popen[str], link: str) -> None:
        self.process, self.link = process, link

    @property
    def address(self) -> str:
        return self.link.partition("/?")[0]

    @property
    def token(self) -> str:
        return self.link.partition("token=")[2]

    @property
    def cookie(self) -> str:
        return f"coursekit-desk-{self.address.rpartition(':')[2]}={self.token}"

    def end(self, how: int = signal.SIGINT) -> tuple[int, str]:
        """End the desk; return its exit code and its last words."""
        self.process.send_signal(how)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


@contextmanager
def running_desk(out: Path, solutions: Path, marker: str, *options: str) -> Iterator[Desk]:
    """Run `coursekit mark` as a person would, without opening a browser."""
    command = [
        sys.executable, "-c", "from coursekit.cli import app; app()", "mark", str(out),
        "--solutions", str(solutions), "--marker", marker, "--no-browser", *options,
    ]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    said = ""
    for line in process.stderr or ():
        said += line
        if found := re.search(r"http://\S+", line):
            break
    else:
        raise RuntimeError(f"the desk did not start: {said}")
    try:
        yield Desk(process, found[0])
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()
