"""Pictures: reproducible bytes, labels without markup, and a dash for every unknown number."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import Graph, GraphError, Watched, backprop, draw, linearization
from coursekit.examples import chain, example, kite, ladder, layered
from coursekit.layout.dot import ORDERED, dot_source, run_dot
from coursekit.layout.lay_out import Structure, lay_out
from coursekit.networks import network
from coursekit.render.diagram import diagram_of
from coursekit.render.files import Look
from coursekit.render.text import format_number, label

HOSTILE = [
    '"><script>alert(1)</script>',
    "a\nb\tc",
    "\x00\ud800",
    "x" * 10_000,
    "‮שלום",
    "&lt;",
    "l",
]
ROOT = Path(__file__).parents[2]


def texts(picture, part):
    scene = picture.source.scene(Look())
    return ["".join(s.text for s in text.spans) for text in scene.texts() if text.part == part]


def test_the_same_graph_gives_the_same_bytes_in_another_process():
    code = (
        "from coursekit import draw; from coursekit.examples import *;"
        "print(draw(layered([3, 4, 2])).svg + draw(example().linearize(a=2.0, b=1.0)).svg, end='')"
    )
    environments = [os.environ | {"PYTHONHASHSEED": seed} for seed in ("1", "2")]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env=env, check=True, capture_output=True
        ).stdout
        for env in environments
    }
    assert len(outputs) == 1
    assert outputs.pop().decode().startswith("<svg")


def test_values_are_above_adjoints_below_and_partials_on_edges():
    lin = example().linearize(a=2.0, b=1.0)
    picture = draw(lin, adjoints=backprop(lin))
    assert texts(picture, "value") == ["2", "1", "3", "2", "6"]
    assert texts(picture, "adjoint") == ["2", "5", "2", "3", "1"]
    assert texts(picture, "partial") == ["1", "1", "1", "2", "3"]


def test_an_unknown_number_is_a_dash_and_never_0():
    assert set(texts(draw(kite()), "adjoint")) == {"–"}
    assert texts(draw(kite(), adjoints={"l": 1, "x": 0}), "adjoint") == ["0", "–", "–", "–", "1"]


def test_a_blank_graph_shows_no_numbers():
    picture = draw(example())
    assert not texts(picture, "value") + texts(picture, "adjoint") + texts(picture, "partial")
    assert texts(picture, "op") == ["+", "+ 1", "×"]


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:20])
def test_a_label_is_never_markup(name):
    g = Graph()
    v = g.input(name)
    g.loss(v * 2 if name == "l" else (v * 2).named("out"))
    picture = draw(g.linearize(**{name: 1.0}))
    ElementTree.fromstring(picture.svg)  # well-formed
    assert "<script" not in picture.svg + picture.html
    assert len(picture.svg) < 40_000
    picture.html.encode()


def test_a_path_is_highlighted():
    picture = draw(kite(), path=("x", "h", "q", "l"))
    groups = [g for g in picture.source.scene(Look()).groups if "lit" in g.states]
    assert [g.kind for g in groups] == ["edge"] * 3 + ["vertex"] * 4 + ["label"] * 3
    assert picture.alt.endswith("Highlighted: x → h, h → q and q → ℓ.")


@pytest.mark.parametrize("lin", [kite(), ladder(3), layered([4, 4, 4]), chain(60)])
def test_vertices_do_not_overlap(lin):
    place = {v: i for i, v in enumerate(lin.vertices)}
    layout = lay_out(Structure(len(place), tuple((place[t], place[h]) for t, h in lin.edges)))
    points = layout.vertices
    for i, (x, y) in enumerate(points):
        assert all(abs(x - u) >= 54 or abs(y - v) >= 84 for u, v in points[:i])
        assert 0 <= x <= layout.width
        assert 0 <= y <= layout.height


def test_500_vertices_are_laid_out():
    chain = tuple((i, i + 1) for i in range(500))
    assert len(lay_out(Structure(501, chain, small=True)).vertices) == 501


def test_a_system_dot_is_used_only_when_asked_for(monkeypatch):
    dot = dot_source(2, [(0, 1)], ORDERED)
    assert b'"bb"' in run_dot(dot)
    monkeypatch.setenv("COURSEKIT_DOT", "/no/such/dot")
    with pytest.raises(FileNotFoundError, match="/no/such/dot"):
        run_dot(dot)


@given(st.floats(-1e300, 1e300))
def test_a_formatted_number_is_close_to_the_number(x):
    text = format_number(x).replace("−", "-")
    assert float(text) == pytest.approx(x, rel=0.06, abs=0.00051)
    assert "–" not in text
    assert text != "-0"


def test_the_final_digits_of_a_name_are_subscripts():
    assert [label(n) for n in ("x0", "v1,2", "x_y", "2", "a b")] == [
        "x₀",
        "v₁,₂",
        "x_y",
        "2",
        "a b",
    ]
    assert label("l", loss=True) == "ℓ"


def test_one_edge_is_singular():
    lin = linearization({("a", "l"): 1}, loss="l")
    assert draw(lin).alt == "Computational graph of ℓ with 2 vertices and 1 edge, from a."


def test_an_isolated_vertex_and_an_empty_graph_can_be_drawn():
    assert draw(Graph()).alt == "Computational graph with 0 vertices and 0 edges."
    lin = linearization({("a", "l"): 1}, loss="l", vertices=["alone"])
    assert draw(lin).svg.count("<circle") == 3


def scripts(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@settings(deadline=None)  # the first layout starts a WebAssembly runtime
@given(st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_a_layer_is_a_column_from_top_to_bottom(widths):
    lin = layered(widths)
    diagram = diagram_of(lin)
    layout = lay_out(Structure(len(diagram.names), diagram.edges))
    columns = {}
    for (x, y), name in zip(layout.vertices, lin.vertices, strict=True):
        columns.setdefault(x, []).append((y, name))
    for column in columns.values():
        assert [name for _, name in sorted(column)] == [name for _, name in column]
    assert len(columns) == len(widths) + 1


def test_the_picture_language_plate_is_up_to_date():
    plate = (ROOT / "docs" / "picture-language.svg").read_text(encoding="utf-8")
    assert scripts("plate").plate() == plate, "run make plate"


def test_a_picture_shows_the_numbers_known_so_far():
    g = example()
    a, b, c, d, _ = g.vertices
    picture = draw(g, values={a: 2.0, b: 1.0, c: 3.0})
    assert texts(picture, "value") == ["2", "1", "3", "–", "–"]
    assert texts(picture, "adjoint") == []
    lin = g.linearize(a=2.0, b=1.0)
    assert texts(draw(lin, values={a: 2.0}), "value") == ["2", "–", "–", "–", "–"]
    assert draw(lin, out=b).alt.endswith("Highlighted: b → c and b → d.")
    assert str(draw(lin, adjoints={d: 3.0})).splitlines()[4] == "d = b + 1  2  ∂ℓ/∂d = 3"


@pytest.mark.parametrize("what", ["adjoints", "values"])
def test_a_number_for_a_stranger_is_refused_with_a_sentence(what):
    g = example()
    for graph in (g, g.linearize(a=2.0, b=1.0)):
        with pytest.raises(GraphError, match=r"'a' is a name, not a vertex: use g\.inputs\['a'\]"):
            draw(graph, **{what: {"a": 3.0}})
        with pytest.raises(GraphError, match="is not a vertex of this graph"):
            draw(graph, **{what: {example().vertices[0]: 3.0}})
    with pytest.raises(GraphError, match="there is no vertex 'y'"):
        draw(kite(), **{what: {"y": 3.0}})


def test_a_watched_run_is_highlighted_and_drawing_it_reads_nothing():
    watched = Watched(kite())
    assert watched.partials["q", "l"] == 1
    picture = draw(watched)
    assert picture.alt.endswith("Highlighted: q → ℓ.")
    assert watched.edges_read == [("q", "l")]


def test_arrays_are_shown_by_their_shapes():
    g = network(1)
    lin = g.linearize(X=np.ones((4, 3)), Y=[0, 1, 0, 1], W1=np.zeros((2, 3)), b1=np.zeros(2))
    picture = draw(lin, adjoints=backprop(lin))
    assert {"4×3", "2×3", "4×2"} <= set(texts(picture, "partial")) | set(texts(picture, "value"))
    assert texts(picture, "adjoint")[0] == "4×3"
    assert "X = 4×3" in picture.alt
    assert "ℓ = 0.693" in picture.alt


def test_a_graph_of_more_than_500_vertices_is_folded_and_its_picture_says_so():
    picture = draw(layered([90] * 6))
    assert texts(picture, "name") == ["90"] * 6 + ["1"]
    assert "541 vertices in 7 layers: a circle is a layer" in picture.svg
    long = draw(chain(700))
    assert long.svg.count("<circle") == 17  # 16 layers, and one circle for the others
    assert "the dots stand for 685 more" in long.svg


@pytest.mark.parametrize(
    ("form", "begins"), [("svg", b"<svg"), ("pdf", b"%PDF"), ("png", b"\x89PNG")]
)
def test_a_saved_picture_has_the_same_bytes_on_every_run(form, begins, tmp_path):
    lin = example().linearize(a=2.0, b=1.0)
    for name in ("one", "two"):
        draw(lin, adjoints=backprop(lin)).save(tmp_path / f"{name}.{form}")
    one, two = ((tmp_path / f"{name}.{form}").read_bytes() for name in ("one", "two"))
    assert one.startswith(begins)
    assert one == two


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: draw(kite()).save("x.jpg"), "x.jpg: save a picture as .svg, .pdf, .png or .tex"),
        (lambda: draw(None), "draw a Graph or a linearization, not None"),
        (lambda: draw([1.0] * 99), "draw a Graph or a linearization, not [1.0, 1.0, "),
        (lambda: draw(kite(), path=("x", "l")), "there is no edge x → ℓ to highlight"),
        (lambda: draw(kite(), wrong="xx"), "there is no vertex 'xx' to show (did you mean 'x'?)"),
        (lambda: draw(kite(), out="y"), "there is no vertex 'y' to show"),
    ],
)
def test_an_impossible_picture_is_refused_in_one_sentence(wrong, sentence):
    with pytest.raises(GraphError) as error:
        wrong()
    assert str(error.value).startswith(sentence)
