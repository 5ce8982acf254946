"""A submissions folder is untrusted: it may contain any file names and file types."""

import os
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.course.master import Notebook
from coursekit.course.unreadable import NotebookError
from coursekit.errors import CommandError
from coursekit.grading.collect import NOT_UTF8, collect, stray_files
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.report.pages import page_names
from tests.support import ROOT

NAME = "05-backpropagation"


def new_notebook(place, name):
    folder = os.fsencode(place) + b"/" + name
    os.mkdir(folder)
    return folder + b"/" + os.fsencode(f"{NAME}.ipynb")


def test_a_path_that_is_not_a_notebook_is_reported_and_never_blocks(tmp_path):
    os.mkfifo(new_notebook(tmp_path, b"pipe"))
    os.mkdir(new_notebook(tmp_path, b"folder"))
    os.symlink("/dev/zero", new_notebook(tmp_path, b"device"))
    os.symlink(tmp_path / "pipe", tmp_path / "linked", target_is_directory=True)
    problems = {one.student: one.problem for one in collect(tmp_path, NAME)}
    assert problems == {
        "device": "The notebook cannot be read: Too many levels of symbolic links.",
        "folder": "The notebook cannot be read: Is a directory.",
        "linked": "The folder is a symbolic link.",
        "pipe": "The notebook is not a regular file.",
    }


def test_a_name_that_is_not_utf8_is_accepted(tmp_path):
    with open(
        new_notebook(tmp_path, b"M\xfcller \x1b[2J"), "w"
    ) as file:  # a Latin-1 letter, and an escape sequence that clears the screen
        file.write("{}")
    [one] = collect(tmp_path, NAME)
    assert one.student == "M\\xfcller \x1b[2J"
    assert page_names([one.student]) == {one.student: "M%5Cxfcller%20%1B%5B2J.html"}
    book = Gradebook(tmp_path / "gradebook.sqlite")
    assert not book.has(one.student, "a digest")
    book.close()


RELEASED = (ROOT / "exercises" / f"{NAME}.ipynb").read_text(encoding="utf-8")
OTHER = (ROOT / "exercises" / "04-sum-over-paths.ipynb").read_text(encoding="utf-8")
MINE = RELEASED.replace("raise NotImplementedError", "return 1")
HALF = RELEASED.replace("raise NotImplementedError", "return 1", 1)
BARE = re.sub(r'"lesson": "[^"]*",', "", MINE)  # an editor dropped the metadata
FOUND = {  # the files in a student's folder, one of which is MINE
    "a second download": {f"{NAME} (1).ipynb": MINE},
    "a second download beside the first": {f"{NAME}.ipynb": RELEASED, f"{NAME}(1).ipynb": MINE},
    "a copy that Jupyter made": {f"{NAME}.ipynb": HALF, f"{NAME}-Copy1.ipynb": MINE},
    "an untouched copy": {f"{NAME}.ipynb": MINE, f"{NAME}-Copy1.ipynb": RELEASED},
    "Google Drive": {f"Copy of {NAME}.ipynb": MINE},
    "a name of its own": {f"{NAME}.ipynb": RELEASED, "final.ipynb": MINE},
    "a folder inside": {f"hw5/{NAME}.ipynb": MINE},
    "a repository": {f"hw/exercises/{NAME}.ipynb": MINE, ".git/a.ipynb": OTHER, "README.md": ""},
    "all lessons": {f"all/{NAME}.ipynb": HALF, "all/04.ipynb": OTHER, f"{NAME}.ipynb": MINE},
    "upper case": {f"{NAME.upper()}.IPYNB": MINE},
    "an ending that a browser added": {f"{NAME}.ipynb.txt": MINE},
    "an ending that a mail program added": {f"{NAME}.ipynb.json": MINE},
    "macOS": {f"{NAME}.ipynb": MINE, f"._{NAME}.ipynb": "\0\5", f"__MACOSX/{NAME}.ipynb": "\0"},
    "an autosaved copy": {f"{NAME}.ipynb": MINE, f".ipynb_checkpoints/{NAME}.ipynb": HALF},
    "no metadata": {f"old/{NAME}.ipynb": RELEASED, f"{NAME}_ada.ipynb": BARE},
}


