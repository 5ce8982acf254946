"""Options of a picture: hidden, framed, folded, coloured, labelled and placed, in every format."""

import re
from random import Random
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import (
    Graph,
    GraphError,
    animate,
    backprop,
    draw,
    draw_network,
    explore,
    figure,
    linearization,
    tanh,
)
from coursekit.examples import example, kite, layered, random_dag, skip
from coursekit.networks import network
from coursekit.recording import Recorder
from coursekit.render.drawing import scene_of
from coursekit.render.files import Look
from coursekit.render.options import HIDEABLE, Options
from coursekit.render.palette import GROUPS, THEMES, contrast
from coursekit.render.scene import Circle, Rect
from coursekit.render.weights import weight_states
from tests.support.views import push

FORMS = ("svg", "pdf", "png")


def texts(picture, *parts):
    scene = picture.source.scene(Look())
    return ["".join(s.text for s in t.spans) for t in scene.texts() if not parts or t.part in parts]


def groups(picture, kind):
    return [g for g in picture.source.scene(Look()).groups if g.kind == kind]


def size(picture):
    return picture.source.scene(Look()).size


def cells(steps=2):
    """Return an unrolled recurrent network whose cells are blocks, with a block in each."""
    g = Graph()
    h, x, w, u = (g.input(name) for name in ("h", "x", "w", "u"))
    for t in range(1, steps + 1):
        with g.block(f"cell {t}"):
            z = w * x
            with g.block("mix"):
                z = z + u * h
            h = tanh(z).named(f"h{t}")
    g.loss(h * h)
    return g, g.linearize(h=0.5, x=1.0, w=0.3, u=-0.8)


LIN = example().linearize(a=2.0, b=1.0)
A, B, C, D, L = LIN.vertices


# hide


@pytest.mark.parametrize("word", ["values", "adjoints", "partials"])
def test_what_is_hidden_is_neither_drawn_nor_said(word):
    picture = draw(LIN, adjoints=backprop(LIN), hide={word})
    assert not texts(picture, word.removesuffix("s"))
    assert ("At a = 2" in picture.alt) == (word != "values")
    assert ("∂ℓ/∂b = 5" in picture.alt) == ("∂ℓ/∂" in str(picture)) == (word != "adjoints")
    assert len(texts(picture, "value", "adjoint", "partial")) == 10


def test_what_is_hidden_gives_its_room_to_the_rest():
    width, height = size(draw(LIN))
    assert size(draw(LIN, hide={"adjoints"}))[1] < 0.9 * height
    assert size(draw(LIN, hide={"values", "adjoints"}))[1] < 0.75 * height
    assert size(draw(LIN, hide={"partials"}))[0] < 0.93 * width
    assert size(draw(LIN, hide={"values"}, upward=True))[0] < 0.9 * size(draw(LIN, upward=True))[0]


def test_save_says_what_to_hide(tmp_path):
    lin = layered([8, 2])
    with pytest.warns(UserWarning, match=r"or hide=\{'values'\}: that makes it 1\.8%"):
        draw(lin).save(tmp_path / "layers.svg")
    with pytest.warns(UserWarning, match=r"has 1\.8% of the height"):
        draw(lin, hide={"values"}).save(tmp_path / "layers.svg")


def test_of_a_blank_graph_save_says_to_hide_all_that_it_does_not_show(tmp_path):
    g = Graph()
    xs = [g.input(f"x{k}") for k in range(7)]
    g.loss(np.sum([np.sin(x) for x in xs]))
    with pytest.warns(UserWarning, match=r"hide=\{'adjoints', 'partials', 'values'\}: that makes"):
        draw(g).save(tmp_path / "blank.svg")
    draw(g, hide={"adjoints", "partials", "values"}).save(tmp_path / "larger.svg")


def test_names_of_unnamed_vertices_can_be_hidden():
    _, lin = cells()
    picture = draw(lin, hide={"unnamed"})
    assert set(texts(picture, "name")) >= {"h", "w", "+", "×"}
    assert not re.search("v[0-9₀-₉]", "".join(texts(picture)) + picture.svg + str(picture))
    assert "h₁ = tanh(·)" in str(picture)


