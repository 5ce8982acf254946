"""Each layer multiplies the number of paths by `width`: sliders for width, depth and path."""

from dataclasses import replace
from itertools import islice, pairwise, product
from math import prod

from coursekit.engine.linearization import Edge
from coursekit.engine.paths import count_paths, paths
from coursekit.errors import GraphError, plural
from coursekit.examples import layered
from coursekit.render.diagram import numbered_diagram
from coursekit.render.picture import picture_of
from coursekit.render.text import format_number
from coursekit.widgets.explore import scene
from coursekit.widgets.view import View, slider

MAX_WIDTH, MAX_DEPTH, MAX_PATHS = 4, 10, 64
FIRST = "v1,1"


def deepen(*, width: int = 2, depth: int = 3, path: int = 1) -> View:
    """Return `depth` layers of `width` vertices before the loss, with one path highlighted.

    Every size is laid out in advance, so the sliders need no kernel. A `path` that is too large
    means the last path.

    >>> deepen(width=4, depth=10)
    10 layers of 4: 262,144 paths from v₁,₁ to ℓ over 148 edges; after path 1 the sum is 216.
    """
    sizes = {"width": (width, MAX_WIDTH), "depth": (depth, MAX_DEPTH), "path": (path, MAX_PATHS)}
    for name, (value, most) in sizes.items():
        if not 1 <= value <= most:
            raise GraphError(f"{name} = {value}: give a whole number from 1 to {most}")
    scenes = {
        f"{w},{d}": scene(layered([w] * d))
        for w, d in product(range(1, MAX_WIDTH + 1), range(1, MAX_DEPTH + 1))
    }
    text, still = _still(width, depth, path)
    sliders = [slider(name, value, 1, most, 1) for name, (value, most) in sizes.items()]
    return View("deepen", {"scenes": scenes}, text=text, still=still, sliders=sliders)


def _still(width: int, depth: int, path: int) -> tuple[str, str]:
    """Return the sentence about the chosen path, and its picture."""
    lin = layered([width] * depth)
    routes = [[Edge(*pair) for pair in pairwise(one)] for one in islice(paths(lin, FIRST), path)]
    total = sum(prod(lin.partials[edge] for edge in one) for one in routes)
    text = (
        f"{plural(depth, 'layer')} of {width}: {plural(count_paths(lin, FIRST), 'path')} from v₁,₁"
        f" to ℓ over {plural(len(lin.edges), 'edge')}; after path {len(routes)} the sum is"
        f" {format_number(total)}."
    )
    diagram = replace(numbered_diagram(lin, edges=routes[-1]), adjoints=())
    return text, picture_of(diagram, alt=f"{diagram.title}. {text}").html
