"""out(w_ji) = {z_j}, out(a_i) = {z_1 … z_k}, ∂ℓ/∂W as an outer product: figures for lesson 06."""

from typing import TYPE_CHECKING

import numpy as np

from coursekit.engine.from_partials import linearization
from coursekit.engine.linearization import Linearization
from coursekit.figures import register
from coursekit.lessons.figures.highlight import draw_highlighted
from coursekit.render.text import format_number
from coursekit.render.theme import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Rectangle

A = np.array([2.0, -1.0, 3.0])
W = np.array([[1.0, 2.0, 0.0], [-1.0, 1.0, 2.0]])
DZ = np.array([3.0, 1.0])


def weight_part() -> Linearization[str]:
    """Return the part of a layer around w₂₁, which only z₂ uses."""
    edges = {(f"w2,{i + 1}", "z2"): a for i, a in enumerate(A)}
    return linearization(edges | {("z2", "l"): DZ[1]}, loss="l")


def activation_part() -> Linearization[str]:
    """Return the part of a layer around a₁, which every z uses."""
    edges = {("a1", f"z{j + 1}"): w for j, w in enumerate(W[:, 0])}
    return linearization(edges | {(f"z{j + 1}", "l"): d for j, d in enumerate(DZ)}, loss="l")


@register(
    "06-out",
    "Two parts of a layer. First the weights of row 2: one edge leads from w₂₁ to z₂, and carries"
    " a₁. Then the activation a₁: an edge leads to each z, and carries the weight.",
    frames=2,
)
def out_edges(axes: "Axes", frame: int) -> None:
    """Draw out(w_ji), then out(a_i), with their edges highlighted."""
    lin = weight_part() if frame == 1 else activation_part()
    tail = "w2,1" if frame == 1 else "a1"
    title = (
        r"$\mathrm{out}(w_{ji}) = \{z_j\},\quad \partial z_j/\partial w_{ji} = a_i$"
        if frame == 1
        else r"$\mathrm{out}(a_i) = \{z_1, \ldots, z_k\},\quad \partial z_j/\partial a_i = w_{ji}$"
    )
    draw_highlighted(axes, lin, [(tail, head) for head in lin.out(tail)], title)


@register(
    "06-outer",
    "The outer product as a table: a₁ to a₃ above the columns, 2, −1 and 3; the adjoints of z₁ and"
    " z₂ beside the rows, 3 and 1; in each cell the number of its row times that of its column.",
)
def outer(axes: "Axes") -> None:
    """Draw ∂ℓ/∂W cell by cell between its two factors."""
    cells = np.outer(DZ, A)
    for (j, i), x in np.ndenumerate(cells):
        axes.add_patch(_box(i, -j))
        axes.text(i, -j, format_number(x), ha="center", va="center", color=VERMILION, fontsize=15)
    for i, a in enumerate(A):
        axes.text(i, 0.75, rf"$a_{i + 1} = {a:g}$", ha="center", va="center", color=BLUE)
    for j, d in enumerate(DZ):
        label = rf"$\partial\ell/\partial z_{j + 1} = {d:g}$"
        axes.text(-0.7, -j, label, ha="right", va="center", color=VERMILION)
    label = r"$\partial\ell/\partial w_{ji} = \partial\ell/\partial z_j \cdot a_i$"
    axes.text(1, -1.85, label, ha="center", va="center")
    axes.set(xlim=(-2.3, 2.8), ylim=(-2.2, 1.1), aspect="equal")
    axes.axis("off")


def _box(i: int, y: float) -> "Rectangle":
    from matplotlib.patches import Rectangle

    return Rectangle((i - 0.5, y - 0.5), 1, 1, fill=False, edgecolor=GREY)
