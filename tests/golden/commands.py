"""Everything that the command line prints, and the pages that `coursekit grade` writes."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import chdir, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from typer.main import get_command
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.cli.late_work import FACT
from coursekit.course.master import Master, sample_master
from coursekit.course.release import answered_notebook, student_notebook
from coursekit.grading.gradebook import Gradebook
from tests.golden.provoke import Entry, Section, plain
from tests.support.one import one_master

ROOT = Path(__file__).parents[2]
RIGHT = "def f(x):\n    return 2 * x"
SANDBOX = ("Sandbox", "Blocked", "Memory and processes")
# output that differs between machines → its placeholder on the page
VARYING = {
    r"coursekit \d+\.\d+\.\d+\S*": "coursekit VERSION",
    r"Python \d+\.\d+\.\d+": "Python VERSION",
    r"(anywidget|jupyterlab_widgets) [\d.]+": r"\1 VERSION",
    r"saved on \d+ \w+ at \d+:\d+": "saved on DATE at TIME",
    r"\b(graded|unreadable) \d+\.\d$": r"\1 SECONDS",
    r"no errors on \d{4}-\d\d-\d\d": "no errors on DATE",
    r"/\S+/lib/python3\.\d+": "PYTHON",
}


def command(line: str) -> Entry:
    """Run a command; return everything it prints, and its exit code unless that is 0."""
    name, *arguments = shlex.split(line)
    runner = CliRunner(env={"COLUMNS": "100", "TERM": "dumb"})
    run = runner.invoke(app, arguments, prog_name=name)
    assert run.exception is None or isinstance(run.exception, SystemExit), (line, run.exception)
    code = f"\n(exit code {run.exit_code})" if run.exit_code else ""
    return Entry(f"$ {line}", portable(run.output) + code)


def portable(text: str) -> str:
    """Replace the output that differs between machines by placeholders."""
    text = "\n".join(row.rstrip() for row in text.strip().splitlines())
    for varying, instead in VARYING.items():
        text = re.sub(varying, instead, text, flags=re.MULTILINE)
    return text.replace(str(ROOT), "REPOSITORY")


def page(path: Path) -> Entry:
    """Return the text of an HTML page or a CSV file written by a command."""
    text = path.read_text(encoding="utf-8-sig")
    return Entry(path.as_posix(), portable(plain(text) if path.suffix == ".html" else text))


def without_repeats(entries: Iterator[Entry]) -> Iterator[Entry]:
    """Yield the entries, but show the lines about the sandbox only in the first one."""
    shown: set[str] = set()
    for entry in entries:
        rows = entry.answer.splitlines()
        yield Entry(entry.typed, "\n".join(row for row in rows if row not in shown))
        shown |= {row for row in rows if row.startswith(SANDBOX)}


def has_role(cell: dict[str, Any], role: str) -> bool:
    """Return whether a released cell has this role."""
    return bool(cell["metadata"].get("coursekit", {}).get("role") == role)


def fresh(folder: str) -> None:
    """Create the files that the commands below work on."""
    shutil.copytree(ROOT / "exercises", Path(folder, "exercises"))
    Path("solutions").mkdir()
    Path("solutions/lists.ipynb").write_text(sample_master("lists"), encoding="utf-8")
    Path("not-a-notebook.ipynb").write_text("once upon a time", encoding="utf-8")
    Path("a-file").touch()
    Path("an-empty-folder").mkdir()


def students() -> Iterator[Entry]:
    """Yield the output of the students' commands."""
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
    """Yield the doctor's diagnoses of notebooks changed by editors and students."""
    path = Path("exercises/03-chain-rule.ipynb")
    whole = path.read_text(encoding="utf-8")
    again = next(c for c in json.loads(whole)["cells"] if has_role(c, "answer")) | {"id": "again"}
    changes = {
        "another version": lambda n: n["metadata"]["coursekit"].update(version=7),
        "another name": lambda n: n["metadata"]["coursekit"].update(lesson="03-chain-rul"),
        "no version": lambda n: n["metadata"].pop("coursekit"),
        "a second answer": lambda n: n["cells"].append(again),
        "cells that share an id": lambda n: [c.update(id="same") for c in n["cells"]],
        "no checks": lambda n: n.update(cells=[c for c in n["cells"] if not has_role(c, "check")]),
        "no answers": lambda n: n.update(
            cells=[c for c in n["cells"] if not has_role(c, "answer")]
        ),
    }
    for what, change in changes.items():
        notebook = json.loads(whole)
        change(notebook)
        path.write_text(json.dumps(notebook), encoding="utf-8")
        run = command(f"coursekit doctor {path}")
        yield Entry(f"{run.typed}    # {what}", run.answer)
    path.write_text(whole, encoding="utf-8")


