"""The class to grade: attacks, the points that each deserves, and odd but honest notebooks."""

import json
import re
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir

import nbformat
import psutil

from coursekit.course.headers import Role
from coursekit.course.master import Cell, Master
from coursekit.course.release import student_notebook
from tests.support import ROOT
from tests.support.notebooks import released
from tests.support.processes import below

LESSON = "05-backpropagation"
MASTER = (ROOT / "solutions" / f"{LESSON}.ipynb").read_text(encoding="utf-8")
CORPUS = sorted(ROOT.glob("tests/attacks/corpus/*.txt"))
ANSWERS = Master.parse(MASTER).answers
PATIENCE = 30  # seconds to wait for killed processes; those left behind live for 60
OURS = ("ipykernel_launcher", "coursekit.zygote")
FULL = {"topological_order": 5.0, "backprop": 6.0}
NOTHING = dict.fromkeys(FULL, 0.0)


def handed_in(sections=()):
    """Return a student's notebook: the released one, with answers and helper cells in place."""
    notebook = released(Master.parse(MASTER))
    answers = dict(ANSWERS)
    before = {}
    place = None
    for name, source in sections:
        if name == "helper":
            before.setdefault(place, []).append(source)
        else:
            answers[name] = source
            place = name
    cells = []
    for cell in notebook.cells:
        parsed = Cell.of(0, cell)
        exercise = parsed.exercise
        if parsed.role is Role.ANSWER:
            if exercise == "backprop":
                cells += [nbformat.v4.new_code_cell(s) for s in before.get(None, ())]
            cell.source = answers[exercise]
            cells.append(cell)
            cells += [nbformat.v4.new_code_cell(s) for s in before.get(exercise, ())]
            if not cell.source:  # the student deleted the stub
                cells.remove(cell)
        else:
            cells.append(cell)
    notebook.cells = cells
    return notebook


def sections(text):
    parts = re.split(r"^# %% (\w+)\n", text, flags=re.MULTILINE)[1:]
    return [(name, source.strip()) for name, source in zip(parts[::2], parts[1::2], strict=True)]


def case(path):
    text = path.read_text(encoding="utf-8")
    order, sweep = map(float, re.search(r"# deserves: (\S+) (\S+)", text).groups())
    points = {"topological_order": order, "backprop": sweep}
    return json.dumps(handed_in(sections(text))), points


def stripped():
    """Return right answers in a notebook that has lost its metadata and its cell ids."""
    notebook = handed_in()
    for k, cell in enumerate(notebook.cells):
        cell.metadata = {}
        cell.id = f"lost{k}"
    return json.dumps(notebook)


def duplicated():
    """Return right answers in a notebook in which each cell appears twice, with the same id."""
    notebook = handed_in()
    notebook.cells = [c for cell in notebook.cells for c in (cell, cell)]
    return json.dumps(notebook)


def imports_in_the_setup_cell():
    """Return right answers that need an import added by the student to the set-up cell."""
    answer = ANSWERS["backprop"].replace("dict.fromkeys", "np.dict_from_keys")
    notebook = handed_in([("backprop", answer)])
    setup = next(c for c in notebook.cells if c.cell_type == "code")
    setup.source += "\nimport types\n\nnp = types.SimpleNamespace(dict_from_keys=dict.fromkeys)"
    return json.dumps(notebook)


def shuffled():
    """Return right answers in a notebook whose cells are in reverse order."""
    notebook = handed_in()
    notebook.cells.reverse()
    return json.dumps(notebook)


def many_cells():
    notebook = handed_in()
    notebook.cells += [nbformat.v4.new_code_cell("1")] * 1_000
    return notebook


def distractors():
    for i, cell in enumerate(Master.parse(MASTER).with_role(Role.DISTRACTOR)):
        notebook = handed_in([(cell.exercise, cell.source)])
        points = FULL | {cell.exercise: 0.0}
        if cell.exercise == "topological_order":
            points["backprop"] = None  # unknown: it calls the wrong answer
        yield f"distractor {i} {cell.name}", json.dumps(notebook), points


def everyone():
    right = json.dumps(handed_in())
    yield "=1+1", right, FULL
    yield "..%2f", right, FULL
    yield "<script>alert(1)</script>", right, FULL
    yield "unanswered", student_notebook(Master.parse(MASTER)), NOTHING
    yield "not JSON", "this is not a notebook", NOTHING
    yield "not a notebook", '{"cells": 3, "nbformat": 4}', NOTHING
    yield "not a notebook, but many cells", json.dumps(many_cells()), NOTHING
    yield "not a notebook, but many parts", f'{{"cells": [{"{}," * 10**6}]}}', NOTHING
    yield "deep JSON", "[" * 100_000, NOTHING
    yield "metadata stripped", stripped(), FULL
    yield "every cell twice", duplicated(), FULL
    yield "imports in the set-up cell", imports_in_the_setup_cell(), FULL
    yield "cells in reverse", shuffled(), FULL
    yield from distractors()
    for path in CORPUS:
        yield path.stem, *case(path)


def earned(row):
    """Return the points of each exercise in a graded submission."""
    return {e: sum(r.points for r in row.results if r.exercise == e) for e in FULL}


@contextmanager
def left_behind(*words):
    """Yield a list that, after the block, contains each process and folder left behind.

    The processes are descendants of this one, including orphans (see `adopt_orphans`), whose
    commands contain one of OURS or of these words.
    """
    left = []
    before = {*below(*OURS, *words), *_folders()}
    yield left
    deadline = time.monotonic() + PATIENCE
    while remaining := {*below(*OURS, *words), *_folders()} - before:
        if time.monotonic() > deadline:
            left += map(_described, remaining)
            return
        time.sleep(0.1)


def _described(left):
    """Return the path of a folder, or a pid with its parent, status and command."""
    if isinstance(left, Path):
        return str(left)
    with suppress(psutil.Error):
        process = psutil.Process(left)
        command = " ".join(process.cmdline())
        return f"{left} below {process.ppid()} {process.status()}: {command[:300]}"
    return f"{left}, which has exited by now"


def _folders():
    """Return our temporary folders, except those that a process keeps until it exits."""
    kept = ("-inside-", "-pool-")
    folders = Path(gettempdir()).glob("coursekit-*")
    return (path for path in folders if not any(kind in path.name for kind in kept))
