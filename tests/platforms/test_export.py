"""Grades go back into the very file that a platform handed out; its traps are these tests."""

import csv
import io
import json
import zipfile

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.errors import CommandError
from coursekit.grading.report.pages import page_names
from coursekit.platforms.collect import collect_download
from coursekit.platforms.gradebooks import fill_in
from coursekit.platforms.grades import read_grades
from coursekit.platforms.roster import Roster
from coursekit.platforms.tables import read_table
from tests.platforms import trees
from tests.platforms.trees import STUDENTS
from tests.support import ROOT

ADA, JOSE, MARY1, MARY2 = STUDENTS
GRADES = f"""\
student,points,max_points,attempt,version,layers,words,status
{ADA},7.5,11,2,1,5,2.5,graded
{JOSE},12,11,1,1,5,7,graded
{MARY1},4,11,1,1,4,,1 written answer not graded yet
{MARY2},0,11,1,1,0,0,unreadable
'=Evil,3,11,1,1,3,0,graded
"""
FILES = ROOT / "tests" / "platforms" / "files"
CANVAS, MOODLE, BRIGHTSPACE, BLACKBOARD = (
    (FILES / name).read_text(encoding="utf-8")
    for name in ("canvas.csv", "moodle.csv", "brightspace.csv", "blackboard.txt")
)
GERMAN = (
    MOODLE.replace(",", ";").replace("11.00", "11,00").replace("3.00", "3,00")
    .replace("Grade can be changed", "Bewertung kann geändert werden")
    .replace("Maximum Grade", "Bestwertung").replace(";Grade;", ";Bewertung;")
    .replace("Yes", "Ja").replace(";No;", ";Nein;").replace("\n", "\r\n")
)  # fmt: skip


@pytest.fixture
def out(tmp_path):
    """Return a folder with grades and pages."""
    folder = tmp_path / "grades"
    (folder / "feedback").mkdir(parents=True)
    (folder / "grades.csv").write_text(GRADES, encoding="utf-8")
    for student, page in page_names((*STUDENTS, "=Evil")).items():
        (folder / "feedback" / page).write_text(student, encoding="utf-8")
    return folder


def graded(tmp_path, out, tree=trees.canvas):
    """Return the grades of a class that was collected from a platform."""
    (tmp_path / "roster.csv").write_text(trees.ROSTER, encoding="utf-8")
    (tmp_path / "download.zip").write_bytes(trees.zipped(tree()))
    folder = tmp_path / "class"
    collect_download(tmp_path / "download.zip", folder, Roster.read(tmp_path / "roster.csv"))
    return read_grades(out, folder)