def authors() -> Iterator[Entry]:
    """Yield the output of the commands for writing exercises."""
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
    yield command("coursekit release solutions --out handed-out")
    path.write_text(whole.replace("# hidden:", "# Hidden :"), encoding="utf-8")
    yield command("coursekit release solutions --out handed-out")
    model_answer = "each number but the first is compared once with the best so far."
    path.write_text(
        whole.replace("look at all of them.", f"n − 1 times: {model_answer}"), encoding="utf-8"
    )
    yield command("coursekit release solutions --out handed-out")
    yield command("coursekit release solutions --out solutions")
    path.write_text(whole, encoding="utf-8")
    yield command("coursekit check-master nowhere.ipynb")
    yield command("coursekit check-master not-a-notebook.ipynb")
    yield command("coursekit check-master solutions/lists.ipynb")
    yield from _faulty_masters(whole)


def _faulty_masters(whole: str) -> Iterator[Entry]:
    """Yield check-master's report on each master with one error."""
    path = Path("solutions/faulty.ipynb")
    for what, (was, now) in FAULTS.items():
        notebook = nbformat.reads(whole, as_version=4)
        [cell] = [cell for cell in notebook.cells if was in cell.source]
        cell.source = cell.source.replace(was, now)
        path.write_text(nbformat.writes(notebook), encoding="utf-8")
        run = command(f"coursekit check-master {path}")
        yield Entry(f"{run.typed}    # {what}", run.answer)
    path.unlink()


FAULTS = {  # the error → (text in one of the master's cells, its replacement)
    "a header is misspelt": ("# hidden: largest", "# hiden: largest"),
    "no points": ("# check: largest, 1 point", "# check: largest"),
    "no hint": ("# hint: You return the first number: look at all of them.\n", ""),
    "no rubric": (
        "rubric: 1 point: each number is compared once. 1 point: so the cost grows with",
        "",
    ),
    "no solution is marked": ("### BEGIN SOLUTION", "# begin"),
    "not Python": ("best = numbers[0]", "best = = numbers[0]"),
    "the reference fails": ("best = numbers[0]", "best = numbers[99]"),
    "the reference uses an undefined name": (
        "return best\n    ### END",
        "return bets\n    ### END",
    ),
    "the reference changes its argument": (
        "best = numbers[0]",
        "numbers.sort(); best = numbers[0]",
    ),
    "cases generated without rng": ("rng.randint(-9, 9)", "__import__('random').randint(-9, 9)"),
    "no cases": ("def small_lists(rng: Random):", "def small_lists(rng: Random):\n    return"),
    "a distractor that is right": ("    return numbers[0]", "    return max(numbers)"),
    "a value that cannot be compared": (
        "return best\n    ### END",
        "return complex(best)\n    ### END",
    ),
    "a reference that waits for input": ("best = numbers[0]", "best = int(input())"),
    "the set-up fails": ("from random import Random", "from random import Randon"),
    "the set-up kills the kernel": ("from random import Random", "import os; os._exit(1)"),
    "a check that checks twice": (
        'check("largest", small_lists)',
        'check("largest", small_lists)\n' * 2,
    ),
    "an unknown judge": ("small_lists)", 'small_lists, judge="a topological order")'),
    "a judge without a name": ("small_lists)", "small_lists, judge=lambda value, numbers: True)"),
    "no hidden cases": (
        "    for n in range(1, 12):\n        yield",
        "    for n in ():\n        yield",
    ),
}


