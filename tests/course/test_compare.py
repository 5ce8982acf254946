"""Any value is encoded with a bounded size, and outcomes are compared as plain data."""

import json
import math
from collections import OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit.course.checks import order_case
from coursekit.course.compare import digest, equal, is_right, predicate_of
from coursekit.course.records import Ending, Outcome
from coursekit.sandbox.guest.encoding import MAX_ITEMS, encode
from tests.support.judging import accepts

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(plain)
def test_an_encoded_value_is_json_and_equals_itself(value):
    copy = json.loads(json.dumps(encode(value)))
    assert equal(copy, encode(value))


@pytest.mark.parametrize(
    ("got", "want", "same"),
    [
        (5, 5.0, True), (np.float64(5), 5, True), (np.int8(5), 5, True), (0.1 + 0.2, 0.3, True),
        (True, 1, False), ("5", 5, False), (None, 0, False), (math.nan, math.nan, True),
        (math.inf, math.inf, True), (math.inf, 1e308, False), (10**400, 10**400, True),
        (10**400, 1.0, False), ([1, 2], (1, 2), True), (iter([1, 2]), [1, 2], True),
        (deque([1, 2]), [1, 2], True), ({1: 2}.keys(), [1], True), ({1, 2}, {2, 1}, True),
        ({9.0, 10.0}, {9, 10}, True), ({0.1 + 0.2, -1}, {0.3, -1.0}, True), ({9}, {10}, False),
        (Fraction(1, 2), 0.5, True), (Decimal("0.5"), 0.5, True),
        ([1, 2], {1, 2}, False), (OrderedDict(a=1), {"a": 1.0}, True),
        (defaultdict(int, a=1), {"a": 1, "dead": 0}, True), (defaultdict(int), {"a": 1}, False),
        ({"a": 1}, {"a": 1, "dead": 0}, False), ({"a": 1, "more": 0}, {"a": 1}, False),
        (np.array([1.0, 2.0]), [1, 2], True), (1e-13, 0.0, True), (object(), 1, False),
    ],
)  # fmt: skip
def test_equality_depends_on_type_and_allows_a_tolerance(got, want, same):
    assert equal(encode(got), encode(want)) is same


class Liar(dict):
    def __eq__(self, other):
        return True

    __hash__ = None


class Deep(list):
    pass


def test_subclasses_become_their_base_and_depth_and_size_are_bounded():
    assert encode(Liar()) == {"t": "dict", "v": []}
    deep = Deep()
    deep.append(deep)
    assert "too deep" in json.dumps(encode(deep))
    assert encode(iter(int, 1)) == encode([0] * (MAX_ITEMS + 1)) == {"t": "too long"}
    assert not equal(encode(iter(int, 1)), encode(iter(int, 1)))


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_a_forged_outcome_is_simply_wrong(data):
    want = Outcome(Ending.VALUE, encode({"a": 1}))
    case = order_case("a", {"a": []}.get)
    forged, value = Outcome.from_json(data), Outcome.from_json({"value": data})
    assert is_right(case, forged, want) in (True, False)
    assert is_right(case, value, want) is False
    assert is_right(case, value, want, ORDER) in (True, False)


ORDER = predicate_of("topological order")


def test_any_topological_order_is_right():
    case = order_case("abc", {"a": ["c"], "b": ["c"], "c": []}.get)
    assert accepts(ORDER, case, encode(["a", "b", "c"]))
    assert accepts(ORDER, case, encode(("b", "a", "c")))
    for wrong in (
        ["c", "b", "a"],
        ["a", "b"],
        ["a", "a", "b", "c"],
        ["a", "b", "c", "d"],
        {"a"},
        None,
    ):
        assert not accepts(ORDER, case, encode(wrong))


def raising(*errors):
    return Outcome(Ending.ERROR, errors=(*errors, "Exception", "BaseException"))


def test_a_subclass_of_the_expected_error_is_right():
    want, case = raising("ValueError"), {"args": []}
    assert is_right(case, raising("CycleError", "ValueError"), want)
    assert not is_right(case, raising("KeyError", "LookupError"), want)
    assert not is_right(case, Outcome(Ending.VALUE), want)


def test_outcomes_that_are_equal_have_the_same_digest():
    one, other = (Outcome(Ending.VALUE, encode(x)) for x in ({"a": 1, "b": 2.0}, {"b": 2, "a": 1}))
    assert digest(one) == digest(other)
    assert digest(one) != digest(Outcome(Ending.VALUE, encode(2)))


@pytest.mark.parametrize(
    "data",
    [
        {"value": {"t": "int", "v": "0x5"}},
        {"error": ["KeyError", "Exception"], "text": "'x'", "trace": [[2, "f", "return {}['x']"]]},
        {"stopped": "time limit: no result after 10 seconds"},
        {"changed": True},
        {"empty": True},
        {"missing": True},
    ],
)
def test_an_outcome_survives_a_round_trip_through_json(data):
    assert Outcome.from_json(data).to_json() == data
    assert Outcome.from_json(data).ending.value == next(iter(data))


@pytest.mark.parametrize(
    "data",
    [None, [], {}, {"error": []}, {"error": [1]}, {"error": "x"}, {"stopped": 3}, {"invalid": 1}],
)
def test_any_other_json_is_an_invalid_outcome(data):
    assert Outcome.from_json(data).ending is Ending.INVALID
