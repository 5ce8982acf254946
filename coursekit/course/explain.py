"""Write feedback: what was expected, what was returned, and what to do next."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from coursekit.course.compare import Encoded, decoded_number, equal
from coursekit.course.feedback import Feedback
from coursekit.course.literals import call_text, distinct_texts, first_difference, value_text
from coursekit.course.records import Case, CheckRecord, Ending, Json, Outcome
from coursekit.engine.linearization import Linearization, linearization
from coursekit.engine.paths import topological_order
from coursekit.errors import plural
from coursekit.render.picture import draw
from coursekit.sandbox.guest.arguments import first_argument

STUB = "Your answer is still the stub, or it calls an unanswered exercise."
NOT_AVAILABLE = "That function is not available when your work is graded: write it yourself."
ALL_PASS = "All public checks pass."
MAX_VERTICES = 14  # a larger failing graph is not drawn
LONG = 3  # items; for a longer list or dict, feedback also names the first difference
NEARLY = 1e-3  # relative tolerance
ENDLESS = "Does every loop end? Print the values that its condition compares."
READ_TWICE = "What is read twice? Store what you have read or computed, and reuse it."
MODIFIED = "Build something new and return that, or start with a copy."


def explain(record: CheckRecord, outcomes: Sequence[Outcome], verdicts: Sequence[bool]) -> Feedback:
    """Return feedback on all outcomes, which explains the first and smallest failure."""
    exercise = record.exercise
    headline = f"{exercise}: {sum(verdicts)} of {plural(len(verdicts), 'check')} passed"
    if all(verdicts):
        return Feedback(headline, [f"{ALL_PASS} Grading runs further checks."])
    first = list(verdicts).index(False)
    case, got, want = record.cases[first], outcomes[first], record.outcomes[first]
    call, again = call_text(exercise, case), f"{exercise}(*check.failing)"
    mistake = _mistake(call, case, got, want, record.within)
    suggestion = mistake.suggestion or _suggestion(exercise, case, got, want.value)
    code = [call, again, f"animate({exercise}, *check.failing)"]
    return replace(mistake, headline=headline, suggestion=suggestion, code=code)


def _mistake(call: str, case: Case, got: Outcome, want: Outcome, within: float) -> Feedback:
    """Describe the mistake in one case, without a headline."""
    match got.ending:
        case Ending.STOPPED:
            line = f"{call} was stopped: {got.stop_reason}."
            return Feedback("", [line], suggestion=ENDLESS if got.timed_out else READ_TWICE)
        case Ending.CHANGED:
            return Feedback("", [f"{call} modifies its arguments."], suggestion=MODIFIED)
        case Ending.ERROR if want.ending is not Ending.ERROR:
            line = f"{call} raises {got.errors[0]}: {got.message}"
            return Feedback("", [line], trace=got.trace)
    if want.ending is Ending.ERROR:
        return Feedback("", [f"{call} should raise {want.errors[0]}, but does not."])
    return _wrong_value(call, case, got.value, want.value, within)


def _wrong_value(call: str, case: Case, got: Encoded, want: Encoded, within: float) -> Feedback:
    if isinstance(got, bool) and not isinstance(want, bool):
        line = f"{call} returns {got}: return a number or a list, not a truth value."
        return Feedback("", [line])
    if want is None:  # a judge decides, because many values are right
        return Feedback("", [f"{call} returns {value_text(got)}, which is not right."])
    if isinstance(want, dict) and want["t"] == "dict" and (lin := first_argument(case, "lin")):
        return _wrong_adjoint(lin, got, want)
    sides = list(zip(("expected", "returned"), distinct_texts(want, got), strict=True))
    place, *items = first_difference(want, got, within)
    if not place or len(want["v"]) <= LONG:
        return Feedback("", [call], sides)
    expected, returned = distinct_texts(*items)
    line = f"First difference at {place}: expected {expected}, got {returned}."
    return Feedback("", [call, line], sides)


def _wrong_adjoint(plain: Json, got: Encoded, want: Encoded) -> Feedback:
    """Describe the wrong adjoint nearest to the loss; draw the graph if it is small."""
    expected = dict(want["v"])
    returned = dict(got["v"]) if isinstance(got, dict) and got.get("t") == "dict" else {}
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


def graph_of(plain: Json) -> Linearization[Any]:
    """Return a case's graph as a Linearization, which can be drawn and animated."""
    edges = {(tail, head): partial for tail, head, partial in plain["edges"]}
    return linearization(edges, plain["loss"], vertices=plain["vertices"])


def _suggestion(exercise: str, case: Case, outcome: Outcome, want: Encoded) -> str:
    """Return what to do about a wrong value or an error."""
    got, again = outcome.value, f"Run {exercise}(*check.failing) in a new cell to repeat this call"
    if outcome.ending is Ending.ERROR:
        return f"{again} and see the whole traceback."
    if got is None:
        return "Does every path through the function reach a return?"
    x, y = decoded_number(got), decoded_number(want)
    if x and y and equal({"t": "float", "v": str(-x)}, want):
        return "Only the sign is wrong: is a difference taken the wrong way round?"
    if y is not None and equal(got, want, NEARLY):
        return "It is nearly right: is something rounded too early, or is a small term missing?"
    match got, want:
        case {"t": kind, "v": list(items)}, {"t": expected, "v": list(wanted)} if kind == expected:
            if len(items) != len(wanted):
                what = plural(len(wanted), "item")
                return f"Expected {what}, got {len(items)}. Which are missing or extra?"
            if sorted(map(repr, items)) == sorted(map(repr, wanted)):
                return "The items are right, but their order is not."
    if [a["t"] for a in case["args"] if isinstance(a, dict) and "t" in a] == ["lin"]:
        call = f"animate({exercise}, *check.failing)"
        return f"To watch each step on the graph, run {call}, with animate from coursekit."
    return f"{again}, and print intermediate results."
