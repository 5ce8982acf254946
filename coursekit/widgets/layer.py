"""∂ℓ/∂w_ji = ∂ℓ/∂z_j · a_i and ∂ℓ/∂a_i = Σ_j ∂ℓ/∂z_j · w_ji: a fully connected layer as a table."""

from collections.abc import Sequence

import numpy as np

from coursekit.errors import GraphError
from coursekit.render.text import format_number, scalar_or_shape
from coursekit.widgets.view import View, slider

REACH = 5.0  # each slider goes from −5 to 5
MAX_SIZE = 6  # the largest number of rows, and of columns
SUBSCRIPTS = "₁₂₃₄₅₆"


def layer(
    a: Sequence[float] = (2.0, -1.0, 3.0),
    W: Sequence[Sequence[float]] = ((1.0, 2.0, 0.0), (-1.0, 1.0, 2.0)),
    dz: Sequence[float] = (3.0, 1.0),
) -> View:
    """Return a table of z = W a and its adjoints, with sliders for a selected pair (i, j).

    `a` has m numbers, `dz` holds the k adjoints ∂ℓ/∂z_j, and `W` has k rows of m weights: row j
    holds the weights of z_j, and column i those of a_i.

    >>> layer(a=[2.0, 5.0], W=[[1.0, 4.0]], dz=[3.0])
    z = 22; ∂ℓ/∂W = 6 15; ∂ℓ/∂a = 3 12
    """
    activations, weights, adjoints = (np.asarray(x, dtype=float) for x in (a, W, dz))
    _check(activations, weights, adjoints)
    scene = {"a": activations.tolist(), "W": weights.tolist(), "dz": adjoints.tolist()}
    z, dW, da = weights @ activations, np.outer(adjoints, activations), adjoints @ weights
    text = f"z = {_row(z)}; ∂ℓ/∂W = {'; '.join(map(_row, dW))}; ∂ℓ/∂a = {_row(da)}"
    chosen = {"aᵢ": activations[0], "wⱼᵢ": weights[0, 0], "∂ℓ/∂zⱼ": adjoints[0]}
    sliders = [
        slider(name, float(value), -REACH, REACH, 0.1, name_width="4em")
        for name, value in chosen.items()
    ]
    still = _table(activations, weights, adjoints)
    return View("layer", scene, text=text, still=still, sliders=sliders)


def _check(a: np.ndarray, W: np.ndarray, dz: np.ndarray) -> None:
    if W.shape != (dz.size, a.size) or not W.size or max(W.shape) > MAX_SIZE:
        raise GraphError(
            f"W is {scalar_or_shape(W)}, but must be {dz.size}×{a.size} (the lengths of dz and a)"
            f" and at most {MAX_SIZE}×{MAX_SIZE}"
        )
    if not all(np.all(np.abs(x) <= REACH) for x in (a, W, dz)):
        ends = f"{format_number(-REACH)} to {format_number(REACH)}"
        raise GraphError(f"the sliders go from {ends}: choose numbers in this range")


def _row(xs: np.ndarray) -> str:
    return " ".join(format_number(x) for x in xs)


def _table(a: np.ndarray, W: np.ndarray, dz: np.ndarray) -> str:
    """Return the layer as an HTML table, for saved notebooks."""
    head = [f"<th>a{sub} = {format_number(x)}</th>" for sub, x in zip(SUBSCRIPTS, a, strict=False)]
    foot = [f"<td>∂ℓ/∂a{SUBSCRIPTS[i]} = {format_number(x)}</td>" for i, x in enumerate(dz @ W)]
    rows = [f"<tr><td></td>{''.join(head)}<td></td></tr>"]
    for sub, weights, adjoint in zip(SUBSCRIPTS, W, dz, strict=False):
        cells = "".join(
            f"<td>w{sub}{i} = {format_number(w)}<br>adjoint {format_number(adjoint * x)}</td>"
            for i, w, x in zip(SUBSCRIPTS, weights, a, strict=False)
        )
        z = f"<td>z{sub} = {format_number(weights @ a)}</td>"
        rows.append(f"<tr><th>∂ℓ/∂z{sub} = {format_number(adjoint)}</th>{cells}{z}</tr>")
    rows.append(f"<tr><td></td>{''.join(foot)}<td></td></tr>")
    return f"<table>{''.join(rows)}</table>"
