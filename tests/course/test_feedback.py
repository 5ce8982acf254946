"""Feedback says what is wrong, where, and one thing to try; in text and in HTML alike."""

import pytest

from coursekit import animate
from coursekit.engine.linearization import Linearization
from coursekit.sandbox.guest import limits, outcome
from tests.support.one import Handed, one

NUMBERS = one("return [2 * n for n in x]", ["case([])", "case([1, 2])", "case([3, 4, 5, 6, 7])"])
HALF = one("return x / 3", ["case(0.0)", "case(1.0)", "case(8.0)"])


def returns(value):
    return f"def f(x):\n    return {value}"


@pytest.fixture
def numbers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Handed(NUMBERS, tmp_path)


@pytest.fixture
def half(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Handed(HALF, tmp_path)


def test_expected_stands_beside_returned(numbers):
    told = numbers.check(returns("[3 * n for n in x]"))
    assert str(told).splitlines()[:4] == [
        "f: 1 of 3 checks",
        "f([1, 2])",
        "  expected  [2, 4]",
        "  returned  [3, 6]",
    ]
    html = told._repr_html_()
    assert '<th scope="col">expected</th><th scope="col">returned</th>' in html
    assert "<td><code>[2, 4]</code></td><td><code>[3, 6]</code></td>" in html


def test_where_lists_are_long_it_says_where_they_differ_first(numbers):
    told = str(numbers.check(returns("[2 * n if n < 6 else 0 for n in x]")))
    assert "They differ first at [3]: 12 is due, 0 is there." in told


@pytest.mark.parametrize(
    ("wrong", "sides"),
    [
        ("x / 3 + 1e-7", ("0.333333333", "0.333333433")),
        ("x / 3 * (1 + 1e-8)", ("0.333333333", "0.333333337")),
        ("x / 4", ("0.333", "0.25")),
    ],
)
def test_numbers_have_as_many_digits_as_tell_them_apart(half, wrong, sides):
    told = half.check(f"def f(x):\n    return {wrong} if x else 0")
    assert [text for _, text in told.sides] == list(sides)


def test_numbers_within_the_tolerance_that_the_check_names_are_right(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    handed = Handed(one("return x / 3", ["case(8.0)"], ", within=1e-3"), tmp_path)
    assert str(handed.check(returns("x / 3.001"))).startswith("f: 1 of 1 checks")
    assert str(handed.check(returns("x / 3.01"))).startswith("f: 0 of 1 checks")


@pytest.mark.parametrize(
    ("answer", "suggestion"),
    [
        ("print('')", "does every way through the function end with return?"),
        ("return [2 * n for n in x][::-1]", "the items are right, only their order is not."),
        (
            "return [2 * n for n in x][:1]",
            "items due: 2, there: 1. Which are missing, or too many?",
        ),
        ("return {1} - {1} if x else []", "f(*check.failing) in a cell of your own: the same"),
        ("return x[5] if x else []", "the same call, with the whole traceback."),
        ("while x: pass\n    return []", "does every loop come nearer to its end?"),
    ],
)
def test_what_to_try_is_told_by_how_the_answer_fails(numbers, answer, suggestion, monkeypatch):
    monkeypatch.setattr(limits, "CASE_TIMEOUT", 1)
    told = numbers.check(f"def f(x):\n    {answer}")
    assert suggestion in told.suggestion
    assert f"<b>Try:</b> {told.suggestion[:4]}" in told._repr_html_().replace("<code>", "")


@pytest.mark.parametrize(
    ("value", "suggestion"),
    [("-x / 3", "only the sign differs"), ("round(x / 3, 4)", "it is nearly right")],
)
def test_what_to_try_where_a_number_is_wrong(half, value, suggestion):
    assert suggestion in half.check(returns(value)).suggestion


def test_what_is_changed_or_read_too_often_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    master = one("return max(x)", ["case([1], unchanged=True)", "case([1, 2, 3], reads=4)"])
    handed = Handed(master, tmp_path)
    told = handed.check("def f(x):\n    return x.pop()")
    assert "f([1]) changes what it is given." in str(told)
    assert "begin with a copy" in told.suggestion
    told = handed.check("def f(x):\n    return max(max(x), max(x))")
    assert "f([1, 2, 3]) is stopped by its budget: more than 4 reads of items." in str(told)
    assert "what is read twice?" in told.suggestion
    assert handed.failing == ([1, 2, 3],)
    for _ in range(9):
        assert max(handed.failing[0]) == 3  # free to be read
    assert str(handed.check("def f(x):\n    return max(x)")).startswith("f: 2 of 2")


def test_the_case_that_failed_is_there_to_be_called_again_and_animated(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    body = "return {v: 1.0 for v in x.vertices}"
    handed = Handed(one(body, ["lin_case(kite())"]), tmp_path)
    told = handed.check("def f(x):\n    return {v: x.partials['h', 'p'] for v in x.vertices}")
    assert "animate(f, *check.failing)" in told.suggestion
    assert "<code>animate(f, *check.failing)</code>" in told._repr_html_()
    [lin] = handed.failing
    assert isinstance(lin, Linearization)
    assert "h" in str(animate(handed.names["f"], lin))


def test_a_traceback_has_the_students_lines_and_none_of_the_kits(numbers):
    source = """def halves(n):
    return n / 0


def f(x):
    return list(map(halves, x))"""
    told = numbers.check(source)
    assert [(line, name) for line, name, _ in told.trace] == [(6, "f"), (2, "halves")]
    deep = numbers.check(DEEP)
    assert len(deep.trace) == outcome.TRACE_STEPS
    assert "coursekit" not in str(deep)


DEEP = "def f(x):\n    return x and down(9)\n\ndef down(k):\n    return down(k - 1) if k else 1 / 0"


def test_what_a_check_draws_stands_below_the_case(tmp_path, monkeypatch):
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
    figure = Handed(one("return 2 * x", ["case(4)"], ", draw=picture", above), tmp_path)
    assert "data:image/svg+xml;base64," in figure.check(returns("x"))._repr_html_()
    assert "<img" not in figure.check(returns("2 * x"))._repr_html_()
    assert "<img" not in figure.check(returns("x / 0"))._repr_html_()  # None cannot be drawn
    note = Handed(one("return 2 * x", ["case(4)"], ", draw=note", above), tmp_path)
    assert "<i>(5, 4)</i>" in note.check(returns("x + 1"))._repr_html_()


def test_what_the_student_wrote_is_text(numbers):
    html = numbers.check("def f(x):\n    raise ValueError('<script>' * (x != []))")._repr_html_()
    assert "<script" not in html
    html = numbers.check(returns("['<script>'] if x else []"))._repr_html_()
    assert "<script" not in html


def test_a_notebook_of_another_version_than_its_outcomes_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    handed = Handed(one("return x", ["case(1)", "case(2)"]), tmp_path)
    Handed(one("return x", ["case(1)"]), tmp_path)
    assert str(handed.check(returns("x"))).splitlines() == [
        "f: cannot be checked",
        "one.json is of another version than this notebook: get both anew.",
    ]
    (tmp_path / "one.json").write_text("{")
    assert "one.json is damaged: get it anew." in str(handed.check(returns("x")))
    (tmp_path / "one.json").unlink()
    assert "one.json is missing: put it beside this" in str(handed.check(returns("x")))
