"""draw(value, *arguments) → HTML: what a check of one's own shows of the case that fails."""

import io
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from coursekit.course.judges import decode
from coursekit.sandbox.guest.arguments import arguments_of


def shown(draw: Callable[..., Any], case: Mapping[str, Any], outcome: Mapping[str, Any]) -> str:
    """Return the HTML of what `draw` returns: an object that a notebook shows, or a figure.

    The value is None where the answer returned none. A drawing that fails is left out: the text
    of the feedback says all that it says.

    >>> class Box:
    ...     def _repr_html_(self):
    ...         return "<b>5</b>"
    >>> shown(lambda value, n: Box(), {"args": [3]}, {"value": {"t": "int", "v": "0x5"}})
    '<b>5</b>'
    """
    try:
        value = decode(outcome["value"]) if "value" in outcome else None
        found = draw(value, *arguments_of({"args": case["args"]}))
        for name in ("_repr_html_", "_repr_svg_"):
            if (html := getattr(found, name, lambda: None)()) is not None:  # a figure has it, too
                return str(html)
        if hasattr(found, "savefig"):
            return _figure(found)
    except Exception:  # the drawing of a value that nobody foresaw
        return ""
    return ""


def _figure(figure: Any) -> str:
    """Return a matplotlib figure as an image; the text beside it says what it shows."""
    file = io.BytesIO()
    figure.savefig(file, format="svg", bbox_inches="tight")
    source = f"data:image/svg+xml;base64,{b64encode(file.getvalue()).decode()}"
    return f'<img alt="The case that fails" style="max-width:100%" src="{source}">'
