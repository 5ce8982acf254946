"""A submissions folder is untrusted: it may contain any file names and file types."""

import os

from coursekit.course.master import Master
from coursekit.grading.collect import collect
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.report.files import StudentGrade
from coursekit.grading.results import Graded, SubmissionStatus

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
    student = StudentGrade(Graded(one.student, SubmissionStatus.GRADED), Master(()))
    assert student.page == "M%5Cxfcller%20%1B%5B2J.html"
    book = Gradebook(tmp_path / "gradebook.sqlite")
    assert not book.has(one.student, "a digest")
    book.close()
