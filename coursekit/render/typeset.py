"""A label as spans of text: upright, italic or bold, on the line, below it or above it."""

from collections.abc import Iterable
from dataclasses import dataclass

NARROW, WIDE = "iljtfr.,:;'|()[] ", "mwMW×→…∑"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a label; its `shift` is "", "sub" or "super"."""

    text: str
    shift: str = ""
    italic: bool = False
    bold: bool = False
    ink: str = ""  # a colour of the palette, if it differs from that of its text


def spans(text: str) -> tuple[Span, ...]:
    """Return the spans of a label.

    >>> spans("a")
    (Span(text='a', shift='', italic=False, bold=False, ink=''),)
    """
    return (Span(text),)


def width(label: Iterable[Span]) -> float:
    """Return a label's width, in sizes of its type.

    >>> width(spans("12"))
    1.28
    """
    return sum(_width(letter) for span in label for letter in span.text)


def _width(letter: str) -> float:
    return 0.36 if letter in NARROW else 0.95 if letter in WIDE else 0.64
