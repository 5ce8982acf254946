"""x₁₂ ↦ 1.51 em: the width of a label, as in DejaVu Sans, without loading a font."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from coursekit.typeset.label_parser import Span

SMALL = 0.7  # the size of an index
BOLD = 1.12  # how much wider bold letters are
# widths of characters in DejaVu Sans, which is a wide font, in hundredths of an em
_WIDTHS = {
    c: width / 100
    for width, characters in (
        (23, "′"), (28, "'ijl"), (30, "IJ"), (33, " ,.·:;/\\|ι"), (37, "f-"), (39, "()[]tr!ℓ"),
        (48, '*_"°'), (53, "sz∂?εζ"), (56, "ckFLνξΓυχ"), (59, "vxyγκλPπτ"), (62, "TYaeodδθS"),
        (65, "$βμ√Kα"), (68, "AVBRXZΔΛ∇∑φψ"), (71, "C"), (74, "UHNΠ"), (78, "DGOQΩ∏&ΘΦΨ"),
        (83, "w#+<=>^~ω⊙×−→≤≥±∞"), (87, "M⊤"), (97, "Wm%"), (100, "@…"),
    )
    for c in characters
}  # fmt: skip
_OTHERS = {"lower": 0.63, "upper": 0.76, "symbol": 0.88, "other": 0.66}


def width(parts: Sequence[Span]) -> float:
    """Return the approximate width of a label in ems.

    >>> round(width([Span("x", italic=True), Span("12", "sub")]), 2)
    1.51
    """
    return sum(
        (SMALL if span.shift else 1.0) * (BOLD if span.bold else 1.0) * sum(map(_width, span.text))
        for span in parts
    )


@lru_cache(maxsize=4096)  # a picture asks for the same few letters again and again
def _width(c: str) -> float:
    if c in _WIDTHS:
        return _WIDTHS[c]
    base = unicodedata.normalize("NFD", c)[0]
    if base in _WIDTHS:
        return _WIDTHS[base]
    if unicodedata.category(c) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(c) in "WF":
        return 1.0
    if (plain := unicodedata.normalize("NFKD", c)) in _WIDTHS:  # such as a bold letter of Unicode
        return BOLD * _WIDTHS[plain]
    if unicodedata.category(c)[0] == "S":
        return _OTHERS["symbol"]
    return _OTHERS["lower" if c.islower() else "upper" if c.isupper() else "other"]