# unfinished sums


@pytest.mark.parametrize("form", FORMS)
def test_an_unfinished_sum_looks_unfinished(form, tmp_path):
    known = {"l": 1, "q": 1, "h": 3}
    picture = draw(kite(), adjoints=known, unfinished=["h"])
    assert "3 + …" in texts(picture, "adjoint")
    assert "∂ℓ/∂h = 3 + …" in picture.alt
    assert "∂ℓ/∂h = 3 + …" in str(picture)
    picture.save(tmp_path / f"open.{form}")
    draw(kite(), adjoints=known).save(tmp_path / f"finished.{form}")
    assert (tmp_path / f"open.{form}").read_bytes() != (tmp_path / f"finished.{form}").read_bytes()
    bold = re.findall(r"<text[^>]*font-weight=\"bold\"[^>]*>3", picture.svg)
    assert not bold


def test_the_sweep_shows_h_unfinished_until_its_last_edge_is_read():
    sums = [texts(picture, "adjoint") for picture in figure("05-sweep").frames]
    assert [next((t for t in each if "…" in t), "") for each in sums] == [
        "",
        "",
        "",
        "2 + …",
        "",
        "",
    ]


def test_a_recording_knows_which_sums_are_unfinished():
    h = list(kite().vertices).index("h")
    assert [s.unfinished for s in Recorder("b", kite()).run(backprop).steps] == [
        [], [], [h], [], []
    ]  # fmt: skip
    early = Recorder("push", skip()).run(lambda lin: push(lin, ["l", "h", "m", "x"]))
    assert any(step.unfinished for step in early.steps)


def test_tangents_are_not_unfinished_sums():
    def forward(lin):
        tangents = dict.fromkeys(lin.vertices, 0)
        tangents["x"] = 1
        for v in lin.vertices:
            for u in lin.into(v):
                tangents[v] += tangents[u] * lin.partials[u, v]
        return tangents

    assert not any(step.unfinished for step in Recorder("f", kite()).run(forward).steps)


# boxes and folded boxes


def test_blocks_are_boxes_which_nest():
    _, lin = cells()
    picture = draw(lin)
    assert texts(picture, "box-title") == ["cell 1", "cell 2", "mix", "mix"]
    assert "Box 'mix' around v₆ and v₇" in picture.alt
    assert texts(draw(lin.lin if hasattr(lin, "lin") else lin, fold=True), "box-title") == []


def test_a_folded_block_has_the_numbers_of_its_output():
    g, lin = cells()
    adjoints = backprop(lin)
    picture = draw(lin, adjoints=adjoints, fold=True)
    diagram = picture.source.diagram
    one, two = (diagram.names.index(f"cell {t}") for t in (1, 2))
    h1 = next(v for v in g.vertices if str(v) == "h1")
    assert diagram.values[one] == lin.values[h1]
    assert diagram.adjoints[one] == adjoints[h1]
    assert diagram.edges.count((one, two)) == 1
    assert diagram.partials[diagram.edges.index((one, two))] == ""
    assert diagram.partials[-1] == lin.partials[lin.edges[-1]]
    assert "cell 1 is folded: it stands for 4 vertices" in picture.alt


def test_a_folded_box_without_a_single_output_has_no_numbers():
    picture = draw(kite(), adjoints=backprop(kite()), boxes={"sides": ["p", "q"]}, fold={"sides"})
    assert texts(picture, "adjoint") == ["30", "5", "", "1"]
    assert "sides" in texts(picture, "name")
    assert len(groups(picture, "edge")) == 3


def test_folding_an_inner_block_keeps_the_outer_box():
    _, lin = cells()
    picture = draw(lin, fold={"mix"})
    assert texts(picture, "box-title") == ["cell 1", "cell 2"]
    assert texts(picture, "name").count("mix") == 2


def test_a_large_graph_with_blocks_is_folded_to_them():
    g, lin = cells(300)
    assert len(lin.vertices) > 1000
    picture = draw(lin, fold=True)
    assert len(groups(picture, "vertex")) == 305
    assert "cell 300" in str(picture)
    assert "a circle is a layer" in draw(g).alt


