"""What a hidden check's cases do to a process never reaches what a student is shown."""

import json
import os
import threading
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from coursekit.course.headers import Role
from coursekit.course.master import Master
from coursekit.course.notebook_kernel import run_reference
from coursekit.course.records import Status
from coursekit.grading.assemble import Frame
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import Submission
from coursekit.grading.grade import grade_one, grade_together
from coursekit.grading.gradebook import Gradebook
from coursekit.grading.report.files import write_files
from coursekit.grading.results import Graded, Result, SubmissionStatus
from tests.support.students import ANSWERS, CORPUS, LESSON, MASTER, case, handed_in

PUBLIC = ("cmdline", "environ")  # the second only for the same user and root
pytestmark = pytest.mark.sandbox

ORDER, SWEEP = ANSWERS["topological_order"], ANSWERS["backprop"]
SPY = f"""{ORDER}

import builtins
builtins.seen = []
_order = topological_order

def topological_order(vertices, out):
    builtins.seen.append(list(vertices))
    %s
    return _order(vertices, out)
"""
TELL = "%s\ndef backprop(lin):\n    raise ValueError(f'seen {len(__import__(\"builtins\").seen)}')"
AT_THE_TOP = "raise ValueError(f'seen {len(__import__(\"builtins\").seen)}')"
LEAKS = {  # how the answer to the first exercise ends, and the answer to the second
    "the next error": ("", TELL % ""),
    "after errors that look like a stub": ("raise NotImplementedError", TELL % ""),
    "after errors": ("raise KeyError", TELL % ""),
    "the next cell": ("", AT_THE_TOP),
}


def graded(order, sweep):
    answers = [("topological_order", order), ("backprop", sweep)]
    return grade_one("Eve", handed_in_text(answers), MASTER, "seed").results


def handed_in_text(answers=()):
    return json.dumps(handed_in(answers))


@pytest.mark.parametrize("how", LEAKS)
def test_no_cell_that_a_student_sees_runs_after_a_hidden_case(how):
    end, sweep = LEAKS[how]
    results = graded(SPY % end, sweep)
    public = {result.exercise: result for result in results if result.part is Role.CHECK}
    cases = public["topological_order"].cases
    assert public["backprop"].why.endswith((f"seen {cases}", "seen 0"))


def test_hidden_checks_run_in_the_state_that_the_cells_above_them_leave():
    """A helper of the same name in the next exercise's cell does not change the first answer."""
    order = ORDER.replace("def topological_order", "def _order", 1)
    order += "\n\ndef topological_order(vertices, out):\n    return _order(vertices, out)"
    results = graded(order, f"{SWEEP}\n\n_order = None".replace("topological_order(", "_first("))
    first = [result for result in results if result.exercise == "topological_order"]
    assert {result.status for result in first} == {Status.RIGHT}
    assert [result.part for result in first] == [Role.CHECK, Role.HIDDEN]


HIDDEN = {  # how a hidden check may end: its status, reason and number of right cases
    "wrong": (Status.WRONG, "ValueError: 17 is a hidden number", 3),
    "more right": (Status.WRONG, "", 8),
    "stopped": (Status.LOST, "more than 2 seconds of CPU time", 0),
    "a stub on some cases": (Status.NOT_ATTEMPTED, "", 0),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_a_page_says_of_a_hidden_check_only_whether_it_passed(how, tmp_path):
    def page(folder, status, why, passed):
        results = [
            Result("backprop", Role.CHECK, 2, 2, 5, 5, Status.RIGHT),
            Result("backprop", Role.HIDDEN, 0, 4, passed, 16, status, why),
        ]
        row = Graded("Eve", SubmissionStatus.GRADED, results)
        write_files(tmp_path / folder, LESSON, {1: Master.parse(MASTER)}, [row], {})
        return (tmp_path / folder / "feedback" / "Eve.html").read_text()

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert page("a", *HIDDEN[how]) == page("b", Status.WRONG, "", 0)


@pytest.mark.slow
def test_everybodys_nth_attempt_has_the_same_cases_and_a_regrade_has_them_again(tmp_path):
    """An answer that fails on some cases, chosen by their content, tells which cases it got."""
    picky = ORDER.replace("):", "):\n    if hash('-'.join(vertices)) % 3 == 0: return None", 1)
    texts = [handed_in_text([("topological_order", picky + "\n" * k)]) for k in range(3)]

    def passed(*submissions, master=MASTER):
        for name, text in submissions:
            grade_class([Submission(name, text)], master, LESSON, book, workers=1)
            book.note_class({name: [(0, 0.0)]})  # now the student may know the grade
        rows = {row.student: row for row in book.rows()}
        return [[r.passed for r in rows[name].results] for name in dict(submissions)]

    book = Gradebook(tmp_path / "gradebook.sqlite")
    ada, bob = passed(("Ada", texts[0]), ("Bob", texts[1]))
    assert ada == bob
    [second] = passed(("Ada", texts[2]))
    assert second != ada
    assert [second] == passed(("Ada", texts[2]), master=MASTER + "\n")
    assert [second] == passed(("Bob", texts[0]))
    book.close()


def test_no_other_user_can_see_the_secret_while_the_reference_runs():
    secret, kernels, found, is_over = os.urandom(16).hex(), [], [], threading.Event()

    def look():
        while not is_over.is_set():
            for file in chain.from_iterable(Path("/proc").glob(f"*/{n}") for n in PUBLIC):
                with suppress(OSError):
                    text = file.read_bytes()
                    kernels.extend([file] * (b"ipykernel_launcher" in text))
                    found.extend([file] * (secret.encode() in text))

    looking = threading.Thread(target=look)
    looking.start()
    run_reference(Master.parse(MASTER), secret)
    is_over.set()
    looking.join()
    assert kernels
    assert not found


LEAKING = [path for path in CORPUS if path.stem.startswith("leak")]
QUICK = (
    "leak_by_an_import_hook",
    "leak_by_counting",
    "leak_by_notes",
    "leak_in_files",
)  # for make test


@pytest.fixture(scope="module")
def frames():
    """Return a master's frame, and another one with the cases of hidden checks in another order."""
    master = Master.parse(MASTER)
    checks = run_reference(master, "seed")

    def turned(record):
        cases, outcomes = ([*one[3:], *one[:3]] for one in (record.cases, record.outcomes))
        return replace(record, cases=cases, outcomes=outcomes)

    hidden = {cell.index for cell in master.with_role(Role.HIDDEN)}
    others = {i: turned(record) if i in hidden else record for i, record in checks.items()}
    return Frame(master, checks), Frame(master, others)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=() if path.stem in QUICK else pytest.mark.slow, id=path.stem)
        for path in LEAKING
    ],
)
def test_no_page_depends_on_the_hidden_cases_that_an_answer_saw(
    frames, path, tmp_path, monkeypatch
):
    def page(frame):
        rows = list(grade_together({"Eve": case(path)[0]}, lambda: frame, 60))
        write_files(tmp_path, LESSON, {1: frame.master}, rows, {})
        return (tmp_path / "feedback" / "Eve.html").read_text(encoding="utf-8")

    one, other = map(page, frames)
    assert one == other
    assert "Hidden checks: passed" in one
    # all cells in their order, in one process
    monkeypatch.setattr("coursekit.grading.nbval_plugin._is_hidden", lambda _: False)
    one, other = map(page, frames)
    assert one != other
