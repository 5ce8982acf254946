"""Write a scene as PDF or PNG: matplotlib draws its shapes at their places, type included."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import BoxStyle, FancyBboxPatch, PathPatch
from matplotlib.patches import Circle as Disc
from matplotlib.patches import Polygon as Area
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from coursekit.layout.curves import Curve
from coursekit.render.files import Look
from coursekit.render.fonts import families
from coursekit.render.scene import (
    CORNER,
    SHIFTS,
    Circle,
    Polygon,
    Rect,
    Scene,
    Shape,
    Stroke,
    Text,
    with_halo,
)
from coursekit.render.styles import style_of
from coursekit.render.theme import POINTS
from coursekit.typeset.label_widths import SMALL
from coursekit.typeset.spans import Span

LOOSE = 1.1  # a text that is wider than the scene knows, by more than this, is made smaller


def scene_figure(scene: Scene, look: Look, *, size: float = 1.0) -> Figure:
    """Return a figure of the scene, `size` points for each of its units."""
    inches = [length * size / POINTS for length in scene.size]
    figure = Figure(figsize=(inches[0], inches[1]))
    left, top, right, bottom = scene.frame
    axes = figure.add_axes((0, 0, 1, 1), xlim=(left, right), ylim=(bottom, top))
    axes.axis("off")
    fonts = families("".join(span.text for text in scene.texts() for span in text.spans))
    pen = _Pen(axes, look.colours, fonts, size)
    for group in scene.groups:
        for shape in group.shapes:
            for each in with_halo(shape):
                pen.draw(each, group.states)
    return figure


class _Pen:
    """Draws shapes on axes, one above the other; lengths grow with `size`."""

    def __init__(self, axes: Axes, colours: dict[str, str], fonts: list[str], size: float) -> None:
        self.axes, self.fonts, self.size, self._order = axes, fonts, size, 0
        self.colours: dict[str | None, str] = {"": "none", None: "none"}
        self.colours.update(colours)

    def draw(self, shape: Shape, states: tuple[str, ...]) -> None:
        self._order += 1
        if isinstance(shape, Text):
            self._write(shape, states)
            return
        style = style_of(shape.part, states)
        patch = _patch(shape)
        patch.set(
            facecolor=self.colours[style.fill],
            edgecolor=self.colours[style.stroke],
            linewidth=(style.width or 0.0) * self.size,
            zorder=self._order,
            clip_on=False,
            joinstyle="round" if shape.part == "head" else "miter",
        )
        if style.dash:
            lengths = map(float, style.dash.split())
            patch.set_linestyle((0, [n / (style.width or 1.0) for n in lengths]))
        self.axes.add_patch(patch)

    def _write(self, text: Text, states: tuple[str, ...]) -> None:
        """Write the spans of a text one after the other."""
        style = style_of(text.part, states)
        fonts = [self._font(span, text, bold=bool(style.bold)) for span in text.spans]
        pairs = list(zip(text.spans, fonts, strict=True))
        widths = [_width(span.text, font) / self.size for span, font in pairs]
        share = min(1.0, LOOSE * text.width / max(sum(widths), 0.01))
        widths = [width * share for width in widths]
        x = text.x - sum(widths) / 2 if text.centred else text.x
        for (span, font), width in zip(pairs, widths, strict=True):
            y = text.y + SHIFTS[span.shift] * text.height
            font.set_size(font.get_size() * share)
            self.axes.text(
                x, y, span.text, fontproperties=font, color=self.colours[span.ink or style.fill],
                ha="left", va="baseline", parse_math=False, zorder=self._order,
            )  # fmt: skip
            x += width

    def _font(self, span: Span, text: Text, *, bold: bool) -> FontProperties:
        return FontProperties(
            family=self.fonts,
            style="italic" if span.italic else "normal",
            weight="bold" if bold or span.bold else "normal",
            size=text.height * (SMALL if span.shift else 1.0) * self.size,
        )


def _width(text: str, font: FontProperties) -> float:
    """Return a text's width in points."""
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def _patch(shape: Shape) -> Any:
    match shape:
        case Circle(x, y, r):
            return Disc((x, y), r)
        case Rect(x, y, width, height):
            corners = BoxStyle.Round(pad=0, rounding_size=CORNER)
            return FancyBboxPatch((x, y), width, height, boxstyle=corners)
        case Stroke(curve):
            return PathPatch(_path(curve))
        case Polygon(points):
            return Area(points, closed=True)


def _path(curve: Curve) -> Path:
    points = [curve[0][0], *(point for _, *rest in curve for point in rest)]
    return Path(points, [Path.MOVETO] + [Path.CURVE4] * (len(points) - 1))
