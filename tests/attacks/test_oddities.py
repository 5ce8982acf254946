"""Odd but honest notebooks lose no points; an answer that defines nothing gets a clear reason."""

import json

import nbformat
import pytest

from coursekit.course.headers import Role
from coursekit.course.master import Cell
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission
from coursekit.grading.gradebook import Gradebook
from tests.support.students import ANSWERS, FULL, LESSON, MASTER, earned, handed_in

pytestmark = pytest.mark.sandbox

ORDER = ANSWERS["topological_order"]
HIDDEN = ORDER.replace("def topological_order", "def _mine")
BEFORE = {  # cells inserted before all others
    "magics": ["%load_ext autoreload\n%autoreload 2", "%who", "%%time\n1", "%timeit -n 2 1"],
    "resets the namespace": ["%reset -f"],
    "a shell": ["!pip install numpy", "%pip install torch", "files = !ls\nfiles", "%%bash\nls"],
    "help and history": ["print?", "len??", "%history"],
    "cells in other languages": ["%%html\n<b>b</b>", "%%latex\n$x$", "%%javascript\nalert(1)"],
    "imports a file it wrote": ["%%writefile my.py\ndef f(): return 3", "from my import f\nf()"],
    "input": ["name = input('Your name? ')", "import getpass\ngetpass.getpass()"],
    "errors": ["raise ValueError('I tried')", "1 / 0", "assert False", "import torch"],
    "exit": ["exit()", "1"],
    "quit": ["quit()"],
    "sys.exit": ["import sys\nsys.exit(0)"],
    "widgets": ["import ipywidgets\n@ipywidgets.interact(x=(0, 9))\ndef f(x): return x * x"],
    "figures": ["%matplotlib widget\nfrom pylab import *\nplot([1, 2]); show()"],
    "GUI windows": ["%matplotlib qt", "%gui tk"],
    "await": ["import asyncio\nawait asyncio.sleep(0.1)\nasyncio.run(asyncio.sleep(0.1))"],
    "threads": ["import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()"],
    "a thread that never ends": [
        "import threading, time\ndef f():\n    while True: time.sleep(0.05); print('.')\n"
        "threading.Thread(target=f, daemon=True).start()"
    ],
    "processes": [
        "from concurrent.futures import ProcessPoolExecutor as Pool\nlist(Pool(2).map(abs, [1]))"
    ],
    "much output": ["print('x' * 10_000_000)", "for k in range(200_000): print(k)"],
    "a large array": ["import numpy as np\na = np.ones(90_000_000)\ndel a"],
    "strict warnings": [
        "import warnings, numpy\nwarnings.simplefilter('error')\nnumpy.seterr(all='raise')"
    ],
    "a low recursion limit": ["import sys\nsys.setrecursionlimit(400)"],
    "a trace function": ["import sys\nsys.settrace(lambda *_: None)"],
    "replaced streams": ["import sys, io\nsys.stdout = io.StringIO()\nsys.stderr.close()"],
    "no display": ["import sys\nsys.displayhook = lambda x: None\ndef display(x): print(x)"],
    "an empty environment": ["import os\nos.environ.clear()\nos.makedirs('a')\nos.chdir('a')"],
    "echoes all": ["%config InteractiveShell.ast_node_interactivity = 'all'\n1\n2", "%autocall 2"],
    "an alarm": ["import signal\nsignal.signal(signal.SIGALRM, lambda *_: None)\nsignal.alarm(1)"],
    "shadows our names": ["json = IPython = sys = np = time = None", "_probe = probe = cases = 3"],
    "shadows globals": ["globals = 3"],
    "network": ["from urllib.request import urlopen\nurlopen('http://example.com', timeout=5)"],
    "imports coursekit": ["from coursekit.examples import kite\nkite()", "import coursekit"],
}  # fmt: skip
ANSWERED = {  # answers to the first exercise
    "timed": f"%%time\n{ORDER}",
    "below a magic": f"%matplotlib inline\n{ORDER}",
    "a future import": f"from __future__ import annotations\n{ORDER}",
    "a lambda": f"{HIDDEN}\n\ntopological_order = lambda *a: _mine(*a)",
    "a partial": f"{HIDDEN}\n\nimport functools\ntopological_order = functools.partial(_mine)",
    "a callable object": f"{HIDDEN}\n\nclass Order:\n    def __call__(self, *a): return _mine(*a)\n"
    "\ntopological_order = Order()",
    "a class": f"{HIDDEN}\n\nclass topological_order(list):\n"
    "    def __init__(self, *a): super().__init__(_mine(*a))",
    "tabs": ORDER.replace("    ", "\t"),
    "old line endings": ORDER.replace("\n", "\r"),
    "non-ASCII letters": f"{ORDER}\n\nδ = 'café 你好 😀'",
    "prints": ORDER.replace("):", "):\n    for k in range(2000): print('here', k)", 1),
    "flushes each line": ORDER.replace(
        "):", "):\n    for k in range(50): print('\\r', k, end='', flush=True)", 1
    ),
    "logs each step": ORDER.replace(
        "):", "):\n    import logging\n    for k in range(50): logging.warning(k)", 1
    ),
    "shows a large figure at each call": ORDER.replace(
        "):",
        "):\n    import numpy, matplotlib.pyplot as plt\n    plt.figure(figsize=(9, 9))\n"
        "    plt.imshow(numpy.random.rand(300, 300, 3))\n    plt.show()",
        1,
    ),
    "a breakpoint": ORDER.replace("):", "):\n    breakpoint()", 1),
    "with a failing assertion": f"{ORDER}\n\nassert False, 'my test'",
    "with a failing call": f"{ORDER}\n\nprint(topological_order(None))",
    "calls its own check": f"{ORDER}\n\ncheck('topological_order')",
}
WRONG = {  # answer to the first exercise → the reason reported
    "no indentation": ("def topological_order(vertices, out):\n1", "IndentationError on line 2: "),
    "no colon": ("def topological_order(v)\n    pass", "SyntaxError on line 1: expected ':'"),
    "a null byte": (f"{ORDER}\n# \0", "SyntaxError: source code string cannot contain null bytes"),
    "another name": (HIDDEN, "no cell defines topological_order"),
    "an undefined decorator": (f"@cached\n{ORDER}", "NameError: name 'cached' is not defined"),
}


