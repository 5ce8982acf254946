"""A folder of submissions is a stranger's: its names and files may be anything."""

import os

from coursekit.grading.collect import collect
from coursekit.grading.gradebook import Gradebook

NAME = "05-backpropagation"


def made(place, name):
    folder = os.fsencode(place) + b"/" + name
    os.mkdir(folder)
    return folder + b"/" + os.fsencode(f"{NAME}.ipynb")


def test_what_is_no_notebook_is_told_and_never_waited_for(tmp_path):
    os.mkfifo(made(tmp_path, b"pipe"))
    os.mkdir(made(tmp_path, b"folder"))
    os.symlink("/dev/zero", made(tmp_path, b"device"))
    os.symlink(tmp_path / "pipe", tmp_path / "linked", target_is_directory=True)
    problems = {one.student: one.problem for one in collect(tmp_path, NAME)}
    assert problems == {
        "device": "the notebook cannot be read (Too many levels of symbolic links)",
        "folder": "the notebook cannot be read (Is a directory)",
        "linked": "the folder is a link to another",
        "pipe": "the notebook is no ordinary file",
    }


def test_a_name_that_is_no_text_is_graded_as_any_other(tmp_path):
    with open(made(tmp_path, b"M\xfcller \x1b[2J"), "w") as file:  # Latin 1, and a cleared screen
        file.write("{}")
    [one] = collect(tmp_path, NAME)
    assert one.student == "M\\xfcller \x1b[2J"
    assert one.file_name == "M%5Cxfcller%20%1B%5B2J.html"
    book = Gradebook(tmp_path / "gradebook.sqlite")
    assert not book.has(one.student, "a digest")
    book.close()
