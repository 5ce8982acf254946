"""Parse a rubric: `1 point: names the vertex. 1: says what it waits for.`"""

import re
from typing import NamedTuple

POINTS = r"(\d{1,3}(?:[.,]\d{1,3})?)(?: points?)?:"
# an item starts the rubric or follows the end of a sentence
ITEM = re.compile(rf"(?:^|(?<=[.;!?)\n]))\s*{POINTS}\s+")


class Item(NamedTuple):
    """Something that an answer may contain, and what it is worth."""

    points: float
    text: str


def parse_rubric(rubric: str, max_points: float) -> list[Item]:
    """Return the items of a rubric, or none if it does not list points.

    >>> parse_rubric("1 point: no cycle. 0.5: an example, such as 2: 3.", 2)
    [Item(points=1.0, text='no cycle.'), Item(points=0.5, text='an example, such as 2: 3.')]
    >>> parse_rubric("Be kind.", 2)
    []
    """
    _, *parts = ITEM.split(rubric.strip())
    points = [float(number.replace(",", ".")) for number in parts[::2]]
    items = [Item(n, text.strip()) for n, text in zip(points, parts[1::2], strict=True)]
    return [item for item in items if 0 < item.points <= max_points]
