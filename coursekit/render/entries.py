"""2, d + c, or d = 2: what stands at a vertex and on an edge, as spans of text that fit."""

from dataclasses import dataclass
from typing import Any

from coursekit.render.styles import style_of
from coursekit.render.text import format_number
from coursekit.typeset.fitting import distinct
from coursekit.typeset.label_parser import parse
from coursekit.typeset.spans import LONGEST, Span, width

ROOM = {"partial": 120.0, "value": 150.0, "adjoint": 150.0}  # widths, in units of the picture
MARGIN = 8.0  # between the texts of neighbours
LEAST = 7.5  # size of the smallest formula


@dataclass(frozen=True, slots=True)
class Equation:
    """A formula with its number.

    >>> from coursekit.algorithms.expressions import Expression
    >>> print(Equation(Expression.of("d"), 2.0))
    d = 2
    """

    formula: Any
    number: Any

    @property
    def tex(self) -> str:
        """The equation in LaTeX."""
        return f"{self.formula.tex} = {format_number(self.number)}"

    def __str__(self) -> str:
        return f"{self.formula} = {format_number(self.number)}"


def entry_spans(entry: Any) -> tuple[Span, ...]:
    """Return a number, a shape or a formula as spans.

    >>> from coursekit.algorithms.expressions import Expression
    >>> [(span.text, span.italic) for span in entry_spans(Expression.of("x") * 2 + 1)]
    [('2', False), ('x', True), (' + 1', False)]
    """
    tex = getattr(entry, "tex", "").replace(r" \, ", r"\cdot{}")  # c·d: there are no thin spaces
    parts = parse(tex) if len(tex) <= LONGEST else ()
    return parts or (Span(format_number(entry)),)


def fitted_entry(entry: Any, part: str) -> tuple[tuple[Span, ...], float]:
    """Return an entry as spans, and its size; a formula that is too long is smaller, and cut."""
    usual = style_of(part).size or 0.0
    parts = entry_spans(entry)
    room = ROOM[part]
    if not hasattr(entry, "tex") or width(parts) * usual <= room:
        return parts, usual
    size = round(max(room / width(parts), LEAST), 1)
    return (parts if width(parts) * LEAST <= room else _cut(entry, room / LEAST)), size


def width_of(entry: Any, part: str) -> float:
    """Return the room that a formula needs in the layout; a number always has enough."""
    if not hasattr(entry, "tex"):
        return 0.0
    parts, size = fitted_entry(entry, part)
    return width(parts) * size + MARGIN


def _cut(entry: Any, room: float) -> tuple[Span, ...]:
    """Return a formula that is too long, without its end; the number of an equation stays."""
    if not isinstance(entry, Equation):
        return distinct([str(entry)], room)[0]
    number = (Span(f" = {format_number(entry.number)}"),)
    return (*distinct([str(entry.formula)], room - width(number))[0], *number)
