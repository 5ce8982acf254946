"""Every student has a page of their own, whatever the name is, and the report links to it."""

import csv
import re
import unicodedata
import zipfile
from html import unescape
from urllib.parse import unquote

import pytest

from coursekit.course.master import Master
from coursekit.grading.report.files import write_files
from coursekit.grading.report.pages import page_names
from coursekit.grading.results import Graded, SubmissionStatus
from coursekit.platforms.export import feedback
from coursekit.platforms.grades import read_grades
from tests.support.students import LESSON, MASTER

MOODLE = "Преображенская-Вознесенская Александра Константиновна_1327627_assignsubmission_file_"
NAMES = [
    "Ada", "ada", "ADA", "aDa", "Émile", unicodedata.normalize("NFD", "Émile"), "é", "É",
    "王" * 30, "王" * 30 + "明", "王" * 85, MOODLE, MOODLE.replace("1327627", "1327628"),
    "👩🏽\u200d💻" * 12, "e" + "\u0301" * 120, "ศิริรัตนพงษ์พัฒนากุล ชัยวัฒน์ธนากร", "a" * 255, "A" * 255,
    "O'Brien", 'Ada "Countess"', "<b>Ada</b>", "a&b", "a%2Fb", "a%b", "50%", "%41da", "a~b",
    ".ada", "..", "...", ".html", " Ada", "Ada ", "Ada.", "-rf", "=1+1", "a\nb", "a\tb", "a\\b",
    "CON", "con", "NUL.", "nul.txt", "aux", "COM1", "lpt9.x", "console", "Prn",
    "\u202eadA", "\u2066Ada\u2069", "\u200b", "İpek", "ipek", "ıpek", "straße", "strasse", "ﬁn",
]  # fmt: skip
DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


@pytest.fixture
def out(tmp_path):
    rows = [Graded(name, SubmissionStatus.UNREADABLE, notes=[f"note for {name}"]) for name in NAMES]
    write_files(tmp_path, LESSON, {1: Master.parse(MASTER)}, rows, {})
    return tmp_path


def test_pages_differ_on_every_file_system_and_have_names_that_all_accept(out):
    pages = [page.name for page in (out / "feedback").iterdir()]
    assert len(pages) == len(NAMES)
    assert len({unicodedata.normalize("NFKC", page).casefold() for page in pages}) == len(NAMES)
    for page in pages:
        assert len(page.encode()) <= 125
        assert re.fullmatch(r"[\w%~-][\w.%~-]*\.html", page, re.ASCII)
        assert not DEVICE.match(page)


def test_each_link_of_the_report_leads_to_the_page_of_its_student(out):
    report = (out / "report.html").read_text(encoding="utf-8")
    links = dict(re.findall(r'<a href="(feedback/[^"]*)"><bdi>(.*?)</bdi></a>', report, re.DOTALL))
    assert sorted(map(unescape, links.values())) == sorted(NAMES)
    for link, name in links.items():
        page = (out / unquote(unescape(link))).read_text(encoding="utf-8")
        assert f"note for {name}" in page


def test_a_usual_name_is_readable_and_does_not_depend_on_the_class():
    assert page_names(["Ada Lovelace", "s001"]) == {
        "Ada Lovelace": "Ada%20Lovelace.html", "s001": "s001.html"
    }  # fmt: skip
    for name in (MOODLE, "Ada", "王" * 30, "CON"):
        [page] = page_names([name]).values()
        assert page_names([name, "somebody", "else"])[name] == page


def test_the_export_finds_every_page(out, tmp_path):
    done = feedback(read_grades(out), out)
    assert not done.notes
    (tmp_path / "feedback.zip").write_bytes(done.content)
    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        assert len(set(archive.namelist())) == len(NAMES)
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(NAMES)
