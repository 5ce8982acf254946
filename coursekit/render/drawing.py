"""A diagram as a scene: values above its vertices, adjoints below, partials on its edges."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import sqrt

from coursekit.errors import plural
from coursekit.layout.curves import Point, point_on
from coursekit.layout.lay_out import Layout, Structure, lay_out
from coursekit.render.diagram import Diagram, Entry
from coursekit.render.entries import fitted_entry, width_of
from coursekit.render.keys import badge, group_states, key_of
from coursekit.render.palette import GROUPS
from coursekit.render.scene import Circle, Group, Polygon, Rect, Scene, Shape, Stroke, Text
from coursekit.render.styles import style_of
from coursekit.render.text import MORE, format_number, is_blank, is_known, shorten
from coursekit.render.weights import weight_states
from coursekit.typeset.fitting import distinct
from coursekit.typeset.spans import Span, width

PAD = (12.0, 6.0)  # around the layout
CAPTION = 22.0  # height of the caption below the layout
ROOM = 1.75  # of a circle's diameter for its name, in radii
LEAST = 7.5  # size of the smallest name
EDGE_ROOM = 5.5  # ems of a label of an edge
DIAGONAL = sqrt(0.5)


def scene_of(diagram: Diagram) -> Scene:
    """Return the scene of a diagram: its edges, its vertices, then the partials on its edges.

    >>> from coursekit.examples import kite
    >>> from coursekit.render.diagram import numbered_diagram
    >>> [group.kind for group in scene_of(numbered_diagram(kite())).groups][4:6]
    ['edge', 'vertex']
    """
    layout = lay_out(structure_of(diagram))
    groups = _Draft(diagram, layout).groups()
    top = -CAPTION if diagram.headings else 0.0
    width, height = layout.width, layout.height
    key, key_width, height = key_of(diagram, width, height)
    groups += key
    for line in _captions(diagram, layout):
        height += CAPTION
        caption = Text(0, height - 8, (Span(line),), "caption", centred=False)
        groups.append(Group((caption,)))
        width = max(width, caption.width)
    width = max(width, key_width)
    return Scene(tuple(groups), (-PAD[0], top - PAD[1], width + PAD[0], height + PAD[1]))


def structure_of(diagram: Diagram) -> Structure:
    """Return what the layout of a diagram depends on."""
    texts, partials = _widths(diagram)
    return Structure(
        len(diagram.names),
        diagram.edges,
        shapes=() if diagram.small else diagram.matrices,
        small=diagram.small,
        groups=tuple(box.vertices for box in diagram.boxes),
        upward=diagram.upward,
        at=diagram.places,
        texts=texts,
        partials=partials,
        hide=diagram.hide - ({"unnamed", "partials"} if diagram.edge_labels else {"unnamed"}),
    )


def _widths(diagram: Diagram) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the widths of the texts at each vertex and on each edge, if there are formulas."""
    values = [width_of(x, "value") for x in diagram.values]
    adjoints = [width_of(x, "adjoint") for x in diagram.adjoints]
    room = [width_of(x, "adjoint") for x in diagram.room]
    partials = [width_of(x, "partial") for x in diagram.partials]
    texts = [max(widths) for widths in zip_longest(values, adjoints, room, fillvalue=0.0)]
    return tuple(texts) if any(texts) else (), tuple(partials) if any(partials) else ()


def _captions(diagram: Diagram, layout: Layout) -> Iterator[str]:
    """Yield sentences about what the picture leaves out."""
    if diagram.caption:
        yield diagram.caption
    is_labelled = diagram.partials and not diagram.small and "partials" not in diagram.hide
    if is_labelled and layout.unlabelled:
        many = plural(layout.unlabelled, "partial")
        yield f"{many} of {len(diagram.edges):,} left out: nobody could read them"


