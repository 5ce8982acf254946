"""Encode any value as JSON data of bounded size."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

MAX_ITEMS, MAX_DEPTH, MAX_CHARACTERS = 20_000, 20, 2_000  # limits on one encoded value


def encode(value: Any, depth: int = 0) -> Any:
    """Return a value as plain data; a subclass is reduced to its built-in base.

    >>> encode({"x": 1.5, "y": [True, None]})
    {'t': 'dict', 'v': [['x', {'t': 'float', 'v': '1.5'}], ['y', {'t': 'list', 'v': [True, None]}]]}
    """
    if depth > MAX_DEPTH:
        return {"t": "too deep"}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)[:MAX_CHARACTERS].encode("utf-8", "replace").decode()
    if isinstance(value, int):
        return {"t": "int", "v": hex(int.__index__(value))[:MAX_CHARACTERS]}
    if isinstance(value, float):
        return {"t": "float", "v": float.__repr__(value)}
    if isinstance(value, Fraction | Decimal):
        return {"t": "float", "v": repr(float(value))}
    if numpy := sys.modules.get("numpy"):
        if isinstance(value, numpy.generic):
            return encode(numpy.generic.item(value), depth + 1)
        if isinstance(value, numpy.ndarray):
            return encode(numpy.ndarray.tolist(value), depth + 1)
    if isinstance(value, dict):
        return _encode_dict(value, depth)
    if isinstance(value, set | frozenset):
        items = _encode_all(list(value), depth)
        return {"t": "set", "v": sorted(items, key=repr)}  # set order varies by process
    if isinstance(value, list):  # list.__iter__: a subclass's may count reads
        return {"t": "list", "v": _encode_all(list.__iter__(value), depth)}
    if isinstance(value, tuple | Iterator) or _is_view(value):
        return {"t": "list", "v": _encode_all(value, depth)}
    return {"t": "other", "v": type(value).__name__[:80]}


def _encode_dict(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    pairs = list(dict.items(value))[:MAX_ITEMS]
    plain = {"t": "dict", "v": [[encode(k, depth + 1), encode(x, depth + 1)] for k, x in pairs]}
    if isinstance(value, defaultdict) and value.default_factory is not None:
        plain["default"] = encode(value.default_factory(), depth + 1)
    return plain


def _encode_all(items: Iterable[Any], depth: int) -> list[Any]:
    return [encode(item, depth + 1) for item in islice(items, MAX_ITEMS)]


def _is_view(value: Any) -> bool:
    return type(value).__name__ in ("dict_keys", "dict_values", "deque")
