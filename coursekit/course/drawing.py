"""Turn the result of a check's `draw` function, a picture of a failing case, into HTML."""

import io
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from coursekit.course.judges import decode
from coursekit.course.records import Case, Ending, Outcome
from coursekit.sandbox.guest.arguments import arguments_of

Draw = Callable[..., Any]


def drawing_html(draw: Draw, case: Case, outcome: Outcome) -> str:
    """Return the HTML of the result of `draw`: an object that notebooks display, or a figure.

    `draw` receives None if the answer returned no value. If it fails, there is no picture.

    >>> class Box:
    ...     def _repr_html_(self):
    ...         return "<b>5</b>"
    >>> five = Outcome(Ending.VALUE, {"t": "int", "v": "0x5"})
    >>> drawing_html(lambda value, n: Box(), {"args": [3]}, five)
    '<b>5</b>'
    """
    try:
        value = decode(outcome.value) if outcome.ending is Ending.VALUE else None
        drawing = draw(value, *arguments_of({"args": case["args"]}))
        for name in ("_repr_html_", "_repr_svg_"):
            # a matplotlib figure's _repr_html_ returns None
            if (html := getattr(drawing, name, lambda: None)()) is not None:
                return str(html)
        if hasattr(drawing, "savefig"):
            return _figure_html(drawing)
    except Exception:  # any value and any error are possible
        return ""
    return ""


def _figure_html(figure: Any) -> str:
    """Return a matplotlib figure as an image; the feedback's text describes it."""
    file = io.BytesIO()
    figure.savefig(file, format="svg", bbox_inches="tight")
    source = f"data:image/svg+xml;base64,{b64encode(file.getvalue()).decode()}"
    return f'<img alt="The failing case" style="max-width:100%" src="{source}">'
