"""Before ∂ℓ/∂v, every ∂ℓ/∂u with u ∈ out(v): the student finds a reverse topological order."""

from typing import Any

from coursekit.engine.linearization import Linearization
from coursekit.render.picture import numbers
from coursekit.widgets.scene import scene, still, still_html
from coursekit.widgets.view import Shown


def order_game(lin: Linearization[Any]) -> Shown:
    """Return a picture whose vertices are chosen, one by one, when they can be finished.

    >>> from coursekit.examples import kite
    >>> order_game(kite())
    Computational graph of ℓ with 5 vertices and 5 edges, from x. Which can be finished next?
    """
    picture = still(lin, numbers(lin, {lin.loss: 1}))
    return Shown(
        scene(lin) | {"kind": "order"},
        text=f"{picture.alt} Which can be finished next?", still=still_html(picture),
    )
