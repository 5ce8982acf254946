"""Σ over paths, Π over edges: the paths alone, one by one, their products added up."""

from typing import Any

from coursekit.engine.linearization import Linearization
from coursekit.widgets.graph_view import graph_view
from coursekit.widgets.view import View


def walk_paths(lin: Linearization[Any]) -> View:
    """Return the picture with its paths highlighted one by one, and their products added up.

    >>> from coursekit.examples import kite
    >>> walk_paths(kite())
    Computational graph of ℓ with 5 vertices and 5 edges, from x.
    """
    return graph_view("walk_paths", lin, {}, adjoints=False)
