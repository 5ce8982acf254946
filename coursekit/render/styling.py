"""Options, which name vertices, turn a diagram into one that shows them, by index."""

import re
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from coursekit.engine.vertex import Vertex
from coursekit.errors import GraphError, did_you_mean
from coursekit.layout.conflicts import refuse_conflicts
from coursekit.render.diagram import LONGEST, Box, Diagram, operation_of, title_of
from coursekit.render.drawing import structure_of
from coursekit.render.folding import fold
from coursekit.render.options import Options
from coursekit.render.palette import GROUPS
from coursekit.render.text import label, shorten

MAX_BLANK_CIRCLES = 30  # a blank graph with more vertices is drawn with dots
HIDDEN = "·"  # an operand whose name is hidden


def with_options(diagram: Diagram, options: Options) -> Diagram:
    """Return the diagram as the options ask, or raise the error of the first that is impossible.

    >>> from coursekit.examples import kite
    >>> from coursekit.render.diagram import numbered_diagram
    >>> with_options(numbered_diagram(kite()), Options(boxes={"sides": ["p", "q"]})).boxes
    (Box(title='sides', vertices=(2, 3)),)
    """
    if not diagram.vertices and diagram.names and (names := options.of_vertices):
        raise GraphError(
            f"{names[0]}: this picture has a circle for each layer, not for each vertex;"
            " draw a smaller graph, or fold its blocks"
        )
    find = _Finder(diagram)
    blank = not (diagram.values or diagram.adjoints or diagram.partials)
    most = MAX_BLANK_CIRCLES if options.names_up_to is None and blank else options.names_up_to
    diagram = replace(
        diagram,
        upward=options.upward,
        weights=_weights(diagram, asked=options.weights),
        colours=_colours(diagram, options, find),
        places=_places(diagram, options, find),
        unfinished=diagram.unfinished | {find(v, "unfinished") for v in options.unfinished},
        matrices=_matrices(diagram) if options.shapes else (),
        boxes=_boxes(diagram, options, find),
    )
    if "unnamed" in options.hide:
        diagram = hidden(diagram, {"unnamed"})
    diagram = _with_labels(diagram, options, find)
    _check_places(replace(diagram, places=()))
    diagram = fold(diagram, options.fold)
    _check_places(diagram)  # of what is left: a folded box takes the place of its output
    is_small = diagram.small or (most is not None and len(diagram.names) > most)
    return hidden(replace(diagram, small=is_small), set(options.hide) - {"unnamed"})


def hidden(diagram: Diagram, words: Collection[str]) -> Diagram:
    """Return the diagram without these numbers, or without the names of unnamed vertices."""
    if "unnamed" in words:
        blank = {i: "" for i, v in enumerate(diagram.vertices) if _is_unnamed(v, diagram.names[i])}
        diagram = _renamed(diagram, blank)
    gone = {"values", "adjoints"} | (set() if diagram.weights else {"partials"})
    numbers = {word: () for word in gone if word in words}
    return replace(diagram, hide=diagram.hide | {*words}, **numbers)  # type: ignore[arg-type]


