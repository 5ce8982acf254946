"""The form in which equal values are the same, its digest, and values too long to be stored.

A list, a tuple, a range and an array are equal if their items are; 2 and 2.0 are equal, too.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from math import inf, isfinite
from operator import itemgetter
from typing import Any

from . import tables
from .encoding import LEAVES, MAX_ITEMS, TOO_LONG, decode, encode

MAX_STORED = 3_000_000  # characters for all values of one check; a longer value becomes a digest
SHORT = 200  # characters of a value that is always stored
MAX_START = 100  # characters of a longer text that are stored
START_ITEMS = 20  # items of a longer list that are stored
LARGE = 1e300
MAX_EXACT = 2**53  # every larger float is a whole number, whatever was rounded
MAX_BITS = 14_000  # Python refuses to print longer integers
DIGITS = ".9g"  # of a number in a digest
REAL = ("int", "float", "Decimal", "Fraction")


def decoded_number(value: Any) -> int | float | None:
    """Decode an encoded number; return None for anything else."""
    if not isinstance(value, dict) or value.get("t") not in REAL:
        return None
    kind, v = value["t"], value.get("v")
    try:
        if kind in ("int", "float") and not isinstance(v, str):
            return None
        number = LEAVES[kind].from_plain(v)
        return number if kind in ("int", "float") else float(number)
    except (ValueError, TypeError, ArithmeticError):
        return None


def as_lists(value: Any) -> Any:
    """Return an encoded tuple, range, array or table as encoded lists, and the rest unchanged.

    >>> as_lists({"t": "range", "v": ["0x0", "0x2", "0x1"]})
    {'t': 'list', 'v': [{'t': 'int', 'v': '0x0'}, {'t': 'int', 'v': '0x1'}]}
    """
    match value:
        case {"t": "tuple", "v": items}:
            return {"t": "list", "v": items}
        case {"t": "frozenset", "v": items}:
            return {"t": "set", "v": items}
        case {"t": "range"}:
            numbers = decode(value)
            if not numbers[MAX_ITEMS:]:
                return encode(list(numbers))
            return encode(range(numbers[0], numbers[-1] + numbers.step, numbers.step))
        case {"t": "array", "dtype": str(), "v": v}:
            shape = tables.checked_shape(value)
            if isinstance(v, list):
                return _nested(v, shape)
            array = tables.decode_array(value, decode)
            if array.size > MAX_ITEMS:
                return TOO_LONG
            if array.dtype.kind in "Mm":  # the same moment in any unit
                array = array.astype(f"{array.dtype.kind}8[us]").astype(str)
            return encode(array.tolist())
        case {"t": "DataFrame" | "Series" as kind, "columns": names, "v": v, "index": index}:
            return {"t": kind, "v": [names, index, {"t": "list", "v": v}]}
    return value


def _nested(items: Sequence[Any], shape: Sequence[int]) -> Any:
    """Return the items of an array as encoded lists of lists."""
    if not shape:
        return items[0]
    size = len(items) // shape[0] if shape[0] else 0
    rows = [_nested(items[k * size : (k + 1) * size], shape[1:]) for k in range(shape[0])]
    return {"t": "list", "v": rows}


def in_one_form(value: Any) -> Any:
    """Return the same encoded data for values of Python that are equal though their types differ.

    >>> in_one_form({"t": "bytearray", "v": "00"})
    {'t': 'bytes', 'v': '00'}
    """
    value = as_lists(value)
    match value:
        case {"t": "bytearray", "v": v}:
            return {"t": "bytes", "v": v}
        case {"t": "complex", "v": [real, {"v": "0.0" | "-0.0"}]}:
            return real
        case {"t": "datetime", "v": str(text)}:
            return {"t": "datetime", "v": _universal_time(text)}
    return value


def _universal_time(text: str) -> str:
    """Return a moment with a time zone in UTC, and any other text unchanged."""
    try:
        moment = datetime.fromisoformat(text)
        return text if moment.tzinfo is None else moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return text


def canonical(value: Any, *, exact: bool = False, zero: float = 0.0) -> Any:
    """Return plain data that is the same for equal values, with numbers of nine digits.

    If `exact`, whole numbers have all their digits, and a number differs from a text. A number
    that is smaller than `zero` becomes 0, except in the key of a dict.
    """
    value = in_one_form(value)
    if (x := decoded_number(value)) is not None:
        x = 0 if abs(x) < zero else x
        return f"#{_exact_text(x)}" if exact else _number_text(x)
    if not isinstance(value, dict) or not isinstance(items := value.get("v"), list):
        return value
    if value["t"] == "dict":
        pairs = (
            [repr(canonical(key, exact=exact)), canonical(item, exact=exact, zero=zero)]
            for key, item in items
        )
        return ["dict", sorted(pairs, key=itemgetter(0))]
    plain = [canonical(item, exact=exact, zero=zero) for item in items]
    return [value["t"], sorted(plain, key=repr) if value["t"] == "set" else plain]


def _number_text(x: float) -> str:
    if abs(x) < LARGE:
        return f"{float(x):{DIGITS}}"
    is_huge = isinstance(x, int) and x.bit_length() > MAX_BITS
    return hex(int(x)) if is_huge else str(x)


def _exact_text(x: float) -> str:
    is_exact = isinstance(x, int) or abs(x) < MAX_EXACT
    if is_exact and x == int(x):
        return hex(int(x))
    text = _number_text(x)
    rounded = float(text)
    return hex(int(rounded)) if isfinite(rounded) and rounded == int(rounded) else text


def sizes(value: Any) -> Iterator[float]:
    """Yield the absolute value of each finite number in an encoded value that is not 0.

    >>> list(sizes(encode([-2, "text", 0])))
    [2.0]
    """
    value = as_lists(value)
    if (x := decoded_number(value)) is not None:
        if 0 < abs(x) < inf:
            yield float(min(abs(x), LARGE))
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from sizes(part)


def fingerprint(value: Any, zero: float = 0.0) -> str:
    """Return a digest of a whole encoded value; equal values have the same."""
    if is_long(value):
        return str(value["digest"])
    return sha256(repr(canonical(value, exact=True, zero=zero)).encode()).hexdigest()


def is_long(value: Any) -> bool:
    """Return whether a digest replaces an encoded value that was too long to be stored."""
    return isinstance(value, dict) and value.get("t") == "long"


def shortened(value: Any, room: int) -> tuple[Any, int]:
    """Return an encoded value and the room that remains; a long one becomes its digest.

    >>> value, _ = shortened("ab" * 5000, 1000)
    >>> value["kind"], value["length"], len(value["start"])
    ('str', 10000, 100)
    """
    if (size := len(json.dumps(value))) <= max(room, SHORT):
        return value, room - size
    start: Any = None
    if isinstance(value, str):
        kind, length, start = "str", len(value), value[:MAX_START]
    else:
        lists = as_lists(value)
        if lists == TOO_LONG:
            return lists, room
        kind, length = lists["t"], len(lists["v"])
        if kind == "list" and len(json.dumps(first := lists["v"][:START_ITEMS])) <= MAX_START * 10:
            start = lists | {"v": first}
    plain = {"t": "long", "kind": kind, "length": length, "start": start}
    return plain | {"digest": fingerprint(value)}, room
