"""Format plain data as Python source: a call to an answer, an expected or a returned value."""

from collections.abc import Iterator, Sequence

from coursekit.course.compare import Encoded, decoded_number, equal
from coursekit.course.records import Case, Json
from coursekit.render.text import format_number, shorten

MAX_TEXT = 160  # characters in an argument or a value
MAX_ITEMS = 20
MAX_ROWS = 14  # edges or vertices of a graph; those of a larger graph are only counted
DIGITS = (0, 6, 9, 12, 17)  # tried until two numbers look different; 0 is three decimals


def call_text(exercise: str, case: Case) -> str:
    """Return the call that runs an answer on a case.

    >>> call_text("merge", {"args": [[1, 3], {"t": "dict", "v": [["x", 0.5]]}]})
    'merge([1, 3], {x: 0.5})'
    """
    arguments = ", ".join(shorten(_argument(plain), MAX_TEXT) for plain in case["args"])
    return f"{exercise}({arguments})"


def value_text(value: Encoded, digits: int = 0) -> str:
    """Format an encoded value and shorten it; numbers have three decimals, or `digits` digits."""
    return shorten(_value(value, digits), MAX_TEXT)


def distinct_texts(want: Encoded, got: Encoded) -> tuple[str, str]:
    """Format two different encoded values, with enough digits to show the difference.

    >>> third, near = ({"t": "float", "v": v} for v in ("0.3333333333", "0.3333334"))
    >>> distinct_texts(third, near), distinct_texts(third, {"t": "int", "v": "0x2"})
    (('0.333333333', '0.3333334'), ('0.333', '2'))
    """
    for digits in DIGITS:
        texts = value_text(want, digits), value_text(got, digits)
        if texts[0] != texts[1]:
            break
    return texts


def first_difference(want: Encoded, got: Encoded, within: float) -> tuple[str, Encoded, Encoded]:
    """Return the place where two encoded lists or dicts first differ, and the two items there.

    >>> one, two = ({"t": "list", "v": [7, n]} for n in ("a", "b"))
    >>> first_difference(one, two, 1e-9)
    ('[1]', 'a', 'b')
    """
    if isinstance(want, dict) and isinstance(got, dict) and want["t"] == got["t"]:
        for place, wanted, returned in _common_items(want, got):
            if not equal(returned, wanted, within):
                inner, *items = first_difference(wanted, returned, within)
                return f"[{place}]{inner}", *items
    return "", want, got


def _common_items(want: Encoded, got: Encoded) -> Iterator[tuple[str, Encoded, Encoded]]:
    """Yield each index or key that both have, and the two items there."""
    if want["t"] == "list":
        for i, (wanted, returned) in enumerate(zip(want["v"], got["v"], strict=False)):
            yield str(i), wanted, returned
    if want["t"] == "dict":
        items = {repr(key): item for key, item in got["v"]}
        for key, wanted in want["v"]:
            returned = items.get(repr(key), got.get("default"))
            if returned is not None:
                yield _value(key, 0), wanted, returned


def _value(value: Encoded, digits: int) -> str:
    if (x := decoded_number(value)) is not None:
        if digits and isinstance(x, float):
            return f"{x:.{digits}g}".replace("-", "−")
        return format_number(x) if abs(x) < 1e300 else str(x)
    if isinstance(value, str):
        return shorten(repr(value), MAX_TEXT)
    if not isinstance(value, dict):
        return str(value)
    items, kind = value.get("v"), value.get("t")
    if not isinstance(items, list):
        return f"<{items if kind == 'other' else kind}>"
    more = ["…"] if len(items) > MAX_ITEMS else []
    if kind == "dict":
        rows = [f"{_value(k, digits)}: {_value(x, digits)}" for k, x in items[:MAX_ITEMS]]
        return f"{{{', '.join(rows + more)}}}"
    inner = ", ".join([_value(item, digits) for item in items[:MAX_ITEMS]] + more)
    return f"[{inner}]" if kind == "list" else f"{{{inner}}}" if inner else "∅"


def _argument(plain: Json) -> str:
    """Format an argument that `guest/arguments.py` rebuilds."""
    match plain:
        case list():
            return f"[{', '.join(map(_argument, plain))}]"
        case str():
            return repr(plain)
        case bool() | None:
            return str(plain)
        case {"t": "lin", "v": {"edges": edges}}:
            rows = [f"{tail} → {head}: {format_number(x)}" for tail, head, x in edges]
            return f"lin of {_joined(rows, 'edges')}"
        case {"t": "out", "v": neighbours}:
            rows = [f"{tail} → {' '.join(heads) or '∅'}" for tail, heads in neighbours.items()]
            return f"out of {_joined(rows, 'vertices')}"
        case {"t": "pairs", "v": pairs}:
            return f"[{', '.join(f'({_argument(list(two))[1:-1]})' for two in pairs)}]"
        case {"t": "dict", "v": items}:
            return f"{{{', '.join(f'{key}: {_argument(x)}' for key, x in items)}}}"
        case {"t": "by edge", "v": edges}:
            rows = [f"({tail}, {head}): {format_number(x)}" for tail, head, x in edges]
            return f"{{{', '.join(rows)}}}"
        case {"t": "graph", "v": vertices}:
            rows = [f"{u}: {operation}({','.join(args)})" for u, operation, args in vertices]
            return f"{{{', '.join(rows)}}}"
        case {"t": "affine", "v": [matrix, vector]}:
            return f"w ↦ {_argument(matrix)} w + {_argument(vector)}"
        case {"t": "derivative", "v": name}:
            return f"the derivative of {name}"
        case {"v": value}:
            return _argument(value)
    return format_number(plain)


def _joined(rows: Sequence[str], noun: str) -> str:
    return ", ".join(rows) if len(rows) <= MAX_ROWS else f"{len(rows)} {noun}"
