"""Feedback on one exercise, shown as text in a terminal and as HTML in a notebook."""

import io
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from coursekit.course.compare import decode
from coursekit.course.records import Case, Ending, Outcome, Step
from coursekit.sandbox.guest.arguments import arguments_of

Draw = Callable[..., Any]
STYLE = """<style>
.ck-check :is(p,table,pre){margin:.4em 0!important}
.ck-check table{border-collapse:collapse}
.ck-check :is(th,td){text-align:left!important;vertical-align:top;border:0}
.ck-check :is(th,td){padding:0 2em .2em 0!important}
.ck-check :is(code,pre){white-space:pre-wrap;overflow-wrap:anywhere;background:none;padding:0}
</style>"""


@dataclass(frozen=True, repr=False)
class Feedback:
    """A headline, the mistake in the smallest case that fails, and what to do next."""

    headline: str
    lines: Sequence[str] = ()
    sides: Sequence[tuple[str, str]] = ()  # "expected" and "returned", each with its value
    trace: Sequence[Step] = ()
    picture: str = ""  # HTML
    hint: str = ""  # given for a known mistake
    suggestion: str = ""
    code: Sequence[str] = ()  # parts of the lines, to be shown as code

    def __repr__(self) -> str:
        sides = [f"  {label:8}  {text}" for label, text in self.sides]
        trace = [f"  {step}" for step in self.trace]
        advice = [f"{label}: {text}" for label, text in self._advice]
        return "\n".join([self.headline, *self.lines, *sides, *trace, *advice])

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{self._html(line)}</p>" for line in self.lines)
        advice = "".join(f"<p><b>{label}:</b> {self._html(x)}</p>" for label, x in self._advice)
        heads = "".join(f'<th scope="col">{escape(label)}</th>' for label, _ in self.sides)
        cells = "".join(f"<td><code>{escape(text)}</code></td>" for _, text in self.sides)
        sides = f"<table><tr>{heads}</tr><tr>{cells}</tr></table>" if self.sides else ""
        steps = escape("\n".join(map(str, self.trace)))
        trace = f"<pre>{steps}</pre>" if steps else ""
        body = f"{lines}{sides}{trace}{self.picture}{advice}"
        return f'{STYLE}<div class="ck-check"><p><b>{escape(self.headline)}</b></p>{body}</div>'

    @property
    def _advice(self) -> list[tuple[str, str]]:
        both = [("Hint", self.hint), ("Next", self.suggestion)]
        return [(label, text) for label, text in both if text]

    def _html(self, line: str) -> str:
        html = escape(line)
        for code in self.code:
            html = html.replace(escape(code), f"<code>{escape(code)}</code>", 1)
        return html


def drawing_html(draw: Draw, case: Case, outcome: Outcome) -> str:
    """Draw a failing case; return the HTML of an object that notebooks display, or of a figure.

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
        if not hasattr(drawing, "savefig"):
            return ""
        file = io.BytesIO()
        drawing.savefig(file, format="svg", bbox_inches="tight")
    except Exception:  # any value and any error are possible
        return ""
    source = f"data:image/svg+xml;base64,{b64encode(file.getvalue()).decode()}"
    return f'<img alt="The failing case" style="max-width:100%" src="{source}">'
