"""Arguments arrive with their types, and values are compared whole, at home and in grading."""

import json
import math
from collections import Counter, UserDict, deque, namedtuple
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from random import Random
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit.course.cases import case
from coursekit.course.compare import equal, incomparable, is_right
from coursekit.course.differences import distinct_texts, first_difference
from coursekit.course.literals import call_text, value_text
from coursekit.course.records import Ending, Outcome, Tolerance
from coursekit.errors import CommandError
from coursekit.sandbox.guest.arguments import arguments_of
from coursekit.sandbox.guest.canonical import fingerprint, shortened
from coursekit.sandbox.guest.encoding import decode, encode, encode_exactly

ARGUMENTS = [
    (1, 2), (), [(1, (2, [3]))], {1, 2}, frozenset({(1, "a")}), {"a": {1: None}}, {(1, 2.5): "x"},
    [{"name": "Ada", "age": 36}, {"name": "Bob", "age": None}], math.nan, -math.inf, -0.0,
    2**70, -(2**9000), True, 1 + 2j, b"\x00\xff", bytearray(b"x"), "\ud800é∂", "", None,
    range(2, 9, 3), date(2026, 5, 1), time(12, 30), datetime(2026, 5, 1, 12, tzinfo=UTC),
    Decimal("0.10"), Fraction(1, 3), [[]], [1, 1.0, True],
    np.array([1, 2, 3]), np.array([True, False]), np.array(["ab", "c"]), np.zeros((0, 3)),
    np.array([], dtype=int), np.array([[1.5, math.nan]], dtype=np.float32), np.array(3),
    np.array([1, None, "a", (2,)], dtype=object), np.array([b"x"]), np.array([1j]),
    np.array(["2026-05-01"], dtype="datetime64[D]"), np.asfortranarray([[1, 2], [3, 4]]),
    np.float32(0.1), np.uint8(200), np.bool_(True), np.str_("a"), [np.array([1]), {"x": np.eye(2)}],
]  # fmt: skip


def sent(value):
    """Return a value as an answer receives it, in this process or in another one."""
    [copy] = arguments_of(json.loads(json.dumps(case(value))))
    return copy


@pytest.mark.parametrize("value", ARGUMENTS, ids=repr)
def test_an_argument_arrives_with_its_type_dtype_and_shape(value):
    copy = sent(value)
    assert type(copy) is type(value)
    assert encode_exactly(copy) == encode_exactly(value)
    if isinstance(value, np.ndarray | np.generic):
        assert (copy.dtype, copy.shape) == (value.dtype, value.shape)
    assert repr(copy) == repr(value) or isinstance(value, set | frozenset)


DECIMALS = st.decimals().filter(lambda number: not number.is_snan())  # which no set may hold
hashable = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
    | st.complex_numbers() | st.dates() | st.times() | st.datetimes() | DECIMALS
    | st.fractions() | st.just(range(3)),
    lambda inner: st.tuples(inner) | st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
values = st.recursive(
    hashable,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(hashable, inner, max_size=3)
        | st.sets(hashable, max_size=3)
    ),
    max_leaves=12,
)


@given(values)
def test_any_plain_value_arrives_unchanged_and_equals_itself(value):
    plain = json.loads(json.dumps(encode_exactly(value)))
    copy = decode(plain)
    assert type(copy) is type(value)
    assert encode_exactly(copy) == plain
    assert fingerprint(encode(copy)) == fingerprint(encode(value))
    if "sNaN" not in repr(value):
        assert equal(encode(copy), encode(value))


Point = namedtuple("Point", "x y")  # as students write it
REFUSED = [
    (print, "builtin_function_or_method"), ([math], "module"), ({"a": [Random(1)]}, "Random"),
    (object(), "object"), (Point(1, 2), "Point"), (Counter("ab"), "Counter"), (deque([1]), "deque"),
    (iter([1]), "list_iterator"), (MappingProxyType({}), "mappingproxy"), (int, "type"),
    (np.ma.array([1]), "MaskedArray"), (np.array([(1, 2)], dtype="i4,i4"), "dtype"),
    ({"a": 1}.keys(), "dict_keys"), (lambda: 1, "function"), (..., "ellipsis"),
    (np.array([print]), "builtin_function_or_method"), (memoryview(b"x"), "memoryview"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "name"), REFUSED, ids=[name for _, name in REFUSED])
def test_an_argument_that_cannot_arrive_is_refused_by_name(value, name):
    with pytest.raises(CommandError, match=rf"argument 2 of case\(\) is or holds .*{name}.*: pass"):
        case(1, value)


