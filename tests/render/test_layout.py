"""Layouts: no edge through a vertex, few crossings, frames that hold only their own vertices."""

import sys
from itertools import combinations, pairwise
from math import hypot

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit import GraphError
from coursekit.examples import chain, kite, ladder, layered, skip
from coursekit.layout.conflicts import refuse_conflicts
from coursekit.layout.curves import overlap, point_on
from coursekit.layout.dot import orders, ranks
from coursekit.layout.labels import LABEL, READABLE
from coursekit.layout.lay_out import ABOVE, BARE, BESIDE, RADIUS, SIDES, Structure, lay_out
from coursekit.layout.layers import layers_of
from coursekit.layout.order import crossings, order_rows
from coursekit.render.diagram import diagram_of

SLACK = 0.2  # coordinates are rounded to one decimal


@st.composite
def dags(draw, most=60):
    """Return a random DAG: its number of vertices, and its edges in a random order."""
    n = draw(st.integers(1, most))
    name = draw(st.permutations(range(n)))
    pairs = st.tuples(st.integers(0, n - 1), st.integers(1, 12)).filter(lambda p: sum(p) < n)
    some = draw(st.lists(pairs, max_size=2 * n, unique=True))
    return n, tuple((name[i], name[i + step]) for i, step in some)


def boxes(layout, upward=False):
    room = (BESIDE, BARE) if upward else (SIDES, ABOVE)
    for (x, y), extent in zip(layout.vertices, layout.extents, strict=True):
        w, h = extent[0] + room[0], extent[1] + room[1]
        yield x - w, y - h, 2 * w, 2 * h


def points(curve, count=16):
    return [point_on([segment], k / count) for segment in curve for k in range(count + 1)]


def structure_of(graph, **options):
    diagram = diagram_of(graph)
    return Structure(len(diagram.names), diagram.edges, **options)


def hits(structure):
    """Return the edges that pass a foreign vertex's centre within its radius."""
    layout = lay_out(structure)
    centres = np.array(layout.vertices)
    found = []
    for edge, curve in zip(structure.edges, layout.curves, strict=True):
        away = np.array(points(curve))[:, None, :] - centres
        near = np.flatnonzero((np.hypot(away[..., 0], away[..., 1]) < RADIUS - SLACK).any(axis=0))
        found += [(edge, v) for v in near if v not in edge]
    return found


def inside(inner, outer, slack=SLACK):
    return (
        inner[0] >= outer[0] - slack
        and inner[1] >= outer[1] - slack
        and inner[0] + inner[2] <= outer[0] + outer[2] + slack
        and inner[1] + inner[3] <= outer[1] + outer[3] + slack
    )


def largest_overlap(rects):
    """Return the largest area that two of these rectangles share."""
    left, top, width, height = (np.array(each) for each in zip(*rects, strict=True))
    sides = [
        np.minimum.outer(low + size, low + size) - np.maximum.outer(low, low)
        for low, size in ((left, width), (top, height))
    ]
    areas = np.clip(sides[0], 0, None) * np.clip(sides[1], 0, None)
    np.fill_diagonal(areas, 0)
    return areas.max()


def apart(rects):
    return largest_overlap(rects) < 5


@given(dags(), st.booleans())
def test_no_edge_runs_through_a_vertex_and_no_vertices_overlap(dag, upward):
    structure = Structure(*dag, upward=upward)
    assert not hits(structure)
    layout = lay_out(structure)
    assert apart(boxes(layout, upward))
    picture = (0, 0, layout.width, layout.height)
    assert all(inside(box, picture) for box in boxes(layout, upward))
    assert all(inside((*p, 0, 0), picture) for curve in layout.curves for p in points(curve))


@given(dags(), st.booleans(), st.sets(st.sampled_from(["values", "adjoints", "partials"])))
def test_no_edge_runs_through_a_vertex_where_numbers_are_hidden(dag, upward, hide):
    assert not hits(Structure(*dag, upward=upward, hide=frozenset(hide)))


