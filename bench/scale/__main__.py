"""`make bench-scale`: hand in, collect, grade and export large classes; write docs/scale.md.

Two processes grade on one machine; the cluster is Dask's, with two workers on the same machine.
`python -m bench.scale 300` prints the table of a class of 300, and leaves the page as it is.
"""

import csv
import datetime
import os
import platform
import signal
import socket
import sqlite3
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from bench.peers.guard import ROOT
from bench.peers.speed import LESSON
from bench.scale.cost import cost
from bench.scale.handed_in import full_name, write_download, write_gradebook, write_roster

SIZES = (1_000, 5_000)
PROCESSES = 2
DOCS = ROOT / "docs" / "scale.md"
HEADER = """\
| | submissions | seconds | CPU seconds | MB, the command | MB, all processes |
|---|---|---|---|---|---|
"""
CLASSES = (200, 2_000, 5_000, 100_000)
CORES = ((2, 1), (16, 1), (16, 10))  # and machines
LOAD = os.getloadavg()[0]
START = 2  # seconds until the first submission is graded


def steps(size, folder):
    """Yield each step of a class's way, and its cost."""
    text = (ROOT / "solutions" / f"{LESSON}.ipynb").read_text(encoding="utf-8")
    download, roster, form = (folder / name for name in ("class.zip", "roster.csv", "form.csv"))
    write_download(download, size, text)
    write_roster(roster, size)
    write_gradebook(form, size)
    class_, out, killed, far = (folder / name for name in ("class", "out", "killed", "far"))
    grade = ["grade", class_, "--lesson", LESSON[:2], "--jobs", PROCESSES, "--out"]
    yield "collect", cost("collect", download, "--roster", roster, "--out", class_)
    yield "grade", cost(*grade, out)
    yield "grade, nothing is new", cost(*grade, out)
    half = size // 2
    yield "grade, killed in the middle", cost(*grade, killed, when=lambda: graded(killed) >= half)
    assert half <= graded(killed) < size
    yield "grade, the other half", cost(*grade, killed)
    check_same(out, killed, size)
    yield "grade on a Dask cluster", cost(*grade, far, workers=2)
    check_same(out, far, size)
    yield "insights", cost("insights", out, "--lesson", LESSON[:2])
    port = free_port()
    desk = ["mark", out, "--no-browser", "--port", port]
    yield (
        "mark, until the desk answers",
        cost(*desk, stop=signal.SIGINT, when=lambda: answers(port)),
    )
    yield "export", cost("export", out, "--to", "canvas", "--file", form, "--class", class_)
    yield "decide", cost("decide", out, full_name(0), "--reason", "You were right.")
    yield "forget", cost("forget", out, full_name(0))


def graded(out):
    """Return how many submissions a gradebook has."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(out / "gradebook.sqlite")) as db:
        return db.execute("select count(*) from attempts").fetchone()[0]
    return 0


def check_same(out, other, size):
    """Check that two runs gave everybody the same grade, and a third of the class all points."""
    grades, others = (read(place / "grades.csv") for place in (out, other))
    assert grades == others
    points = [float(row["points"]) for row in grades]
    assert len(points) == size
    assert points.count(max(points)) == len(range(0, size, 3))
    assert points.count(0) == size - points.count(max(points))


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def answers(port):
    """Return whether anything listens on a port of this machine."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def measured(size):
    """Return the costs of all steps of a class, by step."""
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for step, took in steps(size, Path(folder)):
            print(row(step, size, took), end="", flush=True)
            found[step] = took
        return found


def row(step, size, took):
    memory = (f"{bytes_ / 1e6:,.0f}" for bytes_ in (took.main, took.all))
    cells = (step, f"{size:,}", f"{took.seconds:,.1f}", f"{took.cpu:,.1f}", *memory)
    return f"| {' | '.join(cells)} |\n"


def estimates(each):
    """Return the table that is computed from the CPU seconds of one submission."""
    heads = [f"{m} machines with {n} cores" if m > 1 else f"{n} cores" for n, m in CORES]
    lines = [f"| submissions | {' | '.join(heads)} |", "|---" * (len(CORES) + 1) + "|"]
    for size in CLASSES:
        times = [duration(size * each / (n * m) + START) for n, m in CORES]
        lines.append(f"| {size:,} | {' | '.join(times)} |")
    return "\n".join(lines)


def duration(seconds):
    """Return a duration in its largest unit.

    >>> duration(41.3), duration(300), duration(9000)
    ('41 s', '5 min', '2.5 h')
    """
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.2g} {unit}"
    return f"{seconds:.0f} s"


def page(costs):
    """Return docs/scale.md."""
    last = costs[SIZES[-1]]
    each = last["grade"].cpu / SIZES[-1]
    far = last["grade on a Dask cluster"].cpu / SIZES[-1]
    rows = [row(step, n, costs[n][step]) for step in last for n in SIZES]
    return Path(__file__).with_name("page.md").read_text(encoding="utf-8").format(
        date=datetime.date.today(), cores=os.cpu_count(), python=platform.python_version(),
        table=HEADER + "".join(rows), estimates=estimates(each), each=1000 * each,
        more=1000 * (far - each), load=LOAD,
    )  # fmt: skip


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1:]]
    print(HEADER, end="")
    costs = {size: measured(size) for size in sizes or SIZES}
    if not sizes:
        DOCS.write_text(page(costs), encoding="utf-8")