# colours, labels, places, weights, shapes


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_readable_on_every_colour(theme):
    colours = THEMES[theme]
    for group in GROUPS:
        assert contrast(colours[group], colours["ink"]) >= 4.5
        assert contrast(colours[group], colours["soft"]) >= 4.5
    for sign in ("plus", "minus"):
        assert contrast(colours[sign], colours["paper"]) >= 3


def test_each_colour_has_a_badge_of_its_own_and_an_entry_of_the_key():
    names = list("abcdef")
    lin = linearization(dict.fromkeys(((v, "l") for v in names), 1), loss="l")
    picture = draw(lin, colour={v: f"group {v}" for v in names})
    badges = [g.shapes[1].points for g in groups(picture, "vertex") if "loss" not in g.states]
    centred = [tuple((round(x - p[0][0]), round(y - p[0][1])) for x, y in p) for p in badges]
    assert len({len(p) for p in badges} | set(centred)) > 6
    assert texts(picture, "key") == [f"group {v}" for v in names]
    assert "In the colour of 'group a': a" in picture.alt


def test_labels_of_ones_own_replace_names_and_partials():
    picture = draw(LIN, labels={A: r"\hat{y}_1", (B, D): "slope"})
    assert "ŷ1" in texts(picture, "name")
    assert texts(picture, "edge-label") == ["slope"]
    assert len(texts(picture, "partial")) == 4
    assert "c = ŷ₁ + b" in str(picture)
    assert "from ŷ₁ and b" in picture.alt
    assert "On b → d: slope" in picture.alt


def test_labels_of_edges_are_shown_on_a_blank_graph_too():
    g = example()
    a, _, c, *_ = g.vertices
    assert texts(draw(g, labels={(a, c): "first"}), "edge-label") == ["first"]


def test_names_are_dropped_above_a_number_of_vertices():
    assert not texts(draw(layered([3, 3]), names_up_to=6), "name")
    assert texts(draw(layered([3, 3]), names_up_to=7), "name")
    g, _ = cells(8)
    assert not texts(draw(g), "name")
    assert texts(draw(g, names_up_to=100), "name")


def test_a_weight_is_a_width_a_colour_and_dashes():
    assert [weight_states(x)[-1] for x in (1e-30, 0.1, -1, 10, 1e300)] == [
        "size-0", "size-2", "size-4", "size-6", "size-8"
    ]  # fmt: skip
    assert weight_states(float("nan")) == weight_states("2×3") == ()
    picture = draw(linearization({("a", "l"): -2.0, ("b", "l"): 3}, loss="l"), weights=True)
    assert [g.states for g in groups(picture, "edge")] == [("minus", "size-5"), ("plus", "size-5")]
    assert picture.svg.count("stroke-dasharray") == 2  # the edge, and the key
    assert "negative" in texts(picture, "key")


def test_arrays_are_rectangles_in_proportion():
    g = network(1)
    lin = g.linearize(X=np.ones((4, 3)), Y=[0, 1, 0, 1], W1=np.zeros((2, 3)), b1=np.zeros(2))
    bodies = [group.shapes[0] for group in groups(draw(lin, shapes=True), "vertex")]
    x, w, loss = bodies[0], bodies[2], bodies[-1]
    assert isinstance(x, Rect)
    assert x.width / x.height == pytest.approx(3 / 4, rel=0.02)
    assert w.width / w.height == pytest.approx(3 / 2, rel=0.02)
    assert isinstance(loss, Circle)


def test_a_tikz_picture_has_badges_frames_and_the_key(tmp_path):
    picture = draw(LIN, colour={A: "input"}, boxes={"all": [A, B]})
    picture.save(tmp_path / "groups.tex")
    tex = (tmp_path / "groups.tex").read_text()
    assert re.search(r"coursekit/badge\}\{[^}]*fill=ckink", tex)
    for part in ("badge", "box", "key", "group-1 vertex"):
        assert re.search(rf"\\(path|node|draw)\[[^\]]*coursekit/{part}[\],]", tex)


# refusals

