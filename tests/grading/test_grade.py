"""Run coursekit grade as an instructor would, and open its pages in a browser."""

import csv
import json
import os
import stat
import subprocess
import sys
from contextlib import closing

import pytest
from axe_playwright_python.sync_playwright import Axe

from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.grading.gradebook import Gradebook
from tests.support import ROOT
from tests.support.notebooks import nodes
from tests.support.students import LESSON, handed_in

pytestmark = pytest.mark.sandbox

WRONG = "def backprop(lin):\n    return {'<script>': 1}"


def coursekit(*arguments, cwd=ROOT):
    code = "from coursekit.cli import app; app()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=cwd, capture_output=True, text=True,
        env=os.environ | {"BROWSER": "true"},
    )  # fmt: skip


def hand_in(folder, student, sections=()):
    (folder / student).mkdir(parents=True, exist_ok=True)
    (folder / student / f"{LESSON}.ipynb").write_text(json.dumps(handed_in(sections)))


def in_words(path, text):
    notebook = Master.read(path).node
    nodes(notebook, Role.PROSE)[0].source = text
    path.write_text(json.dumps(notebook))


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade a class of five once; return the folder and the run."""
    base = tmp_path_factory.mktemp("class")
    hand_in(base / "in", "Ada")
    in_words(base / "in" / "Ada" / f"{LESSON}.ipynb", "<b>It waits</b>\n\nfor m.")
    hand_in(base / "in", "=1+1", [("backprop", WRONG)])
    hand_in(
        base / "in", "..%2f", [("backprop", "def backprop(lin):\n    raise OSError('<script>')")]
    )
    (base / "in" / "empty").mkdir()
    (base / "in" / "link").mkdir()
    (base / "in" / "link" / f"{LESSON}.ipynb").symlink_to(base / "in" / "Ada" / f"{LESSON}.ipynb")
    return base, coursekit("grade", base / "in", "--out", base / "out")


def test_the_terminal_shows_the_sandbox_and_the_number_of_submissions(graded):
    _, run = graded
    assert run.returncode == 0, run.stderr
    assert "Sandbox: bubblewrap." in run.stderr
    assert (
        "Blocked: network, abstract sockets, reading files, writing files, listing folders,"
        in run.stderr
    )
    assert "Graded 5 submissions; 0 were already up to date." in run.stderr


def test_the_terminal_names_the_submissions_without_points_and_their_number(graded):
    _, run = graded
    assert {
        "No notebook found: 1 (empty)",
        "The notebook cannot be read: 1 (link)",
        "Points are not final until you grade the written answers: 1 (Ada)",
    } <= set(run.stderr.splitlines())


def test_grades_csv_has_a_row_for_each_student(graded):
    base, _ = graded
    rows = list(csv.reader((base / "out" / "grades.csv").read_text().splitlines()))
    assert rows[0] == [
        *("student", "points", "max_points", "attempt", "version"),
        *("topological_order", "backprop", "words", "status"),
    ]
    points = {row[0]: row[1:] for row in rows[1:]}
    assert points["Ada"] == ["11", "14", "1", "1", "5", "6", "", "1 written answer not graded yet"]
    assert points["'=1+1"] == ["5", "14", "1", "1", "5", "0", "0", "graded"]
    assert points["..%2f"] == ["5", "14", "1", "1", "5", "0", "0", "graded"]
    assert points["link"] == points["empty"] == ["0", "14", "1", "1", "0", "0", "0", "unreadable"]


def test_only_the_owner_can_read_the_gradebook_and_the_grades(graded):
    base, _ = graded
    for path in [*base.joinpath("out").glob("*.*"), *base.joinpath("out", "feedback").iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_students_name_is_never_a_path(graded):
    base, _ = graded
    names = sorted(p.name for p in (base / "out" / "feedback").iterdir())
    assert names == ["%2E.%252f.html", "%3D1%2B1.html", "Ada.html", "empty.html", "link.html"]


def test_a_page_says_why_a_submission_could_not_be_graded(graded):
    base, _ = graded
    page = (base / "out" / "feedback" / "empty.html").read_text()
    assert "Your submission could not be graded." in page
    assert '<p class="soft">No notebook found: the folder is empty.</p>' in page


def test_another_lesson_needs_another_folder(graded):
    base, _ = graded
    run = coursekit("grade", base / "in", "--lesson", "03", "--out", base / "out")
    assert run.returncode == 2
    assert "this gradebook belongs to 05-backpropagation: for 03-" in run.stderr


def test_a_second_run_grades_only_new_submissions(graded):
    base, _ = graded
    hand_in(base / "in", "Ada", [("backprop", WRONG)])
    run = coursekit("grade", base / "in", "--out", base / "out")
    assert "Graded 1 submission; 4 were already up to date." in run.stderr
    with closing(Gradebook(base / "out" / "gradebook.sqlite")) as book:
        assert {row.student: row.points for row in book.rows()}["Ada"] == 5
    rows = csv.reader((base / "out" / "grades.csv").read_text().splitlines())
    assert {row[0]: row[3] for row in rows}["Ada"] == "2"
    assert "attempt 2" in (base / "out" / "feedback" / "Ada.html").read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_run_no_scripts(graded, browser, scheme):
    base, _ = graded
    context = browser.new_context(color_scheme=scheme, viewport={"width": 400, "height": 800})
    page = context.new_page()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for path in sorted((base / "out").rglob("*.html")):
        page.goto(path.as_uri())
        assert page.locator("script").count() == 0
        assert Axe().run(page).violations_count == 0, path
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
    context.close()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "folder nowhere not found"),
        ([], "no folder of submissions: pass one"),
        (["tests/engine", "--lesson", "99"], "no master '99' in solutions; masters: 01-descent"),
    ],
)
def test_bad_input_is_refused_in_one_sentence_and_writes_no_files(arguments, sentence, tmp_path):
    run = coursekit("grade", *arguments, "--out", tmp_path / "out")
    assert run.returncode == 2
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "out").exists()


def test_the_demo_grades_a_class_and_opens_its_report(tmp_path):
    run = coursekit("grade", "--demo", "--out", tmp_path / "out")
    assert run.returncode == 0
    assert "Graded 9 submissions" in run.stderr
    assert (tmp_path / "out" / "report.html").exists()
