"""A master's own judge gives the same verdict in the notebook and in grading, on any value."""

import json
import math

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit.course.checks import case
from coursekit.course.compare import decode, judge_to_json, predicate_of
from coursekit.course.release import answered_notebook
from coursekit.errors import CommandError
from coursekit.grading.grade import grade_one
from coursekit.sandbox.guest.arguments import arguments_of
from coursekit.sandbox.guest.encoding import encode
from tests.support.judging import accepts
from tests.support.one import Student, one_master

JUDGE = """def is_factor(value, x):
    from math import prod

    return 1 < value < x and x % value == 0 and prod([value]) == value"""
FACTORS = one_master(
    "return min(n for n in range(2, x) if x % n == 0)",
    ["case(4)", "case(12)", "case(91)"],
    ", judge=is_factor",
    JUDGE,
)
FACTORS_TEXT = nbformat.writes(FACTORS.node)
RIGHT = "def f(x):\n    return max(n for n in range(2, x) if x % n == 0)"
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=15,
)


@given(plain)
def test_decoding_reverses_encoding(value):
    assert decode(json.loads(json.dumps(encode(value)))) == value


@pytest.mark.parametrize("value", [{(1, 2): {3}}, {frozenset({1})}, [math.inf]])
def test_keys_and_sets_are_decoded_if_possible(value):
    assert accepts(lambda got, _: got == value or isinstance(got, set), case(0), encode(value)) or (
        value == {frozenset({1})}
    )


@pytest.mark.sandbox
def test_any_right_answer_is_right_in_the_notebook_and_in_grading(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(Student(FACTORS, tmp_path).check(RIGHT)).startswith("f: 3 of 3 checks")
    graded = grade_one("x", answered_notebook(FACTORS, {"f": RIGHT}), FACTORS_TEXT, "seed")
    assert FACTORS.points == {"f": 3}
    assert graded.points == 3


@pytest.mark.parametrize(
    "value",
    ["object()", "None", "'2'", "[2]", "{2: 2}", "10**400", "float('nan')", "Everything()", "1"],
)
def test_any_other_value_is_wrong(value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    liar = "class Everything(int):\n    __eq__ = __lt__ = __gt__ = lambda *_: True\n\n\n"
    feedback = Student(FACTORS, tmp_path).check(f"{liar}def f(x):\n    return {value}")
    assert str(feedback).startswith("f: 0 of 3 checks")


@pytest.mark.parametrize(
    "value", [{}, {"t": "int"}, {"t": "int", "v": "x"}, {"t": "dict", "v": [[1]]}, [1], 5]
)
def test_a_forged_value_is_wrong(value):
    assert not accepts(lambda value, x: True, case(1), value)


def test_a_judge_that_never_returns_is_stopped(monkeypatch):
    monkeypatch.setattr("coursekit.course.compare.JUDGE_SECONDS", 1)
    judge = {"name": "j", "source": "def j(value, x):\n    while True:\n        pass"}
    assert not accepts(predicate_of(judge), case(1), encode(1))


def test_a_judge_is_sent_as_source_and_must_be_a_self_contained_function():
    def is_even(value, _):
        return value % 2 == 0

    def is_odd(value, _, check=is_even):
        return not check(value, _)

    judge = predicate_of(json.loads(json.dumps(judge_to_json(is_even))))
    assert accepts(judge, case(1), encode(4))
    assert not accepts(judge, case(1), encode(5))
    for judge in (lambda value, x: True, int, "no such", is_odd):
        with pytest.raises(CommandError, match=r"judge"):
            judge_to_json(judge)


READERS = {
    "for": lambda x: [n + 0 for n in x], "index": lambda x: [x[i] for i in range(len(x))],
    "slice": lambda x: x[:], "copy": lambda x: x.copy(), "sorted": sorted, "list": list,
    "reversed": lambda x: list(reversed(x)), "sum": sum, "in": lambda x: -1 in x,
    "enumerate": lambda x: list(enumerate(x)), "max": max,
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_each_item_read_is_counted_for_every_way_of_reading(reader):
    numbers = list(range(7))
    assert READERS[reader](*arguments_of(case(numbers, reads=7))) == READERS[reader](numbers)
    with pytest.raises(BaseException, match="budget: more than 6 reads of items"):
        READERS[reader](*arguments_of(case(numbers, reads=6)))


def test_a_budget_is_shared_by_all_lists_of_a_case():
    left, right = arguments_of(case([1, 2], [3, [4]], reads=4))
    assert [*left, *right] == [1, 2, 3, [4]]
    with pytest.raises(BaseException, match="budget"):
        left[0]
