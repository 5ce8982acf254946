"""Sheets of marks that LibreOffice saved in three locales are read."""

import csv
import shutil
import subprocess

import pytest

from coursekit.grading.marking import sheet_text, take_marks
from coursekit.grading.marks import Mark, key_of
from coursekit.grading.results import Graded, SubmissionStatus
from coursekit.grading.sheet import read_sheet, replace_sheet

SOFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SOFFICE, reason="needs LibreOffice: apt-get install libreoffice-calc"),
]
FILTER = "Text - txt - csv (StarCalc)"
UTF_8, CP1252, UTF_16 = 76, 1, 65535  # LibreOffice's numbers of the encodings
NAMES = ("Ada Müller", "Zoë", "=Ben", " Cem ", "007", "1-2", "TRUE", "Dana, Eve", "1e5", "Ñandú")
COMMENTS = ("-1 for style", "=A1", "1,5", "1.5", "3-4", "“quoted”", "x; y", "two\nlines", "007")
LIMITS = {"words": 2.5}
ROWS = [Graded(n, SubmissionStatus.GRADED, prose={"words": f"answer of {n}"}) for n in NAMES]
KEYS = [key_of(row, "words") for row in ROWS]
MARKS = {key: Mark(1.5, COMMENTS[k % len(COMMENTS)]) for k, key in enumerate(KEYS)}
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{}</value></prop></item></oor:items>"""


def options(delimiter, encoding, *, quote_all=False, detect=True, as_shown=True):
    """Return the options of LibreOffice's filter for CSV files."""
    flags = (str(flag).lower() for flag in (quote_all, detect, as_shown))
    return ",".join([str(ord(delimiter)), "34", str(encoding), "1", "", "0", *flags])


def converted(path, locale, to, *, infilter=""):
    """Convert a file with LibreOffice in a locale; return the path of the new file."""
    home = path.parent / f"profile-{locale}"
    (home / "user").mkdir(parents=True, exist_ok=True)
    (home / "user" / "registrymodifications.xcu").write_text(PROFILE.format(locale))
    out = path.parent / "converted"
    command = [SOFFICE, f"-env:UserInstallation=file://{home}", "--headless", "--convert-to", to]
    command += [f"--infilter={infilter}"] if infilter else []
    subprocess.run([*command, "--outdir", out, path], check=True, timeout=120, capture_output=True)
    return out / path.with_suffix(f".{to.partition(':')[0]}").name


@pytest.mark.parametrize(
    ("locale", "delimiter", "encoding", "comma"),
    [("de-DE", ";", CP1252, ","), ("fr-FR", "\t", UTF_16, ","), ("en-US", ",", UTF_8, ".")],
)
def test_a_sheet_that_libreoffice_loaded_and_saved_is_read(
    tmp_path, locale, delimiter, encoding, comma
):
    path = tmp_path / "words.csv"
    sheet = read_sheet(path)
    empty = sheet_text(sheet, take_marks(sheet, ROWS, {}, LIMITS), ROWS, {}, LIMITS)
    assert replace_sheet(sheet, empty) == ""
    cells = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    for one, mark in zip(cells[1:], MARKS.values(), strict=True):  # a person fills it in
        one[3], one[5] = mark.points_text.replace(".", comma), mark.comment
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(cells)
    book = converted(path, locale, "ods", infilter=f"{FILTER}:{options(',', UTF_8)}")
    saved = converted(book, locale, f"csv:{FILTER}:{options(delimiter, encoding)}")
    path.write_bytes(saved.read_bytes())
    taken = take_marks(read_sheet(path, NAMES), ROWS, {}, LIMITS)
    assert {key: mark.points for key, mark in taken.marks.items()} == dict.fromkeys(KEYS, 1.5)
    changed = {"=A1", "1,5", "1.5", "3-4", "007"}  # LibreOffice takes these for numbers or formulas
    for key, mark in MARKS.items():
        assert mark.comment in changed or taken.marks[key].comment == mark.comment
