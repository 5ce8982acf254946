"""make bench-grading: one class by coursekit, nbgrader and Otter, to docs/benchmarks-grading.md.

Lesson 4: three exercises; a third of the class is right, a third wrong, a third empty. Each grader
has two processes. What counts is the time from the command to the last grade, by submission.
"""

import os
import platform
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

from rich.progress import track

from bench.peers import convert
from bench.peers.attacks import PEERS, prepared
from bench.peers.guard import ROOT, Peer, answers
from coursekit.course.headers import Role
from coursekit.course.master import Master, Notebook
from coursekit.course.release import answered_notebook, student_notebook
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission
from coursekit.grading.gradebook import Gradebook

LESSON = "04-sum-over-paths"
CLASS, PROCESSES, ROUNDS = 200, 2, 3
GOALS = {"nbgrader": 15, "otter": 30}
MOST = 60  # milliseconds a submission
PAGE = """\
# Grading, against the graders that instructors have today

Made by `make bench-grading`; nothing here is written by hand. Lesson 4, three exercises: a third of
the class is right, a third wrong, a third empty; {cores} cores, Python {python}, {processes}
processes each. The same cells, cases, values and points, converted. A round is {many} submissions
to coursekit, then to each peer; the time is from the command to the last grade, the start of
everything included, by submission. nbgrader and Otter are called by their Python
interfaces, one call after the other in each process, which is the fastest way that they offer;
neither has a sandbox here. coursekit runs a notebook in which nothing is answered once for all of
them, in each process; the peers run each.

| | version | ms a submission, by round | median | times coursekit | goal |
|---|---|---|---|---|---|
"""


def kinds(text):
    """Return the three kinds of answers: by exercise, right, wrong and as they were released."""
    master = Master.parse(text)
    wrong = {cell.exercise: cell.source for cell in master.with_role(Role.DISTRACTOR)}
    stubs = Notebook.parse(student_notebook(master)).with_role(Role.ANSWER)
    empty = {cell.exercise: cell.source for cell in stubs}
    return master.answers, master.answers | wrong, empty


def ours(text, given):
    """Return the seconds of a class in coursekit."""
    master = Master.parse(text)
    submissions = [
        Submission(f"s{k}", answered_notebook(master, given[k % len(given)])) for k in range(CLASS)
    ]
    with tempfile.TemporaryDirectory() as folder:
        book = Gradebook(Path(folder, "gradebook.sqlite"))
        started = time.perf_counter()
        grade_class(submissions, text, LESSON, book, workers=PROCESSES)
        seconds = time.perf_counter() - started
        rows = book.rows()
        book.close()
    points = [sum(r.points for r in row.results) for row in rows]
    check(points)
    return seconds / CLASS


def theirs(peer, lesson, given):
    """Return the seconds of a class in a peer, a folder for each process."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder, "base")
        hand_in = prepared(peer, lesson, base)
        places = [Path(folder, str(k)) for k in range(PROCESSES)]
        for place in places:
            shutil.copytree(base, place)
        students = [[] for _ in places]
        for k in range(CLASS):
            cells = {e: [source] for e, source in given[k % len(given)].items()}
            hand_in(places[k % PROCESSES], f"s{k}", cells)
            students[k % PROCESSES].append(f"s{k}")
        started = time.perf_counter()
        runs = [peer.start(*its) for its in zip(places, students, strict=True)]
        told = [one for run in runs for one in answers(run).values()]
        seconds = time.perf_counter() - started
    check([sum(one["points"].values()) for one in told])
    return seconds / CLASS


def check(points):
    """Refuse a time for other work: a third of all have every point, a third have none."""
    assert len(points) == CLASS, points
    assert sorted(points)[: CLASS // 3] == [0] * (CLASS // 3), points
    assert points.count(max(points)) == len(range(0, CLASS, 3)), points


def main():
    text = (ROOT / "solutions" / f"{LESSON}.ipynb").read_text(encoding="utf-8")
    given = kinds(text)
    lesson = convert.Lesson(text, "speed")
    peers = [Peer(name) for name in PEERS]
    seconds = {"coursekit": [], **{peer.name: [] for peer in peers}}
    for _ in track(range(ROUNDS), "Rounds"):
        seconds["coursekit"].append(ours(text, given))
        for peer in peers:
            seconds[peer.name].append(theirs(peer, lesson, given))
    versions = {peer.name: peer.version() for peer in peers}
    rows = []
    for name, its in seconds.items():
        ratio = median(a / b for a, b in zip(its, seconds["coursekit"], strict=True))
        goal = f"at least {GOALS[name]}" if name in GOALS else f"at most {MOST} ms"
        told = ", ".join(f"{1000 * one:,.0f}" for one in its)
        version = versions.get(name, "this one")
        middle = f"{1000 * median(its):,.0f}"
        rows.append(f"| {name} | {version} | {told} | {middle} | {ratio:.1f} | {goal} |")
    facts = {
        "cores": os.cpu_count(), "python": platform.python_version(), "processes": PROCESSES,
        "many": CLASS,
    }  # fmt: skip
    page = PAGE.format(**facts) + "\n".join(rows) + "\n"
    (ROOT / "docs" / "benchmarks-grading.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
