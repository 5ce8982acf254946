"""Plain data as a reader would write it: the call of an answer, what it should be, what it is."""

from collections.abc import Mapping
from typing import Any

from coursekit.course.compare import equal, number
from coursekit.render.text import format_number, shorten

MOST = 160  # characters of an argument or a value
ITEMS = 20
STEPS = 14  # edges of a graph
DIGITS = (6, 9, 12, 17)  # where three decimals do not tell two numbers apart


def call(exercise: str, case: Mapping[str, Any]) -> str:
    """Return the call of an answer on a case.

    >>> call("merge", {"args": [[1, 3], {"t": "dict", "v": [["x", 0.5]]}]})
    'merge([1, 3], {x: 0.5})'
    """
    return f"{exercise}({', '.join(shorten(_given(plain), MOST) for plain in case['args'])})"


def pair(want: Any, got: Any) -> tuple[str, str]:
    """Return two encoded values that differ, with as many digits as show it.

    >>> third, near = ({"t": "float", "v": v} for v in ("0.3333333333", "0.3333334"))
    >>> pair(third, near), pair(third, {"t": "int", "v": "0x2"})
    (('0.333333333', '0.3333334'), ('0.333', '2'))
    """
    for digits in (0, *DIGITS):
        texts = value(want, digits), value(got, digits)
        if texts[0] != texts[1]:
            break
    return texts


def value(plain: Any, digits: int = 0) -> str:
    """Return an encoded value, numbers with three decimals or so many digits, what is long cut."""
    return shorten(_value(plain, digits), MOST)


def _value(plain: Any, digits: int) -> str:
    if (x := number(plain)) is not None:
        if digits and isinstance(x, float):
            return f"{x:.{digits}g}".replace("-", "−")
        return format_number(x) if abs(x) < 1e300 else str(x)
    if isinstance(plain, str):
        return shorten(repr(plain), MOST)
    if not isinstance(plain, dict):
        return str(plain)
    items, kind = plain.get("v"), plain.get("t")
    if not isinstance(items, list):
        return f"a {items if kind == 'other' else kind}"
    more = ["…"] if len(items) > ITEMS else []
    if kind == "dict":
        rows = [f"{_value(k, digits)}: {_value(x, digits)}" for k, x in items[:ITEMS]]
        return f"{{{', '.join(rows + more)}}}"
    inner = ", ".join([_value(item, digits) for item in items[:ITEMS]] + more)
    return f"[{inner}]" if kind == "list" else f"{{{inner}}}" if inner else "∅"


def difference(want: Any, got: Any, within: float) -> tuple[str, Any, Any]:
    """Return where two encoded lists or dicts differ first, and the two items there.

    >>> one, two = ({"t": "list", "v": [7, n]} for n in ("a", "b"))
    >>> difference(one, two, 1e-9)
    ('[1]', 'a', 'b')
    """
    if isinstance(want, dict) and isinstance(got, dict) and want["t"] == got["t"]:
        if want["t"] == "list":
            for i, (x, y) in enumerate(zip(want["v"], got["v"], strict=False)):
                if not equal(y, x, within):
                    at, *two = difference(x, y, within)
                    return f"[{i}]{at}", *two
        if want["t"] == "dict":
            found = {repr(key): x for key, x in got["v"]}
            for key, x in want["v"]:
                y = found.get(repr(key), got.get("default"))
                if y is not None and not equal(y, x, within):
                    at, *two = difference(x, y, within)
                    return f"[{_value(key, 0)}]{at}", *two
    return "", want, got


def _given(plain: Any) -> str:
    """Return an argument of a case."""
    if isinstance(plain, list):
        return f"[{', '.join(map(_given, plain))}]"
    if isinstance(plain, str):
        return repr(plain)
    if not isinstance(plain, dict):
        is_number = isinstance(plain, int | float) and not isinstance(plain, bool)
        return format_number(plain) if is_number else str(plain)
    v = plain["v"]
    match plain["t"]:
        case "lin":
            steps = [f"{tail} → {head}: {format_number(d)}" for tail, head, d in v["edges"]]
            return f"lin of {', '.join(steps) if len(steps) <= STEPS else f'{len(steps)} edges'}"
        case "out":
            rows = [f"{tail} → {' '.join(heads) or '∅'}" for tail, heads in v.items()]
            return f"out of {', '.join(rows) if len(rows) <= STEPS else f'{len(rows)} vertices'}"
        case "pairs":
            return f"[{', '.join(f'({_given(list(two))[1:-1]})' for two in v)}]"
        case "dict":
            return f"{{{', '.join(f'{key}: {_given(x)}' for key, x in v)}}}"
        case "by edge":
            items = [f"({tail}, {head}): {format_number(x)}" for tail, head, x in v]
            return f"{{{', '.join(items)}}}"
        case "graph":
            return f"{{{', '.join(f'{u}: {name}({chr(44).join(args)})' for u, name, args in v)}}}"
        case "affine":
            return f"w ↦ {_given(v[0])} w + {_given(v[1])}"
        case "derivative":
            return f"the derivative of {v}"
    return _given(v)