class _Finder:
    """Finds the index of a vertex that an option names."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self._by_name = {str(v): i for i, v in enumerate(diagram.vertices)}
        self._by_vertex = {id(v): i for i, v in enumerate(diagram.vertices)}
        self._edges = {edge: k for k, edge in enumerate(diagram.edges)}

    def __call__(self, v: Hashable, option: str) -> int:
        index = self._by_vertex.get(id(v))
        if index is None and not isinstance(v, Vertex):
            index = self._by_name.get(str(v))
        if index is None:
            what = shorten(str(v), LONGEST)
            if isinstance(v, Vertex):
                raise GraphError(f"{option}: {what} is not a vertex of this picture's graph")
            hint = did_you_mean(what, self._by_name)
            raise GraphError(f"{option}: there is no vertex {what!r} in this picture{hint}")
        return index

    def edge(self, ends: tuple[Any, ...], option: str) -> int:
        """Return the index of an edge."""
        pair = tuple(self(v, option) for v in ends)
        if len(pair) != 2 or pair not in self._edges:
            names = [shorten(self.diagram.names[v], LONGEST) for v in pair]
            raise GraphError(f"{option}: there is no edge {' → '.join(names)}")
        return self._edges[pair]


def _weights(diagram: Diagram, *, asked: bool) -> bool:
    if asked and not diagram.partials:
        raise GraphError("weights=True needs partials: draw a linearization, g.linearize(…)")
    return asked


def _colours(diagram: Diagram, options: Options, find: _Finder) -> tuple[str, ...]:
    groups = {find(v, "colour"): label(name) for v, name in options.colour.items()}
    names = list(dict.fromkeys(groups.values()))
    if len(names) > len(GROUPS):
        raise GraphError(
            f"colour: {len(names)} groups, and only {len(GROUPS)} colours can be told apart"
        )
    return tuple(groups.get(v, "") for v in range(len(diagram.names))) if groups else ()


def _places(
    diagram: Diagram, options: Options, find: _Finder
) -> tuple[tuple[float, float] | None, ...]:
    places = {find(v, "at"): (float(p[0]), float(p[1])) for v, p in options.at.items()}
    return tuple(places.get(v) for v in range(len(diagram.names))) if places else ()


def _matrices(diagram: Diagram) -> tuple[tuple[int, int] | None, ...]:
    """Return the rows and columns of each array; a vector is a row, as in numpy."""
    if not diagram.values:
        raise GraphError("shapes=True needs values: draw a linearization, g.linearize(…)")
    found = []
    for entry in diagram.values:
        lengths = list(map(int, re.findall(r"\d+", entry))) if isinstance(entry, str) else []
        rows, columns = [1, 1, *lengths][-2:]
        found.append((rows, columns) if lengths else None)
    return tuple(found)


def _check_places(diagram: Diagram) -> None:
    """Raise GraphError if vertices or boxes would overlap."""
    if diagram.boxes or diagram.places:
        titles = [shorten(box.title, LONGEST) for box in diagram.boxes]
        refuse_conflicts(structure_of(diagram), diagram.names, titles)


def _boxes(diagram: Diagram, options: Options, find: _Finder) -> tuple[Box, ...]:
    """Return the blocks and the boxes, an outer one before those inside it."""
    boxes = [*diagram.boxes]
    for title, members in options.boxes.items():
        if isinstance(members, str) or not isinstance(members, Iterable):
            raise GraphError(f"boxes: {shorten(title, LONGEST)!r} needs a list of vertices")
        inside = tuple(sorted({find(v, "boxes") for v in members}))
        if not inside:
            raise GraphError(f"boxes: {shorten(title, LONGEST)!r} has no vertices")
        boxes.append(Box(title, inside))
    boxes.sort(key=lambda box: -len(box.vertices))  # stable: a block precedes an equal part
    return tuple(boxes)


def _with_labels(diagram: Diagram, options: Options, find: _Finder) -> Diagram:
    """Return the diagram with labels of one's own for vertices and for edges."""
    names, edges = {}, [""] * len(diagram.edges)
    for what, text in options.labels.items():
        if isinstance(what, tuple) and what not in diagram.vertices:
            edges[find.edge(what, "labels")] = label(text)
        else:
            names[find(what, "labels")] = label(text)
    return replace(_renamed(diagram, names), edge_labels=tuple(edges) if any(edges) else ())


def _renamed(diagram: Diagram, changed: Mapping[int, str]) -> Diagram:
    """Return the diagram with these names, also in formulas."""
    if not changed:
        return diagram
    names = tuple(changed.get(i, name) for i, name in enumerate(diagram.names))
    shown = {
        v.index: name or HIDDEN
        for v, name in zip(diagram.vertices, names, strict=True)
        if isinstance(v, Vertex)
    }
    return replace(
        diagram,
        names=names,
        formulas=tuple(
            operation_of(v, shown)[1] if formula else ""
            for v, formula in zip(diagram.vertices, diagram.formulas, strict=True)
        ),
        title=title_of([n or HIDDEN for n in names], diagram.kinds, len(diagram.edges)),
    )


def _is_unnamed(v: Hashable, shown: str) -> bool:
    """Return whether a vertex, shown by this name, has only a number."""
    return isinstance(v, Vertex) and v.index not in v.graph.names and shown == label(v)
