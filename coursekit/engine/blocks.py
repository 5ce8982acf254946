"""with g.block("LSTM"): the vertices built inside are a block, a range of numbers; blocks nest."""

import sys
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass

from coursekit.errors import GraphError


@dataclass(frozen=True, slots=True)
class Block:
    """A title, and the numbers of the vertices that were built inside."""

    title: str
    vertices: range


@contextmanager
def new_block(title: str, vertices: Sized, blocks: list[Block]) -> Iterator[None]:
    """Append a block of the vertices that are added in this context; a block precedes its parts."""
    if not isinstance(title, str) or not title.strip():
        raise GraphError(f"a block's title must be a string such as 'LSTM', not {title!r}")
    start, place = len(vertices), len(blocks)
    blocks.append(Block(title, range(start, sys.maxsize)))
    try:
        yield
    finally:
        blocks[place] = Block(title, range(start, len(vertices)))


def blocks_among(blocks: Iterable[Block], vertices: int) -> tuple[Block, ...]:
    """Return the blocks of the first so many vertices, without empty ones.

    >>> blocks_among([Block("LSTM", range(1, 9)), Block("next", range(9, 12))], 5)
    (Block(title='LSTM', vertices=range(1, 5)),)
    """
    cut = [Block(b.title, b.vertices[: max(vertices - b.vertices.start, 0)]) for b in blocks]
    return tuple(block for block in cut if block.vertices)
