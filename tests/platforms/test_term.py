"""A term of three assignments on two platforms, played through with the commands of the docs."""

import csv
import io
import re
import zipfile

import nbformat
import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course.master import Master, sample_master
from coursekit.course.release import answered_notebook
from tests.platforms import trees
from tests.platforms.trees import zipped
from tests.support.one import one_master

RIGHT, HALF, WRONG = "return 2 * x", "return 2 * x if x < 9 else 0", "return x"
ADA, JOSE, MARY1, MARY2, NOBODY = (*trees.STUDENTS, "Nobody Here")
IDS = {ADA: 4001, JOSE: 4002, MARY1: 4003, MARY2: 4004}
DEADLINES = """\
zone = "Europe/Berlin"

[due]
01-first = 2026-10-05T12:00:00

[late]
percent_per_day = 25

[extensions.01-first]
4002 = 2026-10-07
"""
WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (submission)
Participant 4001,Ada Lovelace,ada@example.org,Submitted,,3.00,"Monday, 5 October 2026, 11:30 AM"
Participant 4002,José de la Cruz,jose@example.org,Submitted,,3.00,"Tuesday, 6 October 2026, 9:00 AM"
Participant 4003,Mary Sun,mary1@example.org,Submitted,,3.00,"Tuesday, 6 October 2026, 9:00 AM"
Participant 4004,Mary Sun,mary2@example.org,No submission,,3.00,-
"""
CANVAS = """\
Student,ID,SIS Login ID,Section,Second (81),Third (82)
    Points Possible,,,,3,5
"Lovelace, Ada",4001,ada,A,,
"de la Cruz, José",4002,jose,A,,
"Sun, Mary",4003,mary1,A,,
"Sun, Mary",4004,mary2,A,,
"""


class Term:
    """A term in a folder, in which commands are run as an instructor types them."""

    def __init__(self, folder):
        self.folder = folder
        self.write("roster.csv", trees.ROSTER)
        self.write("deadlines.toml", DEADLINES)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8-sig")

    def run(self, line, **words):
        """Run a command; `{}` stands for the term's folder."""
        command = [word.format(self.folder, **words) for word in line.split()]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, result.output
        return result.output

    def grade(self, week, lesson, options=""):
        return self.run(f"grade {{}}/{week} --out {{}}/out-{week} --lesson {lesson} --jobs 2"
                 f" --solutions {{}}/solutions {options}")  # fmt: skip

    def points(self, week, column="points"):
        rows = csv.DictReader(io.StringIO(self.read(f"out-{week}/grades.csv")))
        return {row["student"]: row[column] for row in rows}


def master_of(term, name, cases):
    master = one_master(RIGHT, [f"case({x})" for x in cases])
    path = term.write(f"solutions/{name}.ipynb", nbformat.writes(master.node))
    return Master.read(path)


def notebook(master, answers):
    return answered_notebook(master, answers).encode()


def code(body):
    return {"f": f"def f(x):\n    {body}"}


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_term(tmp_path):
    term = Term(tmp_path)
    _first_on_moodle_with_late_work(term)
    _second_on_canvas_with_a_wrong_check(term)
    _third_with_marks_an_inquiry_and_a_student_who_is_forgotten(term)


def _first_on_moodle_with_late_work(term):
    master = master_of(term, "01-first", [2, 30])
    handed_in = {ADA: RIGHT, JOSE: RIGHT, MARY1: RIGHT}
    files = {
        f"{student.rstrip(' 0123456789')}_{IDS[student]}_assignsubmission_file/01-first.ipynb":
        notebook(master, code(answer)) for student, answer in handed_in.items()
    }  # fmt: skip
    term.write("moodle.zip", zipped(files))
    term.write("worksheet.csv", WORKSHEET)
    said = term.run("collect {}/moodle.zip --out {}/w1 --roster {}/roster.csv")
    assert f"Handed in nothing: 2 ({MARY2}, {NOBODY})" in said
    term.run("collect {}/moodle.zip --out {}/w1 --roster {}/worksheet.csv")
    said = term.grade("w1", "01-first", "--deadlines {}/deadlines.toml")
    assert "Handed in nothing: 1 (Mary Sun 4004)" in said
    assert term.points("w1", "final_points") == {ADA: "3", JOSE: "3", MARY1: "2.25"}
    assert term.points("w1", "time") == {
        ADA: "in time", JOSE: "in time, with an extension", MARY1: "21 hours late",
    }  # fmt: skip
    term.run("export {}/out-w1 --to moodle --class {}/w1 --file {}/worksheet.csv")
    grades = [line.split(",")[4] for line in term.read("out-w1/export/moodle.csv").splitlines()]
    assert grades == ["Grade", "3", "3", "2.25", ""]
    with zipfile.ZipFile(term.folder / "out-w1/export/feedback.zip") as archive:
        assert archive.namelist()[0] == "Ada Lovelace_4001_assignsubmission_file/feedback.html"


