"""Find where two values differ, and describe it: the place, and what is there in each."""

from collections.abc import Iterator, Sequence

from coursekit.course.compare import TOO_MUCH, Encoded, equal
from coursekit.course.literals import value_text
from coursekit.course.records import Tolerance
from coursekit.render.text import shorten
from coursekit.sandbox.guest.canonical import as_lists, canonical, decoded_number

DIGITS = (0, 6, 9, 12, 17)  # tried until two numbers look different; 0 is three decimals
KIND_NAMES = {
    "complex": "a number", "bytes": "bytes", "bytearray": "bytes", "text": "text",
    "str": "text", "int": "a number",
    "too long": TOO_MUCH["too long"], "too deep": TOO_MUCH["too deep"],
}  # fmt: skip
BEFORE, LINE = 20, 60  # characters before the first difference of two texts, and in all


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


def kind_name(value: Encoded) -> str:
    """Name the kind of an encoded value, for example "a set"; equal values may be of one kind only.

    >>> kind_name(None), kind_name("x"), kind_name({"t": "Fraction", "v": ["0x1", "0x2"]})
    ('None', 'text', 'a number')
    """
    if isinstance(value, bool):
        return "True or False"
    if value is None or isinstance(value, str):
        return "None" if value is None else "text"
    if decoded_number(value) is not None:
        return "a number"
    kind = str(as_lists(value)["t"])
    if kind in ("long", "other"):
        kind = str(value["kind" if kind == "long" else "v"])
    return KIND_NAMES.get(kind, f"a {kind}")


def first_difference(
    want: Encoded, got: Encoded, within: Tolerance
) -> tuple[str, Encoded, Encoded]:
    """Return the place where two encoded lists or dicts first differ, and the two items there.

    >>> one, two = ({"t": "list", "v": [7, n]} for n in ("a", "b"))
    >>> first_difference(one, two, Tolerance())
    ('[1]', 'a', 'b')
    """
    want, got = as_lists(want), as_lists(got)
    if isinstance(want, dict) and isinstance(got, dict) and want["t"] == got["t"]:
        for place, wanted, returned in _common_items(want, got):
            if not equal(returned, wanted, within):
                inner, *items = first_difference(wanted, returned, within)
                return f"[{place}]{inner}", *items
    return "", want, got


def text_difference(want: str, got: str) -> str:
    """Describe the first difference of two texts; return "" if it can be seen at once.

    >>> text_difference("one\\ntwo", "one\\n2")
    "First difference in line 2: expected 'two', got '2'."
    """
    if "\n" not in want + got:
        if len(want) <= LINE and len(got) <= LINE:
            return ""
        at = _common(want, got)
        texts = _around(at, want), _around(at, got)
        return f"First difference at character {at + 1:,}: expected {texts[0]}, got {texts[1]}."
    lines, others = want.split("\n"), got.split("\n")
    k = _common(lines, others)
    if k == len(others):
        return f"Line {k + 1:,} is missing: {_around(0, lines[k])}."
    if k == len(lines):
        return f"Line {k + 1:,} is not expected: {_around(0, others[k])}."
    at = _common(lines[k], others[k])
    texts = _around(at, lines[k]), _around(at, others[k])
    return f"First difference in line {k + 1:,}: expected {texts[0]}, got {texts[1]}."


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the number of equal items with which both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((k for k, (x, y) in pairs if x != y), min(len(one), len(other)))


def _around(at: int, text: str) -> str:
    """Return the part of a text around a place, as Python source."""
    start = max(0, at - BEFORE) if len(text) > LINE else 0
    part = shorten(text[start:], LINE)
    return repr(f"…{part}" if start else part)


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
                yield value_text(key), wanted, returned
