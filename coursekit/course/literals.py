"""Format plain data as Python source: a call to an answer, an expected or a returned value."""

from collections.abc import Iterator, Sequence

from coursekit.course.compare import Encoded, equal
from coursekit.course.records import Case, Json
from coursekit.render.text import format_number, shorten
from coursekit.sandbox.guest.canonical import MAX_BITS, as_lists, canonical, decoded_number
from coursekit.sandbox.guest.encoding import decode as decode_exactly

MAX_TEXT = 160  # characters in an argument or a value
MAX_ITEMS = 20
MAX_ROWS = 14  # edges or vertices of a graph; those of a larger graph are only counted
LENGTHS = {"str": "characters", "int": "hexadecimal digits"}
DIGITS = (0, 6, 9, 12, 17)  # tried until two numbers look different; 0 is three decimals


def call_text(exercise: str, case: Case) -> str:
    """Return the call that runs an answer on a case, and what the case looks at.

    >>> call_text("merge", {"args": [[1, 3], {"t": "dict", "v": [["x", 0.5]]}]})
    "merge([1, 3], {'x': 0.5})"
    >>> call_text("ask", {"args": [], "typed": "Ada", "printed": True})
    "ask() with the input 'Ada': the text that it prints"
    """
    if case.get("variable"):
        return exercise
    arguments = [shorten(_argument(plain), MAX_TEXT) for plain in case["args"]]
    name = exercise
    if "drive" in case:
        name, arguments = case["drive"]["name"], [exercise, *arguments]
    call = f"{name}({', '.join(arguments)})"
    if "files" in case:
        call += f" with the files {', '.join(case['files'])}"
    if "typed" in case:
        call += f" with the input {shorten(repr(case['typed']), MAX_TEXT)}"
    if case.get("printed"):
        return f"{call}: the text that it prints"
    places = [at if isinstance(at, str) else f"argument {at}" for at in case.get("returns", ())]
    return f"{call}: {' and '.join(places)} afterwards" if places else call


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
    want, got = as_lists(want), as_lists(got)
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
        items = {repr(canonical(key)): item for key, item in got["v"]}
        for key, wanted in want["v"]:
            returned = items.get(repr(canonical(key)), got.get("default"))
            if returned is not None:
                yield _value(key, 0), wanted, returned


def _value(value: Encoded, digits: int) -> str:
    """Format an encoded value, or a number or list without a tag of a case written by hand."""
    if isinstance(value, str):
        return shorten(repr(value), MAX_TEXT)
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return _value({"t": "list", "v": value}, digits)
    x = decoded_number(value) if isinstance(value, dict) else value
    if x is not None:
        return _number(x, digits)
    kind, v = value["t"], value.get("v")
    match kind:
        case "array":
            return _value(as_lists(value), digits)
        case "dict":
            return _enclosed("{}", [f"{_value(k, digits)}: {_value(x, digits)}" for k, x in v])
        case "tuple" if len(v) == 1:
            return f"({_value(v[0], digits)},)"
        case "list" | "tuple" | "set" | "frozenset":
            brackets = {"list": "[]", "tuple": "()"}.get(kind, "{}")
            items = [_value(item, digits) for item in v[: MAX_ITEMS + 1]]
            return _enclosed(brackets, items) if items or "set" not in kind else "∅"
        case "long":
            start = f"{_value(value['start'], digits)[:-1]} … " if value["start"] else ""
            return f"{start}({value['length']:,} {LENGTHS.get(value['kind'], 'items')})"
        case "DataFrame" | "Series":
            return shorten(str(decode_exactly(value)), MAX_TEXT)
        case "other" | "too deep" | "too long" | "text":
            return f"<{v if kind == 'other' else kind}>"
    return repr(decode_exactly(value))


def _number(x: float, digits: int) -> str:
    if isinstance(x, int) and x.bit_length() > MAX_BITS:
        return f"<a whole number of {x.bit_length():,} bits>"
    if digits and isinstance(x, float):
        return f"{x:.{digits}g}".replace("-", "−")
    return format_number(x) if abs(x) < 1e300 else str(x)


def _enclosed(brackets: str, items: Sequence[str]) -> str:
    shown = [*items[:MAX_ITEMS], "…"] if len(items) > MAX_ITEMS else items
    return f"{brackets[0]}{', '.join(shown)}{brackets[1]}"


def _argument(plain: Json) -> str:
    """Format an argument that `guest/arguments.py` rebuilds."""
    match plain:
        case {"t": "lin", "v": {"edges": edges}}:
            rows = [f"{tail} → {head}: {format_number(x)}" for tail, head, x in edges]
            return f"lin of {_joined(rows, 'edges')}"
        case {"t": "out", "v": neighbours}:
            rows = [f"{tail} → {' '.join(heads) or '∅'}" for tail, heads in neighbours.items()]
            return f"out of {_joined(rows, 'vertices')}"
        case {"t": "graph", "v": vertices}:
            rows = [f"{u}: {operation}({','.join(args)})" for u, operation, args in vertices]
            return f"{{{', '.join(rows)}}}"
        case {"t": "affine", "v": [matrix, vector]}:
            return f"w ↦ {_value(matrix, 0)} w + {_value(vector, 0)}"
        case {"t": "derivative", "v": name}:
            return f"the derivative of {name}"
        case {"t": "operation", "v": name}:
            return repr(name)
    return _value(plain, 0)


def _joined(rows: Sequence[str], noun: str) -> str:
    return ", ".join(rows) if len(rows) <= MAX_ROWS else f"{len(rows)} {noun}"
