"""What `save` takes: a format, a theme, a width, a scale, a ground and a title, or a refusal."""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from coursekit.errors import GraphError
from coursekit.render.palette import colours

FORMATS = ("svg", "pdf", "png")
SAVED = (*FORMATS, "tex")  # TikZ
UNIT = {"in": 1.0, "cm": 1 / 2.54, "mm": 1 / 25.4, "pt": 1 / 72, "px": 1 / 96}  # inches
PER_INCH = {"svg": 96.0, "pdf": 72.0, "png": 288.0, "tex": 72.27}  # what a format counts a width in
PER_UNIT = {"svg": 1.0, "pdf": 1.0, "png": 4.0, "tex": 1.0}  # of a scene, where no width is chosen
MAX_SIDE = 20_000  # pixels or points
_LENGTH = re.compile(rf"\s*(\d+(?:\.\d+)?)\s*({'|'.join(UNIT)})\s*")


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is saved.

    `width` is a length such as "12cm", or a number of points (PDF) or pixels; `scale` multiplies
    it. `ground` is "paper", None for a transparent ground, or a colour such as "#000000". A title
    of None is the picture's own, and "" none.
    """

    theme: str = "light"
    width: str | float | None = None
    scale: float = 1.0
    ground: str | None = "paper"
    title: str | None = None

    def __post_init__(self) -> None:
        colours(self.theme, self.ground)  # raises the errors of both
        if not is_positive(self.scale):
            raise GraphError(f"scale={self.scale!r}: pass a positive number, such as 2")
        if self.width is not None:
            _inches(self.width, 1.0)

    @property
    def colours(self) -> dict[str, str]:
        """The palette, with the paper in the colour of the ground."""
        return colours(self.theme, self.ground)

    def size(self, form: str, width: float, height: float) -> float:
        """Return what a unit of a scene of this width and height becomes: pixels, or points."""
        size = PER_UNIT[form]
        if self.width is not None:
            size = _inches(self.width, PER_INCH[form]) * PER_INCH[form] / width
        size *= self.scale
        if size * max(width, height) > MAX_SIDE:
            raise GraphError(
                f"the picture would have a side of {size * max(width, height):,.0f}"
                f" {'points' if form == 'pdf' else 'pixels'}, and the limit is {MAX_SIDE:,}:"
                " choose a smaller width or scale"
            )
        return size


def format_of(path: Path, formats: tuple[str, ...] = SAVED) -> str:
    """Return the format that a file's name ends in.

    >>> format_of(Path("kite.PDF"))
    'pdf'
    """
    form = path.suffix.removeprefix(".").lower()
    if form not in formats:
        known = ", ".join(f".{each}" for each in formats[:-1]) + f" or .{formats[-1]}"
        raise GraphError(f"{path.name}: save a picture as {known}")
    return form


def _inches(width: str | float, per_inch: float) -> float:
    """Return a width in inches; a number counts what the format counts."""
    if isinstance(width, str) and (length := _LENGTH.fullmatch(width)) and float(length[1]):
        return float(length[1]) * UNIT[length[2]]
    if not isinstance(width, str) and is_positive(width):
        return width / per_inch
    raise GraphError(f"width={width!r}: pass a length such as '12cm', or a positive number")


def is_positive(x: object) -> TypeGuard[float]:
    """Return whether x is a positive number, not infinite and not a bool.

    >>> is_positive(2), is_positive("2"), is_positive(0)
    (True, False, False)
    """
    return isinstance(x, int | float) and not isinstance(x, bool) and 0 < x < math.inf
