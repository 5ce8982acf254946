"""Format plain data as Python source: a call to an answer, an expected or a returned value."""

from collections.abc import Sequence
from math import copysign

from coursekit.course.compare import TOO_MUCH, Encoded
from coursekit.course.records import Case, Json
from coursekit.render.text import format_number, shorten
from coursekit.sandbox.guest.canonical import MAX_BITS, as_lists, decoded_number
from coursekit.sandbox.guest.encoding import decode as decode_exactly

MAX_TEXT = 160  # characters in an argument or a value
MAX_ITEMS = 20
MAX_ROWS = 14  # edges or vertices of a graph; those of a larger graph are only counted
LENGTHS = {"str": "characters", "int": "hexadecimal digits"}
AS_SOURCE = -1  # instead of a number of digits: as Python has it, because types matter


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
    if case.get("files"):
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


def _value(value: Encoded, digits: int) -> str:
    """Format an encoded value, or a number or list without a tag of a case written by hand."""
    if isinstance(value, str):
        return shorten(repr(value), MAX_TEXT)
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return _value({"t": "list", "v": value}, digits)
    x = decoded_number(value) if isinstance(value, dict) else value
    if x is not None and not (digits == AS_SOURCE and _is_exact(value)):
        return _number(x, digits)
    kind, v = value["t"], value.get("v")
    is_source = digits == AS_SOURCE
    match kind:
        case "array":
            shape = tuple(value.get("shape", ()))
            if len(shape) > 1 and 0 in shape:
                return f"empty({shape})" if is_source else f"[] of shape {shape}"
            text = _value(as_lists(value), digits)
            return f"array({text})" if is_source else text
        case "dict":
            return _enclosed("{}", [f"{_value(k, digits)}: {_value(x, digits)}" for k, x in v])
        case "tuple" if len(v) == 1:
            return f"({_value(v[0], digits)},)"
        case "list" | "tuple" | "set" | "frozenset":
            brackets = {"list": "[]", "tuple": "()"}.get(kind, "{}")
            text = _enclosed(brackets, [_value(item, digits) for item in v[: MAX_ITEMS + 1]])
            if "set" in kind and not v:
                return f"{kind}()"
            return f"frozenset({text})" if is_source and kind == "frozenset" else text
        case "long":
            start = f"{_value(value['start'], digits)[:-1]} … " if value["start"] else ""
            return f"{start}({value['length']:,} {LENGTHS.get(value['kind'], 'items')})"
        case "complex":
            real, imaginary = (_value(part, digits) for part in v)
            return f"({real}{'' if imaginary[0] == '−' else '+'}{imaginary}j)"
        case "DataFrame" | "Series":
            return _table(value) if is_source else shorten(str(decode_exactly(value)), MAX_TEXT)
        case "other" | "too deep" | "too long" | "text":
            return f"<{v if kind == 'other' else TOO_MUCH.get(kind, kind)}>"
    return repr(decode_exactly(value))


def _number(x: float, digits: int) -> str:
    if isinstance(x, int) and x.bit_length() > MAX_BITS:
        return f"<a whole number of {x.bit_length():,} bits>"
    if digits > 0 and isinstance(x, float):
        return f"{x:.{digits}g}".replace("-", "−")
    if digits == AS_SOURCE and x == 0 and copysign(1, x) < 0:
        return "−0.0"
    return format_number(x) if abs(x) < 1e300 else str(x)


def _is_exact(value: Encoded) -> bool:
    """Return whether a number is of a type of its own, which an argument shows."""
    return isinstance(value, dict) and value["t"] in ("Decimal", "Fraction")


def _table(value: Encoded) -> str:
    """Return a table of pandas as the source that makes it, without its index."""
    names, columns = as_lists(value["columns"])["v"], value["v"]
    texts = [_value(as_lists(cells), AS_SOURCE) for cells in columns]
    if value["t"] == "Series":
        return f"Series({texts[0]})"
    pairs = [f"{_value(name, AS_SOURCE)}: {text}" for name, text in zip(names, texts, strict=True)]
    return f"DataFrame({_enclosed('{}', pairs)})"


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
    return _value(plain, AS_SOURCE)


def _joined(rows: Sequence[str], noun: str) -> str:
    return ", ".join(rows) if len(rows) <= MAX_ROWS else f"{len(rows)} {noun}"
