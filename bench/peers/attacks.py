"""make attacks: the corpus against coursekit, nbgrader and Otter-Grader, to docs/attacks.md.

Each attack is graded with an honest neighbour after it, in one run of the peer; coursekit grades
all of them as one class, side by side.
"""

import json
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from bench.peers import convert
from bench.peers.guard import ROOT, Peer
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission
from coursekit.grading.gradebook import Gradebook
from coursekit.sandbox.host.levels import strongest
from tests.support.processes import adopt_orphans
from tests.support.students import (
    ANSWERS,
    CORPUS,
    FULL,
    LESSON,
    MASTER,
    case,
    earned,
    handed_in,
    left_behind,
    sections,
)  # fmt: skip

SECONDS = 150  # for an attack and its neighbour
NEIGHBOUR = "neighbour"
PEERS = ("nbgrader", "otter")
INTRODUCTION = """\
# The attacks, side by side

Made by `make attacks`; nothing here is written by hand. Each file of `tests/attacks/corpus/` is a
submission to lesson 5, which has 11 points: 5 for the first exercise, 6 for the second. coursekit
grades them as one class. nbgrader {nbgrader} and Otter-Grader {otter} grade the same notebooks,
converted, each attack followed by an honest neighbour. They run as on an instructor's machine, but
for a guard around them that is not theirs (namespaces, a user of its own, limits far above what
grading needs), so that the attacks do no harm here; a run is ended after {seconds} seconds.

`+6` are points stolen, `−5` are honest points lost, *batch* says that the run did not come to the
neighbour, `left 2` counts processes that outlived the run. A dot is as it should be.
"""


@dataclass(frozen=True)
class Outcome:
    """What an attack took, cost and left."""

    stolen: float
    lost: float
    batch: bool = False
    left: int = 0

    def __str__(self):
        parts = [f"**+{self.stolen:g}**"] * bool(self.stolen)
        parts += [f"−{self.lost:g}"] * bool(self.lost) + ["*batch*"] * self.batch
        parts += [f"left {self.left}"] * bool(self.left)
        return ", ".join(parts) or "·"


def outcome(due, got, neighbour, left=0):
    """Return what came of an attack; without points of the neighbour, the batch was lost."""
    got, near = got or {}, neighbour or {}
    stolen = sum(max(0, got.get(e, 0) - due[e]) for e in due)
    lost = sum(max(0, due[e] - got.get(e, 0)) for e in due)
    lost += sum(FULL[e] - near.get(e, 0) for e in FULL)
    return Outcome(stolen, lost, neighbour is None, left)


def ours():
    """Return the outcome of each attack in coursekit, graded as one class."""
    submissions, due = [], {}
    for path in CORPUS:
        text, due[path.stem] = case(path)
        submissions.append(Submission(path.stem, text))
    right = json.dumps(handed_in())
    submissions += [Submission(f"{NEIGHBOUR} {k}", right) for k in range(len(CORPUS))]
    with tempfile.TemporaryDirectory() as folder:
        book = Gradebook(Path(folder, "gradebook.sqlite"))
        with left_behind() as left:
            grade_class(submissions, MASTER, LESSON, book)
        rows = {row["student"]: row for row in book.submissions()}
        book.close()
    points = {
        name: earned(row) if row["status"] == "graded" else None for name, row in rows.items()
    }
    return {
        path.stem: outcome(
            due[path.stem], points[path.stem], points.get(f"{NEIGHBOUR} {k}"), len(left)
        )
        for k, path in enumerate(CORPUS)
    }


def cells_of(text):
    """Return the cells of an attack by exercise, the answer first, helpers after it."""
    cells = {exercise: [] for exercise in ANSWERS}
    given = dict(ANSWERS)
    place = "backprop"
    for name, source in sections(text):
        if name == "helper":
            cells[place].append(source)
        else:
            given[name], place = source, name
    return {exercise: [given[exercise], *cells[exercise]] for exercise in given}


