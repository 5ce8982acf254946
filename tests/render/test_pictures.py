"""The same graph, the same bytes; a label is data; what is not known is a dash."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit import Graph, backprop, draw, linearization
from coursekit.errors import CommandError
from coursekit.examples import chain, example, kite, ladder, layered
from coursekit.render.dot import digraph
from coursekit.render.layout import layout
from coursekit.render.text import label, number

HOSTILE = [
    '"><script>alert(1)</script>',
    "a\nb\tc",
    "\x00\ud800",
    "x" * 10_000,
    "‮שלום",
    "&lt;",
    "l",
]
SVG = "{http://www.w3.org/2000/svg}"


def texts(picture, kind):
    root = ElementTree.fromstring(picture.svg)
    return [t.text for t in root.iter(f"{SVG}text") if t.get("class") == kind]


def test_the_same_graph_gives_the_same_bytes_in_another_process():
    code = (
        "from coursekit import draw; from coursekit.examples import *;"
        "print(draw(layered([3, 4, 2])).svg + draw(example().linearize(a=2.0, b=1.0)).svg, end='')"
    )
    environments = [os.environ | {"PYTHONHASHSEED": seed} for seed in ("1", "2")]
    drawn = {
        subprocess.run(
            [sys.executable, "-c", code], env=env, check=True, capture_output=True
        ).stdout
        for env in environments
    }
    assert len(drawn) == 1
    assert drawn.pop().decode().startswith("<svg")


def test_values_stand_above_adjoints_below_and_partials_on_edges():
    lin = example().linearize(a=2.0, b=1.0)
    picture = draw(lin, adjoints=backprop(lin))
    assert texts(picture, "value") == ["2", "1", "3", "2", "6"]
    assert texts(picture, "adjoint") == ["2", "5", "2", "3", "1"]
    assert texts(picture, "partial") == ["1", "1", "1", "2", "3"]


def test_what_was_not_computed_is_a_dash_and_never_0():
    assert set(texts(draw(kite()), "adjoint")) == {"–"}
    assert texts(draw(kite(), adjoints={"l": 1, "x": 0}), "adjoint") == ["0", "–", "–", "–", "1"]


def test_a_blank_graph_shows_no_numbers():
    picture = draw(example())
    assert not texts(picture, "value") + texts(picture, "adjoint") + texts(picture, "partial")
    assert texts(picture, "op") == ["+", "+ 1", "×"]


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:20])
def test_a_label_is_data(name):
    g = Graph()
    v = g.input(name)
    g.loss(v * 2 if name == "l" else (v * 2).named("out"))
    picture = draw(g.linearize(**{name: 1.0}))
    ElementTree.fromstring(picture.svg)  # well-formed
    assert "<script" not in picture.svg + picture.html
    assert len(picture.svg) < 40_000
    picture.html.encode()


def test_a_path_is_lit():
    picture = draw(kite(), path=("x", "h", "q", "l"))
    lit = [
        g for g in ElementTree.fromstring(picture.svg).iter(f"{SVG}g") if "lit" in g.get("class")
    ]
    assert len([g for g in lit if g.get("data-edge")]) == 3
    assert picture.alt.endswith("Lit: x → h, h → q and q → ℓ.")


@pytest.mark.parametrize("lin", [kite(), ladder(3), layered([4, 4, 4]), chain(60)])
def test_vertices_and_partials_do_not_lie_over_one_another(lin):
    place = {v: i for i, v in enumerate(lin.vertices)}
    found = layout(len(place), tuple((place[t], place[h]) for t, h in lin.edges))
    points = found.vertices
    for i, (x, y) in enumerate(points):
        assert all(abs(x - u) >= 54 or abs(y - v) >= 84 for u, v in points[:i])
        assert 0 <= x <= found.width
        assert 0 <= y <= found.height


def test_500_vertices_are_laid_out():
    assert len(layout(501, tuple((i, i + 1) for i in range(500)), small=True).vertices) == 501


def test_a_system_dot_is_used_only_when_asked_for(monkeypatch):
    dot = digraph(2, ((0, 1),))
    assert b"<svg" in dot.pipe("svg")
    monkeypatch.setenv("COURSEKIT_DOT", "/no/such/dot")
    with pytest.raises(Exception, match="/no/such/dot"):
        dot.pipe("svg")


def test_an_unsupported_format_is_refused_before_it_breaks_the_engine(tmp_path):
    with pytest.raises(CommandError, match="svg and json, not pdf"):
        digraph(1, ()).pipe("pdf")
    path = digraph(1, ()).render(str(tmp_path / "x"), format="svg")
    assert Path(path).read_bytes().startswith(b"<?xml")


@given(st.floats(-1e300, 1e300))
def test_a_written_number_is_near_the_number(x):
    text = number(x).replace("−", "-")
    assert float(text) == pytest.approx(x, rel=0.06, abs=0.00051)
    assert "–" not in text
    assert text != "-0"


def test_names_sink_their_digits():
    assert [label(n) for n in ("x0", "v1,2", "x_y", "2", "a b")] == [
        "x₀",
        "v₁,₂",
        "x_y",
        "2",
        "a b",
    ]
    assert label("l", loss=True) == "ℓ"


def test_an_isolated_vertex_and_an_empty_graph_can_be_drawn():
    assert draw(Graph()).alt == "Computational graph with 0 vertices and 0 edges."
    lin = linearization({("a", "l"): 1}, loss="l", vertices=["alone"])
    assert draw(lin).svg.count("<circle") == 3
