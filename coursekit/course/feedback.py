"""Feedback on one exercise: the mistake and what to do next, as text and as HTML."""

import io
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from coursekit.course.compare import Encoded, decode, equal
from coursekit.course.differences import (
    distinct_texts,
    first_difference,
    kind_name,
    text_difference,
)
from coursekit.course.literals import call_text, value_text
from coursekit.course.records import (
    Case,
    CheckRecord,
    Ending,
    Json,
    Outcome,
    Step,
    Tolerance,
    advice_on,
)
from coursekit.engine.linearization import Linearization, linearization
from coursekit.engine.paths import topological_order
from coursekit.errors import plural
from coursekit.render.picture import draw
from coursekit.sandbox.guest.arguments import SPECIAL, arguments_of, first_argument
from coursekit.sandbox.guest.canonical import as_lists, decoded_number
from coursekit.sandbox.guest.encoding import CONTAINERS, encode

Draw = Callable[..., Any]
STUB = "Your answer is still the stub, or it calls an unanswered exercise."
NOT_AVAILABLE = "That function is not available when your work is graded: write it yourself."
ALL_PASS = "All public checks pass."
CLASS = "ck-check"  # of the HTML of all feedback
MAX_VERTICES = 14  # a larger failing graph is not drawn
LONG = 3  # items; for a longer list or dict, feedback also names the first difference
NEARLY = Tolerance(1e-3, 1e-6)
BEYOND = "The two differ beyond the part that is shown."
RECURSIVE = "Does each call come closer to a case that returns without another call?"
ENDLESS = "Does every loop end? Print the values that its condition compares."
READ_TWICE = "What is read twice? Store what you have read or computed, and reuse it."
UNANSWERED = "Replace raise NotImplementedError by your code."
PRINT = "Print the text, instead of returning it."
MODIFIED = "Build something new and return that, or start with a copy."
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
        return f'{STYLE}<div class="{CLASS}"><p><b>{escape(self.headline)}</b></p>{body}</div>'

    @property
    def _advice(self) -> list[tuple[str, str]]:
        both = [("Hint", self.hint), ("Next", self.suggestion)]
        return [(label, text) for label, text in both if text]

    def _html(self, line: str) -> str:
        html = escape(line)
        for code in self.code:
            html = html.replace(escape(code), f"<code>{escape(code)}</code>", 1)
        return html


def explain(
    record: CheckRecord, outcomes: Sequence[Outcome], verdicts: Sequence[bool], draw: Draw | None
) -> Feedback:
    """Return feedback on all outcomes, which explains and draws the first and smallest failure."""
    exercise = record.exercise
    headline = f"{exercise}: {sum(verdicts)} of {plural(len(verdicts), 'check')} passed"
    if all(verdicts):
        return Feedback(headline, [f"{ALL_PASS} Grading runs further checks."])
    first = list(verdicts).index(False)
    case, got, want = record.cases[first], outcomes[first], record.outcomes[first]
    call, repeat = call_text(exercise, case), f"{exercise}(*check.failing)"
    if "drive" in case:
        repeat = f"{case['drive']['name']}({exercise}, *check.failing)"
    animate = f"animate({exercise}, *check.failing)"
    mistake = _mistake(call, case, got, want, record)
    suggestion = mistake.suggestion or _suggestion(repeat, animate, case, got, want)
    code = [call, repeat, animate]
    picture = (draw and drawing_html(draw, case, got)) or mistake.picture
    return replace(mistake, headline=headline, suggestion=suggestion, code=code, picture=picture)


def _mistake(call: str, case: Case, got: Outcome, want: Outcome, record: CheckRecord) -> Feedback:
    """Describe the mistake in one case, without a headline."""
    match got.ending:
        case Ending.EMPTY:
            return Feedback(
                "",
                [f"{call} raises NotImplementedError, as an unanswered exercise does."],
                suggestion=UNANSWERED,
            )
        case Ending.STOPPED:
            line = f"{call} was stopped: {got.stop_reason}."
            is_budget = got.message.startswith("budget")
            return Feedback("", [line], suggestion=READ_TWICE if is_budget else ENDLESS)
        case Ending.CHANGED:
            return Feedback("", [f"{call} modifies its arguments."], suggestion=MODIFIED)
        case Ending.ERROR if want.ending is not Ending.ERROR:
            line = f"{call} raises {got.errors[0]}: {got.message}".rstrip(": ")
            return Feedback("", [line], trace=got.trace)
    if want.ending is Ending.ERROR:
        if got.ending is Ending.VALUE:
            instead = f"returns {value_text(got.value)}"
        else:
            instead = f"raises {got.errors[0]}: {got.message}".rstrip(": ")
        line = f"{call} should raise {want.errors[0]}, but {instead}."
        return Feedback("", [line], trace=got.trace)
    return _wrong_value(call, case, got.value, want.value, record)


