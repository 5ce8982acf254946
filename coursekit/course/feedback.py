"""What a check says: a headline, the smallest failing case, expected beside returned, what to try.

The picture is the case's graph with the first wrong adjoint marked, or what the check draws.
"""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from coursekit.course.compare import equal, number
from coursekit.course.literals import call, difference, pair, value
from coursekit.engine.from_partials import linearization
from coursekit.engine.linearization import Linearization
from coursekit.render.picture import draw
from coursekit.sandbox.guest.arguments import first_argument
from coursekit.sandbox.guest.outcome import timed_out

SMALL = 14  # vertices that a failing graph is drawn with
LONG = 3  # items of a list or dict, beyond which it is said where the first difference is
NEARLY = 1e-3
STYLE = """<style>
.ck-check :is(p,table,pre){margin:.4em 0!important}
.ck-check table{border-collapse:collapse}
.ck-check :is(th,td){text-align:left!important;vertical-align:top;border:0}
.ck-check :is(th,td){padding:0 2em .2em 0!important}
.ck-check :is(code,pre){white-space:pre-wrap;overflow-wrap:anywhere;background:none;padding:0}
</style>"""


class Feedback:
    """Feedback on one exercise: text in a terminal, a small page in a notebook."""

    def __init__(
        self,
        headline: str,
        lines: Sequence[str] = (),
        *,
        sides: Sequence[tuple[str, str]] = (),
        trace: Sequence[tuple[int, str, str]] = (),
        picture: str = "",
    ) -> None:
        self.headline, self.lines, self.hint, self.suggestion = headline, list(lines), "", ""
        self.sides, self.trace, self.picture = list(sides), list(trace), picture
        self.code: list[str] = []  # what of the lines is code

    @classmethod
    def not_attempted(cls, exercise: str, why: str) -> "Feedback":
        """Return that nothing is there to judge."""
        return cls(f"{exercise}: not attempted", [f"To be checked: {why}."])

    @classmethod
    def of_the_kit(cls, exercise: str) -> "Feedback":
        """Return that the answer is the kit's and not the student's."""
        return cls(
            f"{exercise}: this calls coursekit's own function",
            ["That function is not there when your work is graded: write it yourself."],
        )

    @classmethod
    def of(
        cls,
        record: Mapping[str, Any],
        outcomes: Sequence[Mapping[str, Any]],
        verdicts: Sequence[bool],
        hint: str,
        drawn: Callable[[int], str],
    ) -> "Feedback":
        """Return feedback on outcomes and verdicts, case by case, small to large.

        `record` is what the reference left of the same cases; `drawn(k)` is the HTML that the
        check draws of case k, if any.
        """
        exercise = record["exercise"]
        headline = f"{exercise}: {sum(verdicts)} of {len(verdicts)} checks"
        if all(verdicts):
            return cls(headline, ["All public checks pass. Grading uses others as well."])
        first = list(verdicts).index(False)
        case, got, want = (x[first] for x in (record["cases"], outcomes, record["outcomes"]))
        found = _difference(exercise, case, got, want, record["within"])
        found.headline, found.hint = headline, hint
        found.suggestion = _suggestion(exercise, case, got, want)
        found.picture = drawn(first) or found.picture
        again = f"{exercise}(*check.failing)"
        found.code = [call(exercise, case), again, f"animate({again[:-1].replace('(', ', ')})"]
        return found

    def __repr__(self) -> str:
        sides = [f"  {label:8}  {text}" for label, text in self.sides]
        trace = [f"  {step}" for step in self._steps()]
        after = [f"{label}: {text}" for label, text in self._after()]
        return "\n".join([self.headline, *self.lines, *sides, *trace, *after])

    def _after(self) -> list[tuple[str, str]]:
        """Return what comes last: the hint of a known mistake, and what to try."""
        both = [("Hint", self.hint), ("Try", self.suggestion)]
        return [(label, text) for label, text in both if text]

    def _steps(self) -> list[str]:
        return [f"line {line}, in {name}: {text}" for line, name, text in self.trace]

    def _written(self, line: str) -> str:
        """Return a line as HTML, the code in it as code."""
        html = escape(line)
        for code in self.code:
            html = html.replace(escape(code), f"<code>{escape(code)}</code>", 1)
        return html

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{self._written(line)}</p>" for line in self.lines)
        after = "".join(f"<p><b>{label}:</b> {self._written(x)}</p>" for label, x in self._after())
        heads = "".join(f'<th scope="col">{escape(label)}</th>' for label, _ in self.sides)
        cells = "".join(f"<td><code>{escape(text)}</code></td>" for _, text in self.sides)
        sides = f"<table><tr>{heads}</tr><tr>{cells}</tr></table>" if self.sides else ""
        steps = escape("\n".join(self._steps()))
        trace = f"<pre>{steps}</pre>" if steps else ""
        body = f"{lines}{sides}{trace}{self.picture}{after}"
        return f'{STYLE}<div class="ck-check"><p><b>{escape(self.headline)}</b></p>{body}</div>'