def theirs(peer, lesson, advance):
    """Return the outcome of each attack in a peer."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder, "base")
        hand_in = prepared(peer, lesson, base)
        hand_in(base, NEIGHBOUR, {e: [source] for e, source in ANSWERS.items()})
        calm = peer.guarded(base, [NEIGHBOUR], SECONDS).get(NEIGHBOUR, {})
        assert calm.get("points") == FULL, f"without an attack {peer.name} says {calm}"
        for path in CORPUS:
            text = path.read_text(encoding="utf-8")
            place = Path(folder, path.stem)
            shutil.copytree(base, place)
            hand_in(place, path.stem, cells_of(text))
            told = peer.guarded(place, [path.stem, NEIGHBOUR], SECONDS)
            points = {name: told.get(name, {}).get("points") for name in (path.stem, NEIGHBOUR)}
            left = told.get(NEIGHBOUR, {}).get("left", 0)
            due = case(path)[1]
            found[path.stem] = outcome(due, points[path.stem], points[NEIGHBOUR], left)
            shutil.rmtree(place)
            advance()
    return found


def prepared(peer, lesson, base):
    """Write a lesson for a peer; return what writes a student's notebook: folder, name, cells."""
    if peer.name == "nbgrader":
        convert.course(lesson, base)
        peer.release(base)
        released = base / "release" / convert.ASSIGNMENT / convert.NOTEBOOK
        return lambda place, name, cells: convert.hand_in(released, place, name, cells)
    convert.otter_tests(lesson, base)
    peer.release(base)
    return lambda place, name, cells: convert.otter_notebook(
        lesson, place / name / convert.NOTEBOOK, cells
    )


def page(columns, versions):
    """Return docs/attacks.md."""
    lines = [INTRODUCTION.format(seconds=SECONDS, **versions)]
    lines.append("| | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    sums = {
        "points stolen": lambda all_: f"{sum(o.stolen for o in all_):g}",
        "attacks that stole": lambda all_: sum(o.stolen > 0 for o in all_),
        "honest points lost": lambda all_: f"{sum(o.lost for o in all_):g}",
        "batches lost": lambda all_: sum(o.batch for o in all_),
        "runs that left processes": lambda all_: sum(o.left > 0 for o in all_),
    }
    for name, total in sums.items():
        told = [str(total(found.values())) for found in columns.values()]
        lines.append(f"| {name}, of {len(CORPUS)} attacks | " + " | ".join(told) + " |")
    lines.append("\n| attack | it tries | " + " | ".join(columns) + " |")
    lines.append("|---|---|" + "---|" * len(columns))
    for path in CORPUS:
        tries = re.search("# tries: (.*)", path.read_text(encoding="utf-8")).group(1)
        told = " | ".join(str(found[path.stem]) for found in columns.values())
        lines.append(f"| {path.stem.replace('_', ' ')} | {tries.replace('|', ' ')} | {told} |")
    return "\n".join(lines) + "\n"


def main():
    adopt_orphans()
    assert strongest().level == "bubblewrap", "apt-get install bubblewrap"
    columns = {"coursekit": ours()}
    lesson = convert.Lesson(MASTER, "attacks")
    peers = [Peer(name) for name in PEERS]
    with Progress() as bar, ThreadPoolExecutor(len(peers)) as pool:
        tasks = [bar.add_task(peer.name, total=len(CORPUS)) for peer in peers]
        runs = [
            pool.submit(theirs, peer, lesson, lambda task=task: bar.advance(task))
            for peer, task in zip(peers, tasks, strict=True)
        ]
        columns |= {peer.name: run.result() for peer, run in zip(peers, runs, strict=True)}
    versions = {peer.name: peer.version() for peer in peers}
    (ROOT / "docs" / "attacks.md").write_text(page(columns, versions), encoding="utf-8")


if __name__ == "__main__":
    main()