g_other = Graph()
OTHER = g_other.input("other")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"hide": {"partial"}}, "hide: unknown word 'partial' (did you mean 'partials'?)"),
        ({"hide": "partials"}, "hide='partials': pass a list or a set, such as {'partials'}"),
        ({"boxes": {"empty": []}}, "boxes: 'empty' has no vertices"),
        ({"boxes": {"one": 3}}, "boxes: 'one' needs a list of vertices"),
        ({"boxes": {"": [A]}}, "boxes: '' is not a text that can be shown"),
        ({"boxes": [A]}, "pass a dict"),
        ({"boxes": {"x": [A, B], "y": [B, C]}}, "the boxes 'x' and 'y' cross: b is in both"),
        ({"boxes": {"x": [OTHER]}}, "boxes: other is not a vertex of this picture's graph"),
        ({"colour": {"aa": "w"}}, "colour: there is no vertex 'aa' in this picture"),
        ({"colour": {A: 3}}, "colour: 3 is not a text that can be shown"),
        ({"labels": {(A, L): "x"}}, "labels: there is no edge a → ℓ"),
        ({"labels": {(A, B, C): "x"}}, "labels: there is no edge a → b → c"),
        ({"labels": {OTHER: "x"}}, "labels: other is not a vertex of this picture's graph"),
        ({"at": {A: (0, 0), B: (0, 0)}}, "a and b overlap at column 0, row 0"),
        ({"at": {A: (0, float("nan"))}}, "the place of a must be a column and a row between"),
        ({"at": {A: (0, 0), B: (2, 0), C: (1, 0)}, "boxes": {"x": [A, B]}}, "would hold c"),
        ({"at": {A: 3}}, "at: 3 is not a place of a"),
        ({"at": {A: (0, 1e9)}}, "the place of a must be a column and a row"),
        ({"upward": "yes"}, "upward='yes': pass True or False"),
        ({"names_up_to": -1}, "names_up_to=-1: pass a number of vertices, such as 30"),
        ({"names_up_to": True}, "names_up_to=True: pass a number of vertices"),
        ({"unfinished": ["zz"]}, "unfinished: there is no vertex 'zz' in this picture"),
        ({"fold": {"LSTM"}}, "fold: unknown title 'LSTM': no block or box has this title"),
        ({"fold": "LSTM"}, "fold='LSTM': pass a list or a set"),
        ({"boxes": {"ends": [A, L]}, "fold": True}, "the folded graph would have a cycle: "),
    ],
)  # fmt: skip
def test_an_impossible_option_is_refused_in_one_sentence(options, sentence):
    with pytest.raises(GraphError) as error:
        draw(LIN, **options)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: draw(example(), weights=True), "weights=True needs partials"),
        (lambda: draw(example(), shapes=True), "shapes=True needs values"),
        (lambda: draw(layered([90] * 6), colour={"v1,1": "x"}), "a circle for each layer"),
        (lambda: draw(layered([8]), colour={f"v1,{k}": f"g{k}" for k in range(1, 8)}), "7 groups"),
        (lambda: explore(example(), a=1.0, b=2.0, fold=True), "fold: a live view shows every"),
        (lambda: animate(backprop, kite(), hid={"x"}), "no option 'hid' (did you mean 'hide'?)"),
    ],
)
def test_an_option_that_does_not_fit_the_picture_is_refused(wrong, sentence):
    with pytest.raises(GraphError) as error:
        wrong()
    assert sentence in str(error.value)


def test_a_title_of_10_000_letters_stays_in_its_frame():
    picture = draw(LIN, boxes={"x" * 10_000: [C, D], "y" * 10_000: [A, B]}, fold={"y" * 10_000})
    (title,) = [t for t in picture.source.scene(Look()).texts() if t.part == "box-title"]
    (frame,) = [s for g in picture.source.scene(Look()).groups for s in g.shapes
                if getattr(s, "part", "") == "box"]  # fmt: skip
    assert title.x + title.width <= frame.x + frame.width
    assert len(picture.svg) < 100_000