def _difference(
    exercise: str,
    case: Mapping[str, Any],
    got: Mapping[str, Any],
    want: Mapping[str, Any],
    within: float,
) -> Feedback:
    """Return what is wrong on one case, and its picture where it is a small graph."""
    called = call(exercise, case)
    if "stopped" in got:
        return Feedback("", [f"{called} is stopped by its {got['stopped']}."])
    if "changed" in got:
        return Feedback("", [f"{called} changes what it is given."])
    if "error" in got and "error" not in want:
        said = f"{called} raises {got['error'][0]}: {got['text']}"
        return Feedback("", [said], trace=got.get("trace", ()))
    if "error" in want:
        return Feedback("", [f"{called} should raise {want['error'][0]}, and does not."])
    expected, returned = want["value"], got["value"]
    if isinstance(returned, bool) and not isinstance(expected, bool):
        due = f"{called} returns {returned}, where a number or a list of them is due."
        return Feedback("", [due])
    if expected is None:  # a judge decides: many values are right
        return Feedback("", [f"{called} returns {value(returned)}, which is not right."])
    lin = first_argument(case, "lin")
    if lin and isinstance(expected, dict) and expected["t"] == "dict":
        return _on_a_graph(lin, returned, expected)
    sides = list(zip(("expected", "returned"), pair(expected, returned), strict=True))
    at, *two = difference(expected, returned, within)
    long = at and len(expected["v"]) > LONG
    where = "They differ first at {}: {} is due, {} is there.".format(at, *pair(*two))
    return Feedback("", [called, *([where] if long else [])], sides=sides)


def _on_a_graph(plain: Mapping[str, Any], got: Any, want: Any) -> Feedback:
    wanted = dict(want["v"])
    found = dict(got["v"]) if isinstance(got, dict) and got.get("t") == "dict" else {}
    order = [v for v in reversed(_order(plain)) if not equal(found.get(v), wanted[v])]
    wrong = order[0] if order else next(iter(wanted))
    expected, returned = (
        pair(wanted[wrong], found[wrong]) if wrong in found else (value(wanted[wrong]), "nothing")
    )
    line = f"∂ℓ/∂{wrong} should be {expected}, and is {returned}."
    if len(plain["vertices"]) > SMALL:
        return Feedback("", [f"On a graph of {len(plain['vertices'])} vertices: {line}"])
    shown = {v: x for v in plain["vertices"] if (x := number(found.get(v))) is not None}
    picture = draw(graph_of(plain), adjoints=shown, wrong=wrong)
    told = "The smallest graph on which it fails, with what you returned:"
    return Feedback("", [line, told], picture=picture.html)


def graph_of(plain: Mapping[str, Any]) -> Linearization[str]:
    """Return the graph of a case as the engine has it, to be drawn and animated."""
    edges = {(tail, head): partial for tail, head, partial in plain["edges"]}
    return linearization(edges, plain["loss"], vertices=plain["vertices"])


def _order(plain: Mapping[str, Any]) -> list[str]:
    """Return the vertices, tails first: the last that is wrong is the first to be mended."""
    left = {v: {t for t, h, _ in plain["edges"] if h == v} for v in plain["vertices"]}
    order: list[str] = []
    while len(order) < len(left):
        order += [v for v in left if v not in order and left[v] <= set(order)]
    return order


def _suggestion(
    exercise: str, case: Mapping[str, Any], got: Mapping[str, Any], want: Mapping[str, Any]
) -> str:
    """Return the one thing to try next, by how the outcome differs."""
    again = f"{exercise}(*check.failing) in a cell of your own: the same call"
    if timed_out(got):
        return "does every loop come nearer to its end? Print what it waits for."
    if "stopped" in got:
        return "what is read twice? Keep what you have read or worked out, and use it again."
    if "changed" in got:
        return "build something new and return that, or begin with a copy."
    if "error" in got:
        return f"{again}, with the whole traceback."
    returned, expected = got.get("value"), want.get("value")
    if returned is None:
        return "does every way through the function end with return?"
    x, y = number(returned), number(expected)
    if x and y and equal({"t": "float", "v": str(-x)}, expected):
        return "only the sign differs: which difference is taken the wrong way round?"
    if y is not None and equal(returned, expected, NEARLY):
        return "it is nearly right: is something rounded too early, or left out that is small?"
    if isinstance(expected, dict) and isinstance(returned, dict):
        a, b = returned.get("v"), expected.get("v")
        if isinstance(a, list) and isinstance(b, list) and returned["t"] == expected["t"]:
            if len(a) != len(b):
                return f"items due: {len(b)}, there: {len(a)}. Which are missing, or too many?"
            if sorted(map(repr, a)) == sorted(map(repr, b)):
                return "the items are right, only their order is not."
    if [a.get("t") for a in case["args"] if isinstance(a, dict)] == ["lin"]:
        return (
            f"animate({exercise}, *check.failing), with animate from coursekit: each step, drawn."
        )
    return f"{again}, to print in it what happens on the way."
