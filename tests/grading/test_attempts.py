"""Every attempt in a download is graded, and which one counts depends on nothing but --counts."""

import csv
import io
import shutil
from itertools import permutations

import pytest

from coursekit.errors import CommandError
from coursekit.grading.batch import grade_class
from coursekit.grading.collect import MAX_ATTEMPTS, Submission, collect
from coursekit.grading.counting import counting, counting_rows
from coursekit.grading.decisions import Decision
from coursekit.grading.gradebook import Gradebook, digest_of
from coursekit.grading.results import Graded, Result, Role, Status, SubmissionStatus
from coursekit.grading.settings import Counts
from coursekit.platforms.collect import collect_download
from tests.platforms.trees import zipped
from tests.support import ROOT
from tests.support.course import HALF, RIGHT, WRONG, Course

POINTS = {1: 1.0, 2: 3.0, 10: 2.0}  # by number of the attempt
CLASS = {"Ada": [(number, 0.0) for number in POINTS]}
CHOSEN = {Counts.LAST: 10, Counts.BEST: 2, Counts.FIRST: 1}
FROZEN = ROOT / "tests" / "frozen" / "d9260cf"


def graded(points, number=0, status=SubmissionStatus.GRADED, lost=0.0):
    result = Result("f", Role.CHECK, points, 3, 1, 1, Status.RIGHT)
    return Graded("Ada", status, [result], collected=number, lost=lost)


@pytest.fixture
def book(tmp_path):
    book = Gradebook(tmp_path / "book.sqlite")
    yield book
    book.close()


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


@pytest.mark.parametrize("counts", Counts)
@pytest.mark.parametrize("order", [*permutations(POINTS)])
def test_the_order_of_grading_cannot_change_what_counts(book, order, counts):
    for number in order:
        book.enter(graded(POINTS[number], number), digest_of(f"text {number}", "v1"))
        book.note_class(CLASS)  # they may be graded in different runs
    book.set_fact("counts", counts)
    [row] = counting_rows(book, {})
    assert (row.number, row.points, row.among) == (CHOSEN[counts], POINTS[CHOSEN[counts]], 3)


def test_the_best_attempt_is_the_one_of_which_most_is_left():
    late, in_time = graded(3.0, 2, lost=0.5), graded(2.0, 1)
    assert counting([in_time, late], Counts.BEST, {}, {}) is in_time
    assert counting([in_time, graded(3.0, 2, lost=0.3)], Counts.BEST, {}, {}).collected == 2
    by_hand = [Decision("Ada", "f", 3.0, "The check was wrong.")]
    assert counting([late, in_time], Counts.BEST, {}, {}, by_hand) is in_time


def test_of_equally_good_attempts_the_last_that_could_be_graded_counts():
    unreadable = graded(0.0, 3, SubmissionStatus.UNREADABLE)
    attempts = [graded(0.0, 1), graded(0.0, 2), unreadable]
    assert counting(attempts, Counts.BEST, {}, {}).collected == 2
    assert counting(attempts, Counts.LAST, {}, {}) is unreadable


def test_what_the_folder_no_longer_has_is_kept_but_does_not_count(book):
    for number, text in ((1, "a"), (2, "b"), (0, "the folder cannot be read"), (2, "b corrected")):
        book.enter(graded(1.0, number), digest_of(text, "v1"), 1, text)
    book.note_class({"Ada": [(1, 0.0), (2, 0.0)]})
    assert len(book.attempts()["Ada"]) == 4
    [standing] = book.standing().values()
    assert [(one.number, book.notebook("Ada", one.attempt)) for one in standing] == [
        (1, "a"), (2, "b corrected"),
    ]  # fmt: skip
    book.note_class({"Ada": [(1, 0.0)]})
    assert [row.number for row in book.rows()] == [1]


def test_a_notebook_that_was_graded_before_it_had_a_number_gets_one(book):
    digest = digest_of("a", "v1")
    book.enter(graded(1.0), digest)
    assert book.has("Ada", digest)
    assert not book.has("Ada", digest, 3)
    book.enter(graded(1.0, 3), digest)
    assert book.has("Ada", digest, 3)
    assert [one.number for one in book.attempts()["Ada"]] == [3]


def test_a_correction_that_is_withdrawn_leaves_no_regrade(book):
    old, new = digest_of("a", "v1"), digest_of("a", "v2")
    book.enter(graded(2.0, 1), old)
    book.enter(graded(1.0, 1), new)
    assert book.has("Ada", new, 1)
    assert not book.has("Ada", old, 1)
    book.enter(book.equal("Ada", old), old)
    assert (book.regrades(), book.has("Ada", old, 1)) == ([], True)


