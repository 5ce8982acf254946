"""A file that students hand in may be a bomb: reading any file takes little memory and time."""

import faulthandler
import json
import os
import resource
import signal
import subprocess
import sys

import psutil
import pytest

from coursekit.cli.grading import by_edition
from coursekit.course.master import Master
from coursekit.course.release import student_notebook
from coursekit.course.unreadable import NotebookError
from coursekit.course.versions import Edition
from coursekit.grading import limited
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import MAX_BYTES, Submission
from coursekit.grading.grade import frame_of, grade_together
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.limited import ReadingError, each_limited
from coursekit.sandbox.guest.limits import CELL_TIMEOUT
from tests.support import ROOT
from tests.support.students import LESSON, MASTER, handed_in

pytestmark = pytest.mark.sandbox

MEMORY = 1 << 30  # bytes that a process may hold while it reads a file
READ = """
import resource, sys
from coursekit.course.master import Master
from coursekit.grading.assemble import Frame
from coursekit.grading.reading import read_each
from tests.support.students import MASTER
frame = Frame(Master.parse(MASTER), {})
text = sys.stdin.buffer.read().decode()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
[reading] = read_each(frame, [text])
ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(ours * 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
print(reading if isinstance(reading, Exception) else f"read: {len(reading.plan.pieces)} cells")
"""
HEADER = "# exercise: backprop"
MANY = MAX_BYTES - (1 << 20)  # bytes: nearly the largest file that is read
SOURCES = {
    "a long list": "[" + "1," * 9_000_000 + "]",
    "many lines": "a\n" * 9_000_000,
    "a long f-string": "f'" + "{a}" * 900_000 + "'",
    "deep brackets": "(" * 9_000_000,
    "spaces after a header": f"{HEADER}," + " " * 9_000_000,
    "parts of a header": HEADER + ", x" * 3_000_000,
    "many points": f"{HEADER}, {'9' * 9_000} points",
    "many hints": HEADER + "\n# hint: x" * 900_000,
    "half characters": "\ud800" * 100_000,
    "a list of lines": ["a\n"] * 2_000_000,
}
RUBBISH = {  # in a place that grading does not need → how the text of the file has it there
    "bad outputs": ('"outputs": []', '"outputs": [{}]', '{"output_type": "nope"},' * 400_000),
    "empty outputs": ('"outputs": []', '"outputs": [{}]', "[]," * (MANY // 3)),
    "large metadata": ('"metadata": {}', '"metadata": {{"x": [{}]}}', "[]," * (MANY // 3)),
    "wide text": ('"metadata": {}', '"metadata": {{"x": ["😀", {}]}}', "[]," * (MANY // 3)),
    "nested lists": ('"metadata": {}', '"metadata": {{"x": [{}]}}',
                     ("[" * 900 + "]" * 900 + ",") * (MANY // 1801)),
    "many floats": ('"metadata": {}', '"metadata": {{"x": [{}]}}', "1e9," * (MANY // 4)),
    "many braces": ('"metadata": {}', '"metadata": {{"x": [{}]}}', "{}," * (MANY // 3)),
    "many attachments": ('"outputs": []', '"outputs": [], "attachments": {{{}}}',
                         ",".join(f'"{k}.png": {{}}' for k in range(900_000)) + ","),
}  # fmt: skip
REFUSED = {
    "many cells": json.dumps(handed_in() | {"cells": [{}] * 900_000}),
    "deep": "[" * 9_000_000,
    "a long number": '{"nbformat": ' + "9" * 9_000_000 + "}",
    "cells that are lists": '{"cells": [' + "[]," * (MANY // 3) + "[]]}",
    "worksheets that are lists": '{"worksheets": [' + "[]," * (MANY // 3) + "[]]}",
    "lines that are lists": json.dumps({"cells": [{"cell_type": "code", "source": [[]] * 10**6}]}),
    "conflicts": "<<<<<<<\n" * 2_000_000,
}


def with_source(source):
    notebook = json.loads(json.dumps(handed_in()))
    next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")["source"] = source
    return json.dumps(notebook)


def with_rubbish(old, template, fragment):
    new = template.format(fragment).replace(",]", "]").replace(",}", "}")
    before, after = json.dumps(handed_in()).split(old, 1)
    return before + new + after


NBFORMAT_3 = {"cells": [{"cell_type": "code", "input": "1", "outputs": [{}] * 1_000_000}]}
FILES = {
    **{name: with_source(source) for name, source in SOURCES.items()},
    **{name: with_rubbish(*parts) for name, parts in RUBBISH.items()},
    "nbformat 3": json.dumps({"nbformat": 3, "worksheets": [NBFORMAT_3]}),
    **REFUSED,
}


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_read_or_refused_within_limits(name):
    run = subprocess.run(
        [sys.executable, "-c", READ], input=FILES[name].encode(), cwd=ROOT,
        capture_output=True, check=False,
    )  # fmt: skip
    numbers, outcome = run.stdout.decode().split("\n", 1)
    ours, theirs = map(int, numbers.split())
    if name in REFUSED:
        assert outcome.startswith(("not a notebook", "a notebook with more than 1,000 cells"))
    else:
        assert outcome.startswith("read: "), outcome
    assert theirs < MEMORY + (200 << 20)  # the child is a fork, and counts what it shares with us
    assert ours < 4 * len(FILES[name]) + (100 << 20)  # only the text of its cells comes back


SLOW = "\n".join(["(" * 90 + "1" + ")" * 90] * 80) + "\n("


def slow():
    """Return right answers beside cells that would take Python's parser minutes."""
    notebook = handed_in()
    cell = {"cell_type": "code", "metadata": {}, "id": "x", "outputs": [], "execution_count": None}
    more = [cell | {"source": f"{SLOW}  # {k}"} for k in range(900)]
    return json.dumps(notebook | {"cells": [*notebook["cells"], *more]})


def test_a_bomb_costs_only_its_own_student_who_reads_why(monkeypatch):
    monkeypatch.setattr(limited, "SECONDS", 2)
    monkeypatch.setattr(limited, "MEMORY", 400 << 20)
    right = json.dumps(handed_in())
    texts = {"Ada": right, "Slow": slow(), "Large": FILES["nested lists"], "Zoe": right}
    rows = {
        one.student: one
        for one in grade_together(texts, lambda: frame_of(MASTER, "seed"), CELL_TIMEOUT)
    }
    assert {name: (row.status, row.points) for name, row in rows.items()} == {
        "Slow": ("unreadable", 0), "Large": ("unreadable", 0),
        "Ada": ("graded", 11), "Zoe": ("graded", 11),
    }  # fmt: skip
    reason = "because reading it takes more than 2 seconds: clear its outputs"
    assert reason in rows["Slow"].notes[0]
    assert "because reading it needs more than 400 MB of memory" in rows["Large"].notes[0]


def test_a_bomb_is_not_graded_again_and_the_grader_does_not_read_it(tmp_path):
    book = Gradebook(tmp_path / "gradebook.sqlite")
    bombs = [Submission("Large", FILES["cells that are lists"]), Submission("Deep", FILES["deep"])]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert grade_class(bombs, MASTER, LESSON, book, workers=1) == 2
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 200 << 10  # kB: less than half of what reading one of them takes
    assert {row.status for row in book.rows()} == {"unreadable"}
    assert grade_class(bombs, MASTER, LESSON, book, workers=1) == 0


def spin(_):
    while True:
        pass


def fill(_):
    return [bytearray(1 << 20) for _ in range(1 << 20)]


def stop(_):
    faulthandler.disable()  # pytest's would print all threads
    os.abort()


def killed(_):
    os.kill(os.getpid(), signal.SIGKILL)


def faulty(_):
    raise KeyError("ours")


REFUSALS = {
    spin: "takes more than 1 second",
    fill: "needs more than 100 MB of memory",
    stop: "crashes Python",
}
FAILURES = {killed: "exit status -9", faulty: "KeyError: 'ours'"}


@pytest.mark.parametrize("work", [*REFUSALS, *FAILURES], ids=lambda work: work.__name__)
def test_only_the_item_that_exceeds_a_limit_has_no_result(work, monkeypatch):
    monkeypatch.setattr(limited, "SECONDS", 1)
    monkeypatch.setattr(limited, "MEMORY", 100 << 20)
    before = psutil.Process().children()
    first, bad, last = each_limited(lambda item: work(item) if item == 1 else -item, [0, 1, 2])
    assert (first, last) == (0, -2)
    assert isinstance(bad, NotebookError if work in REFUSALS else ReadingError)
    assert (REFUSALS | FAILURES)[work] in str(bad)
    assert psutil.Process().children() == before


def test_a_reader_that_stops_early_leaves_no_child():
    before = psutil.Process().children()
    results = each_limited(lambda item: spin(item) if item else "first", [0, 1])
    assert next(results) == "first"
    results.close()
    assert psutil.Process().children() == before


def test_a_file_of_which_the_version_cannot_be_read_belongs_to_the_newest():
    master = Master.parse(MASTER)
    files = {f"{LESSON}.ipynb": student_notebook(master, {"lesson": LESSON, "version": 1})}
    editions = [Edition(number, MASTER, files) for number in (1, 2)]
    texts = {"Old": files[f"{LESSON}.ipynb"], "Deep": FILES["deep"], "Many": FILES["many cells"]}
    class_ = [Submission(name, text) for name, text in texts.items()]
    groups = {e.number: [one.student for one in group] for e, group in by_edition(class_, editions)}
    assert groups == {1: ["Old"], 2: ["Deep", "Many"]}
