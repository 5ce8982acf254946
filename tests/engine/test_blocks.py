"""Blocks: ranges of vertices with titles, which nest and cost nothing when unused."""

from contextlib import suppress

import pytest

from coursekit import Graph, GraphError, Watched
from coursekit.engine.blocks import Block


def nested():
    g = Graph()
    x = g.input("x")
    with g.block("outer"):
        y = x + 1
        with g.block("inner"):
            z = y * y
        z = z + y
    return g, g.loss(z - 1)


def test_blocks_nest_and_the_outer_one_comes_first():
    g, _ = nested()
    blocks = (Block("outer", range(1, 4)), Block("inner", range(2, 3)))
    lin = g.linearize(x=1.0)
    assert lin.blocks == Watched(lin).blocks == g.columns.structure.blocks == blocks


def test_a_block_ends_where_its_context_ends_even_with_an_error():
    g = Graph()
    x = g.input("x")
    with suppress(KeyboardInterrupt), g.block("broken"):
        x = x + 1
        raise KeyboardInterrupt
    g.loss(x * 2)
    assert g.linearize(x=1.0).blocks == (Block("broken", range(1, 2)),)


def test_an_open_block_has_the_vertices_so_far_and_an_empty_one_is_left_out():
    g = Graph()
    x = g.input("x")
    with g.block("empty"):
        pass
    with g.block("open"):
        g.loss(x * 2)
        assert g.linearize(x=1.0).blocks == (Block("open", range(1, 2)),)


@pytest.mark.parametrize("title", ["", " ", 3, None])
def test_a_title_is_a_string(title):
    match = "a block's title must be a string such as 'LSTM', not"
    with pytest.raises(GraphError, match=match), Graph().block(title):
        pass


def test_a_graph_without_blocks_is_no_larger():
    g, _ = nested()
    assert len(g.columns.blocks) == 2  # one entry for each block, none for a vertex
    g = Graph()
    x = g.input("x")
    for _ in range(1000):
        x = x + 1
    assert g.columns.blocks == []
