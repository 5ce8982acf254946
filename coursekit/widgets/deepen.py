"""Σ over paths, of which each layer makes `width` times more: sliders for width, depth and path."""

from itertools import islice, pairwise, product
from math import prod

from coursekit.engine.gradients import count_paths, paths
from coursekit.engine.linearization import Edge
from coursekit.errors import GraphError
from coursekit.examples import layered
from coursekit.render.diagram import diagram
from coursekit.render.picture import picture
from coursekit.render.state import State
from coursekit.render.text import format_number
from coursekit.widgets.scene import scene
from coursekit.widgets.view import View, slider

WIDEST, DEEPEST, MOST_PATHS = 4, 10, 64
FIRST = "v1,1"


def deepen(*, width: int = 2, depth: int = 3, path: int = 1) -> View:
    """Return `depth` layers of `width` vertices before the loss, with the path chosen lit.

    Every size is laid out here, so that the sliders need no kernel. A path beyond the last is the
    last.

    >>> deepen(width=4, depth=10)
    10 layers of 4: 262,144 paths from v₁,₁ to ℓ over 148 edges; after path 1 the sum is 216.
    """
    sizes = {"width": (width, WIDEST), "depth": (depth, DEEPEST), "path": (path, MOST_PATHS)}
    for name, (given, most) in sizes.items():
        if not 1 <= given <= most:
            raise GraphError(f"{name} = {given}: a whole number from 1 to {most}")
    lin = layered([width] * depth)
    walked = [[Edge(*pair) for pair in pairwise(one)] for one in islice(paths(lin, FIRST), path)]
    found = sum(prod(lin.partials[edge] for edge in one) for one in walked)
    drawn, edges = diagram(lin), list(lin.edges)
    state = State(
        partials=[lin.partials[edge] for edge in edges],
        highlight=frozenset(edges.index(edge) for edge in walked[-1]),
    )
    text = (
        f"{depth} layers of {width}: {count_paths(lin, FIRST):,} paths from v₁,₁ to ℓ over"
        f" {len(edges)} edges; after path {len(walked)} the sum is {format_number(found)}."
    )
    scenes = {
        f"{w},{d}": scene(layered([w] * d))
        for w, d in product(range(1, WIDEST + 1), range(1, DEEPEST + 1))
    }
    data = {
        "kind": "deepen",
        "scenes": scenes,
        "names": list(sizes),
        "ranges": [[1, most, 1] for _, most in sizes.values()],
        "at": [given for given, _ in sizes.values()],
    }
    return View(
        data,
        text=text,
        still=picture(drawn, state, alt=f"{drawn.title}. {text}").html,
        sliders=[slider(name, given, 1, most, 1) for name, (given, most) in sizes.items()],
    )
