"""Downloads as each platform makes them, with invented students; no live platform was asked.

Ada handed in late and in time, José's name has an accent, and two students are called Mary Sun.
"""

import io
import zipfile

LESSON = "05-backpropagation"
NOTEBOOK = f"{LESSON}.ipynb"
ROSTER = """\
Name;Student ID;SIS Login ID;E-Mail
Ada Lovelace;4001;ada;ada@example.org
José de la Cruz;4002;jose;jose@example.org
Mary Sun;4003;mary1;mary1@example.org
Mary Sun;4004;mary2;mary2@example.org
Nobody Here;4005;nobody;nobody@example.org
"""
STUDENTS = ("Ada Lovelace", "José de la Cruz", "Mary Sun 4003", "Mary Sun 4004")


def notebook(owner):
    return f'{{"cells": [], "metadata": {{"owner": "{owner}"}}, "nbformat": 4}}'.encode()


def zipped(files):
    """Return a zip of files: name → content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def canvas():
    return {
        f"lovelaceada_LATE_4001_901_{LESSON}-1.ipynb": notebook("ada"),
        f"delacruzjosé_4002_902_{NOTEBOOK}": notebook("jose"),
        "delacruzjosé_4002_903_photo.jpg": b"\xff\xd8",
        "sunmary_4003_904_homework.zip": zipped(
            {f"homework/{NOTEBOOK}": notebook("mary1"), "__MACOSX/homework/._x.ipynb": b"x"}
        ),
        "sunmary_4004_text.html": b"<p>Here it is</p>",
    }


def canvas_anonymous():
    return {
        f"LATE_anon_x4Kd0_901_{NOTEBOOK}": notebook("ada"),
        f"anon_p9Qa1_902_{NOTEBOOK}": notebook("jose"),
    }


def moodle(ending="_assignsubmission_file"):
    return {
        f"Ada Lovelace_4001{ending}/{NOTEBOOK}": notebook("ada"),
        f"José de la Cruz_4002{ending}/{LESSON} (1).ipynb": notebook("jose"),
        f"Mary Sun_4003{ending}/work/{NOTEBOOK}.json": notebook("mary1"),
        "Mary Sun_4004_assignsubmission_onlinetext/onlinetext.html": b"<p>Here it is</p>",
    }


def moodle_flat():
    return {
        f"Ada Lovelace_4001_assignsubmission_file_{NOTEBOOK}": notebook("ada"),
        f"José de la Cruz_4002_assignsubmission_file_my_1_2_{NOTEBOOK}": notebook("jose"),
        f"Mary Sun_4003_assignsubmission_file_{NOTEBOOK}": notebook("mary1"),
        "Mary Sun_4004_assignsubmission_onlinetext_onlinetext.html": b"<p>Here it is</p>",
    }


def moodle_groups():
    return {
        f"Group A_12_Ada Lovelace_4001_assignsubmission_file_/{NOTEBOOK}": notebook("ada"),
        f"jose_José de la Cruz_4002_assignsubmission_file_/{NOTEBOOK}": notebook("jose"),
        f"Participant_4003_assignsubmission_file_/{NOTEBOOK}": notebook("mary1"),
    }


METADATA = """\
---
submission_1000:
  :submitters:
  - :name: Ada Lovelace
    :sid: '4001'
    :email: ada@example.org
  :created_at: 2026-09-05 23:30:00.123456789 -07:00
  :score: 4.0
submission_1001:
  :submitters:
  - :name: José de la Cruz
    :sid: 4002
    :email: jose@example.org
  - :name: Mary Sun
    :sid: 4003
    :email: mary1@example.org
  :created_at: 2026-09-06 06:31:00 Z
submission_1002:
  :submitters:
  - :name: No
    :sid: 0012
    :email: no@example.org
"""


def gradescope():
    return {
        "assignment_77_export/submission_metadata.yml": METADATA.encode(),
        f"assignment_77_export/submission_1000/{NOTEBOOK}": notebook("ada"),
        f"assignment_77_export/submission_1001/{NOTEBOOK}": notebook("jose"),
        f"assignment_77_export/submission_1002/{NOTEBOOK}": notebook("no"),
    }


def blackboard():
    start, text = "Homework 5 (part_1)", "Name: {} ({})\r\nAssignment: Homework 5\r\n"
    files = {}
    for user, name, times in (
        ("ada", "Ada Lovelace", ("2026-09-05-23-30-00", "2026-09-06-08-00-00")),
        ("jose_c", "José de la Cruz", ("2026-09-05-12-00-00",)),
    ):
        for time in times:
            files[f"{start}_{user}_attempt_{time}.txt"] = text.format(name, user).encode()
            files[f"{start}_{user}_attempt_{time}_{NOTEBOOK}"] = notebook(f"{user} {time}")
    return files


def brightspace():
    return {
        f"Download/4001-880 - Ada Lovelace - Sep 5, 2026 1130 PM/{NOTEBOOK}": notebook("ada"),
        f"Download/4002-880 - José de la Cruz - Sep 6, 2026 905 AM/{NOTEBOOK}": notebook("jose"),
        "Download/index.html": b"<html>",
    }


def by_hand():
    return {
        f"class/Ada Lovelace/hw/{LESSON}-Copy1.ipynb": notebook("ada"),
        "class/Ada Lovelace/.DS_Store": b"x",
        "class/José de la Cruz.zip": zipped({NOTEBOOK: notebook("jose")}),
        f"class/mary1/.ipynb_checkpoints/{LESSON}-checkpoint.ipynb": b"old",
        f"class/mary1/{NOTEBOOK}.txt": notebook("mary1"),
        f"__MACOSX/class/mary1/._{NOTEBOOK}": b"x",
        "class/notes.txt": b"for me",
    }
