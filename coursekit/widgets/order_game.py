"""Before ∂ℓ/∂v, every ∂ℓ/∂u with u ∈ out(v): the student finds a reverse topological order."""

from typing import Any

from coursekit.engine.linearization import Linearization
from coursekit.render.diagram import diagram
from coursekit.render.picture import picture
from coursekit.render.state import linearization_state
from coursekit.widgets.scene import BELOW, scene
from coursekit.widgets.view import View


def order_game(lin: Linearization[Any]) -> View:
    """Return a picture whose vertices are chosen, one by one, when they can be finished.

    >>> from coursekit.examples import kite
    >>> order_game(kite())
    Computational graph of ℓ with 5 vertices and 5 edges, from x. Which can be finished next?
    """
    still = picture(diagram(lin), linearization_state(lin, {lin.loss: 1}))
    return View(
        scene(lin) | {"kind": "order", "below": BELOW},
        text=f"{still.alt} Which can be finished next?",
        still=still.html,
    )
