"""Files are parsed outside the sandbox: parsing any file must take little time and memory."""

import json
import resource
import subprocess
import sys

import pytest

from tests.support import ROOT
from tests.support.students import handed_in

MEMORY, SECONDS = 1 << 30, 60  # bytes of address space, seconds of CPU time
READ = """
import sys
from coursekit.course.master import Master, Notebook
from coursekit.grading import prose
from coursekit.grading.assemble import Frame
from tests.support.students import MASTER
master = Master.parse(MASTER)
try:
    student = Notebook.parse(sys.stdin.read())
except ValueError as error:
    print("rejected:", error)
else:
    cells = Frame(master, {}).assemble(student).cells
    print("read:", len(cells), "cells,", len(prose.find_prose(master, student)), "in words")
"""
HEADER = "# exercise: backprop"
SOURCES = {
    "a long list": "[" + "1," * 9_000_000 + "]",
    "many lines": "a\n" * 9_000_000,
    "a long f-string": "f'" + "{a}" * 900_000 + "'",
    "deep brackets": "(" * 9_000_000,
    "spaces after a header": f"{HEADER}," + " " * 9_000_000,
    "parts of a header": HEADER + ", x" * 3_000_000,
    "many points": f"{HEADER}, {'9' * 9_000} points",
    "many hints": HEADER + "\n# hint: x" * 900_000,
}


def with_source(source):
    notebook = handed_in()
    next(cell for cell in notebook.cells if cell.cell_type == "code").source = source
    return json.dumps(notebook)


FILES = {
    **{name: with_source(source) for name, source in SOURCES.items()},
    "many braces": json.dumps(handed_in() | {"metadata": {"x": [{}] * 5_000_000}}),
    "many cells": json.dumps(handed_in() | {"cells": [{}] * 900_000}),
    "deep": "[" * 9_000_000,
    "a long number": '{"nbformat": ' + "9" * 9_000_000 + "}",
}


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_read_or_rejected_within_limits(name):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    run = subprocess.run(
        [sys.executable, "-c", READ], input=FILES[name], cwd=ROOT, preexec_fn=limit,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if name in SOURCES:
        assert run.stdout.startswith("read:"), run.stderr[-500:]
    else:
        assert run.stdout.startswith("rejected: not a notebook"), run.stderr[-500:]