def _wrong_value(
    call: str, case: Case, got: Encoded, want: Encoded, record: CheckRecord
) -> Feedback:
    verb = "is" if case.get("variable") else "returns"
    is_secret = isinstance(want, dict) and want["t"] == "secret"
    if isinstance(got, bool) and record.judge:
        line = f"{call} returns {got}: return a number or a list, not a truth value."
        return Feedback("", [line])
    if record.judge or is_secret:  # many values are right, or the right one would be the solution
        return Feedback("", [f"{call} {verb} {value_text(got)}, which is not right."])
    both_dicts = all(isinstance(one, dict) and one["t"] == "dict" for one in (got, want))
    if both_dicts and (lin := first_argument(case, "lin")):
        return _wrong_adjoint(lin, got, want)
    if case.get("printed") and got == "":
        return Feedback("", [f"{call} is missing, because it prints nothing."], suggestion=PRINT)
    if got is None and any(isinstance(place, str) for place in case.get("returns", ())):
        return Feedback("", [f"{call} is missing, because it writes no such file."])
    is_now = "printed" if case.get("printed") else "afterwards" if "returns" in case else "returned"
    texts = distinct_texts(want, got)
    sides = list(zip(("expected", is_now), texts, strict=True))
    place, *items = first_difference(want, got, record.tolerance)
    is_long = bool(place) and len(as_lists(want)["v"]) > LONG
    line = _difference(place, *items, is_long=is_long) or (BEYOND if texts[0] == texts[1] else "")
    lines = [call, line] if line else [call]
    return Feedback("", lines, sides, suggestion=_other_kind(place, case, *items))


def _difference(place: str, want: Encoded, got: Encoded, *, is_long: bool) -> str:
    """Describe the first difference between two values; return "" if both are short."""
    if isinstance(want, str) and isinstance(got, str) and (line := text_difference(want, got)):
        return f"At {place}: {line}" if place else line
    if not is_long:
        return ""
    expected, returned = distinct_texts(want, got)
    return f"First difference at {place}: expected {expected}, got {returned}."


def _other_kind(place: str, case: Case, want: Encoded, got: Encoded) -> str:
    """Say of which type a value must be; return "" if that is not the mistake."""
    wanted, returned = kind_name(want), kind_name(got)
    if wanted == returned or (not place and advice_on(got)):
        return ""
    if place or "returns" in case:
        return f"{place or 'It'} must be {wanted}, not {returned}."
    return f"Return {wanted}, not {returned}."


def _wrong_adjoint(plain: Json, got: Json, want: Json) -> Feedback:
    """Describe the wrong adjoint nearest to the loss; draw the graph if it is small."""
    expected = dict(want["v"])
    returned = dict(got["v"])
    lin = graph_of(plain)
    backwards = reversed(topological_order(lin.vertices, lin.out))
    wrong = next(
        (v for v in backwards if not equal(returned.get(v), expected[v])), next(iter(expected))
    )
    line = f"∂ℓ/∂{wrong} should be {value_text(expected[wrong])}, but is missing."
    if wrong in returned:
        should, is_now = distinct_texts(expected[wrong], returned[wrong])
        line = f"∂ℓ/∂{wrong} should be {should}, but is {is_now}."
    if len(lin.vertices) > MAX_VERTICES:
        return Feedback("", [f"On a graph of {len(lin.vertices)} vertices: {line}"])
    adjoints = {v: x for v in lin.vertices if (x := decoded_number(returned.get(v))) is not None}
    caption = "The smallest graph on which your answer fails, with the adjoints it returned:"
    return Feedback("", [line, caption], picture=draw(lin, adjoints=adjoints, wrong=wrong).html)


def is_graph(plain: Json) -> bool:
    """Return whether an argument of a case is a linearization."""
    return isinstance(plain, dict) and plain.get("t") == "lin"


def graph_of(plain: Json) -> Linearization[Any]:
    """Return a case's graph as a Linearization, which can be drawn and animated."""
    edges = {(tail, head): partial for tail, head, partial in plain["edges"]}
    return linearization(edges, plain["loss"], vertices=plain["vertices"])


def _suggestion(repeat: str, animate: str, case: Case, outcome: Outcome, expected: Outcome) -> str:
    """Suggest what to do about a wrong value or an error."""
    got, want, again = outcome.value, expected.value, _repeating(repeat, case)
    if outcome.ending is Ending.ERROR:
        if outcome.errors[0] == "RecursionError":
            return RECURSIVE
        return f"{again} and see the whole traceback." if again else ""
    if expected.ending is Ending.ERROR:
        return f"In this case, let the function raise {expected.errors[0]}."
    if case.get("variable"):
        return ""
    if "returns" not in case and (advice := advice_on(got)):
        return advice
    x, y = decoded_number(got), decoded_number(want)
    if x and y and equal(encode(-x), want):
        return "Only the sign is wrong: is a difference taken the wrong way round?"
    if y is not None and equal(got, want, NEARLY):
        return "It is nearly right: is something rounded too early, or is a small term missing?"
    match as_lists(got), as_lists(want):
        case {"t": kind, "v": list(items)}, {"t": str(t), "v": list(wanted)} if (
            kind == t and kind in CONTAINERS
        ):
            if len(items) != len(wanted):
                what = plural(len(wanted), "item")
                return f"Expected {what}, got {len(items)}. Which are missing or extra?"
            if sorted(map(repr, items)) == sorted(map(repr, wanted)):
                return "The items are right, but their order is not."
    kinds = [a["t"] for a in case["args"] if isinstance(a, dict) and a.get("t") in SPECIAL]
    if kinds == ["lin"]:
        return f"To watch each step on the graph, run {animate}, with animate from coursekit."
    return f"{again}, and print intermediate results." if again else ""


def _repeating(repeat: str, case: Case) -> str:
    """Say how to repeat a call, unless it needs the files of its case, or is not a call."""
    if "files" in case or case.get("variable"):
        return ""
    return f"Run {repeat} in a new cell to repeat this call"


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