def test_a_folded_box_has_the_place_of_its_output_and_room_for_its_title():
    """Unfolded, the box of step 1 would hold x2, which lies between its vertices."""
    g = Graph()
    w, u, h = g.parameter("w"), g.parameter("u"), g.input("h0")
    at = {w: (0, 0), h: (0, 1), u: (0, 2)}
    for t in (1, 2):
        x = g.input(f"x{t}")
        with g.block(f"recurrent {t}"):
            h = tanh(w * x + u * h).named(f"h{t}")
        at |= {x: (t, 2), h: (t, 1)}
    with pytest.raises(GraphError, match="would hold"):
        draw(g, at=at)
    scene = draw(g, at=at, fold=True).source.scene(Look())
    rows = {s.y + s.height / 2 for each in scene.groups for s in each.shapes
            if isinstance(s, Rect) and each.kind == "vertex"}  # fmt: skip
    assert len(rows) == 1
    assert {"recurrent 1", "recurrent 2"} <= set(texts(draw(g, at=at, fold=True), "name"))


def test_boxes_that_cross_are_refused_folded_or_not():
    with pytest.raises(GraphError, match="cross"):
        draw(LIN, boxes={"one": [A, C], "two": [C, D]}, fold=True)


def test_the_title_of_a_box_is_in_front_of_the_edges_that_leave_it():
    scene = draw(LIN, boxes={"sides": [C, D]}, upward=True).source.scene(Look())
    order = [(each.kind, s) for each in scene.groups for s in each.shapes]
    (place,) = [i for i, (_, s) in enumerate(order) if getattr(s, "part", "") == "box-title"]
    assert place > max(i for i, (kind, _) in enumerate(order) if kind == "edge")
    assert order[place][1].halo


@pytest.mark.parametrize("shape", [(3, 3), (1, 1), (1,), (2, 4, 4)])
def test_a_square_array_is_a_square_and_a_number_a_circle(shape):
    g = Graph()
    g.loss(np.sum(g.input("A") * g.input("s")))
    lin = g.linearize(A=np.ones(shape), s=2.0)
    bodies = [each.shapes[0] for each in groups(draw(lin, shapes=True), "vertex")]
    assert [type(body) for body in bodies] == [Rect, Circle, Rect, Circle]
    assert bodies[0].width == bodies[0].height


# live views and figures


def test_an_input_is_called_before_an_option():
    g = Graph()
    g.loss(g.input("weights") * g.input("hide"))
    view = explore(g, weights=1.0, hide=2.0, upward=True)
    assert [s.description for s in view.sliders] == ["weights", "hide"]
    assert view.widget.scene["upward"]


def test_views_take_options():
    g = example()
    view = explore(g, a=2.0, b=1.0, hide={"partials"}, labels={"a": r"\alpha"}, weights=True)
    scene = view.widget.scene
    assert 'class="partial"' not in scene["svg"]
    assert scene["hide"] == ["partials"]
    assert scene["names"][0] == "α"
    assert "α" in view.text
    view = animate(backprop, kite(), boxes={"sides": ["p", "q"]})
    assert "sides" in view.widget.scene["svg"]


def test_a_figure_takes_options_and_its_frames_keep_their_places():
    frames = figure("05-sweep", hide={"partials"}, colour={"x": "input"}).frames
    centres = {
        tuple((s.x, s.y) for g in groups(frame, "vertex") for s in g.shapes[:1]) for frame in frames
    }
    assert len(centres) == 1
    assert all(not texts(frame, "partial") for frame in frames)


# any graph, any options


@st.composite
def pictures(draw_from):
    seed = draw_from(st.integers(0, 10_000))
    lin = random_dag(Random(seed), draw_from(st.integers(2, 9)))
    vertices = list(lin.vertices)
    some = st.lists(st.sampled_from(vertices), unique=True, max_size=4)
    inner = draw_from(some)
    outer = inner + [v for v in draw_from(some) if v not in inner]
    name = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
        str.strip
    )
    options = {
        "hide": draw_from(st.sets(st.sampled_from(HIDEABLE))),
        "boxes": {"outer": outer} | ({"inner": inner} if inner else {}) if outer else {},
        "colour": dict.fromkeys(draw_from(some), "one") | dict.fromkeys(draw_from(some), "two"),
        "labels": {e: draw_from(name) for e in lin.edges if draw_from(st.booleans())},
        "upward": draw_from(st.booleans()),
        "weights": draw_from(st.booleans()),
        "names_up_to": draw_from(st.sampled_from([None, 0, 5, 100])),
        "unfinished": draw_from(some),
    }
    return lin, options