@given(dags(), st.booleans(), st.booleans())
def test_a_curve_leaves_its_tail_and_reaches_its_head_without_a_kink(dag, small, upward):
    layout = lay_out(Structure(*dag, small=small, upward=upward))
    ahead, across = ((0, -1), 0) if upward else ((1, 0), 1)
    for (tail, head), curve, (tip, u) in zip(dag[1], layout.curves, layout.tips, strict=True):
        assert u == ahead
        r = layout.extents[tail][0]
        start = layout.vertices[tail]
        assert curve[0][0] == pytest.approx((start[0] + ahead[0] * r, start[1] + ahead[1] * r))
        base = layout.arrow[0] - 1
        assert curve[-1][-1] == pytest.approx((tip[0] - u[0] * base, tip[1] - u[1] * base))
        assert hypot(*(a - b for a, b in zip(tip, layout.vertices[head], strict=True))) == (
            pytest.approx(r)
        )
        for (_, _, c, p), (q, d, _, _) in pairwise(curve):
            assert p == q
            assert c[across] == p[across] == d[across]
        assert curve[0][0][across] == curve[0][1][across]
        assert curve[-1][2][across] == curve[-1][3][across]


@given(dags(30))
def test_a_layer_has_never_more_crossings_than_graphviz_gives_it(dag):
    n, edges = dag
    layers = layers_of(ranks(n, edges), edges)
    rows = order_rows(layers)
    place = orders(len(layers.rank), [(u, v) for u, out in layers.out.items() for v in out])
    graphviz = [sorted(row, key=place.__getitem__) for row in layers.rows]
    least = crossings(rows, layers)
    assert least <= crossings(graphviz, layers)
    for r, row in enumerate(rows):
        for i, (a, b) in enumerate(pairwise(row)):
            if b < a < n:  # two vertices that are not in the order in which they were made
                swapped = [*row[:i], b, a, *row[i + 2 :]]
                assert crossings([*rows[:r], swapped, *rows[r + 1 :]], layers) > least


def test_an_attention_head_and_a_residual_block_read_in_the_order_of_creation():
    x, wq, wk, wv, q, k, v, s, o = range(9)
    edges = ((x, q), (wq, q), (x, k), (wk, k), (x, v), (wv, v), (q, s), (k, s), (s, o), (v, o))
    across = [y for _, y in lay_out(Structure(9, edges)).vertices]
    assert across[wq] < across[wk] < across[wv]
    assert across[q] < across[k] < across[v]
    x, w1, w2, z1, z2, y = range(6)
    edges = ((x, z1), (w1, z1), (z1, z2), (w2, z2), (z2, y), (x, y))
    layout = lay_out(Structure(6, edges))
    assert layout.vertices[x][1] < layout.vertices[w1][1]
    assert min(p[1] for p in points(layout.curves[5])) < layout.vertices[z1][1] - RADIUS


@pytest.mark.parametrize("graph", [chain(5), ladder(2), kite()])
def test_a_path_and_the_strings_of_a_kite_are_level(graph):
    layout = lay_out(structure_of(graph))
    ends = [layout.vertices[0][1], layout.vertices[-1][1]]
    assert ends[0] == ends[1]