def test_a_value_that_is_too_deep_or_too_long_to_arrive_is_refused():
    deep = []
    for _ in range(30):
        deep = [deep]
    for value, what in (deep, "levels"), ([0] * 300_000, "items"), (np.zeros(2_000_000), "items"):
        with pytest.raises(CommandError, match=what):
            case(value)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (2**9000, 2**9004), ("a" * 2000, "a" * 2000 + "x"), ([0] * 20_001, [0] * 20_000 + [1]),
        (b"a" * 5000 + b"x", b"a" * 5000 + b"y"), ({*range(25_000)}, {*range(24_999), -1}),
        (np.zeros((0, 3)), np.zeros((0, 2))), (np.zeros(30_000), np.append(np.zeros(29_999), 1)),
        (dict.fromkeys(range(25_000), 1), dict.fromkeys(range(25_000), 1) | {24_999: 2}),
        (1 + 2j, 1 + 3j), (b"a", "a"), (date(2026, 5, 1), date(2026, 5, 2)), (range(3), range(4)),
        ({0.1, 0.2}, {0.1, 0.3}), ({(1, 2)}, {(1, 3)}), ({1: 2}, {1: 3}), ([[1], []], [[1]]),
        (10**15, 10**15 + 1), ("5", 5), (True, 1), (print, print), ({"a": print}, {"a": print}),
        ((1, [2]), (1, 2)), (frozenset(), []), (np.array(["a"]), np.array(["b"])), (2j, 2),
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_different_values_are_never_equal(got, want):
    one, other = encode(got), encode(want)
    assert not equal(one, other)
    assert not equal(other, one)
    if one != other and getattr(got, "size", 1):  # empty arrays are never too long to be stored
        assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        ({9.0, 10.0}, {9, 10}), ({5e-17, 1.0}, {0.0, 1.0}), ({1.0: "a"}, {1: "a"}),
        ({(1, 2.0): 3}, {(1, 2): 3}), ({0.1 + 0.2: 1}, {0.3: 1}), (range(3), [0, 1, 2]),
        ({"a": 1}.items(), [("a", 1)]), (np.array([1, 2]), (1.0, 2.0)), (frozenset({1}), {1.0}),
        ({(0.1 + 0.2, 0), (0.3, 1)}, {(0.3, 0), (0.1 + 0.2, 1)}), (-0.0, 0), (2, 2 + 0j),
        ({frozenset({1.0})}, {frozenset({1})}), (UserDict(a=1), {"a": 1}),
        (np.eye(2), [[1, 0], [0, 1]]),
        (MappingProxyType({"a": 1}), {"a": 1}), (np.zeros((0, 3)), []), (np.array(3.0), 3),
        (np.array(["a"]), ["a"]), (Fraction(1, 2), np.float32(0.5)), ({2**60, 1}, {1, 2**60}),
        ([0.1 + 0.2] * 9, [0.3] * 9), (Point(1, 2), (1, 2)), ((x for x in "ab"), ["a", "b"]),
        (np.array(["2026-05-01"], "M8[D]"), np.array(["2026-05-01T00"], "M8[ns]")),
        ({math.nan}, {math.nan}), (1 + 1e-16j, 1 + 0j), ("x" * 9000, "x" * 9000),
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_equal_values_are_equal_and_so_are_their_digests(got, want):
    one, other = encode(got), encode(want)
    assert equal(one, other)
    if "e-" not in repr(got) and not isinstance(want, complex):  # a digest has nine digits
        assert fingerprint(one) == fingerprint(other)


def test_a_long_value_is_shown_by_its_beginning_and_its_length():
    text, _ = shortened(encode("ab" * 5000), 100)
    assert value_text(text).startswith("'abab")
    assert value_text(text).endswith("(10,000 characters)")
    numbers, _ = shortened(encode(list(range(5000))), 100)
    assert value_text(numbers).startswith("[0, 1, 2, 3")
    assert distinct_texts(encode(2**20000), encode(5))[0] == "<a whole number of 20,001 bits>"


def test_the_call_is_shown_as_python_writes_it():
    arguments = (1,), {2}, {"a": [None]}, np.eye(2), range(3), b"x", date(2026, 5, 1)
    shown = (
        "(1,), {2}, {'a': [None]}, array([[1, 0], [0, 1]]), range(0, 3), b'x', "
        "datetime.date(2026, 5, 1)"
    )
    assert call_text("f", case(*arguments)) == f"f({shown})"


FORGED = [
    {"t": "array", "dtype": "<f8", "shape": [10**9, 0], "v": ""},
    {"t": "array", "dtype": "<U9999999", "shape": [2], "v": ["a", "b"]},
    {"t": "array", "dtype": "|O", "shape": [10**6], "v": []},
    {"t": "array", "dtype": "O", "shape": [1], "v": "gANdcQAu"},
    {"t": "array", "dtype": "<f8", "shape": [-1], "v": "AAAAAAAA8D8="},
    {"t": "array", "dtype": "<f8", "shape": "x", "v": []}, {"t": "array", "dtype": 5, "v": 1},
    {"t": "range", "v": ["0x0", "0xfffffffffffffff", "0x1"]}, {"t": "range", "v": []},
    {"t": "Fraction", "v": ["0x1", "0x0"]}, {"t": "Decimal", "v": "1E+999999999"},
    {"t": "complex", "v": [1, 2]}, {"t": "date", "v": 5}, {"t": "bytes", "v": "zz"},
    {"t": "long", "digest": None}, {"t": "long"}, {"t": "secret", "v": "0"}, {"t": []}, {"t": None},
    {"t": "DataFrame", "columns": [], "dtypes": ["evil"], "v": [], "index": None},
    {"t": "set", "v": [{"t": "set", "v": []}]}, {"t": "dict", "v": [[]]}, {"v": 1}, {"t": "text"},
]  # fmt: skip