@dataclass(frozen=True, slots=True)
class _Draft:
    """Turns the parts of a diagram into shapes at the places of its layout."""

    diagram: Diagram
    layout: Layout

    def groups(self) -> list[Group]:
        """Return the groups of frames, edges, vertices and texts, highlighted ones last."""
        diagram, lit = self.diagram, self.diagram.highlight
        groups = [*self._frames()]
        groups += [self._edge(k) for k in sorted(range(len(diagram.edges)), key=lit.__contains__)]
        ends = {v for k in lit for v in diagram.edges[k]}
        shown = [""] * len(diagram.names) if diagram.small else diagram.names
        colours = group_states(diagram)
        rooms = [ROOM * rx / LEAST for rx, _ in self.layout.extents]
        for v, name in enumerate(distinct(shown, rooms)):
            states = [colours[g] for g in diagram.colours[v : v + 1] if g] + ["lit"] * (v in ends)
            groups.append(self._vertex(v, name if diagram.names[v] else (), states))
        groups += self._titles()  # in front of the edges that leave a box
        if not diagram.small:
            groups += self._labels()
        groups += self._headings()
        return groups

    def _frames(self) -> Iterator[Group]:
        for box, rect in zip(self.diagram.boxes, self.layout.groups, strict=True):
            yield Group((Rect(*rect, "box"),), index=-1, title=box.title)

    def _titles(self) -> Iterator[Group]:
        for box, (x, y, w, _) in zip(self.diagram.boxes, self.layout.groups, strict=True):
            (text,) = distinct([box.title], (w - 16) / LEAST)
            shown = _fitted(x + 8, y + 14, text, "box-title", w - 16)
            yield Group((replace(shown, centred=False, halo=True),), index=-1, title=box.title)

    def _headings(self) -> Iterator[Group]:
        for v, text in self.diagram.headings:
            x = self.layout.vertices[v][0]
            yield Group((Text(x, -4, (Span(text),), "heading"),))

    def _edge(self, k: int) -> Group:
        head = _arrowhead(*self.layout.tips[k], *self.layout.arrow)
        states = self._states(k)
        if self.diagram.weights and self.diagram.partials:
            states = (*weight_states(self.diagram.partials[k]), *states)
        return Group((Stroke(self.layout.curves[k]), head), states, "edge", k)

    def _states(self, k: int) -> tuple[str, ...]:
        return ("lit",) if k in self.diagram.highlight else ()

    def _labels(self) -> Iterator[Group]:
        """Yield labels of one's own, and the partials of the other edges."""
        diagram, own = self.diagram, self.diagram.edge_labels
        texts = dict(zip(range(len(own)), distinct(own, EDGE_ROOM), strict=True))
        for k, place in enumerate(self.layout.labels):
            if own and own[k]:
                x, y = place or point_on(self.layout.curves[k], 0.45)
                label = Text(x, y + 4, texts[k], "edge-label", halo=True)
                yield Group((label,), self._states(k), "label", k)
            elif place is not None and self._has_number(k):
                text = _number(place[0], place[1] + 4, diagram.partials[k], "partial")
                yield Group((text,), self._states(k), "label", k)

    def _has_number(self, k: int) -> bool:
        """Return whether an edge shows its partial as a number."""
        diagram = self.diagram
        shown = diagram.partials and "partials" not in diagram.hide
        return bool(shown) and not is_blank(diagram.partials[k])

    def _vertex(self, v: int, name: tuple[Span, ...], states: list[str]) -> Group:
        diagram = self.diagram
        states = [diagram.kinds[v], *["small"] * diagram.small, *states]
        states += ["wrong"] * (v == diagram.wrong) + ["unfinished"] * (v in diagram.unfinished)
        (x, y), (rx, ry) = self.layout.vertices[v], self.layout.extents[v]
        is_round = diagram.small or not (diagram.matrices and diagram.matrices[v])
        shapes: list[Shape] = [Circle(x, y, rx) if is_round else _rectangle(x, y, rx, ry)]
        if not diagram.small:
            shapes += _inside(x, y, ROOM * rx, name, diagram.symbols[v])
            shapes += self._numbers(v)
        for state in states:
            if state in GROUPS:
                place = (x + rx * DIAGONAL, y - ry * DIAGONAL) if is_round else (x + rx, y - ry)
                shapes.insert(1, badge(*place, state, 3.0 if diagram.small else 4.6))
        return Group(tuple(shapes), tuple(states), "vertex", v, tooltip(v, diagram))

    def _numbers(self, v: int) -> Iterator[Text]:
        """Yield a vertex's value and its adjoint: above and below it, or left and right of it."""
        diagram, (x, y), (rx, ry) = self.diagram, self.layout.vertices[v], self.layout.extents[v]
        if diagram.values:
            text = _number(x, y - ry - 7, diagram.values[v], "value")
            yield _beside(text, x - rx - 6, y + 5, -1) if diagram.upward else text
        if diagram.adjoints:
            more = v in diagram.unfinished and is_known(diagram.adjoints[v])
            text = _number(x, y + ry + 16, diagram.adjoints[v], "adjoint", more=more)
            yield _beside(text, x + rx + 6, y + 5, 1) if diagram.upward else text


def _beside(text: Text, x: float, y: float, side: int) -> Text:
    """Return a text that ends at x, or begins there."""
    return replace(text, x=x + side * text.width / 2, y=y)


def _arrowhead(tip: Point, direction: Point, length: float, width: float) -> Polygon:
    """Return an arrowhead with this tip and direction."""
    (x, y), (dx, dy) = tip, direction
    base = x - length * dx, y - length * dy
    sides = (width / 2, -width / 2)
    return Polygon(((x, y), *((base[0] - s * dy, base[1] + s * dx) for s in sides)))


def _rectangle(x: float, y: float, rx: float, ry: float) -> Rect:
    return Rect(x - rx, y - ry, 2 * rx, 2 * ry)


def _inside(x: float, y: float, room: float, name: tuple[Span, ...], symbol: str) -> Iterator[Text]:
    """Yield a vertex's name and its operation, each in a size that fits into the circle."""
    label = (Span(shorten(symbol, 9)),)
    if name:
        yield _fitted(x, y - 1 if symbol else y + 5, name, "name", room)
    if symbol:
        yield (
            _fitted(x, y + 12, label, "op", 0.8 * room)
            if name
            else _fitted(x, y + 5, label, "name", room)
        )


def _fitted(x: float, y: float, label: tuple[Span, ...], part: str, room: float) -> Text:
    """Return a text in the size of its part, or smaller, so that it is as wide as its room."""
    usual = style_of(part).size or 0.0
    size = max(min(usual, room / max(width(label), 0.1)), LEAST)
    return Text(x, y, label, part, size=0.0 if size == usual else round(size, 1))


def _number(x: float, y: float, entry: Entry, part: str, *, more: bool = False) -> Text:
    label, size = fitted_entry(entry, part)
    size = 0.0 if size == style_of(part).size else size
    return Text(x, y, (*label, Span(MORE)) if more else label, part, size, halo=part == "partial")


def tooltip(v: int, diagram: Diagram) -> str:
    """Describe a vertex, for its tooltip and for screen readers."""
    parts = [diagram.names[v] or diagram.formulas[v]]
    if diagram.values:
        parts.append(f"value {format_number(diagram.values[v])}")
    if diagram.adjoints:
        known = diagram.adjoints[v] is not None
        parts.append(f"adjoint {format_number(diagram.adjoints[v]) if known else 'not computed'}")
        parts += ["unfinished"] * (known and v in diagram.unfinished)
    if diagram.colours and diagram.colours[v]:
        parts.append(diagram.colours[v])
    return ", ".join(parts)
