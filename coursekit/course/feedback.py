"""Feedback on one exercise, shown as text in a terminal and as HTML in a notebook."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from coursekit.course.records import Step

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
        trace = [f"  {step}" for step in self._steps]
        advice = [f"{label}: {text}" for label, text in self._advice]
        return "\n".join([self.headline, *self.lines, *sides, *trace, *advice])

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{self._html(line)}</p>" for line in self.lines)
        advice = "".join(f"<p><b>{label}:</b> {self._html(x)}</p>" for label, x in self._advice)
        heads = "".join(f'<th scope="col">{escape(label)}</th>' for label, _ in self.sides)
        cells = "".join(f"<td><code>{escape(text)}</code></td>" for _, text in self.sides)
        sides = f"<table><tr>{heads}</tr><tr>{cells}</tr></table>" if self.sides else ""
        steps = escape("\n".join(self._steps))
        trace = f"<pre>{steps}</pre>" if steps else ""
        body = f"{lines}{sides}{trace}{self.picture}{advice}"
        return f'{STYLE}<div class="ck-check"><p><b>{escape(self.headline)}</b></p>{body}</div>'

    @property
    def _advice(self) -> list[tuple[str, str]]:
        both = [("Hint", self.hint), ("Next", self.suggestion)]
        return [(label, text) for label, text in both if text]

    @property
    def _steps(self) -> list[str]:
        return [f"line {step.line}, in {step.function}: {step.source}" for step in self.trace]

    def _html(self, line: str) -> str:
        html = escape(line)
        for code in self.code:
            html = html.replace(escape(code), f"<code>{escape(code)}</code>", 1)
        return html