@pytest.mark.parametrize("forged", FORGED, ids=repr)
@pytest.mark.parametrize("want", [1, [1.5], {"a": (1, 2)}, {1}, np.eye(2), None, 1j, "x" * 9999])
def test_a_forged_value_is_wrong_and_costs_nothing(forged, want):
    for value in (forged, {"t": "list", "v": [forged]}, {"t": "dict", "v": [[forged, forged]]}):
        got = Outcome(Ending.VALUE, value)
        for right in (encode(want), shortened(encode(want), 0)[0]):
            assert not is_right(case(1), got, Outcome(Ending.VALUE, right))
        assert is_right(case(1), got, Outcome(Ending.VALUE), lambda *_: True) in (True, False)


@pytest.fixture(scope="module")
def pandas():
    return pytest.importorskip("pandas")


TABLES = [
    {"name": ["Ada", "Bob"], "age": [36, 41], "x": [0.5, math.nan], "ok": [True, False]},
    {"n": np.array([1, 2], dtype=np.int8), "when": np.array(["2026-05-01", "NaT"], "M8[ns]")},
    {"any": np.array([1, "a"], dtype=object)}, {"empty": np.array([], dtype=float)}, {},
]  # fmt: skip


@pytest.mark.parametrize("columns", TABLES, ids=repr)
def test_a_table_arrives_with_its_dtypes_and_its_index(columns, pandas):
    table = pandas.DataFrame(columns)
    named = table.set_index(pandas.Index([f"row {k}" for k in range(len(table))], name="key"))
    for value in (table, named, table[:0], *(table[name] for name in table)):
        copy = sent(value)
        same = pandas.testing.assert_frame_equal
        if isinstance(value, pandas.Series):
            same = pandas.testing.assert_series_equal
        same(copy, value, check_column_type=bool(columns)) if value is table else same(copy, value)
        assert equal(encode(copy), encode(value))
        assert fingerprint(encode(copy)) == fingerprint(encode(value))


def test_tables_differ_by_cells_names_and_index_but_not_by_the_kind_of_number(pandas):
    table = pandas.DataFrame({"a": [1, 2], "b": [0.1 + 0.2, 1]})
    same = pandas.DataFrame({"a": [1.0, 2.0], "b": [0.3, 1]})
    assert equal(encode(same), encode(table))
    others = (
        table.assign(a=[1, 3]), table.rename(columns={"a": "c"}), table[["b", "a"]], table[::-1],
        table[:1], table.set_index("a"), table["a"], table.to_dict("list"), table.to_numpy(), None,
    )  # fmt: skip
    for other in others:
        assert not equal(encode(other), encode(table))
    assert equal(encode(table["a"]), encode(same["a"]))
    assert not equal(encode(table["a"]), encode(table["b"]))
    assert "0.3" in value_text(encode(table))


@pytest.mark.parametrize("kind", ["category", "datetime64[ns, UTC]", "complex128"])
def test_a_column_that_cannot_arrive_is_refused_by_its_dtype(kind, pandas):
    table = pandas.DataFrame({"x": pandas.Series([1, 2]).astype(kind)})
    with pytest.raises(CommandError, match="a column of dtype"):
        case(table)


class Broken(list):
    def __iter__(self):
        raise RuntimeError


def _circle():
    circle = []
    circle.append(circle)
    return circle


ODD = [
    Broken([1]), _circle(), range(10**9), range(2**70), np.zeros(500_000),
    np.ma.array([1, 2], mask=[0, 1]), np.longdouble(1) / 3, np.array([(1, 2)], dtype="i4,i4"),
    np.datetime64("NaT"), np.timedelta64(5, "s"), np.zeros((2, 0, 3)), Decimal("sNaN"),
    {math.nan: 1, 2.5: 2}, 2**100_000, "\ud800" * 3000, memoryview(b"ab"), Counter("aab"), slice(1),
    enumerate("ab"), ..., type, lambda: 1, np.float16(0.1), complex("nan"), [[[]]] * 3,
]  # fmt: skip


@pytest.mark.parametrize("value", ODD, ids=lambda value: type(value).__name__)
def test_whatever_an_answer_returns_is_compared_and_shown(value):
    whole = encode(value)
    part, _ = shortened(whole, 300)
    for got in (whole, part):
        assert value_text(got)
        for want in (1, [1], {"a": 1}, "x"):
            assert not equal(got, encode(want)) or isinstance(value, Broken)
            assert distinct_texts(encode(want), got)
            assert first_difference(encode(want), got, Tolerance())
    assert equal(whole, whole) is not bool(incomparable(whole))


def test_a_table_of_any_dtype_is_compared_and_shown(pandas):
    for column in (pandas.Categorical(["a", "b"]), pandas.array([1, None]), [pandas.NA, 1]):
        table = encode(pandas.DataFrame({"x": column}))
        assert "x" in value_text(table)
        assert not equal(table, encode(pandas.DataFrame({"x": [0, 0]})))
