"""The fonts of a PDF or PNG: DejaVu Sans, then an installed font for each letter that it lacks."""

import logging
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from matplotlib import font_manager, ft2font

from coursekit.render.text import join_words

FIRST = "DejaVu Sans"
CJK = ("BOPOMOFO", "CJK", "HANGUL", "HIRAGANA", "KATAKANA")  # as Unicode's names begin
INVISIBLE = ("Cc", "Cf", "Zl", "Zp")  # categories of characters that need no glyph
NO_OUTLINES = ("Color", "Last")  # in the names of emoji as images, and of fonts made of boxes
RIGHT_TO_LEFT = ("R", "AL")  # bidirectional classes
CALLER = 6  # the frame that called `save`, as a warning counts


def families(text: str) -> list[str]:
    """Return the font families in which a text can be written, as far as this machine has them.

    >>> families("∂ℓ/∂v")
    ['DejaVu Sans']
    """
    return [FIRST, *_others(_unusual(text))[0]]


@contextmanager
def one_warning(text: str) -> Iterator[None]:
    """Warn once of the letters that no font has; matplotlib would warn of each, and of weights."""
    if sentence := advice(text):
        warnings.warn(sentence, stacklevel=CALLER)
    log = logging.getLogger(font_manager.__name__)
    level = log.level
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing from", UserWarning)
        log.setLevel(logging.ERROR)
        try:
            yield
        finally:
            log.setLevel(level)


def advice(text: str) -> str:
    """Return a sentence on the letters of a text that this machine cannot write, or "".

    >>> advice("∂ℓ/∂v")
    ''
    """
    if missing := _others(_unusual(text))[1]:
        names = join_words([c if c.isprintable() else f"U+{ord(c):04X}" for c in missing])
        packages = join_words(sorted({*map(_package, missing)} - {""}))
        return (
            f"no font on this machine has {names}: the file shows boxes instead. Install a font"
            f" that does{packages and f' (on Debian, {packages})'}, or save the picture as SVG"
        )
    if not _shapes() and any(unicodedata.bidirectional(c) in RIGHT_TO_LEFT for c in text):
        return (
            "this version of matplotlib writes from left to right only: install matplotlib 3.11"
            " or newer, or save the picture as SVG"
        )
    return ""


def _shapes() -> bool:
    """Return whether matplotlib joins letters, and writes from right to left where it should."""
    return hasattr(ft2font, "__libraqm_version__")


def _package(letter: str) -> str:
    """Return the Debian package of a font that has a letter; "" for private letters."""
    if unicodedata.category(letter) in ("Cn", "Co"):
        return ""
    if unicodedata.category(letter) == "So":
        return "fonts-symbola"
    return f"fonts-noto-{'cjk' if unicodedata.name(letter, '').startswith(CJK) else 'core'}"


def _unusual(text: str) -> str:
    """Return the letters of a text that the first font lacks."""
    usual = _first()
    return "".join(c for c in dict.fromkeys(text) if ord(c) not in usual and _is_visible(c))


def _is_visible(c: str) -> bool:
    return unicodedata.category(c) not in INVISIBLE and not "\ufe00" <= c <= "\ufe0f"


@cache
def _first() -> frozenset[int]:
    return frozenset(ft2font.FT2Font(font_manager.findfont(FIRST)).get_charmap())


@cache
def _others(letters: str) -> tuple[tuple[str, ...], str]:
    """Return the families that have these letters, and the letters that none has."""
    chosen: list[str] = []
    missing, known = letters, set(font_manager.get_font_names())
    for family, path, owned in _owners(letters) if letters else ():
        if set(owned) & set(missing):
            chosen.append(family)
            missing = "".join(c for c in missing if c not in owned)
        if family in chosen and family not in known:  # a font that is newer than matplotlib's list
            font_manager.fontManager.addfont(path)
    return tuple(chosen), missing


def _owners(letters: str) -> list[tuple[str, str, str]]:
    """Return (family, path, those of the letters that it has) of each font, the best first."""
    owners = []
    for path in sorted(font_manager.findSystemFonts()):
        try:
            font = ft2font.FT2Font(path)
        except (OSError, RuntimeError):  # a damaged file
            continue
        family = font.family_name
        owned = "".join(c for c in letters if font.get_char_index(ord(c)))
        if owned and font.scalable and not any(each in family for each in NO_OUTLINES):
            owners.append((family, path, owned))
    return sorted(owners, key=lambda each: (-len(each[2]), "Sans" not in each[0], each[:2]))
