r"""\hat{y}_{ji} ↦ ŷⱼᵢ: the small part of LaTeX that labels need, as spans of text.

A name is data. It is typeset only if all of it is understood; otherwise it is shown verbatim,
and no name raises an error. A Python name with one letter before its digits or its underscore
counts as a variable with an index: x12 and w_ji are typeset, learning_rate is not.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from coursekit.typeset.label_parser import LETTER, TOKEN, parse
from coursekit.typeset.label_parser import Span as Span
from coursekit.typeset.label_widths import width as width
from coursekit.typeset.latex_commands import command_of

LONGEST = 300  # a longer name is shown verbatim
BLANK = "␣"  # for a name of which nothing can be seen
INVISIBLE = " \u200c\u200d\u2800\u3164\u115f\u1160"

# a letter with its marks, or an emoji of several characters
CLUSTER = re.compile(r".(?:[\u0300-\u036f\u20d7\ufe0e\ufe0f]|\u200d.)*", re.DOTALL)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RAISED = {
    shift: dict(zip(low, high, strict=True))
    for shift, low, high in (
        ("sub", "0123456789+−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"),
        (
            "super",
            "0123456789+−=()abcdefghijklmnoprstuvwxyzT",
            "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ",
        ),
    )
}
_MARKS = {"sub": "_", "super": "^"}
_LOWERED = {shift: {high: low for low, high in of.items()} for shift, of in _RAISED.items()}
_ESCAPES = {c: f"\\{c}" for c in "{}$%&#_"} | {
    "\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "\"": "''",
    BLANK: r"\textvisiblespace{}", "\N{REPLACEMENT CHARACTER}": "?",
}  # fmt: skip


def spans(name: Any) -> tuple[Span, ...]:
    r"""Return a name as spans; what is not understood is one span, verbatim.

    >>> [(span.text, span.shift) for span in spans(r"z_j^{(l)}")]
    [('z', ''), ('j', 'sub'), ('(', 'super'), ('l', 'super'), (')', 'super')]
    >>> spans("learning_rate")
    (Span(text='learning_rate', shift='', italic=False, bold=False, ink=''),)
    """
    text = clean(name)
    return parse(_source(text) or "") or (Span(text),)


def plain(name: Any) -> str:
    r"""Return a name as one string, for alt texts and terminals.

    >>> plain("w_ji"), plain(r"\hat{y}"), plain("v1,2"), plain("W_Q"), plain(r"z_j^{(l)}")
    ('wⱼᵢ', 'ŷ', 'v₁,₂', 'W_Q', 'zⱼ⁽ˡ⁾')
    """
    return plain_spans(spans(name))


def plain_spans(parts: Sequence[Span]) -> str:
    """Return spans as one string, with the indices that Unicode has."""
    texts = []
    for shift, run in groupby(parts, key=lambda span: span.shift):
        text = "".join(span.text for span in run)
        if shift:
            table = _RAISED[shift]
            raised = all(c in table or c == "," for c in text)
            braced = text if len(text) == 1 else f"{{{text}}}"
            text = "".join(table.get(c, c) for c in text) if raised else _MARKS[shift] + braced
        texts.append(text)
    return "".join(texts)


def latex(name: Any) -> str:
    r"""Return a name for a LaTeX document, as a formula or as escaped text.

    The document needs the packages amsmath and amssymb.

    >>> latex(r"\hat{y}_{ji}"), latex("x12"), latex("a_b%"), latex(r"\input{x}")
    ('$\\hat{y}_{ji}$', '$x_{12}$', 'a\\_b\\%', '\\textbackslash{}input\\{x\\}')
    """
    text = clean(name)
    formula = _formula(text)
    return f"${formula}$" if formula else _escaped(text)


def math(name: Any) -> str:
    r"""Return a name for a formula in a LaTeX document.

    >>> math("x12"), math("loss")
    ('x_{12}', '\\text{loss}')
    """
    text = clean(name)
    return _formula(text) or rf"\text{{{_escaped(text)}}}"


def latex_spans(parts: Sequence[Span]) -> str:
    r"""Return spans for a LaTeX document; the spans of a name that was cut may be no name.

    >>> latex_spans(spans(r"z_j^{(l)}")), latex_spans(spans("two words"))
    ('$z_{j}^{(l)}$', 'two words')
    """
    if not any(span.shift or span.italic for span in parts):
        return latex(plain_spans(parts))
    groups = []
    for shift, run in groupby(parts, key=lambda span: span.shift):
        text = "".join(map(_math_of, run))
        groups.append(f"{_MARKS[shift]}{{{text}}}" if shift else text)
    return f"${''.join(groups)}$"


def _math_of(span: Span) -> str:
    if span.italic:
        letters = [math(cluster) for cluster in CLUSTER.findall(span.text)]
        # a command ends before the letter that follows
        text = "".join(f"{m} " if re.fullmatch(r"\\[A-Za-z]+", m) else m for m in letters).strip()
        return rf"\boldsymbol{{{text}}}" if span.bold else text
    text = "".join(map(_upright, re.findall(r"[^\W\d_]+| ?[-+−=·×<>≤≥/] ?|.", span.text)))
    return text.replace(r"\mathrm", r"\mathbf") if span.bold else text


def _upright(part: str) -> str:
    """Return a word, an operator with its spaces, or another character for a formula."""
    if part.isalpha():
        return rf"\mathrm{{{part}}}" if part.isascii() else command_of(part) or rf"\text{{{part}}}"
    if unicodedata.combining(part[0]):
        return ""
    part = part.strip() or r"\ "
    if part in _ESCAPES and part not in "{}%&#$_<>|":
        return rf"\text{{{_ESCAPES[part]}}}"
    return _ESCAPES[part] if part in "{}%&#$_" else command_of(part) or part


def clean(name: Any) -> str:
    r"""Return a name on one line, without what cannot be seen; ␣ if nothing is left.

    >>> clean(" two\twords "), clean("\u200b"), clean("a\x00")
    ('two words', '␣', 'a�')
    """
    name = getattr(name, "tex", name)  # of a vertex
    text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", " ".join(str(name).split()))
    # format characters, such as those that reverse the direction, act on the text around a label
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf" or c in "\u200c\u200d")
    letters = [c for c in seen if not unicodedata.category(c).startswith("M")]  # a mark needs one
    return seen.strip() if "".join(letters).strip(INVISIBLE) else BLANK


def _source(text: str) -> str | None:
    """Return a name as LaTeX, with braces around each index; None if it is not LaTeX."""
    if len(text) > LONGEST:
        return None
    if inner := re.fullmatch(r"(\$\$?)([^$]+)\1", text):
        return _braced(inner[2])
    text = _without_raised(text)
    if any(text in table for table in _LOWERED.values()):  # an index of nothing
        return None
    if re.fullmatch(LETTER, text):
        return text
    if digits := re.fullmatch(rf"((?:{LETTER})+)([\d,]+)(′*)", text):
        base = digits[1] if re.fullmatch(LETTER, digits[1]) else rf"\mathrm{{{digits[1]}}}"
        return f"{base}_{{{digits[2]}}}{digits[3]}"
    if index := re.fullmatch(rf"({LETTER})_((?:{LETTER}|\d)+)(′*)", text):
        return f"{index[1]}_{{{index[2]}}}{index[3]}"
    is_latex = re.search(r"[_^]\{|.\^[^\s]|\\[A-Za-z]", text) and "$" not in text
    return _braced(text) if is_latex else None


def _braced(text: str) -> str:
    """Return LaTeX with braces around indices of several letters or digits: x_ji, x^10."""
    return re.sub(rf"([_^])((?:{LETTER}){{2,}}|\d{{2,}})", r"\1{\2}", text)


def _without_raised(text: str) -> str:
    """Replace index characters of Unicode, as in x₁ and x², by LaTeX."""
    for shift, table in _LOWERED.items():
        some = f"[{re.escape(''.join(table))}]+"
        for run in re.findall(rf"(?<=\w)({some}(?:,{some})*)", text):
            index = "".join(table.get(c, c) for c in run)
            text = text.replace(run, f"{_MARKS[shift]}{{{index}}}", 1)
    return text


def _formula(text: str) -> str:
    """Return a cleaned name as a formula, in characters that pdflatex knows; "" for other names."""
    source = _source(text) or ""
    if not parse(source):
        return ""
    known = [t for t in TOKEN.findall(source) if not unicodedata.combining(t[0])]
    tokens = [_ESCAPES[t] if t in "%&#" else command_of(t) or t for t in known]
    return "".join(tokens).strip()


def _escaped(text: str) -> str:
    shown = re.findall(rf"{LETTER}|.", text)
    known = [c for c in shown if not unicodedata.combining(c[0])]  # a mark alone has no letter
    return "".join(_ESCAPES.get(c) or _escaped_symbol(c) for c in known)


def _escaped_symbol(c: str) -> str:
    """Return a letter as LaTeX, also one that is raised or lowered, as in Aᵀ."""
    for shift, table in _LOWERED.items():
        if c in table:
            return f"${{}}{_MARKS[shift]}{{{table[c]}}}$"
    command = None if c.isascii() else command_of(c)
    return f"${command.strip()}$" if command else c
