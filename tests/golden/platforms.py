"""What instructors read about a learning platform's downloads."""

import shutil
from collections.abc import Iterator
from contextlib import chdir, closing
from pathlib import Path
from tempfile import TemporaryDirectory

from coursekit.course.headers import Role
from coursekit.course.records import Status
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.results import Graded, Result, SubmissionStatus
from tests.golden.commands import ROOT, command
from tests.golden.provoke import Entry, Section
from tests.platforms import trees

FILES = {
    "roster.csv": trees.ROSTER.encode(),
    "canvas.zip": trees.zipped(trees.canvas()),
    "blackboard.zip": trees.zipped(trees.blackboard()),
    "folders.zip": trees.zipped(trees.by_hand()),
    "bomb.zip": trees.zipped({"Ada/05.ipynb": bytes(20 << 20)} | {
        f"Ada/{k}.ipynb": bytes(20 << 20) for k in range(7)
    }),
    "hostile.zip": trees.zipped({"../../Ada.ipynb": b""}),
    "empty.zip": trees.zipped({}),
    "gradescope.zip": trees.zipped({"submission_metadata.yml": b"[1, {"}),
    "grades.csv": b"exercise,points\nlayers,3\n",
    "twins.csv": b"name,section\nMary Sun,A\nMary Sun,B\n",
    "quote.csv": b'name\n"Ada" Lovelace\n',
    "usernames.csv": b"Username\nada\n",
    "nothing.csv": b"\n\n",
    "unclear.csv": b"name\n\x81\x8d\x8f\x90\x9d\xfe\xff\n",
}  # fmt: skip


GRADES = """\
student,points,max_points,attempt,version,layers,words,status
Ada Lovelace,7.5,11,2,1,5,2.5,graded
José de la Cruz,12,11,1,1,5,7,graded
Mary Sun 4003,4,11,1,1,4,,1 written answer not graded yet
Mary Sun 4004,0,11,1,1,0,0,unreadable
Somebody Else,3,11,1,1,3,0,graded
"""


def sections() -> Iterator[Section]:
    """Yield the sections of this part."""
    with TemporaryDirectory() as folder, chdir(folder):
        for name, content in FILES.items():
            Path(name).write_bytes(content)
        for name in ("canvas.csv", "moodle.csv"):
            shutil.copy(ROOT / "tests" / "platforms" / "files" / name, name)
        yield Section("Collecting submissions", list(_collected()))
        yield Section("Exporting grades", list(_exported()))
        yield Section("Deadlines", list(_deadlines()))
        yield Section("Decisions by hand", list(_decisions()))


def _collected() -> Iterator[Entry]:
    yield command("coursekit collect canvas.zip --out class --roster roster.csv")
    yield command("coursekit collect canvas.zip --out class --roster roster.csv")
    yield command("coursekit collect folders.zip --out 'by hand' --roster roster.csv")
    yield command("coursekit collect blackboard.zip --out class-b")
    for source in (
        "nowhere",
        "roster.csv",
        "bomb.zip",
        "hostile.zip",
        "empty.zip",
        "gradescope.zip",
    ):
        yield command(f"coursekit collect {source} --out refused")
    yield command("coursekit collect canvas.zip --out refused --platform moodle")
    yield command("coursekit collect canvas.zip --out refused --platform canvass")
    for roster in ("nowhere", "grades", "twins", "quote", "nothing", "unclear"):
        yield command(f"coursekit collect canvas.zip --out refused --roster {roster}.csv")


def _exported() -> Iterator[Entry]:
    Path("grades").mkdir()
    yield command("coursekit export grades --to canvas")
    Path("grades/grades.csv").write_text(GRADES, encoding="utf-8")
    yield command("coursekit export grades --to canvass")
    yield command("coursekit export grades --to canvas")
    yield command("coursekit export grades --to jsonl --class class")
    for line in (
        "canvas --file canvas.csv",
        "canvas --file canvas.csv --item 'Homework 4'",
        "canvas --file canvas.csv --item 'Homework 5'",
        "canvas --file moodle.csv",
        "moodle --file moodle.csv",
        "moodle --file canvas.csv",
        "brightspace --file canvas.csv",
        "brightspace --file usernames.csv",
        "blackboard --file canvas.csv",
    ):
        yield command(f"coursekit export grades --class class --to {line}")
    Path("grades/grades.csv").write_text("student,points\nAda,3\n", encoding="utf-8")
    yield command("coursekit export grades --to csv")


def _deadlines() -> Iterator[Entry]:
    lesson = "05-backpropagation"
    Path("solutions").symlink_to(ROOT / "solutions")
    for name, text in {
        "no-toml": "zone = ",
        "zone": "zone = 'Europe/Berlni'",
        "misspelt": "[late]\npercent_per_dya = 10",
        "number": "[late]\npercent_per_day = -1",
        "quotes": f"[due]\n{lesson} = '2026-10-24'",
        "no-zone": f"[due]\n{lesson} = 2026-10-24",
        "table": "due = 2026-10-24",
        "other-lesson": "zone = 'UTC'\n[due]\n05-backpropagatoin = 2026-10-24",
    }.items():
        Path(f"{name}.toml").write_text(text, encoding="utf-8")
        yield command(f"coursekit grade --demo --deadlines {name}.toml")
    yield command("coursekit grade --demo --deadlines nowhere.toml")


def _decisions() -> Iterator[Entry]:
    yield command("coursekit decide grades Ada --reason 'We looked at it again.'")
    yield command("coursekit forget grades Ada")
    yield command("coursekit insights grades")
    Path("grades/grades.csv").unlink()  # grades without a gradebook are refused
    with closing(Gradebook(Path("grades/gradebook.sqlite"))) as book:
        result = Result("layers", Role.CHECK, 3.0, 5.0, 1, 1, Status.RIGHT)
        book.enter(Graded("Ada", SubmissionStatus.GRADED, [result]), "a digest")
        book.set_fact("maxima", {"layers": 5.0})
    yield command("coursekit insights grades")
    with closing(Gradebook(Path("grades/gradebook.sqlite"))) as book:
        book.seed("05-backpropagation")
    yield command("coursekit insights grades --lesson 04")
    for line in (
        "Ada --reason 'We looked at it again.'",
        "Ada --exercise layers --points 5 --reason 'The check was wrong.'",
        "Ada --exercise layers --withdraw --reason 'The check was right.'",
        "Aad --reason 'We looked at it again.'",
        "Ada --exercise layer --points 5 --reason 'The check was wrong.'",
        "Ada --exercise layers --points 99 --reason 'The check was wrong.'",
        "Ada --points 5 --reason 'The check was wrong.'",
        "Ada --exercise layers --points nan --reason 'The check was wrong.'",
        "Ada --reason ''",
    ):
        yield command(f"coursekit decide grades {line}")
    yield command("coursekit forget grades Aad")
    yield command("coursekit forget grades Ada")
