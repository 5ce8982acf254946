"""What a check says: a headline, the smallest failing case drawn, expected and returned, a hint."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from coursekit.course.compare import equal, number
from coursekit.course.given import part
from coursekit.engine.linearization import linearization
from coursekit.render.picture import draw
from coursekit.render.text import number as written
from coursekit.render.text import shortened

SMALL = 14  # vertices that a failing graph is drawn with
MOST = 160  # characters of an argument or a value


class Feedback:
    """Feedback on one exercise: text in a terminal, a small page in a notebook."""

    def __init__(self, headline: str, lines: Sequence[str] = (), picture: str = "") -> None:
        self.headline, self.lines, self.picture = headline, list(lines), picture

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
        exercise: str,
        cases: Sequence[Mapping[str, Any]],
        outcomes: Sequence[Mapping[str, Any]],
        wants: Sequence[Mapping[str, Any]],
        verdicts: Sequence[bool],
        hint: str,
    ) -> "Feedback":
        """Return feedback on outcomes and verdicts, case by case, small to large."""
        headline = f"{exercise}: {sum(verdicts)} of {len(verdicts)} checks"
        if all(verdicts):
            return cls(headline, ["All public checks pass. Grading uses others as well."])
        first = list(verdicts).index(False)
        lines, picture = _differences(exercise, cases[first], outcomes[first], wants[first])
        if hint:
            lines.append(f"Hint: {hint}")
        return cls(headline, lines, picture)

    def __repr__(self) -> str:
        return "\n".join([self.headline, *self.lines])

    def _repr_html_(self) -> str:
        rows = "".join(f"<p>{escape(line)}</p>" for line in self.lines)
        return f"<div><p><b>{escape(self.headline)}</b></p>{rows}{self.picture}</div>"


def _differences(
    exercise: str, case: Mapping[str, Any], got: Mapping[str, Any], want: Mapping[str, Any]
) -> tuple[list[str], str]:
    """Return what is wrong on one case, and its picture where it is small."""
    call = _call(exercise, case)
    if "stopped" in got:
        return [f"Stopped by its {got['stopped']}."], ""
    if "changed" in got:
        return [f"{call} changes what it is given. Return something new instead."], ""
    if "error" in got and "error" not in want:
        at = f" on line {got['line']} of its cell" if got.get("line") else ""
        return [f"{call} raises {got['error'][0]}{at}: {got['text']}"], ""
    if "error" in want:
        return [f"{call} should raise {want['error'][0]}, and does not."], ""
    returned = _plain(got["value"])
    if isinstance(got["value"], bool) and not isinstance(want["value"], bool):
        return [f"{call} returns {returned}, where a number or a list of them is due."], ""
    if want["value"] is None:  # a predicate judges: many values are right
        return [f"{call} returns {returned}, which is not right."], ""
    if (
        isinstance(want["value"], dict)
        and want["value"]["t"] == "dict"
        and (lin := part(case, "lin"))
    ):
        return _on_a_graph(lin, got["value"], want["value"])
    return [f"{call} should be {_plain(want['value'])}, and is {returned}."], ""


def _on_a_graph(plain: Mapping[str, Any], got: Any, want: Any) -> tuple[list[str], str]:
    wanted = dict(want["v"])
    found = dict(got["v"]) if isinstance(got, dict) and got.get("t") == "dict" else {}
    order = [v for v in reversed(_order(plain)) if not equal(found.get(v), wanted[v])]
    wrong = order[0] if order else next(iter(wanted))
    returned = _plain(found[wrong]) if wrong in found else "nothing"
    expected = _plain(wanted[wrong])
    lines = [f"∂ℓ/∂{wrong} should be {expected}, and is {returned}."]
    if len(plain["vertices"]) > SMALL:
        return [f"On a graph of {len(plain['vertices'])} vertices: {lines[0]}"], ""
    edges = {(tail, head): partial for tail, head, partial in plain["edges"]}
    lin = linearization(edges, plain["loss"], vertices=plain["vertices"])
    shown = {v: x for v in plain["vertices"] if (x := number(found.get(v))) is not None}
    picture = draw(lin, adjoints=shown, wrong=wrong)
    return [*lines, "The smallest graph on which it fails, with what you returned:"], picture.html


def _order(plain: Mapping[str, Any]) -> list[str]:
    """Return the vertices, tails first: the last that is wrong is the first to be mended."""
    left = {v: {t for t, h, _ in plain["edges"] if h == v} for v in plain["vertices"]}
    order: list[str] = []
    while len(order) < len(left):
        order += [v for v in left if v not in order and left[v] <= set(order)]
    return order


def _call(exercise: str, case: Mapping[str, Any]) -> str:
    """Return the call of an answer on a case, as one would write it, what is long shortened."""
    return f"{exercise}({', '.join(shortened(_given(plain), MOST) for plain in case['args'])})"


def _given(plain: Any) -> str:
    """Return an argument as a reader would write it."""
    if isinstance(plain, list):
        return f"[{', '.join(map(_given, plain))}]"
    if not isinstance(plain, dict):
        return written(plain) if isinstance(plain, int | float) else str(plain)
    v = plain["v"]
    match plain["t"]:
        case "lin":
            steps = [f"{tail} → {head}: {written(partial)}" for tail, head, partial in v["edges"]]
            return (
                f"lin of {', '.join(steps)}"
                if len(steps) <= SMALL
                else f"lin of {len(steps)} edges"
            )
        case "out":
            rows = [f"{tail} → {' '.join(heads) or '∅'}" for tail, heads in v.items()]
            return (
                f"out of {', '.join(rows)}"
                if len(rows) <= SMALL
                else f"out of {len(rows)} vertices"
            )
        case "pairs":
            return f"[{', '.join(f'({_given(list(pair))[1:-1]})' for pair in v)}]"
        case "dict":
            return f"{{{', '.join(f'{key}: {_given(x)}' for key, x in v)}}}"
        case "by edge":
            return f"{{{', '.join(f'({tail}, {head}): {written(x)}' for tail, head, x in v)}}}"
        case "graph":
            return f"{{{', '.join(f'{u}: {name}({chr(44).join(args)})' for u, name, args in v)}}}"
        case "affine":
            return f"w ↦ {_given(v[0])} w + {_given(v[1])}"
        case "derivative":
            return f"the derivative of {v}"
    return _given(v)


def _plain(value: Any) -> str:
    """Return an encoded value as a reader would write it, shortened."""
    if (x := number(value)) is not None:
        return written(x) if abs(x) < 1e300 else str(x)
    if isinstance(value, dict):
        items, kind = value.get("v"), value.get("t")
        if kind in ("list", "set") and isinstance(items, list):
            inner = ", ".join(map(_plain, items[:20]))
            return shortened(
                f"[{inner}]" if kind == "list" else f"{{{inner}}}" if inner else "∅", MOST
            )
        if kind == "dict" and isinstance(items, list):
            pairs = [f"{_plain(key)}: {_plain(x)}" for key, x in items[:20]]
            return shortened(f"{{{', '.join(pairs)}}}", MOST)
        return f"a {items if kind == 'other' else kind}"
    return shortened(str(value), 60)
