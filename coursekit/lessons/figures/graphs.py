"""G = (V, E) in steps: values, partials, the paths one by one, and adjoints from the loss back."""

from collections.abc import Collection
from dataclasses import replace
from itertools import pairwise
from math import prod
from typing import Any, TypeAlias

from coursekit.engine.gradients import backprop
from coursekit.engine.linearization import Linearization, linearization
from coursekit.engine.operations import OPS
from coursekit.engine.paths import paths
from coursekit.engine.watch import Watched
from coursekit.errors import GraphError, not_a_linearization
from coursekit.examples import example, kite, ladder
from coursekit.figures import Step, register_graph
from coursekit.render.diagram import diagram_of, numbered_diagram
from coursekit.render.inks import ADJOINTS, PARTIALS, inked
from coursekit.render.options import Options
from coursekit.render.styling import with_options
from coursekit.render.text import format_number
from coursekit.typeset.spans import Span, spans

Edges: TypeAlias = Collection[tuple[Any, Any]]
VALUES = {r"(?<== )(\d+|ai|wji)$": "value", r"(?<== )\d+(?=,)": "value"}  # in a title
FACTORS = {r"^[^=]+(?= =)": "soft"}  # partials along a path


@register_graph("02-linearized")
def linearized() -> list[Step]:
    """The graph of (a + b)(b + 1) three times: blank, with a value above each vertex, and with the
    local partial derivative on each edge. Below the vertices are dashes: no adjoint is known.
    """
    g = example()
    lin = g.linearize(a=2.0, b=1.0)
    return [
        (diagram_of(g), "G = (V, E)"),
        (numbered_diagram(g, values=lin.values), inked(spans("a = 2, b = 1"), VALUES)),
        (numbered_diagram(lin), inked(spans("∂u/∂v on the edge v → u"), PARTIALS)),
    ]


@register_graph("03-fan")
def fan() -> list[Step]:
    """The graph of (a + b)(b + 1) with the edges out of b highlighted one after the other: c
    contributes 2 times 1, d contributes 3 times 1, and below b stands the sum, 5.
    """
    lin = example().linearize(a=2.0, b=1.0)
    _, b, c, d, loss = lin.vertices
    adjoints = backprop(lin)
    steps: list[Step] = []
    for routes in [(c,), (d,), (c, d)]:
        total = sum(adjoints[u] * lin.partials[b, u] for u in routes)
        title = [Span(f"through {' and '.join(map(str, routes))}: ")]
        for k, u in enumerate(routes):
            title += [Span(" + ")] if k else []
            title += [Span(f"{adjoints[u]:g}", ink="adjoint"), Span(" · ")]
            title += [Span(f"{lin.partials[b, u]:g}", ink="soft")]
        title += [Span(" = "), Span(f"{total:g}", ink="adjoint")]
        known = {v: adjoints[v] for v in ([loss, c, d] if len(routes) == 1 else [loss, c, d, b])}
        steps.append((numbered_diagram(lin, known, edges=[(b, u) for u in routes]), tuple(title)))
    return steps


@register_graph("04-paths")
def one_by_one(lin: Linearization[Any] | None = None, v: Any = "x0") -> list[Step]:
    """Two diamonds in a row. Their four paths from x₀ to ℓ are highlighted one after the other,
    each with the product of its partials and the sum so far: 4, 6, 8, 9.
    """
    return _paths(ladder(2) if lin is None else lin, v, so_far=True)


@register_graph("05-paths")
def two_paths(lin: Linearization[Any] | None = None, v: Any = "x") -> list[Step]:
    """The kite with its two paths from x to ℓ highlighted in turn: 6 times 2 times 1, then 6 times
    3 times 1.
    """
    return _paths(kite() if lin is None else lin, v)


@register_graph("05-sweep")
def sweep(lin: Linearization[Any] | None = None) -> list[Step]:
    """The kite, with its adjoints computed from the loss backwards: ℓ 1, q and p 1, then h 5, then
    x 30; a dash stands for an adjoint that is not known yet, and a sum that ends in dots has terms
    to come.
    """
    lin = kite() if lin is None else lin
    if not isinstance(lin, Linearization):
        raise GraphError(not_a_linearization(lin))
    watched = Watched(lin)
    final = backprop(watched)
    known = {lin.loss: 1.0}
    title = inked(spans(r"∂ℓ/∂v = Σ_{u ∈ out(v)} ∂ℓ/∂u · ∂u/∂v"), ADJOINTS | PARTIALS)
    steps: list[Step] = [(numbered_diagram(lin, known), title)]
    unread = list(watched.edges_read)
    for tail, head in watched.edges_read:
        unread.remove((tail, head))
        known[tail] = known.get(tail, 0) + final[head] * lin.partials[tail, head]
        sums = Options(unfinished={v for v, _ in unread if v in known})
        diagram = numbered_diagram(lin, known, edges=[(tail, head)])
        steps.append((with_options(diagram, sums), title))
    return steps


@register_graph("06-out")
def out_edges() -> list[Step]:
    """Two parts of a layer. First the weights of row 2: one edge leads from w₂₁ to z₂, and carries
    a₁. Then the activation a₁: an edge leads to each z, and carries the weight.
    """
    weights = {(f"w2,{i}", "z2"): a for i, a in enumerate((2.0, -1.0, 3.0), 1)}
    activation = {("a1", "z1"): 1.0, ("a1", "z2"): -1.0, ("z1", "l"): 3.0, ("z2", "l"): 1.0}
    return [
        _edges(
            linearization(weights | {("z2", "l"): 1.0}, loss="l"),
            [("w2,1", "z2")],
            inked(spans(r"out(w_{ji}) = \{z_j\}, ∂z_j/∂w_{ji} = a_i"), PARTIALS | VALUES),
        ),
        _edges(
            linearization(activation, loss="l"),
            [("a1", "z1"), ("a1", "z2")],
            inked(spans(r"out(a_i) = \{z_1, …, z_k\}, ∂z_j/∂a_i = w_{ji}"), PARTIALS | VALUES),
        ),
    ]


@register_graph("07-out")
def elementwise_out() -> list[Step]:
    """Three sigmoids side by side: one edge leads from each z to its own a, and carries the slope
    of the sigmoid at that z; from each a one edge leads to the loss.
    """
    rule, zs = OPS["sigmoid"].rule, (-2.0, 0.0, 1.0)
    slopes = {(f"z{i}", f"a{i}"): rule(z)[1] for i, z in enumerate(zs, 1)}
    lin = linearization(slopes | {(a, "l"): 1 for _, a in slopes}, loss="l")
    title = spans(r"out(z_{i}) = \{a_i\}, ∂a_i/∂z_i = σ′(z_i)")
    return [_edges(lin, slopes, inked(title, PARTIALS))]


def _paths(lin: Linearization[Any], v: Any, *, so_far: bool = False) -> list[Step]:
    """Return a step for each path from v to the loss, below the product of its partials."""
    steps, total = [], 0.0
    for path in paths(lin, v):
        edges = list(pairwise(path))
        factors = [lin.partials[edge] for edge in edges]
        total += prod(factors)
        title = f"{' · '.join(map(format_number, factors))} = {format_number(prod(factors))}"
        title += f",  sum so far {format_number(total)}" if so_far else ""
        steps.append(_edges(lin, edges, inked([Span(title)], FACTORS)))
    return steps


def _edges(lin: Linearization[Any], edges: Edges, title: tuple[Span, ...]) -> Step:
    """Return a linearization with its partials, without adjoints, and with these edges lit."""
    return replace(numbered_diagram(lin, edges=edges), adjoints=()), title