def before(cells):
    notebook = handed_in()
    notebook.cells = [*map(nbformat.v4.new_code_cell, cells), *notebook.cells]
    return json.dumps(notebook)


def answered(source):
    return json.dumps(handed_in([("topological_order", source)]))


def with_code(change):
    notebook = json.loads(json.dumps(handed_in()))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            change(cell)
    return notebook


def in_one_cell():
    notebook = handed_in()
    code = "\n\n".join(c.source for c in notebook.cells if c.cell_type == "code")
    notebook.cells = [nbformat.v4.new_code_cell(code)]
    return json.dumps(notebook)


def earlier_attempts():
    """Return a notebook in which an earlier attempt, commented out, follows each answer."""
    notebook, cells = handed_in(), []
    for cell in notebook.cells:
        cells.append(cell)
        if Cell.of(0, cell).role is Role.ANSWER:
            tried = "\n".join(f"# {line}" for line in cell.source.split("\n"))
            cells.append(nbformat.v4.new_code_cell(tried))
    notebook.cells = cells
    return json.dumps(notebook)


def files():
    right = handed_in()
    error = {"output_type": "error", "ename": "E", "evalue": "e", "traceback": []}
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 10**6}, "metadata": {}}
    tags = ["skip-execution", "nbval-skip", "raises-exception"]
    yield (
        "lists of lines",
        json.dumps(with_code(lambda c: c.update(source=c["source"].splitlines(keepends=True)))),
    )
    yield "Windows", json.dumps(right).replace("\\n", "\\r\\n")
    yield "identical ids", json.dumps(with_code(lambda c: c.update(id="same")))
    yield "overlong ids", json.dumps(with_code(lambda c: c.update(id="long " * 50)))
    yield "a newer format", json.dumps(right | {"nbformat_minor": 9, "more": {}})
    yield (
        "an R kernel",
        json.dumps(right | {"metadata": {"kernelspec": {"name": "ir", "display_name": "R"}}}),
    )
    yield "NaN in the metadata", json.dumps(right | {"metadata": {"x": float("nan")}})
    yield "no outputs", json.dumps(with_code(lambda c: c.pop("outputs")))
    yield "saved errors", json.dumps(with_code(lambda c: c.update(outputs=[error])))
    yield "saved pictures", json.dumps(with_code(lambda c: c.update(outputs=[picture])))
    yield "skip tags", json.dumps(with_code(lambda c: c["metadata"].update(tags=tags)))
    yield "everything in one cell", in_one_cell()
    yield "earlier attempts in comments", earlier_attempts()


RIGHT = {
    **{f"before: {name}": before(cells) for name, cells in BEFORE.items()},
    **{f"answer: {name}": answered(source) for name, source in ANSWERED.items()},
    **{f"file: {name}": text for name, text in files()},
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade all of these notebooks as one class."""
    texts = RIGHT | {f"wrong: {name}": answered(source) for name, (source, _) in WRONG.items()}
    book = Gradebook(tmp_path_factory.mktemp("grades") / "gradebook.sqlite")
    grade_class([Submission(*one) for one in texts.items()], MASTER, LESSON, book, workers=2)
    rows = {row.student: row for row in book.rows()}
    book.close()
    return rows


@pytest.mark.parametrize("name", RIGHT)
def test_an_odd_but_honest_notebook_loses_no_points(graded, name):
    assert graded[name].status == "graded", graded[name].notes
    assert earned(graded[name]) == FULL, graded[name].results


@pytest.mark.parametrize("name", WRONG)
def test_an_answer_that_defines_nothing_gets_a_reason(graded, name):
    results = graded[f"wrong: {name}"].results
    first = [one for one in results if one.exercise == "topological_order"]
    assert all(one.points == 0 for one in first)
    for one in first:
        assert one.why.startswith(WRONG[name][1]), one
        assert one.status == ("not attempted" if name == "another name" else "wrong")
