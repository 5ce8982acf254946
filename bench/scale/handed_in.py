"""A class as Canvas knows it: a zip with a notebook of each student, a roster and a gradebook."""

import zipfile
from string import ascii_lowercase

from bench.peers.speed import LESSON, kinds
from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.course.release import answered_notebook
from coursekit.grading.sheet import csv_text

FIRST_ID = 10_000
ABSENT = 100  # in the roster, one student in so many hands in nothing


def names(k):
    """Return a student's first and last name, in letters: Canvas puts an id behind the name."""
    letters = "".join(ascii_lowercase[k // 26**n % 26] for n in range(4))
    return letters[:2].capitalize(), letters[2:].capitalize() + "mann"


def full_name(k):
    """Return the name of a student's folder."""
    return " ".join(names(k))


def write_download(path, size, master_text):
    """Write the zip: a third right, a third wrong and a third empty; no two answers are alike."""
    master = Master.parse(master_text)
    written = [cell.exercise for cell in master.with_role(Role.PROSE)]
    answers_of = kinds(master_text)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for k in range(size):
            answers = answers_of[k % 3]
            if k % 3 < 2:
                answers = {e: f"{source}\n# answer {k}" for e, source in answers.items()}
                text = f"The sum over all paths, said in my own {k} words."
                answers |= dict.fromkeys(written, text)
            first, last = names(k)
            file = f"{last}{first}_{FIRST_ID + k}_{2 * FIRST_ID + k}_{LESSON}.ipynb".lower()
            archive.writestr(file, answered_notebook(master, answers))


def write_roster(path, size):
    """Write the list of the class, and of some more students, who handed in nothing."""
    people = [(*names(k), str(FIRST_ID + k)) for k in range(size + size // ABSENT)]
    path.write_text(csv_text([("First name", "Last name", "ID"), *people]), encoding="utf-8")


def write_gradebook(path, size):
    """Write the gradebook that Canvas exports."""
    header = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Sum over paths (7)")
    rows = [
        (f"{last}, {first}", str(FIRST_ID + k), "", "", "A", "")
        for k, (first, last) in enumerate(map(names, range(size)))
    ]
    points = ("    Points Possible", "", "", "", "", "15")
    path.write_text(csv_text([header, points, *rows]), encoding="utf-8")