def put(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize("case", FOUND)
def test_the_notebook_with_the_answers_is_found(tmp_path, case):
    put(tmp_path / "Ada", FOUND[case])
    [one] = collect(tmp_path, NAME)
    assert one.text in (MINE, BARE), one
    others = [text for text in FOUND[case].values() if text in (RELEASED, HALF)]
    is_chosen = bool(others) and "autosaved" not in case
    assert [n for n in one.notes if "which has the most answers" in n] == list(one.notes)
    assert bool(one.notes) is is_chosen, one.notes


WITHOUT = {
    "No notebook found: the folder is empty.": {},
    "No notebook found, but what tools made: .ipynb_checkpoints, __MACOSX.": {
        f".ipynb_checkpoints/{NAME}.ipynb": MINE,
        f"__MACOSX/._{NAME}.ipynb": "",
    },
    "No notebook found, but an archive: hw.zip.": {"hw.zip": b"PK\x03\x04"},
    "No notebook found, but a text: onlinetext.html.": {"onlinetext.html": "<p>My answer</p>"},
    "No notebook found, but other files: a.docx, b.pdf.": {"a.docx": "", "b.pdf": ""},
    "Found 2 notebooks, and none is named": {"a.ipynb": OTHER, "b.ipynb": OTHER},
}


@pytest.mark.parametrize("sentence", WITHOUT)
def test_a_folder_without_a_notebook_is_described(tmp_path, sentence):
    (tmp_path / "Ada").mkdir()
    put(tmp_path / "Ada", WITHOUT[sentence])
    [one] = collect(tmp_path, NAME)
    assert sentence in one.problem


def test_a_flat_folder_is_refused_and_files_beside_the_folders_are_named(tmp_path):
    put(tmp_path, {f"lovelaceada_12345_{NAME}.ipynb": MINE})
    with pytest.raises(
        CommandError, match="per student, but has 1 file, such as lovelaceada_12345_"
    ):
        collect(tmp_path, NAME)
    put(tmp_path / "Ada", {f"{NAME}.ipynb": MINE})
    assert stray_files(tmp_path) == [f"lovelaceada_12345_{NAME}.ipynb"]


def test_a_notebook_of_another_lesson_and_one_that_is_not_in_utf8_get_a_note(tmp_path):
    put(tmp_path / "Ada", {f"{NAME}.ipynb": OTHER})
    put(tmp_path / "Ben", {f"{NAME}.ipynb": MINE.encode("utf-16")})
    put(
        tmp_path / "Cem",
        {f"{NAME}.ipynb": MINE.encode("latin-1", "replace").replace(b"# ", b"# \xe4", 1)},
    )
    ada, ben, cem = collect(tmp_path, NAME)
    assert ada.notes == [
        "This notebook belongs to 04-sum-over-paths, but 05-backpropagation is graded."
    ]
    assert ben.text == MINE
    assert ben.notes == cem.notes == [NOT_UTF8]
    assert Notebook.parse(cem.text).cells


COLLECT = """
import sys
from pathlib import Path
from coursekit.grading.collect import collect
for one in collect(Path(sys.argv[1]), sys.argv[2]):
    print(one.student, len(one.text), one.problem, sep="|")
"""


def test_a_folder_that_may_not_be_read_does_not_stop_the_class(tmp_path):
    closed = [tmp_path / "Ben", tmp_path / "Cem" / "closed"]
    for place in (tmp_path / "Ada", *closed):
        put(place, {f"{NAME}.ipynb": MINE})
    rights = []
    for place in closed:
        place.chmod(0)
        if os.geteuid() == 0:  # may read everything, unless it gives up the right
            os.chown(place, 65534, 65534)
            caps = "-dac_override,-dac_read_search"
            rights = ["setpriv", f"--bounding-set={caps}", f"--inh-caps={caps}"]
    command = [*rights, sys.executable, "-c", COLLECT, str(tmp_path), NAME]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    for place in closed:
        place.chmod(0o700)
    denied = "|0|The folder cannot be read: Permission denied ({})."
    assert done.stdout.splitlines() == [
        f"Ada|{len(MINE)}|", f"Ben{denied.format(closed[0])}", f"Cem{denied.format(closed[1])}"
    ], done.stderr  # fmt: skip


def test_a_forgotten_lesson_is_one_sentence(tmp_path):
    for student in "ab":
        put(tmp_path / "in" / student, {"homework.ipynb": OTHER})
    command = ["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    run = CliRunner().invoke(app, [*command, "--solutions", str(ROOT / "solutions")])
    assert run.exit_code == 2
    assert run.stderr.strip() == (
        "coursekit: 2 notebooks belong to 04-sum-over-paths, and none to 05-backpropagation:"
        " pass --lesson 04-sum-over-paths"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.sandbox
def test_the_written_answer_of_another_lesson_does_not_wait_for_a_mark(tmp_path):
    for student, text in (("Ada", MINE), ("Ben", OTHER)):
        answered = text.replace("*Write your answer here.*", "Because of m.")
        put(tmp_path / "in" / student, {"homework.ipynb": answered})
    command = ["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--jobs", "1"]
    run = CliRunner().invoke(app, [*command, "--solutions", str(ROOT / "solutions")])
    assert "The notebook belongs to another lesson: 1 (Ben)" in run.output
    assert "until you grade the written answers: 1 (Ada)" in run.output
    assert "Ben" not in (tmp_path / "out" / "words.csv").read_text(encoding="utf-8-sig")


UNREADABLE = {
    "an empty file": "",
    "an empty file ": "\0" * 300,
    "git's conflict markers (<<<<<<< and >>>>>>>) are in it": MINE.replace(
        "\n", "\n<<<<<<< HEAD\n", 1
    ),
    "a web page": "<!DOCTYPE html>\n<title>Log in</title>",
    "a page of HTML or XML": '<?xml version="1.0"?><a/>',
    "a pointer of git-lfs": "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n",
    "a zip file or an office document": b"PK\x03\x04" + bytes(99),
    "a PDF": "%PDF-1.7",
    "a picture": b"\x89PNG\r\n\x1a\n",
    "a picture or another binary file": b"\xff\xd8\xff\xe0\0",
    "a picture or another binary file ": b"\0\5\x16\7\0\2",
    "a link": "[InternetShortcut]\nURL=https://example.com",
    "a document of a word processor": r"{\rtf1\ansi hello}",
    "a text, such as a script": "def backprop(lin):\n    return {}",
    "its end is missing": MINE[: len(MINE) // 2],
    "something follows its end in line": MINE + "\n}",
    "line 2 is damaged": MINE.replace("\n", "\n,", 1),
    "other JSON": '{"a": 1}',
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_file_that_is_not_a_notebook_is_named(tmp_path, what):
    put(tmp_path / "Ada", {f"{NAME}.ipynb": UNREADABLE[what]})
    [one] = collect(tmp_path, NAME)
    with pytest.raises(NotebookError, match=rf" {re.escape(what.strip())}( \d+)?: "):
        Notebook.parse(one.text)
