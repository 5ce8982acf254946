"""Attempts, regrades, decisions: nothing changes silently, and nothing is lost but on request."""

import pytest
from typer.testing import CliRunner

from coursekit.cli import app
from coursekit.grading.gradebook import Gradebook, digest_of
from coursekit.grading.results import Graded, Result, Role, Status, SubmissionStatus
from tests.support.course import HALF, RIGHT, WRONG, Course


def graded(points, student="Ada", status=SubmissionStatus.GRADED):
    result = Result("f", Role.CHECK, points, 2, 1, 1, Status.RIGHT)
    return Graded(student, status, [result])


@pytest.fixture
def book(tmp_path):
    book = Gradebook(tmp_path / "book.sqlite")
    yield book
    book.close()


def test_every_attempt_is_kept_with_its_points_and_its_notebook(book):
    for text, points in (("a", 2.0), ("b", 0.0), ("c", 1.0)):
        book.enter(graded(points), digest_of(text, "v1"), 1, text)
    [attempts] = book.attempts().values()
    assert [(one.attempt, one.points) for one in attempts] == [(1, 2), (2, 0), (3, 1)]
    assert [book.notebook("Ada", k) for k in (1, 2, 3, 4)] == ["a", "b", "c", ""]


def test_names_and_texts_that_utf8_cannot_encode_are_kept(book):
    book.enter(graded(1.0, "A\udcffda"), digest_of("\ud800", "v1"), 1, "\ud800")
    book.enter(graded(2.0, "A\udcffda"), digest_of("\ud800", "v2"), 1, "\ud800")
    assert [(old.points, new.points) for old, new in book.regrades()] == [(1, 2)]
    book.accept_regrades()
    assert [row.points for row in book.rows()] == [2]


def test_other_points_for_the_same_notebook_wait_until_they_are_accepted(book):
    book.enter(graded(2.0), digest_of("a", "v1"), 1, "a")
    book.enter(graded(1.0), digest_of("a", "v2"), 2, "a")
    assert [row.points for row in book.rows()] == [2]
    assert book.has("Ada", digest_of("a", "v2"))  # an interrupted run goes on
    assert [(old.points, new.points) for old, new in book.regrades()] == [(2, 1)]
    book.accept_regrades()
    assert [(row.points, row.attempt, row.version) for row in book.rows()] == [(1, 1, 2)]
    assert (book.regrades(), len(book.attempts()["Ada"])) == ([], 1)


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        (graded(2.0), graded(2.0), "a"),  # the same points
        (graded(2.0), graded(1.0), "b"),  # a new attempt
        (graded(0.0, status=SubmissionStatus.INFRASTRUCTURE), graded(1.0), "a"),
    ],
)
def test_nothing_else_waits(book, first, second, text):
    book.enter(first, digest_of("a", "v1"))
    book.enter(second, digest_of(text, "v2"))
    assert book.regrades() == []
    assert book.rows()[0].points == second.points


def test_a_new_attempt_ends_a_regrade_that_nobody_accepted(book):
    book.enter(graded(2.0), digest_of("a", "v1"))
    book.enter(graded(1.0), digest_of("a", "v2"))
    book.enter(graded(0.0), digest_of("b", "v2"))
    assert book.regrades() == []


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


@pytest.mark.sandbox
@pytest.mark.slow
def test_a_regrade_says_who_changes_before_it_is_written(course):
    course.hand_in("Ada", RIGHT)
    course.hand_in("Ben", HALF)
    course.grade()
    full = course.points["Ada"]
    assert course.points["Ben"] == full
    course.release([2, 30])
    said = course.grade("--preview")
    assert f"The points of 1 student would change:\n  Ben: f {full:g} → 0\n" in said
    assert course.points["Ben"] == full
    changes = (course.out / "changes.csv").read_text(encoding="utf-8-sig")
    assert changes == f"student,exercise,before,after\nBen,f,{full:g},0\n"
    said = course.grade()
    assert "The points of 1 student change:" in said
    assert "Graded 0 submissions" in said
    assert course.points == {"Ada": full, "Ben": 0}
    assert "The points of" not in course.grade()


@pytest.mark.sandbox
@pytest.mark.slow
def test_the_last_the_best_or_the_first_attempt_counts_and_stays_chosen(course):
    for answer in (WRONG, RIGHT, WRONG):
        course.hand_in("Ada", answer)
        course.grade()
    assert course.points == {"Ada": 0}
    course.grade("--counts", "best")
    assert course.points["Ada"] > 0
    course.grade()
    assert course.points["Ada"] > 0
    course.grade("--counts", "first")
    assert course.points == {"Ada": 0}