CLASS = {
    "Ada right": RIGHT,
    "Ben wrong": "def f(x):\n    return x",
    "Cem raises": "def f(x):\n    if x > 2:\n        raise OverflowError('too big')\n    return 2",
    "Dana empty": None,
    "Eve renamed it": "def g(x):\n    return 2 * x",
    "Fay syntax": "def f(x)\n    return 2 * x",
    "Gil ends the process": "import os\n\n\ndef f(x):\n    os._exit(1)",
    "Hal too much memory": "def f(x):\n    return bytearray(3 << 30)",
    "Ida displays too much": "def f(x):\n    for _ in range(100):\n        display('x' * 100_000)",
    "Jo needs a package": "import nowhere\n\n\ndef f(x):\n    return nowhere.twice(x)",
    "Pia below a file": "data = open('data.csv').read()\n\n\ndef f(x):\n    return data",
    "Quin two tries": f"{RIGHT}\n\n\ndef f(x):\n    return x",
}


def graders() -> Iterator[Entry]:
    """Yield the output of `coursekit grade`, and the pages that it writes."""
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
    for kept in ("gone.toml", None):  # an earlier run was given a file that is gone
        with closing(Gradebook(Path("grades/gradebook.sqlite"))) as book:
            book.set_fact(FACT, kept)
        if kept:
            yield command("coursekit grade in --lesson one --out grades")
    Path("other/Ada").mkdir(parents=True)
    handed_in = student_notebook(master, {"lesson": "07-first", "version": 1})
    Path("other/Ada/homework.ipynb").write_text(handed_in, encoding="utf-8")
    yield command("coursekit grade other --lesson one")
    Path("broken").mkdir()
    Path("broken/gradebook.sqlite").write_text("not a database" * 99, encoding="utf-8")
    yield command("coursekit grade in --lesson one --out broken")
    Path("grades/gradebook.sqlite").write_bytes(b"")
    yield command("coursekit grade in --lesson one --out grades")
    yield from _prose()
    yield from _attempts(master)


