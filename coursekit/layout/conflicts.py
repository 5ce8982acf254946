"""Refuse places and groups that cannot be drawn, each in one sentence with names."""

from collections.abc import Sequence
from itertools import combinations
from math import isfinite

from coursekit.errors import GraphError
from coursekit.layout.lay_out import Structure, lay_out

FARTHEST = 1000  # columns and rows
COLUMN, ROW = 0.5, 0.8  # the least distance of two vertices, in columns or in rows


def refuse_conflicts(
    structure: Structure, names: Sequence[str], titles: Sequence[str] = ()
) -> None:
    """Raise GraphError if vertices share a place, or if a group crosses another one.

    >>> refuse_conflicts(Structure(2, (), at=((1, 2), (1, 2))), ["a", "b"])
    Traceback (most recent call last):
    coursekit.errors.GraphError: a and b overlap at column 1, row 2: move one of them
    """
    _refuse_places(structure, names)
    members = [set(group) for group in structure.groups]
    for title, group in zip(titles, members, strict=True):
        if not group:
            raise GraphError(f"the box {title!r} is empty: name at least one vertex")
    for (one, a), (two, b) in combinations(zip(titles, members, strict=True), 2):
        if a & b and not (a <= b or b <= a):
            raise GraphError(
                f"the boxes {one!r} and {two!r} cross: {names[min(a & b)]} is in both."
                " A box may only lie within another one, or beside it"
            )
    if any(structure.at):
        _refuse_strangers(structure, names, titles)


def _refuse_places(structure: Structure, names: Sequence[str]) -> None:
    places = [(v, place) for v, place in enumerate(structure.at) if place is not None]
    for v, place in places:
        if not all(isfinite(x) and abs(x) <= FARTHEST for x in place):
            raise GraphError(
                f"the place of {names[v]} must be a column and a row between"
                f" −{FARTHEST} and {FARTHEST}, not {place}"
            )
    for (v, (x, y)), (u, (a, b)) in combinations(places, 2):
        if abs(x - a) < COLUMN and abs(y - b) < ROW:
            where = f"at column {x:g}, row {y:g}"
            if (x, y) != (a, b):
                where += f" and column {a:g}, row {b:g}"
            raise GraphError(f"{names[v]} and {names[u]} overlap {where}: move one of them")


def _refuse_strangers(structure: Structure, names: Sequence[str], titles: Sequence[str]) -> None:
    """Raise GraphError if a frame around vertices with places holds another vertex."""
    layout = lay_out(structure)
    for title, group, frame in zip(titles, structure.groups, layout.groups, strict=True):
        left, top, width, height = frame
        for v, (x, y) in enumerate(layout.vertices):
            if v not in group and left < x < left + width and top < y < top + height:
                raise GraphError(
                    f"the box {title!r} would hold {names[v]}, which is not in it:"
                    " move it, or add it to the box"
                )