def table(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "downloaded.csv"
    path.write_bytes(text.encode(encoding))
    return read_table(path)


def filled(tmp_path, out, platform, text, item="", *, tree=trees.canvas, scale=False):
    grades = graded(tmp_path, out, tree)
    export = fill_in(table(tmp_path, text), grades, platform, item, scale=scale)
    return export.content.decode(), export.notes


def test_canvas_gets_its_own_rows_and_columns_and_no_blank_cell(tmp_path, out):
    text, notes = filled(tmp_path, out, "canvas", CANVAS, "homework 5")
    assert text == (
        "Student,ID,SIS User ID,SIS Login ID,Section,Homework 5 (71)\n"
        "    Points Possible,,,,,11\n"
        '"Lovelace, Ada",4001,u1,ada,A and B,7.5\n'
        '"de la Cruz, José",4002,u2,jose,A,11\n'
    )
    assert notes == {
        "Cut to 11, the most that the platform takes": [JOSE],
        "Changed": [f"{JOSE} 3 → 11"],
        "Left out, because the points are not final": [MARY1],
        "Left as it is, because it is excused": [MARY2],
        "Left out, because downloaded.csv has no such student": ["=Evil"],
    }


@pytest.mark.parametrize(
    ("text", "item", "what"),
    [
        (CANVAS, "", "there are several columns: pass --item .* 'Homework 5 \\(71\\)'"),
        (CANVAS, "Homework 6", "no column is called Homework 6"),
        (CANVAS, "Notes", "no column is called Notes"),  # it would become a new assignment
        (CANVAS, "Homework 4", "the maximum is 10, but here it is 11: .* pass --scale"),
        (MOODLE, "", "is not from Canvas"),
    ],
)
def test_canvas_never_gets_a_new_assignment(tmp_path, out, text, item, what):
    with pytest.raises(CommandError, match=what):
        filled(tmp_path, out, "canvas", text, item)


def test_points_are_converted_when_asked(tmp_path, out):
    text, _ = filled(tmp_path, out, "canvas", CANVAS, "Homework 4", scale=True)
    assert '"Lovelace, Ada",4001,u1,ada,A and B,6.8182\n' in text


def test_a_moodle_worksheet_keeps_everything_but_the_grades(tmp_path, out):
    text, notes = filled(tmp_path, out, "moodle", MOODLE, tree=trees.moodle)
    before, after = (list(csv.reader(io.StringIO(one))) for one in (MOODLE, text))
    assert [row[4] for row in after] == ["Grade", "7.5", "11", "", ""]
    assert [row[:4] + row[5:] for row in before] == [row[:4] + row[5:] for row in after]
    assert notes["Left as it is, because Moodle says that the grade cannot be changed"] == [MARY2]


def test_a_german_worksheet_has_its_headers_its_commas_and_its_line_ends(tmp_path, out):
    text, _ = filled(tmp_path, out, "moodle", GERMAN, tree=trees.moodle)
    assert text.splitlines(keepends=True)[0].rstrip("\r\n").split(";") == [
        cell.strip('"') for cell in GERMAN.splitlines()[0].split(";")
    ]
    assert "Participant 4001;Ada Lovelace;ada@example.org;Submitted;7,5;11,00;Ja;" in text
    assert text.count("\r\n") == text.count("\n") == 5


def test_a_worksheet_in_an_unknown_language_needs_the_columns_name(tmp_path, out):
    text = MOODLE.replace(",Grade,", ",成績,")
    with pytest.raises(CommandError, match="pass --item with the column's name"):
        filled(tmp_path, out, "moodle", text, tree=trees.moodle)
    text, _ = filled(tmp_path, out, "moodle", text, "成績", tree=trees.moodle)
    assert "Submitted,7.5," in text


def test_brightspace_needs_the_ids_the_item_and_the_sign_at_the_end(tmp_path, out):
    text, _ = filled(tmp_path, out, "brightspace", BRIGHTSPACE, tree=trees.brightspace)
    head = "OrgDefinedId,Username,Homework 5 Points Grade <Numeric MaxPoints:11 Weight:1>,"
    assert text == f"{head}End-of-Line Indicator\n#4001,#ada,7.5,#\n#4002,#jose,11,#\n"
    roster = "Username,First Name,Last Name\nada,Ada,Lovelace\n"
    text, _ = filled(tmp_path, out, "brightspace", roster, "Essay", tree=trees.brightspace)
    assert text == "Username,Essay Points Grade,End-of-Line Indicator\nada,7.5,#\n"
    with pytest.raises(CommandError, match="pass --item"):
        filled(tmp_path, out, "brightspace", roster, tree=trees.brightspace)


def test_blackboard_gets_a_column_with_its_id(tmp_path, out):
    text, _ = filled(tmp_path, out, "blackboard", BLACKBOARD, tree=trees.blackboard)
    assert text == (
        "Last Name\tFirst Name\tUsername\tHomework 5 [Total Pts: 11 Score] |98765\n"
        "Lovelace\tAda\tada\t7.5\nde la Cruz\tJosé\tjose_c\t11\n"
    )
    with pytest.raises(CommandError, match="ends in an assignment's id"):
        filled(tmp_path, out, "blackboard", BLACKBOARD.replace(" |98765", ""))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_stays(tmp_path, out, encoding):
    sheet = table(tmp_path, CANVAS, encoding)
    content = fill_in(sheet, graded(tmp_path, out), "canvas", "Homework 5", scale=False).content
    assert content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    assert "de la Cruz, José" in content.decode("utf-8-sig")


FEEDBACK = {
    trees.canvas: [
        "lovelaceada_LATE_4001_901_05-backpropagation-1.html",
        "delacruzjosé_4002_902_05-backpropagation.html",
        "sunmary_4003_904_homework.html",
        "sunmary_4004_text.html",
        "%3DEvil.html",
    ],
    trees.moodle: [
        "Ada Lovelace_4001_assignsubmission_file/feedback.html",
        "José de la Cruz_4002_assignsubmission_file/feedback.html",
        "Mary Sun_4003_assignsubmission_file/feedback.html",
        "Mary Sun_4004_assignsubmission_onlinetext/feedback.html",
        "%3DEvil.html",
    ],
    trees.moodle_flat: [
        "Ada Lovelace_4001_assignsubmission_file_feedback.html",
        "José de la Cruz_4002_assignsubmission_file_feedback.html",
        "Mary Sun_4003_assignsubmission_file_feedback.html",
    ],
}


@pytest.mark.parametrize("tree", FEEDBACK)
def test_feedback_has_the_names_that_attach_it_to_submissions(tmp_path, out, tree):
    graded(tmp_path, out, tree)
    command = ["export", str(out), "--to", "csv", "--class", str(tmp_path / "class")]
    assert CliRunner().invoke(app, command).exit_code == 0
    with zipfile.ZipFile(out / "export" / "feedback.zip") as archive:
        names = archive.namelist()
        assert archive.read(names[0]).decode() == ADA
    assert names[: len(FEEDBACK[tree])] == FEEDBACK[tree]


def test_gradescope_gets_results_for_each_submission(tmp_path, out):
    graded(tmp_path, out, trees.gradescope)
    command = ["export", str(out), "--to", "gradescope", "--class", str(tmp_path / "class")]
    result = CliRunner().invoke(app, command)
    assert f"Left out, because the points are not final: 1 ({MARY1})" in result.output
    with zipfile.ZipFile(out / "export" / "gradescope.zip") as archive:
        results = json.loads(archive.read("submission_1000/results.json"))
    assert results["score"] == 7.5
    assert [(test["name"], test["score"]) for test in results["tests"]] == [
        ("layers", 5.0), ("words", 2.5)
    ]  # fmt: skip


def test_other_programs_get_csv_and_json_lines_with_ids(tmp_path, out):
    graded(tmp_path, out, trees.moodle)
    for to in ("csv", "jsonl"):
        command = ["export", str(out), "--to", to, "--class", str(tmp_path / "class")]
        assert CliRunner().invoke(app, command).exit_code == 0
    rows = list(csv.DictReader(io.StringIO(
        (out / "export" / "grades-and-ids.csv").read_text(encoding="utf-8-sig"))))  # fmt: skip
    lines = (out / "export" / "grades.jsonl").read_text(encoding="utf-8").splitlines()
    records = list(map(json.loads, lines))
    assert [row["id"] for row in rows] == [record["id"] for record in records]
    assert [row["points"] for row in rows] == ["7.5", "12", "", "0", "3"]
    assert [record["points"] for record in records] == [7.5, 12.0, None, 0.0, 3.0]
    assert rows[-1]["student"] == "'=Evil"  # which a spreadsheet does not run
    assert records[0]["exercises"] == {"layers": 5.0, "words": 2.5}


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--to", "canvsa"], "did you mean 'canvas'?"),
        (["--to", "canvas"], "pass what you downloaded as --file"),
        (["--to", "canvas", "--file", "nowhere.csv"], "cannot read nowhere.csv"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is(out, options, what):
    result = CliRunner().invoke(app, ["export", str(out), *options])
    assert (result.exit_code, what in result.output) == (2, True), result.output
    assert not (out / "export").exists()


@pytest.mark.parametrize("text", ["", "student,points\nAda,3\n", GRADES.replace(",7.5,", ",x,")])
def test_edited_grades_are_refused(out, text):
    (out / "grades.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=r"grades.csv"):
        read_grades(out)
