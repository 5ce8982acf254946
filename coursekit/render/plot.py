"""Draw a diagram on matplotlib axes, for slides, with typeset names."""

import re
from typing import Any

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.path import Path

from coursekit.render.diagram import Diagram
from coursekit.render.layout import Layout, Structure, lay_out
from coursekit.render.text import format_number, shorten
from coursekit.render.theme import BLUE, HIGHLIGHT, VERMILION

THICK = 3.2  # points: highlights are also thicker, because colour alone is not enough
CENTRED: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4}


def draw_graph(axes: Axes, diagram: Diagram, title: str = "") -> None:
    """Draw a graph: values above its vertices, adjoints below them, partials on its edges."""
    layout = lay_out(Structure(len(diagram.names), diagram.edges, small=diagram.small))
    for k in range(len(diagram.edges)):
        _draw_edge(axes, k, diagram, layout)
    for v in range(len(diagram.names)):
        _draw_vertex(axes, v, diagram, layout)
    axes.set(xlim=(-6, layout.width + 6), ylim=(-6, layout.height + 6), aspect="equal")
    axes.set_title(title, fontsize=14)
    axes.axis("off")


def _draw_edge(axes: Axes, k: int, diagram: Diagram, layout: Layout) -> None:
    highlighted = k in diagram.highlight
    arrow = FancyArrowPatch(
        path=_path(k, layout),
        arrowstyle="-|>",
        mutation_scale=14,
        shrinkA=0,
        shrinkB=0,
        color=HIGHLIGHT if highlighted else rcParams["text.color"],
        linewidth=THICK if highlighted else 1,
        zorder=2 if highlighted else 1,
    )
    axes.add_patch(arrow)
    if diagram.partials and (place := layout.labels[k]):
        x, y = place
        axes.text(
            x,
            layout.height - y,
            format_number(diagram.partials[k]),
            fontsize=11,
            fontweight="bold" if highlighted else "normal",
            bbox={"facecolor": rcParams["axes.facecolor"], "edgecolor": "none", "pad": 1},
            **CENTRED,
        )


def _draw_vertex(axes: Axes, v: int, diagram: Diagram, layout: Layout) -> None:
    x, y = layout.vertices[v][0], layout.height - layout.vertices[v][1]
    highlighted = any(v in diagram.edges[k] for k in diagram.highlight)
    circle = Circle(
        (x, y),
        layout.extents[v][0],
        facecolor=rcParams["axes.facecolor"],
        edgecolor=HIGHLIGHT if highlighted else rcParams["text.color"],
        linewidth=THICK if highlighted else 1.2,
        zorder=3,
    )
    axes.add_patch(circle)
    if diagram.small:
        return
    symbol = diagram.symbols[v]
    axes.text(x, y + 4 if symbol else y, _typeset(diagram.names[v]), fontsize=14, **CENTRED)
    axes.text(x, y - 9, _plain(symbol), fontsize=8, **CENTRED)
    room = layout.extents[v][0] + 9
    for numbers, up, colour in ((diagram.values, room, BLUE), (diagram.adjoints, -room, VERMILION)):
        if numbers and numbers[v] != "":
            number = format_number(numbers[v])
            axes.text(x, y + up, number, color=colour, fontweight="bold", **CENTRED)


def _path(k: int, layout: Layout) -> Path:
    curve, (tip, _) = layout.curves[k], layout.tips[k]
    points = [curve[0][0], *(p for segment in curve for p in segment[1:])]
    points[-1] = tip  # matplotlib draws the arrowhead up to the end of the path
    codes = [Path.MOVETO] + [Path.CURVE4] * (len(points) - 1)
    return Path([(x, layout.height - y) for x, y in points], codes)


def _typeset(name: str) -> str:
    """Return a one-letter name as a formula, and any other name as plain text."""
    if name == "ℓ":
        return r"$\ell$"
    return f"${name}$" if re.fullmatch("[A-Za-z]", name) else _plain(name)


def _plain(text: str) -> str:
    """Shorten a string and escape it, so that matplotlib does not read it as a formula."""
    return shorten(text, 7).replace("$", r"\$")
