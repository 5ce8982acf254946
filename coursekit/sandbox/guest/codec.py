"""Any value as plain data that JSON can carry: bounded, and without the student's own code.

The value comes from a student's answer; the data that leaves here may be judged, and never runs.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

MAX_ITEMS, MAX_DEPTH, MAX_CHARACTERS = 20_000, 20, 2_000  # of one value


def encode(value: Any, depth: int = 0) -> Any:
    """Return a value as plain data, whatever it is: bounded, and subclasses reduced to their base.

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
            flat = numpy.ndarray.tolist(value)
            return encode(flat, depth + 1)
    if isinstance(value, dict):
        pairs = list(dict.items(value))[:MAX_ITEMS]
        found = {"t": "dict", "v": [[encode(k, depth + 1), encode(x, depth + 1)] for k, x in pairs]}
        if isinstance(value, defaultdict) and value.default_factory is not None:
            found["default"] = encode(value.default_factory(), depth + 1)
        return found
    if isinstance(value, set | frozenset):
        encoded = [encode(x, depth + 1) for x in list(value)[:MAX_ITEMS]]
        return {"t": "set", "v": sorted(encoded, key=repr)}  # else each process has its own order
    if isinstance(value, list | tuple | Iterator) or _is_view(value):
        items: list[Any] = []
        # what an answer does to a list's own way of being read is its own business
        for item in list.__iter__(value) if isinstance(value, list) else value:
            items.append(encode(item, depth + 1))
            if len(items) == MAX_ITEMS:
                break
        return {"t": "list", "v": items}
    return {"t": "other", "v": type(value).__name__[:80]}


def _is_view(value: Any) -> bool:
    return type(value).__name__ in ("dict_keys", "dict_values", "deque")