def _odd_submissions() -> None:
    """Hand in a folder without a notebook, one with two, a damaged file, and a symbolic link."""
    for student in ("Kim no file", "Lea two files", "Max not a notebook", "Noa twice"):
        Path("in", student).mkdir()
    for name in "ab":
        shutil.copy(Path("in/Ada right/one.ipynb"), Path("in/Lea two files", f"{name}.ipynb"))
    shutil.copy("not-a-notebook.ipynb", "in/Max not a notebook/one.ipynb")
    notebook = json.loads(Path("in/Ada right/one.ipynb").read_text(encoding="utf-8"))
    [answer] = [c for c in notebook["cells"] if has_role(c, "answer")]
    notebook["cells"].append(answer | {"id": "again"})
    Path("in/Noa twice/one.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    Path("in/Ola a link").symlink_to("Ada right")


def _attempts(master: Master) -> Iterator[Entry]:
    """Yield what is said of attempts from a download, before and after a check is corrected."""
    half = f"{RIGHT} if x < 31 else 0"
    for place, answer in {"Ada/attempt 1": half, "Ada/attempt 2": RIGHT, "Ben": half}.items():
        path = Path("class", place, "one.ipynb")
        path.parent.mkdir(parents=True)
        path.write_text(answered_notebook(master, {"f": answer}), encoding="utf-8")
    yield command("coursekit grade class/Ada --lesson one")
    yield command("coursekit grade class --lesson one --jobs 1 --out attempts --counts best")
    yield page(Path("attempts/feedback/Ada.html"))
    corrected = one_master("return 2 * x", ["case(1)", "case(31)"])
    Path("solutions/one.ipynb").write_text(nbformat.writes(corrected.node), encoding="utf-8")
    yield command("coursekit grade class --lesson one --jobs 1 --out attempts --preview")


def _prose() -> Iterator[Entry]:
    """Yield the pages for written answers, and the errors about points that a person entered."""
    lists = Master.parse(sample_master("lists"))
    for student, prose in {"Ada": "n − 1 times.", "Ben": ""}.items():
        path = Path("words", student, "lists.ipynb")
        path.parent.mkdir(parents=True)
        path.write_text(
            answered_notebook(lists, {"words": prose} if prose else {}), encoding="utf-8"
        )
    yield command("coursekit grade words --lesson lists --out words-out")
    for name in ("words.csv", "words.html", "feedback/Ada.html", "feedback/Ben.html"):
        yield page(Path("words-out", name))
    yield from _sheets(Path("words-out/words.csv"))


def _sheets(sheet: Path) -> Iterator[Entry]:
    """Yield what the command says about sheets of marks that a person filled in or damaged."""
    empty = sheet.read_text(encoding="utf-8-sig")
    [code] = re.findall(r"a[0-9a-f]{9}", empty)
    for what, change in FILLED_IN.items():
        sheet.write_text(change(sheet.read_text(encoding="utf-8-sig"), code), encoding="utf-8")
        run = command("coursekit grade words --lesson lists --out words-out")
        said = [line for line in run.answer.splitlines() if not line.startswith(TABLE)]
        yield Entry(f"{run.typed}    # {what}", "\n".join(said))
    lock = sheet.with_name(".~lock.words.csv#")
    lock.touch()
    sheet.write_text(empty.replace(",,2,", ",1,2,"), encoding="utf-8")
    sheet.with_name("words.xlsx").touch()
    run = command("coursekit grade words --lesson lists --out words-out")
    said = [line for line in run.answer.splitlines() if not line.startswith(TABLE)]
    yield Entry(f"{run.typed}    # while the sheet is open", "\n".join(said))
    lock.unlink()
    for what, damage in DAMAGED.items():
        sheet.write_bytes(damage(empty.replace(",,2,", ",1,2,good"), code).encode("latin-1"))
        run = command("coursekit grade words --lesson lists --out words-out")
        yield Entry(f"{run.typed}    # {what}", run.answer)
    sheet.unlink()
    sheet.mkdir()
    yield command("coursekit grade words --lesson lists --out words-out")


TABLE = tuple("┏┃┡│└")
FILLED_IN = {  # what a person did → the sheet, from the sheet and the code of Ada's answer
    "filled in": lambda text, _: text.replace(",,2,", ',"1,5",2,well argued'),
    "points were emptied": lambda text, _: text.replace('"1,5"', ""),
    "points were changed": lambda text, _: text.replace(",1.5,2,", ",2,2,"),
    "marks were deleted": lambda text, _: text.replace(",2,2,well argued", ",delete,2,delete"),
    "a row for an unknown student": lambda text, _: f"{text}Gone,words,a123456789,1,2,\n",
}
DAMAGED = {  # the damage → the sheet, from the sheet and the code of Ada's answer
    "no number": lambda text, _: text.replace(",1,2,", ",seven,2,"),
    "no first row": lambda text, _: text.partition("\n")[2],
    "two columns of points": lambda text, _: text.replace("comment", "Points"),
    "no comments": lambda text, _: text.replace("comment", "remark"),
    "a workbook": lambda _text, _: "PK\x03\x04",
    "two delimiters": lambda text, _: text.replace("comment", "comment;"),
    "a decimal comma without quotes": lambda text, _: text.replace(",1,2,", ",1,5,2,"),
    "an open quote": lambda text, _: text.replace("good", '"good'),
    "a code that became a number": lambda text, code: text.replace(code, "7.1E+08"),
    "columns that were sorted": lambda text, _: text.replace("Ada", "Ben"),
    "two marks": lambda text, code: f"{text}\nAda,words,{code},2,2,",
    "a formula": lambda text, _: text.replace("good", "#NAME?"),
    "an unclear encoding": lambda text, _: text.replace("good", "ñîãëàñåí"),
}


def lecturers() -> Iterator[Entry]:
    """Yield the output of the lecturers' command."""
    yield command("coursekit figures --lesson 99")
    yield command("coursekit figures 3 --lesson 4")
    yield command("coursekit figures all --theme drak")
    yield command("coursekit figures all --form jpg")
    yield command("coursekit figures --lesson 3 --out a-file")
    yield command("coursekit figures --lesson 3 --out figures")


def sections() -> Iterator[Section]:
    """Yield a section of help texts, and one section for each group of users."""
    names = get_command(app).list_commands(None)
    lines = ["coursekit --help", *(f"coursekit {name} --help" for name in names)]
    yield Section("Help", list(map(command, lines)))
    parts = {
        "Commands for students": students,
        "Commands for exercise authors": authors,
        "Grading, and the pages that it writes": lambda: without_repeats(graders()),
        "Commands for lecturers": lecturers,
    }
    with TemporaryDirectory() as folder, chdir(folder):
        fresh(folder)
        for heading, entries in parts.items():
            yield Section(heading, list(entries()))
