"""Small graphs for lessons and tests; their partials are integers, so that sums are exact.

`example` returns a `Graph`; the others return a linearization whose vertices are strings:
`backprop(kite())["x"]`.
"""

from itertools import pairwise, product
from random import Random

from coursekit.engine.graph import Graph
from coursekit.engine.linearization import Linearization, linearization


def example() -> Graph:
    """Return l = (a + b)(b + 1), the example of most docstrings.

    >>> example().linearize(a=2.0, b=1.0)
    <Linearization: 5 vertices, 5 edges, loss l>
    """
    g = Graph()
    a, b = g.input("a"), g.input("b")
    c, d = (a + b).named("c"), (b + 1).named("d")
    g.loss(c * d)
    return g


def diamond() -> Linearization[str]:
    """Return the smallest graph with two paths: x splits into u and w, which meet in l."""
    return linearization({("x", "u"): 2, ("x", "w"): 1, ("u", "l"): 1, ("w", "l"): 3}, loss="l")


def kite() -> Linearization[str]:
    """Return a diamond on a string: both paths from x share the edge x → h."""
    return linearization(
        {("x", "h"): 6, ("h", "p"): 2, ("h", "q"): 3, ("p", "l"): 1, ("q", "l"): 1}, loss="l"
    )


def skip() -> Linearization[str]:
    """Return a graph in which h reaches the loss directly and through m."""
    return linearization({("x", "h"): 3, ("h", "m"): 5, ("h", "l"): 1, ("m", "l"): 1}, loss="l")


def chain(length: int) -> Linearization[str]:
    """Return x0 → x1 → … → l with `length` edges, each with the partial 2."""
    names = [*(f"x{i}" for i in range(length)), "l"]
    return linearization(dict.fromkeys(pairwise(names), 2), loss="l")


def ladder(k: int) -> Linearization[str]:
    """Return k diamonds in a row: 4k edges, and 2^k paths from x0 to the loss.

    >>> lin = ladder(3)
    >>> len(lin.edges)
    12
    """
    partials: dict[tuple[str, str], float] = {}
    joints = [*(f"x{i}" for i in range(k)), "l"]
    for i, (x, y) in enumerate(pairwise(joints), 1):
        u, w = f"u{i}", f"w{i}"
        partials |= {(x, u): 2, (x, w): 1, (u, y): 1, (w, y): 1}
    return linearization(partials, loss="l", vertices=joints[:1])


def layered(widths: list[int]) -> Linearization[str]:
    """Return fully connected layers of these widths, followed by a loss.

    Ten layers of four vertices have 148 edges, and 4⁹ paths from each vertex of the first layer:

    >>> from coursekit import count_paths
    >>> lin = layered([4] * 10)
    >>> len(lin.edges), count_paths(lin, "v1,1")
    (148, 262144)
    """
    layers = [[f"v{i},{j}" for j in range(1, n + 1)] for i, n in enumerate(widths, 1)] + [["l"]]
    edges = [edge for tails, heads in pairwise(layers) for edge in product(tails, heads)]
    return linearization({edge: 1 + k % 3 for k, edge in enumerate(edges)}, loss="l")


def random_dag(rng: Random, vertices: int = 8) -> Linearization[str]:
    """Return a random graph with partials from −3 to 3; some vertices may have no path to the loss.

    >>> random_dag(Random(1)).loss
    'l'
    """
    names = [*(f"v{i}" for i in range(1, vertices)), "l"]
    partials = {
        (tail, head): rng.randint(-3, 3)
        for j, head in enumerate(names)
        for tail in names[:j]
        if rng.random() < 0.4
    }
    partials.setdefault((names[-2], "l"), rng.randint(-3, 3))
    shuffled = rng.sample(names, len(names))  # not a topological order
    return linearization(partials, loss="l", vertices=shuffled)
