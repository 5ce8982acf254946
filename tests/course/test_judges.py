"""A judge of one's own decides, in the notebook and in the grader, whatever a student returns."""

import json
import math

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit.course import master as masters
from coursekit.course.checks import case
from coursekit.course.judges import decode, holds, travelling
from coursekit.course.release import answered
from coursekit.errors import CommandError
from coursekit.grading.grade import grade_one
from coursekit.sandbox.guest.arguments import arguments_of
from coursekit.sandbox.guest.codec import encode
from tests.support.one import Handed, one

JUDGE = """def is_factor(value, x):
    from math import prod

    return 1 < value < x and x % value == 0 and prod([value]) == value"""
FACTORS = one(
    "return min(n for n in range(2, x) if x % n == 0)",
    ["case(4)", "case(12)", "case(91)"],
    ", judge=is_factor",
    JUDGE,
)
RIGHT = "def f(x):\n    return max(n for n in range(2, x) if x % n == 0)"
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=15,
)


@given(plain)
def test_what_was_encoded_is_decoded(value):
    assert decode(json.loads(json.dumps(encode(value)))) == value


@pytest.mark.parametrize("value", [{(1, 2): {3}}, {frozenset({1})}, [math.inf]])
def test_keys_and_sets_are_decoded_as_far_as_they_can_be(value):
    assert holds(lambda got, _: got == value or isinstance(got, set), case(0), encode(value)) or (
        value == {frozenset({1})}
    )


@pytest.mark.sandbox
def test_any_right_answer_is_right_in_the_notebook_and_in_grading(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(Handed(FACTORS, tmp_path).check(RIGHT)).startswith("f: 3 of 3 checks")
    graded = grade_one("x", answered(FACTORS, {"f": RIGHT}), nbformat.writes(FACTORS), "seed")
    assert sum(r.points for r in graded.results) == 3


@pytest.mark.parametrize(
    "value",
    ["object()", "None", "'2'", "[2]", "{2: 2}", "10**400", "float('nan')", "Everything()", "1"],
)
def test_whatever_else_comes_is_wrong(value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    liar = "class Everything(int):\n    __eq__ = __lt__ = __gt__ = lambda *_: True\n\n\n"
    told = Handed(FACTORS, tmp_path).check(f"{liar}def f(x):\n    return {value}")
    assert str(told).startswith("f: 0 of 3 checks")


@pytest.mark.parametrize(
    "record", [{}, {"t": "int"}, {"t": "int", "v": "x"}, {"t": "dict", "v": [[1]]}, [1], 5]
)
def test_a_record_that_was_tampered_with_is_wrong(record):
    assert not holds(lambda value, x: True, case(1), record)


def test_a_judge_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr("coursekit.course.judges.SECONDS", 1)
    source = {"name": "j", "source": "def j(value, x):\n    while True:\n        pass"}
    assert not holds(source, case(1), encode(1))


def test_a_judge_travels_as_its_source_and_only_a_function_does():
    def is_even(value, _):
        return value % 2 == 0

    sent = json.loads(json.dumps(travelling(is_even)))
    assert holds(sent, case(1), encode(4))
    assert not holds(sent, case(1), encode(5))
    for judge in (lambda value, x: True, int, "no such"):
        with pytest.raises(CommandError, match=r"judge"):
            travelling(judge)


WAYS = {
    "for": lambda x: [n + 0 for n in x], "index": lambda x: [x[i] for i in range(len(x))],
    "slice": lambda x: x[:], "copy": lambda x: x.copy(), "sorted": sorted, "list": list,
    "reversed": lambda x: list(reversed(x)), "sum": sum, "in": lambda x: -1 in x,
    "enumerate": lambda x: list(enumerate(x)), "max": max,
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_each_item_is_counted_however_it_is_looked_at(way):
    numbers = list(range(7))
    assert WAYS[way](*arguments_of(case(numbers, reads=7))) == WAYS[way](numbers)
    with pytest.raises(BaseException, match="budget: more than 6 reads of items"):
        WAYS[way](*arguments_of(case(numbers, reads=6)))


def test_a_budget_is_shared_by_all_lists_of_a_case():
    left, right = arguments_of(case([1, 2], [3, [4]], reads=4))
    assert [*left, *right] == [1, 2, 3, [4]]
    with pytest.raises(BaseException, match="budget"):
        left[0]
    assert masters.points(FACTORS) == {"f": 3}
