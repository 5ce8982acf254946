r"""\hat{y}_{ji} ↦ ŷ and ji, in which style: a parser for the LaTeX of labels, of limited depth."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Literal

from coursekit.typeset.latex_commands import (
    ACCENTS,
    ALPHABETS,
    FONTS,
    OPERATORS,
    SYMBOLS,
    TEXT,
    WORDS,
)

Shift = Literal["", "sub", "super"]
LETTER = r"[^\W\d_][\u0300-\u036f\u20d7]*"  # with its accents
TOKEN = re.compile(rf"\\[A-Za-z]+\s*|\\.|{LETTER}|.", re.DOTALL)
DEEPEST = 8  # nested arguments
_SUM = r".+[+−/=·×].*"  # as a numerator it needs brackets
_PRODUCT = rf"(?![∂∇√]?({LETTER}|\d+)′*$).*"  # and as a denominator


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a label in one style; accents are combining characters of its text."""

    text: str
    shift: Shift = ""
    italic: bool = False
    bold: bool = False
    ink: str = ""  # a colour of the palette, if not that of its text


@dataclass(frozen=True, slots=True)
class _Glyph:
    text: str
    shift: Shift = ""
    italic: bool | None = None  # None: decided by the letters around it
    bold: bool = False


class _NotUnderstoodError(Exception):
    pass


@lru_cache(maxsize=1024)  # each name is asked for as text, as spans and as LaTeX
def parse(source: str) -> tuple[Span, ...]:
    r"""Return the spans of a formula, or () if a part is not understood or nothing is seen.

    >>> [(span.text, span.shift, span.italic) for span in parse(r"\hat{y}_1")]
    [('ŷ', '', True), ('1', 'sub', False)]
    >>> parse(r"\input{x}"), parse("x_{1")
    ((), ())
    """
    try:
        parts = tuple(_styled(_Reader(source).items("", 0)))
    except _NotUnderstoodError:
        return ()
    return parts if any(span.text.strip() for span in parts) else ()


class _Reader:
    """A recursive parser, which understands nothing that LaTeX would refuse."""

    def __init__(self, source: str) -> None:
        self.tokens = TOKEN.findall(source)[::-1]  # the next one is the last

    def items(self, shift: Shift, depth: int) -> list[_Glyph]:
        """Return the glyphs up to the end, or up to the brace that closes this group."""
        glyphs: list[_Glyph] = []
        scripts = ""  # those of the last letter: each may occur once
        while self.tokens:
            token = self.tokens[-1]
            if token == "}" and depth:
                return glyphs
            if token in ("_", "^", "'"):
                if not _may_follow(token, scripts):
                    raise _NotUnderstoodError
                scripts += token
            elif token != " ":
                scripts = ""
            glyphs += self.item(shift, depth)
        if depth:
            raise _NotUnderstoodError  # a brace is missing
        return glyphs

    def item(self, shift: Shift, depth: int) -> list[_Glyph]:
        """Return the glyphs of the next token, with its arguments."""
        if not self.tokens or depth > DEEPEST:
            raise _NotUnderstoodError
        token = self.tokens.pop()
        if token == "{":
            glyphs = self.items(shift, depth + 1)
            self.tokens.pop()
            return glyphs
        if token in ("_", "^"):
            below = shift or ("sub" if token == "_" else "super")
            font = (self.tokens[-1] if self.tokens else "")[1:].rstrip()
            if (font in FONTS or font in TEXT) and self.tokens[-2:-1] == ["{"]:  # x_\mathrm{out}
                return self.item(below, depth + 1)
            return self.argument(below, depth)
        if token in ("}", "\\", "$"):
            raise _NotUnderstoodError
        if token.startswith("\\"):
            glyphs = self.command(token[1:].rstrip() or " ", shift, depth)
            is_spaced = token[-1].isspace() and glyphs and glyphs[-1].text in OPERATORS
            return [*glyphs, _Glyph(" ", shift)] if is_spaced else glyphs
        return [_Glyph({"-": "−", "'": "′", "~": " "}.get(token, token), shift)]

    def argument(self, shift: Shift, depth: int) -> list[_Glyph]:
        """Return the glyphs of an argument, which is a group or one token."""
        token = self.tokens[-1] if self.tokens else ""
        name = token[1:].rstrip() if token.startswith("\\") else ""
        if token in ("_", "^", "'", " ", "[", "~") or (name and not SYMBOLS.get(name)):
            raise _NotUnderstoodError  # LaTeX wants braces around such an argument
        return self.item(shift, depth + 1)

    def command(self, name: str, shift: Shift, depth: int) -> list[_Glyph]:
        if name in SYMBOLS:
            text = SYMBOLS[name]
            return [_Glyph(text, shift, is_variable(text))] if text else []
        if name in WORDS:
            return [_Glyph(c, shift, False) for c in name]
        if name in ("frac", "dfrac", "tfrac"):
            above, below = self.argument(shift, depth), self.argument(shift, depth)
            slash = _Glyph("/", shift)
            return [*_bracketed(above, _SUM), slash, *_bracketed(below, _PRODUCT)]
        before = self.tokens.copy()
        if name == "sqrt":
            return [_Glyph("√", shift), *_bracketed(self.argument(shift, depth), "..+")]
        if name in ACCENTS:
            return _accented(self.argument(shift, depth), ACCENTS[name])
        if name in FONTS:
            return [replace(glyph, **FONTS[name]) for glyph in self.argument(shift, depth)]
        if name in ALPHABETS:
            glyphs = self.argument(shift, depth)
            return [replace(g, text=ALPHABETS[name].get(g.text, g.text)) for g in glyphs]
        if name in TEXT:
            glyphs = self.argument(shift, depth)
            tokens = before[len(self.tokens) :]
            if not any(re.match(r"[_^]|\\[A-Za-z]", token) for token in tokens):
                return [replace(glyph, **TEXT[name]) for glyph in glyphs]
        raise _NotUnderstoodError


