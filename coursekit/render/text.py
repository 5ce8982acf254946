"""Format numbers, names and lists in the same way in pictures, terminals and the browser."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import floor, isinf, isnan
from numbers import Real
from typing import Any

from coursekit.typeset.spans import plain

MORE = " + …"  # after a sum that is not finished


def format_number(x: Any) -> str:
    """Format x with at most three decimals and a real minus sign.

    `formatNumber` in widgets/lib/format.js does the same in the browser.

    >>> [format_number(x) for x in (2.0, -0.6044, 262144, 1.5e-7, None)]
    ['2', '−0.604', '262144', '1.5e−7', '–']
    """
    if x is None:
        return "–"  # it was not computed; never 0
    if not isinstance(x, Real):  # the shape of an array, or a formula
        return str(x)
    x = float(x)
    if isnan(x):
        return "undefined"
    if isinf(x):
        return "∞" if x > 0 else "−∞"
    if abs(x) >= 1e6 or 0 < abs(x) < 0.0005:
        mantissa, exponent = f"{x:.1e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        # like JavaScript's toFixed: rounds the exact binary value, ties away from zero
        text = str(Decimal(x).quantize(Decimal("0.001"), ROUND_HALF_UP))
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def format_percent(share: float) -> str:
    """Format a share, rounded down: what is below 2.2% never reads 2.2%.

    >>> format_percent(0.0219), format_percent(0.022)
    ('2.1%', '2.2%')
    """
    return f"{floor(1000 * share + 1e-9) / 10:.1f}%"


def unfinished_text(x: Any) -> str:
    """Format the part of a sum that is known so far.

    >>> unfinished_text(2.0), unfinished_text(None)
    ('2 + …', '–')
    """
    return f"{format_number(x)}{MORE}" if is_known(x) else format_number(x)


def is_known(x: Any) -> bool:
    """Return whether an entry of a picture is a number, a shape or a formula."""
    return x is not None and not is_blank(x)


def is_blank(x: Any) -> bool:
    """Return whether an entry says nothing, not even that a number is unknown."""
    return isinstance(x, str) and not x


def scalar_or_shape(x: Any) -> Any:
    """Return a number or a formula unchanged, and an array's shape as a string.

    >>> scalar_or_shape(2.0), scalar_or_shape([1, 2]), scalar_or_shape([[1, 2, 3], [4, 5, 6]])
    (2.0, '(2)', '2×3')
    """
    if isinstance(x, Real | str) or x is None or hasattr(x, "tex"):
        return x
    import numpy as np  # imported on first use: a graph of numbers does not need it

    dimensions = np.shape(x)
    if len(dimensions) == 1:
        return f"({dimensions[0]})"  # 4 would be a number
    if dimensions:
        return "×".join(map(str, dimensions))
    return float(x) if hasattr(x, "dtype") else x  # a formula of another library, for example


class Label(str):
    """A name as sentences write it; `tex` is how it is typeset."""

    __slots__ = ("tex",)
    tex: str


def label(name: Any, *, loss: bool = False) -> Label:
    r"""Return a vertex's name as a reader sees it: indices as subscripts, the loss l as ℓ.

    >>> label("x12"), label("v1,2"), label("l", loss=True), label("two words"), label(r"\hat{y}")
    ('x₁₂', 'v₁,₂', 'ℓ', 'two words', 'ŷ')
    """
    source = str(getattr(name, "tex", name))
    source = "ℓ" if loss and source == "l" else source
    text = Label(plain(source))
    text.tex = source
    return text


def shorten(text: str, length: int) -> str:
    """Return the text, cut to `length` characters with an ellipsis if it is longer."""
    return text if len(text) <= length else text[: length - 1] + "…"


def join_words(items: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"; shorten more than six items to five and a count.

    >>> join_words(["a", "b", "c"])
    'a, b and c'
    """
    if len(items) > 6:
        return f"{', '.join(items[:5])} and {len(items) - 5} more"
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def px(length: float) -> str:
    """Format a length with at most one decimal.

    >>> px(4600.0), px(1.25)
    ('4600', '1.2')
    """
    return f"{length:.1f}".removesuffix(".0")
