"""Fold boxes: one vertex stands for all that are in a box, and edges in and out are kept once."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from coursekit.errors import GraphError, did_you_mean
from coursekit.render.diagram import Box, Diagram
from coursekit.render.text import label

FOLDED = (2, 5)  # rows and columns of the rectangle that stands for a box
UNKNOWN = ""  # a number that a folded box does not have


def fold(diagram: Diagram, titles: bool | Collection[str]) -> Diagram:
    """Return the diagram with these boxes folded; with True, all the outermost ones.

    A folded box has the numbers of its output, the only vertex with an edge that leaves it.
    """
    boxes = _chosen(diagram.boxes, titles)
    if not boxes:
        return diagram
    outputs = [_output(box, diagram) for box in boxes]
    ends = [
        max(box.vertices) if out is None else out for box, out in zip(boxes, outputs, strict=True)
    ]
    end_of = {v: end for box, end in zip(boxes, ends, strict=True) for v in box.vertices}
    kept = [v for v in range(len(diagram.names)) if end_of.get(v, v) == v]
    place = {v: i for i, v in enumerate(kept)}
    new = {v: place[end_of.get(v, v)] for v in range(len(diagram.names))}
    folded = {new[end]: (box, out) for box, end, out in zip(boxes, ends, outputs, strict=True)}
    diagram = _with_edges(diagram, new, set(end_of), {v for v in outputs if v is not None})
    diagram = _with_vertices(diagram, kept, new, folded)
    _check_acyclic(diagram)
    return diagram


def _chosen(boxes: Sequence[Box], titles: bool | Collection[str]) -> list[Box]:
    """Return the outermost boxes that have one of the titles."""
    known = {box.title for box in boxes}
    if not isinstance(titles, bool):
        for title in titles:
            if title not in known:
                hint = did_you_mean(str(title), known) or ": no block or box has this title"
                raise GraphError(f"fold: unknown title {title!r}{hint}")
    chosen: list[Box] = []
    for box in boxes if titles else ():
        is_inside = any(set(box.vertices) <= set(outer.vertices) for outer in chosen)
        if not is_inside and (titles is True or box.title in titles):  # type: ignore[operator]
            chosen.append(box)
    return chosen


def _output(box: Box, diagram: Diagram) -> int | None:
    """Return the only vertex of a box from which an edge leads out, or the loss; or None."""
    inside = set(box.vertices)
    leaving = {tail for tail, head in diagram.edges if tail in inside and head not in inside}
    leaving |= inside & set(diagram.of_kind("loss"))
    return leaving.pop() if len(leaving) == 1 else None


def _with_edges(
    diagram: Diagram, new: dict[int, int], inside: set[int], outputs: set[int]
) -> Diagram:
    """Return the diagram with the edges between what is left.

    An edge keeps its partial if it stands for one edge between the same two numbers.
    """
    merged: dict[tuple[int, int], list[int]] = {}
    for k, (tail, head) in enumerate(diagram.edges):
        if new[tail] != new[head]:
            merged.setdefault((new[tail], new[head]), []).append(k)

    def only(entries: Sequence[Any], ks: list[int]) -> Any:
        tail, head = diagram.edges[ks[0]]
        same = len(ks) == 1 and head not in inside and (tail not in inside or tail in outputs)
        return entries[ks[0]] if same else UNKNOWN

    texts = diagram.edge_labels
    return replace(
        diagram,
        edges=tuple(merged),
        partials=[only(diagram.partials, ks) for ks in merged.values()] if diagram.partials else (),
        edge_labels=tuple(next((texts[k] for k in ks if texts[k]), "") for ks in merged.values())
        if texts
        else (),
        highlight=frozenset(i for i, ks in enumerate(merged.values()) if diagram.highlight & {*ks}),
    )


def _with_vertices(
    diagram: Diagram,
    kept: list[int],
    new: dict[int, int],
    folded: dict[int, tuple[Box, int | None]],
) -> Diagram:
    """Return the diagram with the kept vertices, some of which stand for a box."""

    def pick(entries: Sequence[Any], default: Any = None) -> tuple[Any, ...]:
        return tuple(entries[v] for v in kept) if entries else default or ()

    def numbers(entries: Sequence[Any]) -> list[Any]:
        lost = {i for i, (_, out) in folded.items() if out is None}
        return [UNKNOWN if i in lost else entries[v] for i, v in enumerate(kept)] if entries else []

    def put(entries: Sequence[Any], of: dict[int, Any]) -> tuple[Any, ...]:
        return tuple(of.get(i, each) for i, each in enumerate(entries))

    members = {i: box.vertices for i, (box, _) in folded.items()}
    heads = {head for _, head in diagram.edges}
    losses = set(diagram.of_kind("loss"))
    kinds = {
        i: "loss" if losses & {*each} else "inner" if i in heads else "input"
        for i, each in members.items()
    }
    blank, titles = (
        dict.fromkeys(folded, ""),
        {i: label(box.title) for i, (box, _) in folded.items()},
    )
    colours = {i: _shared(diagram.colours, each) for i, each in members.items()}
    rest = [
        box for box in diagram.boxes if not any({*box.vertices} <= {*m} for m in members.values())
    ]
    return replace(
        diagram,
        names=put(pick(diagram.names), titles),
        symbols=put(pick(diagram.symbols), blank),
        formulas=put(pick(diagram.formulas), blank),
        kinds=put(pick(diagram.kinds), kinds),
        vertices=put(pick(diagram.vertices), titles),
        values=numbers(diagram.values),
        adjoints=numbers(diagram.adjoints),
        colours=put(pick(diagram.colours), colours) if diagram.colours else (),
        places=pick(diagram.places),
        matrices=put(pick(diagram.matrices, (None,) * len(kept)), dict.fromkeys(folded, FOLDED)),
        sizes=put((0,) * len(kept), {i: len(each) for i, each in members.items()}),
        unfinished=frozenset(new[v] for v in diagram.unfinished if v in kept),
        wrong=None if diagram.wrong is None else new[diagram.wrong],
        boxes=tuple(Box(b.title, tuple(dict.fromkeys(new[v] for v in b.vertices))) for b in rest),
    )


def _shared(colours: Sequence[str], members: Sequence[int]) -> str:
    """Return the colour that all coloured members have, or ""."""
    found = {colours[v] for v in members if colours[v]} if colours else set()
    return found.pop() if len(found) == 1 else ""


def _check_acyclic(diagram: Diagram) -> None:
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for tail, head in diagram.edges:
        sorter.add(head, tail)
    try:
        sorter.prepare()
    except CycleError as error:
        cycle = " → ".join(diagram.names[v] for v in error.args[1])
        raise GraphError(
            f"fold: the folded graph would have a cycle: {cycle}; put what lies between into the"
            " box, too"
        ) from None
