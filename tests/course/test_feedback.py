"""Feedback names the mistake, its place and the next step, as text and as HTML."""

import pytest

from coursekit import animate
from coursekit.engine.linearization import Linearization
from coursekit.sandbox.guest import check_probe, limits
from tests.support.one import Student, one_master

NUMBERS = one_master(
    "return [2 * n for n in x]", ["case([])", "case([1, 2])", "case([3, 4, 5, 6, 7])"]
)
HALF = one_master("return x / 3", ["case(0.0)", "case(1.0)", "case(8.0)"])


def returns(value):
    return f"def f(x):\n    return {value}"


@pytest.fixture
def numbers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Student(NUMBERS, tmp_path)


@pytest.fixture
def half(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Student(HALF, tmp_path)


def test_expected_and_returned_are_shown_side_by_side(numbers):
    feedback = numbers.check(returns("[3 * n for n in x]"))
    assert str(feedback).splitlines()[:4] == [
        "f: 1 of 3 checks passed",
        "f([1, 2])",
        "  expected  [2, 4]",
        "  returned  [3, 6]",
    ]
    html = feedback._repr_html_()
    assert '<th scope="col">expected</th><th scope="col">returned</th>' in html
    assert "<td><code>[2, 4]</code></td><td><code>[3, 6]</code></td>" in html


def test_feedback_names_the_first_difference_of_long_lists(numbers):
    feedback = str(numbers.check(returns("[2 * n if n < 6 else 0 for n in x]")))
    assert "First difference at [3]: expected 12, got 0." in feedback


@pytest.mark.parametrize(
    ("wrong", "sides"),
    [
        ("x / 3 + 1e-7", ("0.333333333", "0.333333433")),
        ("x / 3 * (1 + 1e-8)", ("0.333333333", "0.333333337")),
        ("x / 4", ("0.333", "0.25")),
    ],
)
def test_numbers_have_enough_digits_to_show_their_difference(half, wrong, sides):
    feedback = half.check(f"def f(x):\n    return {wrong} if x else 0")
    assert [text for _, text in feedback.sides] == list(sides)


def test_numbers_within_the_tolerance_of_the_check_are_right(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    student = Student(one_master("return x / 3", ["case(8.0)"], ", within=1e-3"), tmp_path)
    assert str(student.check(returns("x / 3.001"))).startswith("f: 1 of 1 check passed")
    assert str(student.check(returns("x / 3.01"))).startswith("f: 0 of 1 check passed")


@pytest.mark.parametrize(
    ("answer", "suggestion"),
    [
        ("print('')", "Does every path through the function reach a return?"),
        ("return [2 * n for n in x][::-1]", "The items are right, but their order is not."),
        (
            "return [2 * n for n in x][:1]",
            "Expected 2 items, got 1. Which are missing or extra?",
        ),
        ("return {1} - {1} if x else []", "Return a list, not a set."),
        ("return [str(2 * n) for n in x]", "[0] must be a number, not text."),
        ("return [3 * n for n in x]", "to repeat this call, and print intermediate results."),
        ("return f(x)", "Does each call come closer to a case that returns"),
        ("return x[5] if x else []", "to repeat this call and see the whole traceback."),
        ("while x: pass\n    return []", "Does every loop end?"),
    ],
)
def test_the_suggestion_depends_on_how_the_answer_fails(numbers, answer, suggestion, monkeypatch):
    monkeypatch.setattr(limits, "CASE_TIMEOUT", 1)
    feedback = numbers.check(f"def f(x):\n    {answer}")
    assert suggestion in feedback.suggestion
    assert f"<b>Next:</b> {feedback.suggestion[:4]}" in feedback._repr_html_().replace("<code>", "")


@pytest.mark.parametrize(
    ("value", "suggestion"),
    [("-x / 3", "Only the sign is wrong"), ("round(x / 3, 4)", "It is nearly right")],
)
def test_the_suggestion_for_a_wrong_number(half, value, suggestion):
    assert suggestion in half.check(returns(value)).suggestion


def test_feedback_on_modified_arguments_and_too_many_reads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    master = one_master("return max(x)", ["case([1], unchanged=True)", "case([1, 2, 3], reads=4)"])
    student = Student(master, tmp_path)
    feedback = student.check("def f(x):\n    return x.pop()")
    assert "f([1]) modifies its arguments." in str(feedback)
    assert "start with a copy" in feedback.suggestion
    feedback = student.check("def f(x):\n    return max(max(x), max(x))")
    assert "f([1, 2, 3]) was stopped: more than 4 reads of items." in str(feedback)
    assert "What is read twice?" in feedback.suggestion
    assert student.failing == ([1, 2, 3],)
    for _ in range(9):
        assert max(student.failing[0]) == 3  # without a budget
    assert str(student.check("def f(x):\n    return max(x)")).startswith("f: 2 of 2")


def test_the_failing_case_can_be_called_again_and_animated(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    body = "return {v: 1.0 for v in x.vertices}"
    student = Student(one_master(body, ["lin_case(kite())"]), tmp_path)
    feedback = student.check("def f(x):\n    return {v: x.partials['h', 'p'] for v in x.vertices}")
    assert "animate(f, *check.failing)" in feedback.suggestion
    assert "<code>animate(f, *check.failing)</code>" in feedback._repr_html_()
    [lin] = student.failing
    assert isinstance(lin, Linearization)
    assert "h" in str(animate(student.names["f"], lin))


def test_a_traceback_shows_only_the_students_lines(numbers):
    source = """def halves(n):
    return n / 0


def f(x):
    return list(map(halves, x))"""
    feedback = numbers.check(source)
    assert [(step.line, step.function) for step in feedback.trace] == [(6, "f"), (2, "halves")]
    deep = numbers.check(DEEP)
    assert len(deep.trace) == check_probe.TRACE_STEPS
    assert "coursekit" not in str(deep)


DEEP = "def f(x):\n    return x and down(9)\n\ndef down(k):\n    return down(k - 1) if k else 1 / 0"


def test_the_picture_of_a_check_is_shown_below_the_case(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    above = """def picture(value, x):
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([value + 0, x])
    return figure


class Note:
    def __init__(self, text):
        self.text = text

    def _repr_html_(self):
        return f"<i>{self.text}</i>"


def note(value, x):
    return Note((value, x))"""
    figure = Student(one_master("return 2 * x", ["case(4)"], ", draw=picture", above), tmp_path)
    assert "data:image/svg+xml;base64," in figure.check(returns("x"))._repr_html_()
    assert "<img" not in figure.check(returns("2 * x"))._repr_html_()
    assert "<img" not in figure.check(returns("x / 0"))._repr_html_()
    note = Student(one_master("return 2 * x", ["case(4)"], ", draw=note", above), tmp_path)
    assert "<i>(5, 4)</i>" in note.check(returns("x + 1"))._repr_html_()


def test_a_students_text_is_escaped(numbers):
    html = numbers.check("def f(x):\n    raise ValueError('<script>' * (x != []))")._repr_html_()
    assert "<script" not in html
    html = numbers.check(returns("['<script>'] if x else []"))._repr_html_()
    assert "<script" not in html


def test_outcomes_that_are_outdated_damaged_or_missing_are_reported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    student = Student(one_master("return x", ["case(1)", "case(2)"]), tmp_path)
    Student(one_master("return x", ["case(1)"]), tmp_path)  # overwrites one.json
    assert str(student.check(returns("x"))).splitlines() == [
        "f: cannot be checked",
        "this cell was changed, or one.json belongs to another version of this notebook: "
        "download both again.",
    ]
    (tmp_path / "one.json").write_text("{")
    assert "one.json is damaged: download it again." in str(student.check(returns("x")))
    (tmp_path / "one.json").unlink()
    assert "one.json is missing: put the file you were given" in str(student.check(returns("x")))