@pytest.mark.sandbox
@pytest.mark.slow
def test_a_decision_survives_a_regrade_and_says_why(course):
    course.hand_in("Ada", WRONG)
    course.grade()
    course.run("decide", course.out, "Ada", "--exercise", "f", "--points", "1.5",
               "--reason", "You <read> the question as it was printed.")  # fmt: skip
    course.run("decide", course.out, "Ada", "--reason", "We looked at it again.")
    course.grade()
    course.release([2, 30])
    course.grade()
    assert course.points == {"Ada": 1.5}
    assert "You &lt;read&gt; the question as it was printed." in course.page("Ada")
    assert "We looked at it again." in course.page("Ada")
    course.run("decide", course.out, "Ada", "--exercise", "f", "--withdraw",
               "--reason", "It was right as it was.")  # fmt: skip
    course.grade()
    assert course.points == {"Ada": 0}


@pytest.mark.sandbox
@pytest.mark.slow
def test_a_decision_gives_points_to_a_file_that_could_not_be_read(course):
    course.hand_in("Ada", RIGHT)
    course.grade()
    (course.folder / "in" / "Ada" / "one.ipynb").write_text("<html>", encoding="utf-8")
    course.grade()
    assert course.points == {"Ada": 0}
    for refused, why in ((("f", "99"), "f has 3 points"), (("g", "1"), "no exercise is called")):
        command = [
            "decide",
            str(course.out),
            "Ada",
            "--exercise",
            refused[0],
            "--points",
            refused[1],
        ]
        result = CliRunner().invoke(app, [*command, "--reason", "A slip."])
        assert (result.exit_code, why in result.output) == (2, True), result.output
    course.run("decide", course.out, "Ada", "--exercise", "f", "--points", "1",
               "--reason", "You showed me the notebook.")  # fmt: skip
    course.grade()
    assert course.points == {"Ada": 1}
    assert "f: 1 of 3 points" in course.page("Ada")


@pytest.mark.sandbox
def test_nothing_is_left_of_a_student_who_is_forgotten(course):
    course.hand_in("Zoë Unmistakable", RIGHT)
    course.hand_in("Ben", WRONG)
    course.grade()
    course.run("decide", course.out, "Zoë Unmistakable", "--reason", "Unmistakable note")
    course.grade()
    course.run("export", course.out, "--to", "jsonl")
    assert _mentions(course.out, "Unmistakable")
    course.run("forget", course.out, "Zoe\u0308 Unmistakable")
    assert _mentions(course.out, "Unmistakable") == []
    assert course.points == {"Ben": 0}


def _mentions(folder, word):
    """Return the files that contain a word in their name or content, whatever the encoding."""
    words = [word.encode(), word.encode("utf-16-le")]
    return [
        path for path in folder.rglob("*")
        if word in path.name or (path.is_file() and any(w in path.read_bytes() for w in words))
    ]  # fmt: skip


REFUSED = {
    "no student is called 'Aad' (did you mean 'Ada'?)": ("Aad", "--reason", "x"),
    "no exercise is called 'g'": ("Ada", "--exercise", "g", "--points", "1", "--reason", "x"),
    "pass --exercise with either": ("Ada", "--points", "1", "--reason", "x"),
    "with either --points or --withdraw": ("Ada", "--exercise", "f", "--reason", "x"),
    "the reason is empty": ("Ada", "--reason", " "),
    "at least 0, not -1": ("Ada", "--exercise", "f", "--points", "-1", "--reason", "x"),
    "at least 0, not nan": ("Ada", "--exercise", "f", "--points", "nan", "--reason", "x"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_decision_that_is_unclear_is_refused(tmp_path, what):
    with_book = Gradebook(tmp_path / "gradebook.sqlite")
    with_book.enter(graded(1.0), digest_of("a", "v1"))
    with_book.close()
    result = CliRunner().invoke(app, ["decide", str(tmp_path), *REFUSED[what]])
    assert (result.exit_code, what in result.output) == (2, True), result.output


def test_a_folder_without_a_gradebook_is_refused_and_none_is_made(tmp_path):
    for command in (["decide", "--reason", "x"], ["forget"]):
        result = CliRunner().invoke(app, [command[0], str(tmp_path), "Ada", *command[1:]])
        assert (result.exit_code, "contains no gradebook" in result.output) == (2, True)
    assert list(tmp_path.iterdir()) == []
