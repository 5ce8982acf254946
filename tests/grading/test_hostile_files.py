"""A file is read where no sandbox is: whatever it holds, that takes little time and memory."""

import json
import resource
import subprocess
import sys

import pytest

from tests.support import ROOT
from tests.support.students import handed_in

MEMORY, SECONDS = 1 << 30, 60  # of addresses; a hang is what is meant, not a slow machine
READ = """
import sys
from coursekit.course import master as masters
from coursekit.grading import prose
from coursekit.grading.assemble import Frame
from tests.support.students import MASTER
master = masters.parse(MASTER)
try:
    student = masters.parse(sys.stdin.read())
except ValueError as error:
    print("refused:", error)
else:
    cells = Frame(master, {}).assemble(student).cells
    print("read:", len(cells), "cells,", len(prose.answers(master, student)), "in words")
"""
MARK = "# exercise: backprop"
SOURCES = {
    "a long list": "[" + "1," * 9_000_000 + "]",
    "many lines": "a\n" * 9_000_000,
    "a long f-string": "f'" + "{a}" * 900_000 + "'",
    "deep brackets": "(" * 9_000_000,
    "spaces behind a mark": f"{MARK}," + " " * 9_000_000,
    "parts of a mark": MARK + ", x" * 3_000_000,
    "many points": f"{MARK}, {'9' * 9_000} points",
    "many hints": MARK + "\n# hint: x" * 900_000,
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
def test_it_is_read_or_refused_within_bounds(name):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    told = subprocess.run(
        [sys.executable, "-c", READ], input=FILES[name], cwd=ROOT, preexec_fn=limit,
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    if name in SOURCES:
        assert told.stdout.startswith("read:"), told.stderr[-500:]
    else:
        assert told.stdout.startswith("refused: not a notebook"), told.stderr[-500:]
