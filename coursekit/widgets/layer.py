"""∂ℓ/∂w_ji = ∂ℓ/∂z_j · a_i and ∂ℓ/∂a_i = Σ_j ∂ℓ/∂z_j · w_ji: a fully connected layer as a table."""

from collections.abc import Sequence

import numpy as np

from coursekit.errors import GraphError
from coursekit.render.text import format_number, scalar_or_shape
from coursekit.widgets.view import View, slider

REACH = 5.0  # each slider from −5 to 5
MOST = 6  # rows, and columns
SUBSCRIPTS = "₀₁₂₃₄₅₆"


def layer(
    a: Sequence[float] = (2.0, -1.0, 3.0),
    W: Sequence[Sequence[float]] = ((1.0, 2.0, 0.0), (-1.0, 1.0, 2.0)),
    dz: Sequence[float] = (3.0, 1.0),
) -> View:
    """Return z = W a and both its adjoints as one table, with sliders for the pair (i, j) chosen.

    `a` has m numbers, `dz` holds the k adjoints ∂ℓ/∂z_j, `W` has k rows of m weights: row j leads
    to z_j, column i leaves a_i.

    >>> layer(a=[2.0, 5.0], W=[[1.0, 4.0]], dz=[3.0])
    z = 22; ∂ℓ/∂W = 6 15; ∂ℓ/∂a = 3 12
    """
    given, weights, back = (np.asarray(x, dtype=float) for x in (a, W, dz))
    if (
        weights.shape != (back.size, given.size)
        or not weights.size > 0
        or max(weights.shape) > MOST
    ):
        raise GraphError(
            f"W is {scalar_or_shape(weights)}; {given.size} numbers a and {back.size} adjoints dz"
            f" need {back.size}×{given.size}, of at most {MOST} rows and columns"
        )
    if not all(np.all(np.abs(x) <= REACH) for x in (given, weights, back)):
        raise GraphError(
            f"a slider goes from {format_number(-REACH)} to {format_number(REACH)}:"
            " choose numbers there"
        )
    names = ["aᵢ", "wⱼᵢ", "∂ℓ/∂zⱼ"]
    sliders = [
        slider(name, float(value), -REACH, REACH, 0.1, room="4em")
        for name, value in zip(names, (given[0], weights[0, 0], back[0]), strict=True)
    ]
    scene = {
        "kind": "layer",
        "a": given.tolist(),
        "W": weights.tolist(),
        "dz": back.tolist(),
        "names": names,
        "ranges": [[-REACH, REACH, 0.1]] * 3,
    }
    z, dW, da = weights @ given, np.outer(back, given), back @ weights
    text = f"z = {_row(z)}; ∂ℓ/∂W = {'; '.join(map(_row, dW))}; ∂ℓ/∂a = {_row(da)}"
    return View(scene, text=text, still=table(given, weights, back), sliders=sliders)


def _row(xs: np.ndarray) -> str:
    return " ".join(format_number(float(x)) for x in xs)


def table(a: np.ndarray, W: np.ndarray, dz: np.ndarray) -> str:
    """Return the layer as an HTML table: what a saved notebook shows."""
    head = "".join(f"<th>a{SUBSCRIPTS[i + 1]} = {format_number(x)}</th>" for i, x in enumerate(a))
    rows = [f"<tr><td></td>{head}<td></td></tr>"]
    for j, (row, back) in enumerate(zip(W, dz, strict=True)):
        sub = SUBSCRIPTS[j + 1]
        cells = "".join(
            f"<td>w{sub}{SUBSCRIPTS[i + 1]} = {format_number(w)}"
            f"<br>adjoint {format_number(back * x)}</td>"
            for i, (w, x) in enumerate(zip(row, a, strict=True))
        )
        z = f"<td>z{sub} = {format_number(float(row @ a))}</td>"
        rows.append(f"<tr><th>∂ℓ/∂z{sub} = {format_number(back)}</th>{cells}{z}</tr>")
    feet = "".join(
        f"<td>∂ℓ/∂a{SUBSCRIPTS[i + 1]} = {format_number(float(x))}</td>"
        for i, x in enumerate(dz @ W)
    )
    rows.append(f"<tr><td></td>{feet}<td></td></tr>")
    return f"<table>{''.join(rows)}</table>"
