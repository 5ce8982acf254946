"""A diagram and the numbers of one moment on matplotlib's axes: for slides, formulas typeset."""

import re
from typing import TYPE_CHECKING

from coursekit.render.diagram import Diagram
from coursekit.render.layout import ARROW, layout
from coursekit.render.state import State
from coursekit.render.text import format_number, shorten
from coursekit.render.theme import BLUE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path

LIT = 3.2  # points


def draw_graph(
    axes: "Axes", diagram: Diagram, state: State, title: str = "", *, small: bool = False
) -> None:
    """Draw values above, adjoints below, partials on the edges; what is lit is thick, too."""
    import matplotlib
    from matplotlib.patches import Circle, FancyArrowPatch

    ink, paper = matplotlib.rcParams["text.color"], matplotlib.rcParams["axes.facecolor"]
    placed = layout(len(diagram.names), diagram.edges, small=small)
    radius = placed.radius
    for k, curve in enumerate(placed.curves):
        lit = k in state.highlight
        line = FancyArrowPatch(
            path=_path(curve, placed.height), arrowstyle="-|>", mutation_scale=14,
            shrinkA=0, shrinkB=0,
            color=VERMILION if lit else ink, linewidth=LIT if lit else 1, zorder=2 if lit else 1,
        )  # fmt: skip
        axes.add_patch(line)
        if state.partials and not small:
            x, y = placed.labels[k]
            axes.text(
                x, placed.height - y, format_number(state.partials[k]), ha="center", va="center",
                fontsize=11, fontweight="bold" if lit else "normal", zorder=4,
                bbox={"facecolor": paper, "edgecolor": "none", "pad": 1},
            )  # fmt: skip
    for v, (x, down) in enumerate(placed.vertices):
        y = placed.height - down
        lit = any(v in diagram.edges[k] for k in state.highlight)
        edge = VERMILION if lit else ink
        axes.add_patch(Circle((x, y), radius, facecolor=paper, edgecolor=edge,
                              linewidth=LIT if lit else 1.2, zorder=3))  # fmt: skip
        if small:
            continue
        symbol = diagram.symbols[v] if any(diagram.symbols) else ""
        at = y + 4 if symbol else y
        axes.text(
            x, at, _typeset(diagram.names[v]), ha="center", va="center", fontsize=14, zorder=4
        )
        axes.text(x, y - 9, _plain(symbol), ha="center", va="center", fontsize=8, zorder=4)
        for numbers, place, colour in (
            (state.values, y + radius + 9, BLUE), (state.adjoints, y - radius - 9, VERMILION)
        ):  # fmt: skip
            if numbers:
                axes.text(x, place, format_number(numbers[v]), color=colour, fontweight="bold",
                          ha="center", va="center", zorder=4)  # fmt: skip
    axes.set(xlim=(-6, placed.width + 6), ylim=(-6, placed.height + 6), aspect="equal")
    axes.set_title(title, fontsize=14)
    axes.axis("off")


def _path(curve: str, height: float) -> "Path":
    from matplotlib.path import Path

    points = [tuple(map(float, p.split(","))) for p in re.findall(r"[-\d.]+,[-\d.]+", curve)]
    points[-1] = (points[-1][0] + ARROW - 1, points[-1][1])  # the SVG's own arrowheads begin there
    codes = [Path.MOVETO] + [Path.CURVE4] * (len(points) - 1)
    return Path([(x, height - y) for x, y in points], codes)


def _typeset(name: str) -> str:
    """Return a plain name as a formula, any other as it is."""
    if name == "ℓ":
        return r"$\ell$"
    return f"${name}$" if re.fullmatch("[A-Za-z]", name) else _plain(name)


def _plain(text: str) -> str:
    """Return a text that is data, short and without formulas."""
    return shorten(text, 7).replace("$", r"\$")