@settings(deadline=None, max_examples=30)
@given(pictures())
def test_any_options_give_a_well_formed_picture_in_which_frames_hold_their_members_only(case):
    lin, options = case
    picture = draw(lin, adjoints=backprop(lin), **options)
    ElementTree.fromstring(picture.svg)
    hidden = {word.removesuffix("s") for word in options["hide"]}
    assert not texts(picture, *hidden) or not hidden
    diagram = picture.source.diagram
    scene = scene_of(diagram)
    bodies = [g.shapes[0] for g in scene.groups if g.kind == "vertex"]
    frames = [s for g in scene.groups for s in g.shapes if getattr(s, "part", "") == "box"]
    for box, frame in zip(diagram.boxes, frames, strict=True):
        for v, body in enumerate(bodies):
            x, y = body.x, body.y
            reach = body.r if v in box.vertices else -body.r
            inside = (
                frame.x <= x - reach and x + reach <= frame.x + frame.width
                and frame.y <= y - reach and y + reach <= frame.y + frame.height
            )  # fmt: skip
            assert inside == (v in box.vertices)
    other = draw(lin, **options)  # the numbers known so far move nothing
    moved = [g.shapes[0] for g in scene_of(other.source.diagram).groups if g.kind == "vertex"]
    assert moved == bodies


# networks


def test_a_network_has_its_weights_on_its_edges_and_titles_over_its_ends():
    picture = draw_network([2, 2, 1], weights=[[[1, -1], [2, 0]], [[1, 3]]], biases=[[1, -2], [0]])
    assert texts(picture, "heading") == ["input", "output"]
    assert sorted(texts(picture, "partial")) == ["0", "1", "1", "2", "3", "−1"]
    assert texts(picture, "op") == ["+ 1", "− 2", "+ 0"]
    assert picture.alt == "Network of layers with 2, 2 and 1 neurons. Weights: 6."


def test_a_large_layer_is_drawn_without_its_middle_and_its_weights_are_widths():
    weights = [np.full((32, 64), -1.0), np.full((10, 32), 10.0)]
    picture = draw_network([64, 32, 10], weights=weights)
    assert texts(picture, "name").count("⋮") == 3
    assert "dots stand for 88 neurons more" in picture.alt
    assert {g.states for g in groups(picture, "edge")} == {("minus", "size-4"), ("plus", "size-6")}
    assert not texts(picture, "partial")
    ElementTree.fromstring(picture.svg)


@pytest.mark.parametrize(
    ("sizes", "options", "sentence"),
    [
        (3, {}, "sizes=3: pass a list such as [2, 2, 1]"),
        ([2, 1], {"weights": {"W1": 1}}, "weights: pass a list with 1 array, one a layer"),
        ([2], {}, "1 layer: pass the sizes of 2 to 12"),
        ([2, 0], {}, "0 is not a number of neurons"),
        ([2, 2.0], {}, "2.0 is not a number of neurons"),
        ([2, 1], {"weights": [[[1], [2]]]}, "weights[0] has the shape (2, 1), but between these"),
        ([2, 1], {"weights": []}, "weights: 0 arrays, but the network needs 1"),
        ([2, 1], {"weights": ["x"]}, "weights[0] is not an array of numbers"),
        ([2, 1], {"biases": [[1, 2]]}, "biases[0] has the shape (2,)"),
    ],
)
def test_a_network_of_the_wrong_shape_is_refused(sizes, options, sentence):
    with pytest.raises(GraphError) as error:
        draw_network(sizes, **options)
    assert sentence in str(error.value)


def test_weights_can_be_shown_without_numbers():
    picture = draw(kite(), weights=True, hide={"partials"})
    assert not texts(picture, "partial")
    assert groups(picture, "edge")[0].states == ("plus", "size-6")


def test_options_are_frozen():
    with pytest.raises(AttributeError):
        Options().upward = True
