"""What people meet on the command line, from `coursekit start` to the pages of a graded class."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from typer.main import get_command
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course.master import Master
from coursekit.course.release import answered_notebook
from coursekit.course.template import new_master
from tests.golden.provoke import Entry, Section, plain
from tests.support.one import one_master

ROOT = Path(__file__).parents[2]
RIGHT = "def f(x):\n    return 2 * x"
SANDBOX = ("Sandbox", "Blocked", "Shut", "Memory and processes")
# what is not the same on every machine, and what stands for it on the page
VARYING = {
    r"coursekit \d+\.\d+\.\d+\S*": "coursekit VERSION",
    r"Python \d+\.\d+\.\d+": "Python VERSION",
    r"(anywidget|jupyterlab_widgets) [\d.]+": r"\1 VERSION",
    r"saved on \d+ \w+ at \d+:\d+": "saved on DATE at TIME",
    r"\b(graded|unreadable) \d+\.\d$": r"\1 SECONDS",
    r"/\S+/lib/python3\.\d+": "PYTHON",
}


def command(line: str) -> Entry:
    """Run a command; return all that it prints, and its exit code where that is not 0."""
    run = CliRunner(env={"COLUMNS": "100", "TERM": "dumb"}).invoke(app, shlex.split(line)[1:])
    assert run.exception is None or isinstance(run.exception, SystemExit), (line, run.exception)
    code = f"\n(exit code {run.exit_code})" if run.exit_code else ""
    return Entry(f"$ {line}", lasting(run.output) + code)


def lasting(text: str) -> str:
    """Return a text without what is not the same on every machine."""
    text = "\n".join(row.rstrip() for row in text.strip().splitlines())
    for varying, instead in VARYING.items():
        text = re.sub(varying, instead, text, flags=re.MULTILINE)
    return text.replace(str(ROOT), "REPOSITORY")


def page(path: Path) -> Entry:
    """Return what a page or a sheet that a command wrote says."""
    text = path.read_text(encoding="utf-8")
    return Entry(path.as_posix(), lasting(plain(text) if path.suffix == ".html" else text))


def briefly(entries: Iterator[Entry]) -> Iterator[Entry]:
    """Yield entries; what each grading says of the sandbox stands in the first one only."""
    told: set[str] = set()
    for entry in entries:
        rows = entry.answer.splitlines()
        yield Entry(entry.typed, "\n".join(row for row in rows if row not in told))
        told |= {row for row in rows if row.startswith(SANDBOX)}


def is_of(cell: dict[str, Any], role: str) -> bool:
    """Return whether a released cell has this role."""
    return bool(cell["metadata"].get("coursekit", {}).get("role") == role)


def fresh(folder: str) -> None:
    """Lay out what the commands below are run on."""
    shutil.copytree(ROOT / "exercises", Path(folder, "exercises"))
    Path("solutions").mkdir()
    Path("solutions/lists.ipynb").write_text(new_master("lists"), encoding="utf-8")
    Path("not-a-notebook.ipynb").write_text("once upon a time", encoding="utf-8")
    Path("a-file").touch()
    Path("an-empty-folder").mkdir()


def students() -> Iterator[Entry]:
    """Yield the answers of the commands that students use."""
    yield command("coursekit --version")
    yield command("coursekit strat")
    yield command("coursekit start course")
    Path("course/exercises/01-descent.ipynb").write_text("mine", encoding="utf-8")
    yield command("coursekit start course")
    yield command("coursekit start a-file")
    yield command("coursekit lab nowhere")
    yield command("coursekit check nowhere.ipynb")
    yield command("coursekit check not-a-notebook.ipynb")
    yield command("coursekit check exercises/03-chain-rule.ipynb")
    yield command("coursekit doctor not-a-notebook.ipynb")
    yield command("coursekit doctor exercises/03-chain-rule.ipynb")
    yield from _doctored()


def _doctored() -> Iterator[Entry]:
    """Yield what the doctor says of notebooks that editors and students have changed."""
    path = Path("exercises/03-chain-rule.ipynb")
    whole = path.read_text(encoding="utf-8")
    again = next(c for c in json.loads(whole)["cells"] if is_of(c, "answer")) | {"id": "again"}
    changes = {
        "another version": lambda n: n["metadata"]["coursekit"].update(version=7),
        "another name": lambda n: n["metadata"]["coursekit"].update(lesson="03-chain-rul"),
        "no version": lambda n: n["metadata"].pop("coursekit"),
        "an answer twice": lambda n: n["cells"].append(again),
        "cells with one id": lambda n: [c.update(id="same") for c in n["cells"]],
        "no checks": lambda n: n.update(cells=[c for c in n["cells"] if not is_of(c, "check")]),
        "no answers": lambda n: n.update(cells=[c for c in n["cells"] if not is_of(c, "answer")]),
    }
    for what, change in changes.items():
        notebook = json.loads(whole)
        change(notebook)
        path.write_text(json.dumps(notebook), encoding="utf-8")
        run = command(f"coursekit doctor {path}")
        yield Entry(f"{run.typed}    # {what}", run.answer)
    path.write_text(whole, encoding="utf-8")


def authors() -> Iterator[Entry]:
    """Yield the answers of the commands with which an exercise is written."""
    yield command("coursekit new 'a.b'")
    yield command("coursekit new sorting")
    yield command("coursekit new sorting")
    yield command("coursekit new sorting --solutions a-file")
    yield command("coursekit release nowhere")
    yield command("coursekit release solutions")
    yield command("coursekit release solutions --out handed-out")
    path = Path("solutions/lists.ipynb")
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("from small to large", "small to large"), encoding="utf-8")
    yield command("coursekit release solutions --out handed-out")
    path.write_text(whole, encoding="utf-8")
    yield command("coursekit check-master nowhere.ipynb")
    yield command("coursekit check-master not-a-notebook.ipynb")
    yield command("coursekit check-master solutions/lists.ipynb")
    yield from _faulty_masters(whole)


def _faulty_masters(whole: str) -> Iterator[Entry]:
    """Yield what check-master says of a master with one fault."""
    path = Path("solutions/faulty.ipynb")
    for what, (was, now) in FAULTS.items():
        notebook = nbformat.reads(whole, as_version=4)
        [cell] = [cell for cell in notebook.cells if was in cell.source]
        cell.source = cell.source.replace(was, now)
        path.write_text(nbformat.writes(notebook), encoding="utf-8")
        run = command(f"coursekit check-master {path}")
        yield Entry(f"{run.typed}    # {what}", run.answer)
    path.unlink()


FAULTS = {  # of a master: what stands in one of its cells, and what then stands there
    "a header is misspelt": ("# hidden: largest", "# hiden: largest"),
    "no points": ("# check: largest, 1 point", "# check: largest"),
    "no hint": ("# hint: That is the first number. Look at all of them.\n", ""),
    "no rubric": ("rubric: 1: each number is compared once. 1: so the cost grows with", ""),
    "no solution is marked": ("### BEGIN SOLUTION", "# begin"),
    "not Python": ("best = numbers[0]", "best = = numbers[0]"),
    "the reference fails": ("best = numbers[0]", "best = numbers[99]"),
    "the reference names nothing": ("return best\n    ### END", "return bets\n    ### END"),
    "the reference changes its argument": (
        "best = numbers[0]",
        "numbers.sort(); best = numbers[0]",
    ),
    "cases drawn without rng": ("rng.randint(-9, 9)", "__import__('random').randint(-9, 9)"),
    "no case": ("def small_lists(rng: Random):", "def small_lists(rng: Random):\n    return"),
    "a distractor that is right": ("    return numbers[0]", "    return max(numbers)"),
    "the set-up fails": ("from random import Random", "from random import Randon"),
    "the set-up ends the kernel": ("from random import Random", "import os; os._exit(1)"),
    "a check that checks twice": (
        'check("largest", small_lists)',
        'check("largest", small_lists)\n' * 2,
    ),
    "an unknown judge": ("small_lists)", 'small_lists, judge="a topological order")'),
    "a judge without a name": ("small_lists)", "small_lists, judge=lambda value, numbers: True)"),
    "weak checks": ("    for n in range(1, 12):\n        yield", "    for n in ():\n        yield"),
}


CLASS = {
    "Ada right": RIGHT,
    "Ben wrong": "def f(x):\n    return x",
    "Cem raises": "def f(x):\n    if x > 2:\n        raise OverflowError('too big')\n    return 2",
    "Dana empty": None,
    "Eve renamed it": "def g(x):\n    return 2 * x",
    "Fay syntax": "def f(x)\n    return 2 * x",
    "Gil ends the process": "import os\n\n\ndef f(x):\n    os._exit(1)",
    "Hal much memory": "def f(x):\n    return bytearray(3 << 30)",
    "Ida shows much": "def f(x):\n    for _ in range(100):\n        display('x' * 100_000)",
    "Jo a helper fails": f"import nowhere\n\n\n{RIGHT}",
}


def graders() -> Iterator[Entry]:
    """Yield the answers of `coursekit grade`, and the pages that it writes."""
    master = one_master("return 2 * x", ["case(1)", "case(2)", "case(30)"])
    Path("solutions/one.ipynb").write_text(nbformat.writes(master.node), encoding="utf-8")
    yield command("coursekit grade --lesson one")
    yield command("coursekit grade nowhere --lesson one")
    yield command("coursekit grade an-empty-folder --lesson one")
    yield command("coursekit grade a-file --lesson one")
    yield command("coursekit grade an-empty-folder --lesson 99")
    for name in ("07-first", "07-second"):
        shutil.copy("solutions/one.ipynb", f"solutions/{name}.ipynb")
    yield command("coursekit grade an-empty-folder --lesson 7")
    yield command("coursekit grade an-empty-folder --lesson one --scheduler tcp://127.0.0.1:1")
    for student, answer in CLASS.items():
        path = Path("in", student, "one.ipynb")
        path.parent.mkdir(parents=True)
        answers = {} if answer is None else {"f": answer}
        path.write_text(answered_notebook(master, answers), encoding="utf-8")
    _odd_submissions()
    yield command("coursekit grade in --lesson one --jobs 2 --out grades")
    yield command("coursekit grade in --lesson one --jobs 2 --out grades")
    yield from map(page, sorted(Path("grades/feedback").iterdir()))
    yield page(Path("grades/report.html"))
    yield command("coursekit grade in --lesson lists --out grades")
    Path("broken").mkdir()
    Path("broken/gradebook.sqlite").write_text("not a database" * 99, encoding="utf-8")
    yield command("coursekit grade in --lesson one --out broken")
    yield from _prose()


def _odd_submissions() -> None:
    """Hand in what is not a notebook, and one notebook too many."""
    for student in ("Kim no file", "Lea two files", "Max not a notebook", "Noa twice"):
        Path("in", student).mkdir()
    for name in "ab":
        shutil.copy(Path("in/Ada right/one.ipynb"), Path("in/Lea two files", f"{name}.ipynb"))
    shutil.copy("not-a-notebook.ipynb", "in/Max not a notebook/one.ipynb")
    notebook = json.loads(Path("in/Ada right/one.ipynb").read_text(encoding="utf-8"))
    [answer] = [c for c in notebook["cells"] if is_of(c, "answer")]
    notebook["cells"].append(answer | {"id": "again"})
    Path("in/Noa twice/one.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    Path("in/Ola a link").symlink_to("Ada right")


def _prose() -> Iterator[Entry]:
    """Yield what becomes of answers in words, and of points that a person gave."""
    lists = Master.parse(new_master("lists"))
    for student, prose in {"Ada": "n − 1 times.", "Ben": ""}.items():
        path = Path("words", student, "lists.ipynb")
        path.parent.mkdir(parents=True)
        path.write_text(
            answered_notebook(lists, {"words": prose} if prose else {}), encoding="utf-8"
        )
    yield command("coursekit grade words --lesson lists --out words-out")
    for name in ("words.csv", "words.html", "feedback/Ada.html", "feedback/Ben.html"):
        yield page(Path("words-out", name))
    sheet = Path("words-out/words.csv")
    sheet.write_text(
        re.sub(r",,2,", ",seven,2,", sheet.read_text(encoding="utf-8")), encoding="utf-8"
    )
    yield command("coursekit grade words --lesson lists --out words-out")
    sheet.write_bytes(b"\xff\xfe\x00")
    yield command("coursekit grade words --lesson lists --out words-out")


def lecturers() -> Iterator[Entry]:
    """Yield the answers of the command that lecturers use."""
    yield command("coursekit figures --lesson 99")
    yield command("coursekit figures --lesson 3 --out a-file")
    yield command("coursekit figures --lesson 3 --out figures")


def sections() -> Iterator[Section]:
    """Yield a section for each kind of user of the command line."""
    names = get_command(app).list_commands(None)
    lines = ["coursekit --help", *(f"coursekit {name} --help" for name in names)]
    yield Section("Help", list(map(command, lines)))
    parts = {
        "Commands for students": students,
        "Commands for authors of exercises": authors,
        "Grading, and the pages that it writes": lambda: briefly(graders()),
        "Commands for lecturers": lecturers,
    }
    with TemporaryDirectory() as folder, chdir(folder):
        fresh(folder)
        for heading, entries in parts.items():
            yield Section(heading, list(entries()))
