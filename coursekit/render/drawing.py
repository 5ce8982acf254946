"""A diagram as a scene: values above its vertices, adjoints below, partials on its edges."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from coursekit.errors import plural
from coursekit.render.curves import Point
from coursekit.render.diagram import Diagram, Entry
from coursekit.render.entries import fitted_entry, width_of
from coursekit.render.fitting import distinct
from coursekit.render.layout import RADIUS, Layout, Structure, lay_out
from coursekit.render.scene import Circle, Group, Polygon, Rect, Scene, Shape, Stroke, Text
from coursekit.render.styles import style_of
from coursekit.render.text import format_number, shorten
from coursekit.render.typeset import Span, width

PAD = (12.0, 6.0)  # around the layout
CAPTION = 22.0  # height of the caption below the layout
ROOM = 1.75  # of a circle's diameter for its name, in radii
LEAST = 7.5  # size of the smallest name


def scene_of(diagram: Diagram) -> Scene:
    """Return the scene of a diagram: its edges, its vertices, then the partials on its edges.

    >>> from coursekit.examples import kite
    >>> from coursekit.render.diagram import numbered_diagram
    >>> [group.kind for group in scene_of(numbered_diagram(kite())).groups][4:6]
    ['edge', 'vertex']
    """
    texts, partials = _widths(diagram)
    layout = lay_out(
        Structure(
            len(diagram.names), diagram.edges, small=diagram.small, texts=texts, partials=partials
        )
    )
    groups = _Draft(diagram, layout).groups()
    width, height = layout.width, layout.height
    for line in _captions(diagram, layout):
        height += CAPTION
        caption = Text(0, height - 8, (Span(line),), "caption", centred=False)
        groups.append(Group((caption,)))
        width = max(width, caption.width)
    return Scene(tuple(groups), (-PAD[0], -PAD[1], width + PAD[0], height + PAD[1]))


def _widths(diagram: Diagram) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the widths of the texts at each vertex and on each edge, if there are formulas."""
    values = [width_of(x, "value") for x in diagram.values]
    adjoints = [width_of(x, "adjoint") for x in diagram.adjoints]
    partials = [width_of(x, "partial") for x in diagram.partials]
    texts = [max(pair) for pair in zip_longest(values, adjoints, fillvalue=0.0)]
    return tuple(texts) if any(texts) else (), tuple(partials) if any(partials) else ()


def _captions(diagram: Diagram, layout: Layout) -> Iterator[str]:
    """Yield sentences about what the picture leaves out."""
    if diagram.caption:
        yield diagram.caption
    if diagram.partials and not diagram.small and layout.unlabelled:
        many = plural(layout.unlabelled, "partial")
        yield f"{many} of {len(diagram.edges):,} left out: nobody could read them"


@dataclass(frozen=True, slots=True)
class _Draft:
    """Turns the parts of a diagram into shapes at the places of its layout."""

    diagram: Diagram
    layout: Layout

    def groups(self) -> list[Group]:
        """Return the groups of edges, of vertices and of partials, highlighted ones last."""
        diagram, lit = self.diagram, self.diagram.highlight
        groups = [self._edge(k) for k in sorted(range(len(diagram.edges)), key=lit.__contains__)]
        ends = {v for k in lit for v in diagram.edges[k]}
        shown = [""] * len(diagram.names) if diagram.small else diagram.names
        for v, name in enumerate(distinct(shown, ROOM * RADIUS / LEAST)):
            groups.append(self._vertex(v, name, lit=v in ends))
        if diagram.partials and not diagram.small:
            groups += self._partials()
        return groups

    def _edge(self, k: int) -> Group:
        head = _arrowhead(*self.layout.tips[k], *self.layout.arrow)
        return Group((Stroke(self.layout.curves[k]), head), self._states(k), "edge", k)

    def _states(self, k: int) -> tuple[str, ...]:
        return ("lit",) if k in self.diagram.highlight else ()

    def _partials(self) -> Iterator[Group]:
        for k, place in enumerate(self.layout.labels):
            if place is not None:
                text = _number(place[0], place[1] + 4, self.diagram.partials[k], "partial")
                yield Group((text,), self._states(k), "label", k)

    def _vertex(self, v: int, name: tuple[Span, ...], *, lit: bool) -> Group:
        diagram = self.diagram
        states = [diagram.kinds[v], *["small"] * diagram.small, *["lit"] * lit]
        states += ["unfinished"] * (v == diagram.wrong)
        (x, y), (rx, ry) = self.layout.vertices[v], self.layout.extents[v]
        shapes: list[Shape] = [_body(x, y, rx, ry)]
        if not diagram.small:
            shapes += _inside(x, y, ROOM * rx, name, diagram.symbols[v])
            if diagram.values:
                shapes.append(_number(x, y - ry - 7, diagram.values[v], "value"))
            if diagram.adjoints:
                shapes.append(_number(x, y + ry + 16, diagram.adjoints[v], "adjoint"))
        return Group(tuple(shapes), tuple(states), "vertex", v, _tooltip(v, diagram))


def _arrowhead(tip: Point, direction: Point, length: float, width: float) -> Polygon:
    """Return an arrowhead with this tip and direction."""
    (x, y), (dx, dy) = tip, direction
    base = x - length * dx, y - length * dy
    sides = (width / 2, -width / 2)
    return Polygon(((x, y), *((base[0] - s * dy, base[1] + s * dx) for s in sides)))


def _body(x: float, y: float, rx: float, ry: float) -> Shape:
    return Circle(x, y, rx) if rx == ry else Rect(x - rx, y - ry, 2 * rx, 2 * ry)


def _inside(x: float, y: float, room: float, name: tuple[Span, ...], symbol: str) -> Iterator[Text]:
    """Yield a vertex's name and its operation, each in a size that fits into the circle."""
    yield _fitted(x, y - 1 if symbol else y + 5, name, "name", room)
    if symbol:
        yield _fitted(x, y + 12, (Span(shorten(symbol, 9)),), "op", 0.8 * room)


def _fitted(x: float, y: float, label: tuple[Span, ...], part: str, room: float) -> Text:
    """Return a text in the size of its part, or smaller, so that it is as wide as its room."""
    usual = style_of(part).size or 0.0
    size = max(min(usual, room / max(width(label), 0.1)), LEAST)
    return Text(x, y, label, part, size=0.0 if size == usual else round(size, 1))


def _number(x: float, y: float, entry: Entry, part: str) -> Text:
    label, size = fitted_entry(entry, part)
    size = 0.0 if size == style_of(part).size else size
    return Text(x, y, label, part, size=size, halo=part == "partial")


def _tooltip(v: int, diagram: Diagram) -> str:
    """Describe a vertex, for its tooltip and for screen readers."""
    parts = [diagram.names[v]]
    if diagram.values:
        parts.append(f"value {format_number(diagram.values[v])}")
    if diagram.adjoints:
        known = diagram.adjoints[v] is not None
        parts.append(f"adjoint {format_number(diagram.adjoints[v]) if known else 'not computed'}")
    return ", ".join(parts)
