"""A diagram as a scene: values above its vertices, adjoints below, partials on its edges."""

from collections.abc import Iterator

from coursekit.errors import plural
from coursekit.render.curves import Point
from coursekit.render.diagram import Diagram, Entry
from coursekit.render.layout import Layout, Structure, lay_out
from coursekit.render.scene import Circle, Group, Polygon, Rect, Scene, Shape, Stroke, Text
from coursekit.render.styles import style_of
from coursekit.render.text import format_number, shorten
from coursekit.render.typeset import Span, spans, width

PAD = (12.0, 6.0)  # around the layout
CAPTION = 22.0  # height of the caption below the layout
ROOM = 1.75  # of a circle's diameter for its name, in radii
LEAST = 7.0  # size of the smallest name


def scene_of(diagram: Diagram) -> Scene:
    """Return the scene of a diagram: its edges, its vertices, then the partials on its edges.

    >>> from coursekit.examples import kite
    >>> from coursekit.render.diagram import numbered_diagram
    >>> [group.kind for group in scene_of(numbered_diagram(kite())).groups][4:6]
    ['edge', 'vertex']
    """
    layout = lay_out(Structure(len(diagram.names), diagram.edges, small=diagram.small))
    edges = sorted(range(len(diagram.edges)), key=lambda k: k in diagram.highlight)
    groups = [_edge(k, diagram, layout) for k in edges]  # highlighted ones above the others
    groups += [_vertex(v, diagram, layout) for v in range(len(diagram.names))]
    if diagram.partials and not diagram.small:
        groups += _partials(diagram, layout)
    width, height = layout.width, layout.height
    for line in _captions(diagram, layout):
        height += CAPTION
        caption = Text(0, height - 8, (Span(line),), "caption", centred=False)
        groups.append(Group((caption,)))
        width = max(width, caption.width)
    return Scene(tuple(groups), (-PAD[0], -PAD[1], width + PAD[0], height + PAD[1]))


def _captions(diagram: Diagram, layout: Layout) -> Iterator[str]:
    """Yield sentences about what the picture leaves out."""
    if diagram.caption:
        yield diagram.caption
    if diagram.partials and not diagram.small and layout.unlabelled:
        many = plural(layout.unlabelled, "partial")
        yield f"{many} of {len(diagram.edges):,} left out: nobody could read them"


def _edge(k: int, diagram: Diagram, layout: Layout) -> Group:
    line = Stroke(layout.curves[k])
    states = ("lit",) if k in diagram.highlight else ()
    return Group((line, _head(layout.tips[k], layout.arrow)), states, "edge", k)


def _head(tip: tuple[Point, Point], arrow: Point) -> Polygon:
    """Return an arrowhead with this tip and direction."""
    (x, y), (dx, dy) = tip
    length, half = arrow[0], arrow[1] / 2
    base = x - length * dx, y - length * dy
    return Polygon(((x, y), *((base[0] - s * dy, base[1] + s * dx) for s in (half, -half))))


def _partials(diagram: Diagram, layout: Layout) -> Iterator[Group]:
    for k, place in enumerate(layout.labels):
        if place is None:
            continue
        text = _number(place[0], place[1] + 4, diagram.partials[k], "partial")
        yield Group((text,), ("lit",) if k in diagram.highlight else (), "label", k)


def _vertex(v: int, diagram: Diagram, layout: Layout) -> Group:
    states = [diagram.kinds[v], *["small"] * diagram.small]
    if any(v in diagram.edges[k] for k in diagram.highlight):
        states.append("lit")
    if v == diagram.wrong:
        states.append("unfinished")
    shapes = [_body(v, layout)]
    if not diagram.small:
        shapes += _inside(v, diagram, layout)
        x, y = layout.vertices[v]
        if diagram.values:
            shapes.append(_number(x, y - layout.extents[v][1] - 7, diagram.values[v], "value"))
        if diagram.adjoints:
            below = y + layout.extents[v][1] + 16
            shapes.append(_number(x, below, diagram.adjoints[v], "adjoint"))
    return Group(tuple(shapes), tuple(states), "vertex", v, _tooltip(v, diagram))


def _body(v: int, layout: Layout) -> Shape:
    (x, y), (rx, ry) = layout.vertices[v], layout.extents[v]
    return Circle(x, y, rx) if rx == ry else Rect(x - rx, y - ry, 2 * rx, 2 * ry)


def _inside(v: int, diagram: Diagram, layout: Layout) -> Iterator[Text]:
    """Yield a vertex's name and its operation, each in a size that fits into the circle."""
    (x, y), (rx, _) = layout.vertices[v], layout.extents[v]
    symbol = diagram.symbols[v]
    yield _fitted(
        x, y - 1 if symbol else y + 5, spans(shorten(diagram.names[v], 9)), "name", ROOM * rx
    )
    if symbol:
        yield _fitted(x, y + 12, (Span(shorten(symbol, 9)),), "op", ROOM * 0.8 * rx)


def _fitted(x: float, y: float, label: tuple[Span, ...], part: str, room: float) -> Text:
    """Return a text in the size of its part, or smaller, so that it is as wide as its room."""
    usual = style_of(part).size or 0.0
    size = max(min(usual, room / max(width(label), 0.1)), LEAST)
    return Text(x, y, label, part, size=0.0 if size == usual else round(size, 1))


def _number(x: float, y: float, entry: Entry, part: str) -> Text:
    return Text(x, y, (Span(format_number(entry)),), part, halo=part == "partial")


def _tooltip(v: int, diagram: Diagram) -> str:
    """Describe a vertex, for its tooltip and for screen readers."""
    parts = [diagram.names[v]]
    if diagram.values:
        parts.append(f"value {format_number(diagram.values[v])}")
    if diagram.adjoints:
        known = diagram.adjoints[v] is not None
        parts.append(f"adjoint {format_number(diagram.adjoints[v]) if known else 'not computed'}")
    return ", ".join(parts)
