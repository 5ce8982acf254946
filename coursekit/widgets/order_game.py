"""∂ℓ/∂v needs every ∂ℓ/∂u with u ∈ out(v): the student finds a reverse topological order."""

from typing import Any

from coursekit.engine.linearization import Linearization
from coursekit.render.diagram import numbered_diagram
from coursekit.render.picture import picture_of
from coursekit.widgets.scene import scene
from coursekit.widgets.view import View


def order_game(lin: Linearization[Any]) -> View:
    """Return a picture in which the student repeatedly chooses a vertex that can be finished.

    >>> from coursekit.examples import kite
    >>> order_game(kite())
    Computational graph of ℓ with 5 vertices and 5 edges, from x. Which can be finished next?
    """
    still = picture_of(numbered_diagram(lin, {lin.loss: 1}))
    text = f"{still.alt} Which can be finished next?"
    return View("order_game", scene(lin), text=text, still=still.html)