def test_nothing_of_an_attempt_or_a_regrade_is_left_of_whom_is_forgotten(book):
    for number in (1, 2):
        book.enter(graded(2.0, number), digest_of(f"a{number}", "v1"))
        book.enter(graded(1.0, number), digest_of(f"a{number}", "v2"))
    assert len(book.regrades()) == 2
    assert book.forget("Ada")
    assert (book.attempts(), book.regrades()) == ({}, [])


NUMBERS = {
    "in the order of numbers": (["attempt 10", "attempt 2", "attempt 9"], [2, 9, 10]),
    "the first is missing": (["attempt 2"], [2]),
    "two names of one number": (["attempt 01", "attempt 1", "attempt 002"], [1, 2]),
    "other names": (["attempt 0", "attempt", "attempt x", "Attempt 1", "attempt ١"], [0]),
    "a number that is too large": ([f"attempt {10**20}"], [0]),
    "as many as anybody needs": ([f"attempt {k}" for k in range(1, 41)], [*range(1, 41)]),
    "too many": ([f"attempt {k}" for k in range(1, MAX_ATTEMPTS + 2)], [0]),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_folders_of_attempts_are_found_by_their_numbers(course, case):
    names, numbers = NUMBERS[case]
    for name in names:
        course.hand_in(f"Ada/{name}", RIGHT)
    found = collect(course.folder / "in", "one")
    assert [one.number for one in found] == numbers
    assert {one.student for one in found} == {"Ada"}
    assert any("at most 100 are graded" in one.problem for one in found) is (case == "too many")


def test_an_attempt_without_a_notebook_or_of_another_lesson_costs_no_other(course):
    for number in (1, 4):
        course.hand_in(f"Ada/attempt {number}", RIGHT)
    (course.folder / "in" / "Ada" / "attempt 2").mkdir()
    text = course.notebook(RIGHT).replace('"lesson": "one"', '"lesson": "two"')
    (course.folder / "in" / "Ada" / "attempt 3").mkdir()
    (course.folder / "in" / "Ada" / "attempt 3" / "one.ipynb").write_text(text, encoding="utf-8")
    (course.folder / "in" / "Ada" / "attempt 5").symlink_to("attempt 1")
    one, two, three, four = collect(course.folder / "in", "one")
    assert (one.problem, three.problem, four.problem) == ("", "", "")
    assert two.problem == "No notebook found: the folder is empty."


def test_the_folder_of_one_student_is_refused(course):
    course.hand_in("Ada/attempt 1", RIGHT)
    with pytest.raises(CommandError, match="one student's attempts: pass the folder that contains"):
        collect(course.folder / "in" / "Ada", "one")


def rows(course, *columns):
    text = (course.out / "grades.csv").read_text(encoding="utf-8-sig")
    return {
        row["student"]: tuple(row[column] for column in columns)
        for row in csv.DictReader(io.StringIO(text))
    }


@pytest.mark.sandbox
def test_every_attempt_is_graded_and_any_may_come_later(course):
    course.hand_in("Ada/attempt 2", RIGHT)
    course.hand_in("Ben", RIGHT)
    assert "attempt counts" not in course.grade()
    course.hand_in("Ada/attempt 10", WRONG)
    course.hand_in("Ada/attempt 1", HALF)
    said = course.grade()
    assert "Graded 2 submissions; 2 were already up to date." in said
    assert "Each student's last attempt counts." in said
    assert rows(course, "attempt", "points") == {"Ada": ("10", "0"), "Ben": ("1", "3")}
    assert "attempt 10, the last of 3" in course.page("Ada")
    assert "Graded 0 submissions; 4 were" in course.grade("--counts", "best")
    assert rows(course, "attempt", "points")["Ada"] == ("2", "3")


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_regrade_says_who_changes_by_the_attempt_that_counts(course):
    course.hand_in("Ada/attempt 1", HALF)
    course.hand_in("Ada/attempt 2", RIGHT)
    course.grade()
    course.release([2, 30])
    said = course.grade("--preview", "--counts", "first")
    assert "The points of 1 student would change:\n  Ada: f 3 → 0\n" in said
    assert rows(course, "attempt", "points")["Ada"] == ("1", "3")
    course.grade()
    assert rows(course, "attempt", "points")["Ada"] == ("1", "0")
    course.run(
        "insights", course.out, "--lesson", "one", "--solutions", course.folder / "solutions"
    )
    page = (course.out / "insights.html").read_text(encoding="utf-8")
    assert "Each student's first attempt counts." in page.replace("&#39;", "'")


@pytest.mark.sandbox
def test_equal_notebooks_are_run_once_and_get_equal_grades(course, book):
    text = course.notebook("import time\n    return time.time_ns()")
    master = (course.folder / "solutions" / "one.ipynb").read_text(encoding="utf-8")

    def run(*numbers):
        submissions = [Submission("Ada", text, number=number) for number in numbers]
        assert grade_class(submissions, master, "one", book, workers=1) == len(numbers)
        book.note_class({"Ada": [(number, 0.0) for number in numbers]})

    run(1, 2)
    run(3)
    assert len({one.results[0].behaviour for one in book.attempts()["Ada"]}) == 1
    assert [one.number for one in book.attempts()["Ada"]] == [1, 2, 3]


@pytest.mark.sandbox
def test_what_is_graded_after_a_kill_has_the_same_cases(course, book):
    master = (course.folder / "solutions" / "one.ipynb").read_text(encoding="utf-8")
    submissions = [
        Submission("Ada", course.notebook(f"return x + {k}"), number=k) for k in range(1, 6)
    ]

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade_class(submissions, master, "one", book, workers=1, progress=stop)
    assert grade_class(submissions, master, "one", book, workers=1) == 4
    assert {one.draw for one in book.attempts()["Ada"]} == {1}
    book.note_class({"Ada": [(k, 0.0) for k in range(1, 6)]})
    late = Submission("Ada", course.notebook("return x + 6"), number=6)
    grade_class([late], master, "one", book, workers=1)
    assert [one.draw for one in book.rows()] == [2]


DEADLINES = """\
zone = "UTC"
[due]
one = 2026-10-24
[late]
percent_per_day = 50
"""


@pytest.mark.sandbox
@pytest.mark.slow
def test_the_penalty_of_each_attempt_decides_which_is_best_and_its_time_which_is_last(course):
    (course.folder / "deadlines.toml").write_text(DEADLINES, encoding="utf-8")

    def download(**times):
        files = {
            f"hw_ada_attempt_2026-10-{day}-12-00-00_one.ipynb": course.notebook(answer).encode()
            for day, answer in times.items()
        }
        path = course.folder / "download.zip"
        path.write_bytes(zipped({name.replace("-d", "-"): one for name, one in files.items()}))
        collect_download(path, course.folder / "in")
        return course.grade("--deadlines", course.folder / "deadlines.toml")

    download(d26=RIGHT)  # two days late
    download(d23="return 2 * x if x else 1")  # an earlier attempt, in a later download
    columns = ("attempt", "points", "final_points")
    assert rows(course, *columns) == {"ada": ("1", "3", "0")}
    course.grade("--deadlines", course.folder / "deadlines.toml", "--counts", "best")
    assert rows(course, *columns) == {"ada": ("2", "3", "3")}
    course.run("export", course.out, "--to", "csv", "--class", course.folder / "in")
    exported = (course.out / "export" / "grades-and-ids.csv").read_text(encoding="utf-8-sig")
    [row] = csv.DictReader(io.StringIO(exported))
    assert (row["attempt"], row["submitted"][:10]) == ("2", "2026-10-23")


@pytest.fixture
def old(course):
    """Return a course whose gradebook an earlier version wrote: it graded last attempts only."""
    shutil.copytree(FROZEN / "class", course.folder / "in")
    course.out.mkdir()
    shutil.copy(FROZEN / "gradebook.sqlite", course.out)
    shutil.copy(FROZEN / "one.ipynb", course.folder / "solutions")
    return course


def test_an_old_gradebook_has_its_attempts_under_their_numbers(old):
    for _ in range(2):  # opened again, it is as it was
        book = Gradebook(old.out / "gradebook.sqlite")
        found = {
            student: [(one.number, one.points, one.draw) for one in each]
            for student, each in book.attempts().items()
        }
        assert found == {"Ada": [(2, 3, 1), (3, 0, 2)], "Ben": [(1, 0, 1), (2, 3, 2)]}
        assert "return x" in book.notebook("Ben", 1)
        book.close()


@pytest.mark.slow
@pytest.mark.sandbox
def test_the_attempts_that_an_old_gradebook_lacks_are_graded(old):
    said = old.grade()
    assert "The points of 1 student change:\n  Ben: f 3 → 0\n" in said
    assert "The points of 1 attempt that does not count change, too." in said
    assert rows(old, "attempt", "points") == {"Ada": ("3", "0"), "Ben": ("2", "0")}
    with_book = Gradebook(old.out / "gradebook.sqlite")
    assert sorted(one.number for one in with_book.attempts()["Ada"]) == [1, 2, 3]
    with_book.close()
    assert "Graded 0 submissions; 4 were" in old.grade("--counts", "first")
    assert rows(old, "attempt") == {"Ada": ("1",), "Ben": ("1",)}
