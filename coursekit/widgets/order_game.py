"""∂ℓ/∂v needs every ∂ℓ/∂u with u ∈ out(v): the student finds a reverse topological order."""

from typing import Any

from coursekit.engine.linearization import Linearization
from coursekit.render.diagram import state_of
from coursekit.render.picture import picture_of
from coursekit.widgets.scene import drawing_of, scene
from coursekit.widgets.view import View


def order_game(lin: Linearization[Any]) -> View:
    """Return a picture in which the student repeatedly chooses a vertex that can be finished.

    >>> from coursekit.examples import kite
    >>> order_game(kite())
    Computational graph of ℓ with 5 vertices and 5 edges, from x. Which can be finished next?
    """
    drawing = drawing_of(lin)
    still = picture_of(drawing.diagram, state_of(lin, {lin.loss: 1}))
    text = f"{still.alt} Which can be finished next?"
    return View("order_game", scene(lin, drawing=drawing), text=text, still=still.html)
