"""Σ over paths, Π over edges: walk the paths one by one and add up their products."""

from typing import Any

from coursekit.engine.linearization import Linearization
from coursekit.widgets.graph_view import graph_view
from coursekit.widgets.view import View


def walk_paths(lin: Linearization[Any]) -> View:
    """Return a view that highlights the paths one by one and adds up their products.

    >>> from coursekit.examples import kite
    >>> walk_paths(kite())
    Computational graph of ℓ with 5 vertices and 5 edges, from x.
    """
    return graph_view("walk_paths", lin, {}, adjoints=False)
