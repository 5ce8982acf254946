"""Any value is encoded with a bounded size, and outcomes are compared as plain data."""

import json
import math
from collections import OrderedDict, defaultdict, deque
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit.course.checks import order_case
from coursekit.course.compare import digest, equal, is_right, predicate_of, secret, verdicts
from coursekit.course.records import CheckRecord, Ending, Outcome
from coursekit.sandbox.guest.encoding import MAX_ITEMS, encode
from tests.support.judging import accepts

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


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
        (1 + 0j, 1, True), (1, 1 + 0j, True), (1j, 1, False), ("1j", 1j, False),
        (1e6 + 1e-9j, 1e6 + 0j, True), (complex(math.nan, 1), complex(math.nan, 1), True),
        (bytearray(b"a"), b"a", True), (b"a", "a", False), (b"a", bytearray(b"b"), False),
        (timedelta(1), timedelta(hours=24), True), (np.timedelta64(1, "D"), timedelta(1), True),
        (timedelta(1), 1, False), (NOON.astimezone(timezone(timedelta(hours=2))), NOON, True),
        (NOON.replace(tzinfo=None), NOON, False), (NOON.date(), NOON, False),
        (np.ma.masked_less([1, -1], 0), [1, None], True), (np.ma.masked, None, True),
        (np.ma.masked_less([1, -1], 0), [1, -1], False), ([1, -1], np.ma.array([1, -1]), True),
        (range(10**9), range(10**9), True), (range(0, 10**9, 3), range(0, 10**9 + 1, 3), True),
        (range(0, 10**9, 3), range(0, 10**9 - 1, 3), False), (range(10**9), [0], False),
    ],
)  # fmt: skip
def test_equality_depends_on_type_and_allows_a_tolerance(got, want, same):
    assert equal(encode(got), encode(want)) is same


def test_near_zero_the_tolerance_depends_on_the_largest_expected_number():
    def is_zero_right(*expected, within=1e-9):
        cases = [{"args": []} for _ in expected]
        outcomes = [Outcome(Ending.VALUE, encode(x)) for x in expected]
        zeros = [Outcome(Ending.VALUE, encode(0))] * len(expected)
        return verdicts(CheckRecord("f", cases, outcomes, within=within), zeros)

    assert is_zero_right(6.6e-34) == [False]
    assert is_zero_right(1.6e-19, [1e-31]) == [False, False]
    assert is_zero_right(1e-17, 1.0) == [True, False]
    assert is_zero_right(1e-17, np.array([5, math.inf])) == [True, False]
    assert is_zero_right(2e-12, 1.0) == [False, False]
    assert is_zero_right(2e-12, 1.0, within=1e-6) == [True, False]


@pytest.mark.parametrize("x", [0.0, -0.0, 0.25, 1.0, 3, 1e9, 6.6e-34, 1e300, 2 + 3j])
@pytest.mark.parametrize("beside", [1, 1e-40])
def test_a_variable_with_rounding_errors_is_right_at_home_as_in_grading(x, beside):
    expected, wrong = encode([x, beside]), encode([x, 2 * beside])
    record = CheckRecord("x", [{"args": []}], [Outcome(Ending.VALUE, expected)])
    public = secret(expected, record.tolerance.zero)
    for noise in (0, 1e-16, -3e-15):
        got = encode([x * (1 + noise) if x else noise * beside, beside * (1 + noise)])
        assert equal(got, public)
        assert equal(got, expected, record.tolerance)
    negligible = beside < record.tolerance.zero
    assert equal(wrong, public) is equal(wrong, expected, record.tolerance) is negligible


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
