"""Encoding bounds whatever comes; comparing takes plain data for what it is."""

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
from coursekit.course.compare import digest, equal, right
from coursekit.course.judges import holds
from coursekit.sandbox.guest.codec import MAX_ITEMS, encode

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(plain)
def test_what_is_encoded_is_json_and_equals_itself(value):
    travelled = json.loads(json.dumps(encode(value)))
    assert equal(travelled, encode(value))


@pytest.mark.parametrize(
    ("got", "want", "same"),
    [
        (5, 5.0, True), (np.float64(5), 5, True), (np.int8(5), 5, True), (0.1 + 0.2, 0.3, True),
        (True, 1, False), ("5", 5, False), (None, 0, False), (math.nan, math.nan, True),
        (math.inf, math.inf, True), (math.inf, 1e308, False), (10**400, 10**400, True),
        (10**400, 1.0, False), ([1, 2], (1, 2), True), (iter([1, 2]), [1, 2], True),
        (deque([1, 2]), [1, 2], True), ({1: 2}.keys(), [1], True), ({1, 2}, {2, 1}, True),
        (Fraction(1, 2), 0.5, True), (Decimal("0.5"), 0.5, True),
        ([1, 2], {1, 2}, False), (OrderedDict(a=1), {"a": 1.0}, True),
        (defaultdict(int, a=1), {"a": 1, "dead": 0}, True), (defaultdict(int), {"a": 1}, False),
        ({"a": 1}, {"a": 1, "dead": 0}, False), ({"a": 1, "more": 0}, {"a": 1}, False),
        (np.array([1.0, 2.0]), [1, 2], True), (1e-13, 0.0, True), (object(), 1, False),
    ],
)  # fmt: skip
def test_equality_is_within_a_tolerance_and_by_kind(got, want, same):
    assert equal(encode(got), encode(want)) is same


class Liar(dict):
    def __eq__(self, other):
        return True

    __hash__ = None


class Deep(list):
    pass


def test_subclasses_are_reduced_and_depth_and_size_are_bounded():
    assert encode(Liar()) == {"t": "dict", "v": []}
    deep = Deep()
    deep.append(deep)
    assert "too deep" in json.dumps(encode(deep))
    assert len(encode(iter(int, 1))["v"]) == MAX_ITEMS


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_a_record_that_was_tampered_with_is_simply_wrong(record):
    want = {"value": encode({"a": 1})}
    case = order_case("a", {"a": []}.get)
    assert right(case, record, want) in (True, False)
    assert right(case, {"value": record}, want) is False
    assert right(case, {"value": record}, want, "topological order") in (True, False)


def test_any_topological_order_is_right():
    case = order_case("abc", {"a": ["c"], "b": ["c"], "c": []}.get)
    assert holds("topological order", case, encode(["a", "b", "c"]))
    assert holds("topological order", case, encode(("b", "a", "c")))
    for wrong in (
        ["c", "b", "a"],
        ["a", "b"],
        ["a", "a", "b", "c"],
        ["a", "b", "c", "d"],
        {"a"},
        None,
    ):
        assert not holds("topological order", case, encode(wrong))


def test_a_subclass_of_the_error_that_is_due_is_right():
    want = {"error": ["ValueError", "Exception", "BaseException"], "text": ""}
    assert right({}, {"error": ["CycleError", "ValueError", "Exception", "BaseException"]}, want)
    assert not right({}, {"error": ["KeyError", "LookupError", "Exception", "BaseException"]}, want)
    assert not right({}, {"value": None}, want)


def test_answers_that_behave_alike_have_the_same_digest():
    assert digest({"value": encode({"a": 1, "b": 2.0})}) == digest(
        {"value": encode({"b": 2, "a": 1.0})}
    )
    assert digest({"value": encode(1)}) != digest({"value": encode(2)})
