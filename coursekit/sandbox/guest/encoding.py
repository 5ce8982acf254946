"""Encode arguments and values as plain JSON, with their types; nothing is ever unpickled.

| value | JSON |
|---|---|
| None, bool, str | unchanged |
| int, float, bytes, date, … (`LEAVES`) | `{"t": "int", "v": "0x5"}`, `{"t": "float", "v": "1.5"}` |
| list, tuple, set, frozenset | `{"t": "tuple", "v": [item, …]}` |
| dict | `{"t": "dict", "v": [[key, item], …]}` |
| numpy array or number, DataFrame, Series | see `tables.py` |
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, MappingView, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any, NamedTuple

from . import tables

MAX_DEPTH = 20
MAX_ITEMS = 200_000  # in one value, with the items of its items
TOO_LONG = {"t": "too long"}  # equal to nothing
UNCHANGED = {str, bool, type(None)}  # types whose plain form is the value itself
SURROGATES = ("utf-16-le", "surrogatepass")


class NotPlainError(TypeError):
    """A value has no plain form; the message names its type."""


class Leaf(NamedTuple):
    """A type without items: how it becomes text or a list of texts, and back."""

    type: type
    to_plain: Callable[[Any], Any]
    from_plain: Callable[[Any], Any]


def _integer(text: str) -> int:
    return int(text, 16)


def _encode_text(text: str) -> Any:
    """Return a str unchanged, or tagged if it holds lone surrogates, which JSON may lose."""
    plain = str.__str__(text)
    try:
        plain.encode()
    except UnicodeEncodeError:
        return {"t": "text", "v": plain.encode(*SURROGATES).hex()}
    return plain


LEAVES = {
    "text": Leaf(str, _encode_text, lambda v: bytes.fromhex(v).decode(*SURROGATES)),
    "int": Leaf(int, lambda n: hex(int.__index__(n)), _integer),
    "float": Leaf(float, float.__repr__, float),
    "complex": Leaf(
        complex,
        lambda z: [{"t": "float", "v": repr(x)} for x in (z.real, z.imag)],
        lambda v: complex(*(float(part["v"]) for part in v)),
    ),
    "bytes": Leaf(bytes, bytes.hex, bytes.fromhex),
    "bytearray": Leaf(bytearray, bytearray.hex, bytearray.fromhex),
    "datetime": Leaf(datetime, datetime.isoformat, datetime.fromisoformat),  # a date, too
    "date": Leaf(date, date.isoformat, date.fromisoformat),
    "time": Leaf(time, time.isoformat, time.fromisoformat),
    "timedelta": Leaf(
        timedelta,
        lambda d: hex(d // timedelta(microseconds=1)),
        lambda v: timedelta(microseconds=_integer(v)),
    ),
    "Decimal": Leaf(Decimal, Decimal.__str__, Decimal),
    "Fraction": Leaf(
        Fraction,
        lambda x: [hex(x.numerator), hex(x.denominator)],
        lambda v: Fraction(*map(_integer, v)),
    ),
    "range": Leaf(
        range,
        lambda r: [hex(r.start), hex(r.stop), hex(r.step)],
        lambda v: range(*map(_integer, v)),
    ),
}
CONTAINERS: dict[str, Callable[[Any], Any]] = {
    "list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "dict": dict,
}  # fmt: skip
KINDS: dict[Any, str] = {leaf.type: kind for kind, leaf in LEAVES.items()} | {
    kind: name for name, kind in CONTAINERS.items()
}


def encode(value: Any) -> Any:
    """Return an answer's value as plain data; a subclass is reduced to its built-in base.

    >>> encode({"x": 1.5, "y": [True, None]})
    {'t': 'dict', 'v': [['x', {'t': 'float', 'v': '1.5'}], ['y', {'t': 'list', 'v': [True, None]}]]}
    >>> encode(print)
    {'t': 'other', 'v': 'builtin_function_or_method'}
    """
    try:
        return Encoder(exact=False)(value)
    except NotPlainError:
        return TOO_LONG


def encode_exactly(value: Any) -> Any:
    """Return plain data that `decode` turns into an equal object of the same type.

    >>> decode(encode_exactly(({1, 2}, b"x", float("inf"))))
    ({1, 2}, b'x', inf)
    >>> encode_exactly([print])
    Traceback (most recent call last):
    ...
    coursekit.sandbox.guest.encoding.NotPlainError: a value of type builtin_function_or_method
    """
    return Encoder(exact=True)(value)


class Encoder:
    """Encodes one value; if `exact`, it refuses what cannot be rebuilt."""

    def __init__(self, *, exact: bool) -> None:
        self.exact, self._left = exact, MAX_ITEMS

    def __call__(self, value: Any, depth: int = 0) -> Any:
        """Encode a value that stands `depth` levels inside the whole one."""
        if depth > MAX_DEPTH:
            return self.refuse(f"a value of more than {MAX_DEPTH} levels", "too deep")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str) and (type(value) is str or not self.exact):
            return _encode_text(value)
        kind = KINDS.get(type(value), "")
        if not kind and tables.is_table(value):
            return tables.encode_table(value, depth, self)
        kind = kind or ("" if self.exact else _base(value))
        if leaf := LEAVES.get(kind):
            return {"t": kind, "v": leaf.to_plain(value)}
        if kind == "dict":
            # a subclass may lie about its items
            pairs = dict.items(value) if isinstance(value, dict) else value.items()
            plain = {"t": "dict", "v": [self.items(pair, depth) for pair in pairs]}
            if isinstance(value, defaultdict) and value.default_factory is not None:
                plain["default"] = self(value.default_factory(), depth + 1)
            return plain
        if kind:
            base = CONTAINERS[kind]
            is_base = isinstance(value, base)  # type: ignore[arg-type]  # they are types
            items = self.items(base.__iter__(value) if is_base else value, depth)  # type: ignore[attr-defined]
            # the order of a set varies by process
            return {"t": kind, "v": sorted(items, key=repr) if "set" in kind else items}
        name = type(value).__name__[:80]
        return self.refuse(f"a value of type {name}", "other", name)

    def items(self, items: Iterable[Any], depth: int) -> list[Any]:
        """Encode items; raise NotPlainError if the whole value has more than MAX_ITEMS."""
        counted = list(islice(items, self._left + 1))
        self._left -= len(counted)
        if self._left < 0:
            raise NotPlainError(f"a value of more than {MAX_ITEMS:,} items")
        if depth < MAX_DEPTH and set(map(type, counted)) <= UNCHANGED:
            texts = "".join(item for item in counted if type(item) is str)
            if _encode_text(texts) == texts:
                return counted
        return [self(item, depth + 1) for item in counted]

    def refuse(self, what: str, kind: str, name: str = "") -> Any:
        """Raise NotPlainError if the encoder is exact; otherwise return a tag without a value."""
        if self.exact:
            raise NotPlainError(what)
        return {"t": kind, "v": name} if name else {"t": kind}


def _base(value: Any) -> str:
    """Return the kind to which a value is reduced: a base class, a list or a dict; or ""."""
    if base := next((kind for known, kind in KINDS.items() if isinstance(value, known)), ""):
        return base
    if isinstance(value, Mapping):
        return "dict"
    return "list" if isinstance(value, Sequence | Iterator | MappingView) else ""


def decode(plain: Any, as_list: Callable[[list[Any]], Any] = list) -> Any:
    """Build a value from plain data; `as_list` makes each of its lists.

    Numbers and lists without a tag, as in a case that was written by hand, are unchanged.
    """
    match plain:
        case list() as items:
            return as_list(decode_items(items, as_list))
        case {"t": "list", "v": list() as items}:
            return as_list(decode_items(items, as_list))
        case {"t": "dict", "v": list() as items}:
            return {decode(key): decode(item, as_list) for key, item in items}
        case {"t": str(kind), "v": v} if kind in LEAVES:
            return LEAVES[kind].from_plain(v)
        case {"t": str(kind), "v": list() as items} if kind in CONTAINERS:
            return CONTAINERS[kind](decode(item, as_list) for item in items)
        case {"t": str(kind)} if kind in tables.KINDS:
            return tables.decode_table(plain, decode)
        case dict():
            raise ValueError(f"cannot decode a value of type {plain.get('t')!r}")
    return plain


def decode_items(items: list[Any], as_list: Callable[[list[Any]], Any] = list) -> list[Any]:
    """Decode each item, unless all of them are their own plain form, as in a long list of texts."""
    if set(map(type, items)) <= UNCHANGED:
        return list(items)
    return [decode(item, as_list) for item in items]