def _second_on_canvas_with_a_wrong_check(term):
    master = master_of(term, "02-second", [2])
    handed_in = {ADA: RIGHT, JOSE: HALF, MARY1: WRONG, MARY2: RIGHT}
    names = {ADA: "lovelaceada", JOSE: "delacruzjosé", MARY1: "sunmary", MARY2: "sunmary"}
    files = {
        f"{names[student]}_{IDS[student]}_{IDS[student] + 100}_02-second.ipynb":
        notebook(master, code(answer)) for student, answer in handed_in.items()
    }  # fmt: skip
    term.write("canvas.zip", zipped(files))
    term.write("gradebook.csv", CANVAS)
    term.run("collect {}/canvas.zip --out {}/w2 --roster {}/roster.csv")
    term.grade("w2", "02-second")
    assert term.points("w2") == {ADA: "3", JOSE: "3", MARY1: "0", MARY2: "3"}
    master_of(term, "02-second", [2, 30])  # the check did not notice José's mistake
    term.grade("w2", "02-second", "--preview")
    assert term.read("out-w2/changes.csv") == f"student,exercise,before,after\n{JOSE},f,3,0\n"
    assert term.points("w2")[JOSE] == "3"
    term.grade("w2", "02-second")
    assert term.points("w2")[JOSE] == "0"
    term.run("export {}/out-w2 --to canvas --class {}/w2 --file {}/gradebook.csv --item Second")
    exported = list(csv.reader(io.StringIO(term.read("out-w2/export/canvas.csv"))))
    assert [row[-1] for row in exported] == ["Second (81)", "3", "3", "0", "0", "3"]
    for answer, new in ((RIGHT, 1), (WRONG, 1), (RIGHT, 0)):  # José hands in again, and again
        [name] = (name for name in files if name.startswith(names[JOSE]))
        term.write("canvas.zip", zipped(files | {name: notebook(master, code(answer))}))
        said = term.run("collect {}/canvas.zip --out {}/w2 --roster {}/roster.csv")
        assert f"{new} new attempt" in said
    said = term.grade("w2", "02-second")
    assert "Graded 2 submissions; 4 were already up to date." in said
    assert "Each student's last attempt counts." in said
    assert (term.points("w2")[JOSE], term.points("w2", "attempt")[JOSE]) == ("0", "3")
    term.grade("w2", "02-second", "--counts best")
    assert (term.points("w2")[JOSE], term.points("w2", "attempt")[JOSE]) == ("3", "2")
    assert list(term.points("w2")) == [ADA, JOSE, MARY1, MARY2]
    term.run("export {}/out-w2 --to csv --class {}/w2")
    exported = csv.DictReader(io.StringIO(term.read("out-w2/export/grades-and-ids.csv")))
    assert {row["student"]: row["attempt"] for row in exported}[JOSE] == "2"


def _third_with_marks_an_inquiry_and_a_student_who_is_forgotten(term):
    text = sample_master("03-third")
    term.write("solutions/03-third.ipynb", text)
    master = Master.parse(text)
    right = {name: re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", source)
             for name, source in master.answers.items()}  # fmt: skip
    files = {
        "lovelaceada_4001_901_03-third.ipynb": notebook(master, right | {"words": "Unmistakable."}),
        "delacruzjosé_4002_902_03-third.ipynb": notebook(master, right | {"words": "n − 1 times."}),
    }
    term.write("third.zip", zipped(files))
    term.run("collect {}/third.zip --out {}/w3 --roster {}/roster.csv")
    term.grade("w3", "03-third")
    options = "--to canvas --class {}/w3 --file {}/gradebook.csv --item Third --scale"
    said = term.run(f"export {{}}/out-w3 {options}")
    assert f"Left out, because the points are not final: 2 ({ADA}, {JOSE})" in said
    sheet = term.read("out-w3/words.csv")
    term.write("out-w3/words.csv", re.sub(r",,(\d)", r",1,\1", sheet))
    term.grade("w3", "03-third")
    before = float(term.points("w3")[JOSE])
    reason = "You are right: it is counted from 0."
    term.run("decide {}/out-w3 {student} --exercise words --points 2 --reason {reason}",
             student=JOSE, reason=reason)  # fmt: skip
    term.grade("w3", "03-third")
    assert float(term.points("w3")[JOSE]) == before + 1
    assert "counted from 0" in term.read("out-w3/feedback/Jos%C3%A9%20de%20la%20Cruz.html")
    term.run("forget {}/out-w3 {student}", student=ADA)
    files_left = [path for path in (term.folder / "out-w3").rglob("*") if path.is_file()]
    for word in (b"Unmistakable", b"Lovelace"):
        assert [path for path in files_left if word in path.read_bytes()] == []