def _may_follow(token: str, scripts: str) -> bool:
    """Return whether a letter with these scripts may have another one: primes stand together."""
    if token == "_":
        return "_" not in scripts
    if "^" in scripts:
        return False
    return "'" not in scripts or scripts[-1] == "'"


def _accented(glyphs: list[_Glyph], mark: str) -> list[_Glyph]:
    """Put an accent on the middle letter of the base."""
    base = [k for k, glyph in enumerate(glyphs) if glyph.shift == glyphs[0].shift]
    if not base:
        raise _NotUnderstoodError
    k = base[(len(base) - 1) // 2]
    glyph = glyphs[k]
    text = unicodedata.normalize("NFC", glyph.text + mark)
    italic = is_variable(text) if len(base) == 1 and glyph.italic is None else glyph.italic
    return [*glyphs[:k], replace(glyph, text=text, italic=italic), *glyphs[k + 1 :]]


def _bracketed(glyphs: list[_Glyph], pattern: str) -> list[_Glyph]:
    """Put brackets around the glyphs if their text on the line matches."""
    shift = glyphs[0].shift if glyphs else ""
    text = "".join(glyph.text for glyph in glyphs if glyph.shift == shift)
    if not re.fullmatch(pattern, text):
        return glyphs
    return [_Glyph("(", shift), *glyphs, _Glyph(")", shift)]


def _styled(glyphs: list[_Glyph]) -> Iterator[Span]:
    """Yield spans: a variable is italic; words, digits and brackets are upright."""
    decided = []
    for (shift, italic, bold, _), run in groupby(
        glyphs, key=lambda g: (g.shift, g.italic, g.bold, bool(re.fullmatch(LETTER, g.text)))
    ):
        texts = [glyph.text for glyph in run]
        if italic is None:  # as an index, ji is two variables, but out is a word
            italic = len(texts) <= (2 if shift else 1) and all(map(is_variable, texts))
        decided.append(Span("".join(texts), shift, italic, bold))
    for style, alike in groupby(decided, key=lambda s: (s.shift, s.italic, s.bold)):
        yield Span("".join(span.text for span in alike), *style)


def is_variable(text: str) -> bool:
    """Return whether a letter is italic in formulas: a Latin or small Greek one.

    >>> is_variable("x"), is_variable("θ"), is_variable("Θ"), is_variable("1")
    (True, True, False, False)
    """
    if not re.fullmatch(LETTER, text):
        return False
    return unicodedata.name(text[0], "").startswith(("LATIN", "GREEK SMALL"))