def calls(structure):
    """Return how many Python functions a layout calls."""
    count = 0

    def profile(_frame, event, _argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        lay_out.__wrapped__(structure)
    finally:
        sys.setprofile(None)
    return count


def test_twice_the_edges_take_about_twice_the_calls():
    lay_out(Structure(1, ()))  # starts the engine
    few, many = (structure_of(layered([n, n])) for n in (14, 20))
    assert len(many.edges) / len(few.edges) == 2
    assert calls(many) < 2.6 * calls(few)


def test_partials_for_which_there_is_no_room_are_left_out_and_counted():
    layout = lay_out(structure_of(layered([30, 30])))
    shown = [label for label in layout.labels if label]
    assert layout.unlabelled == len(layout.labels) - len(shown) < len(shown)
    rects = [(x - LABEL[0] / 2, y - LABEL[1] / 2, *LABEL) for x, y in shown]
    assert largest_overlap(rects) <= READABLE * LABEL[0] * LABEL[1] + 1


@pytest.mark.parametrize("graph", [kite(), skip(), ladder(4), layered([4, 4, 4]), chain(30)])
def test_every_partial_of_a_small_graph_has_a_place_on_its_edge(graph):
    layout = lay_out(structure_of(graph))
    assert layout.unlabelled == 0
    for curve, (x, y) in zip(layout.curves, layout.labels, strict=True):
        assert min(hypot(px - x, py - y) for px, py in points(curve, 100)) < 2


@st.composite
def grouped(draw):
    n, edges = draw(dags(25))
    of = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    groups = [tuple(v for v in range(n) if of[v] == g) for g in (1, 2, 3)]
    nested = groups[0][: len(groups[0]) // 2]
    return n, edges, tuple(group for group in [*groups, nested] if group)


@given(grouped(), st.booleans())
def test_a_frame_holds_its_group_and_no_other_vertex(case, upward):
    n, edges, groups = case
    structure = Structure(n, edges, groups=groups, upward=upward)
    layout = lay_out(structure)
    assert not hits(structure)
    rects = list(boxes(layout, upward))
    for group, frame in zip(groups, layout.groups, strict=True):
        for v in range(n):
            if v in group:
                assert inside(rects[v], frame)
            else:
                assert overlap(rects[v], frame) < 1
    for (a, one), (b, two) in combinations(zip(groups, layout.groups, strict=True), 2):
        if not {*a} & {*b}:
            assert overlap(one, two) < 1
        elif {*b} < {*a}:
            assert inside(two, one)


def test_places_of_ones_own_are_columns_and_rows():
    rnn = Structure(6, ((0, 2), (1, 3), (2, 3), (2, 4), (3, 5)))  # x1 x2 h1 h2 y1 y2
    at = ((0, 2), (1, 2), (0, 1), (1, 1), (0, 0), (1, 0))
    for upward in (False, True):
        layout = lay_out(Structure(rnn.vertices, rnn.edges, at=at, upward=upward))
        x1, x2, h1, h2, y1, y2 = layout.vertices
        assert x1[0] == h1[0] == y1[0] < x2[0] == h2[0] == y2[0]
        assert y1[1] == y2[1] < h1[1] == h2[1] < x1[1] == x2[1]
        assert layout.tips[0][1] == (0, -1)
        assert layout.tips[2][1] == (1, 0)


@st.composite
def pinned(draw):
    n, edges = draw(dags(16))
    places = draw(
        st.lists(
            st.tuples(st.integers(0, 6), st.integers(0, 4)), min_size=n, max_size=n, unique=True
        )
    )
    at = tuple(draw(st.sampled_from([place, place, None])) for place in places)
    return Structure(n, edges, at=at)


@given(pinned())
def test_vertices_without_a_place_fit_around_those_that_have_one(structure):
    layout = lay_out(structure)
    assert apart(boxes(layout))
    fixed = [(v, place) for v, place in enumerate(structure.at) if place]
    for (v, (column, row)), (u, (other, below)) in combinations(fixed, 2):
        (x, y), (a, b) = layout.vertices[v], layout.vertices[u]
        assert (x < a, x == a, y < b, y == b) == (
            column < other,
            column == other,
            row < below,
            row == below,
        )


def test_an_edge_between_places_of_ones_own_bends_around_a_vertex():
    row = Structure(3, ((0, 1), (1, 2), (0, 2)), at=((0, 0), (1, 0), (2, 0)))
    column = Structure(3, ((0, 1), (1, 2), (0, 2)), at=((0, 0), (0, 1), (0, 2)))
    assert not hits(row)
    assert not hits(column)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"at": ((1, 2), None, (1, 2))}, "a and c overlap at column 1, row 2: move one of them"),
        (
            {"at": ((1, 2), None, (1.25, 2.5))},
            "a and c overlap at column 1, row 2 and column 1.25, row 2.5: move one of them",
        ),
        (
            {"at": (None, (float("nan"), 2), None)},
            "the place of b must be a column and a row between −1000 and 1000, not (nan, 2)",
        ),
        (
            {"at": (None, (1e6, 0), None)},
            "the place of b must be a column and a row between −1000 and 1000, not (1000000.0, 0)",
        ),
        ({"groups": ((0,), ())}, "the box 'two' is empty: name at least one vertex"),
        (
            {"groups": ((0, 1), (1, 2))},
            "the boxes 'one' and 'two' cross: b is in both."
            " A box may only lie within another one, or beside it",
        ),
        (
            {"groups": ((0, 1), (2,)), "at": ((0, 0), (2, 0), (1, 0))},
            "the box 'one' would hold c, which is not in it: move it, or add it to the box",
        ),
    ],
)
def test_places_and_groups_that_cannot_be_drawn_are_refused_in_one_sentence(options, sentence):
    with pytest.raises(GraphError) as error:
        refuse_conflicts(
            Structure(3, (), **options),
            ["a", "b", "c"],
            ["one", "two"][: len(options.get("groups", ()))],
        )
    assert str(error.value) == sentence


