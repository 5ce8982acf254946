"""Draw formulas: a LaTeX formula becomes the outline of an SVG path, without a network."""

import logging
from functools import lru_cache
from typing import NamedTuple

MAX_CHARACTERS = 200  # each takes milliseconds
MAX_WIDTH = 80.0  # in em: a formula may ask for any space
SIZE = 10  # points for one em
COMMANDS = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}  # matplotlib's codes → SVG's commands


class Formula(NamedTuple):
    """The outline of a formula, in tenths of an em; y points down, and the baseline is at 0."""

    path: str
    left: float
    top: float
    width: float
    height: float


@lru_cache(maxsize=1000)
def draw_formula(source: str) -> Formula | None:
    r"""Return the outline of a formula, or None if matplotlib cannot set it.

    >>> draw_formula(r"\frac{1}{2}").height > 10
    True
    >>> draw_formula(r"\begin{aligned} a &= b \end{aligned}") is None
    True
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if len(source) > MAX_CHARACTERS:
        return None
    font = FontProperties(family="DejaVu Sans", math_fontfamily="cm")
    log = logging.getLogger("matplotlib.mathtext")
    missing = _Missing()
    log.addHandler(missing)
    propagate, log.propagate = log.propagate, False
    try:
        outline = TextPath((0, 0), f"${source}$", size=SIZE, prop=font)
    except Exception:  # a student's formula may break the parser in any way
        return None
    finally:
        log.propagate = propagate
        log.removeHandler(missing)
    box = outline.get_extents()
    if not len(outline.vertices) or not 0 < box.width < MAX_WIDTH * SIZE:
        return None
    segments = (
        COMMANDS[int(code)] + " ".join(f"{-x if k % 2 else x:.2f}" for k, x in enumerate(points))
        if code != 79 else "Z"
        for points, code in outline.iter_segments(simplify=False)
    )  # fmt: skip
    return Formula("".join(segments), float(box.x0), -float(box.y1), float(box.width),
                   float(box.height))  # fmt: skip


class _Missing(logging.Handler):
    """Refuse a formula that needs a glyph which the fonts do not have."""

    def emit(self, record: logging.LogRecord) -> None:
        raise LookupError(record.getMessage())