def test_nested_and_equal_groups_and_places_beside_each_other_are_drawn():
    nested = Structure(3, ((0, 1),), groups=((0, 1), (1,), (0, 1)))
    refuse_conflicts(nested, ["a", "b", "c"], ["one", "two", "three"])
    one, two, three = lay_out(nested).groups
    assert inside(two, one)
    assert inside(two, three)
    beside = Structure(3, (), at=((0, 0), (0.5, 0), (0, 0.8)))
    refuse_conflicts(beside, ["a", "b", "c"])


def test_a_matrix_is_a_rectangle_in_proportion():
    shapes = ((4, 2), (2, 2), (1, 100), (100, 1), None, (0, 3))
    extents = lay_out(Structure(6, ((0, 4),), shapes=shapes)).extents
    proportions = [h / w for w, h in extents]
    assert proportions[:2] == [pytest.approx(2, abs=0.02), 1]
    assert proportions[2] == pytest.approx(1 / 2.5, abs=0.01)
    assert proportions[3] == pytest.approx(2.5, abs=0.01)
    assert extents[4] == (RADIUS, RADIUS)
    wide = Structure(3, ((0, 2), (1, 2)), shapes=((1, 9), None, (9, 1)))
    assert not hits(wide)
    assert apart(boxes(lay_out(wide)))


@pytest.mark.parametrize("n", [0, 1, 2, 500])
@pytest.mark.parametrize("options", [{}, {"small": True}, {"upward": True}])
def test_vertices_without_edges_have_places(n, options):
    layout = lay_out(Structure(n, (), **options))
    assert len({*layout.vertices}) == n
    assert layout.curves == layout.labels == ()
    assert (layout.width > 0) == (n > 0)


def test_500_vertices_with_long_edges_are_laid_out():
    edges = tuple((max(0, v - step), v) for v in range(1, 500) for step in (1, 4) if v >= step)
    layout = lay_out(Structure(500, edges, small=True))
    assert len({*layout.vertices}) == 500


def test_a_structure_has_one_layout():
    structure = structure_of(layered([3, 4, 2]))
    assert lay_out(structure) is lay_out(structure)
    assert lay_out.__wrapped__(structure) == lay_out(structure)
    assert hash(structure) == hash(structure_of(layered([3, 4, 2])))
    assert hash(lay_out(structure))


def test_vertices_without_edges_fill_a_block_and_a_thicket_has_arcs():
    block = lay_out(Structure(300, ()))
    assert 0.5 < block.width / block.height < 2
    thicket = lay_out(Structure(40, tuple(combinations(range(40), 2))))
    assert len({*thicket.curves}) == len(thicket.curves)
    assert thicket.height < thicket.width / 4
