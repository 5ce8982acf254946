"""Saved pictures: the same scene in every format, plain SVG, alt text inside, refused options."""

import re
import warnings
from itertools import product
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit import Graph, GraphError, backprop, draw, sum, tanh
from coursekit.examples import chain, example, kite, layered
from coursekit.figures import all_figures
from coursekit.render.drawing import scene_of
from coursekit.render.files import MAX_SIDE, Look
from coursekit.render.palette import THEMES, contrast
from coursekit.render.scene import MARGIN
from coursekit.render.sources import render
from coursekit.render.styles import css

SVG = "{http://www.w3.org/2000/svg}"


def svg_of(picture, **options):
    return ElementTree.fromstring(picture.source.svg(Look(**options)))


@pytest.mark.parametrize("theme", THEMES)
def test_the_highlight_stands_out_from_paper_edges_and_adjoints(theme):
    palette = THEMES[theme]
    for other in ("paper", "rule", "adjoint"):
        assert contrast(palette["lit"], palette[other]) >= 3
    for text in ("ink", "soft", "value", "adjoint", "bad", "good"):
        assert contrast(palette[text], palette["paper"]) >= 4.5
    assert contrast(palette["rule"], palette["paper"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_an_svg_has_plain_attributes_in_the_colours_of_its_theme(theme):
    lin = example().linearize(a=2.0, b=1.0)
    picture = draw(
        lin,
        adjoints=backprop(lin),
        path=lin.vertices[1::2] + lin.vertices[4:],
        wrong=lin.vertices[0],
    )
    text = picture.source.svg(Look(theme)).decode()
    assert not re.search(r"var\(|<style|class=| style=|color-mix|paint-order", text)
    inks = set(re.findall(r'(?:fill|stroke)="([^"]*)"', text)) - {"none"}
    assert inks <= set(THEMES[theme].values())
    assert len(inks) >= 7


def test_the_style_sheet_of_views_has_the_colours_of_files():
    for name, colour in THEMES["light"].items():
        assert re.search(rf"--{name}: [^;]*{colour}", css())


@pytest.mark.parametrize("form", ["svg", "pdf", "png"])
def test_every_file_contains_its_alt_text(form, tmp_path):
    picture = draw(kite(), adjoints={"l": 1, "q": 1})
    picture.save(tmp_path / f"kite.{form}")
    content = (tmp_path / f"kite.{form}").read_bytes()
    if form == "pdf":
        assert b"/Title <" in content or b"/Title (" in content
    else:
        words = "Computational graph of ℓ with 5 vertices and 5 edges, from x. ∂ℓ/∂q = 1"
        assert words.encode() in content


def test_a_frame_says_what_it_shows():
    alts = [picture.alt for picture in all_figures()["05-sweep"].pictures()]
    assert len(set(alts)) == 6
    assert "∂ℓ/∂h = 2" in alts[3]
    assert "∂ℓ/∂h = 5" in alts[4]
    assert "∂ℓ/∂x" not in alts[4]


@pytest.mark.parametrize("name", ["02-linearized", "03-fan", "05-sweep", "06-out"])
def test_frames_of_a_figure_have_one_page_and_one_radius(name):
    pictures = all_figures()[name].pictures()
    roots = [svg_of(picture) for picture in pictures]
    assert len({(root.get("width"), root.get("height")) for root in roots}) == 1
    assert len({c.get("r") for root in roots for c in root.iter(f"{SVG}circle")}) == 1
    if name != "06-out":  # its frames show two graphs
        assert len({tuple(c.get("cx") for c in root.iter(f"{SVG}circle")) for root in roots}) == 1


def test_every_figure_also_exists_without_its_title():
    picture = all_figures()["05-sweep"].pictures()[0]
    heights = [float(svg_of(picture, title=title).get("height")) for title in (None, "")]
    assert heights[0] > heights[1]
    assert "Σ" not in "".join(svg_of(picture, title="").itertext())


@pytest.mark.parametrize(("n", "form"), list(product((3, 12, 30, 100), ("pdf", "svg"))))
def test_a_page_is_as_large_as_its_graph(n, form):
    lin = chain(n)
    content = render([draw(lin).source], form, Look())
    pattern = rb"/MediaBox \[ 0 0 ([\d.]+)" if form == "pdf" else rb'width="([\d.]+)"'
    assert float(re.search(pattern, content)[1]) > 60 * n


def test_margins_are_a_twentieth_of_each_side():
    scene = draw(kite()).source.scene(Look())
    left, top, right, bottom = scene.frame
    xs, ys = zip(
        *[(c.x, c.y) for g in scene.groups for c in g.shapes if hasattr(c, "r")], strict=True
    )
    assert min(xs) - left > MARGIN * (right - left)
    assert right - max(xs) > MARGIN * (right - left)
    assert min(ys) - top > MARGIN * (bottom - top)
    assert bottom - max(ys) > MARGIN * (bottom - top)


@given(
    st.sampled_from(["12cm", "5in", "80 mm", "200pt", "640px", 640, 33.5]),
    st.sampled_from([0.5, 1, 3]),
)
def test_a_width_is_a_length_or_a_number_and_scale_multiplies_it(width, scale):
    root = svg_of(draw(kite()), width=width, scale=scale)
    inches = {"12cm": 12 / 2.54, "5in": 5, "80 mm": 8 / 2.54, "200pt": 200 / 72, "640px": 640 / 96}
    expected = 96 * inches[width] if isinstance(width, str) else width
    assert float(root.get("width")) == pytest.approx(scale * expected, abs=0.06)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"theme": "drak"}, "unknown theme 'drak' (did you mean 'dark'?)"),
        ({"width": "wide"}, "width='wide': pass a length such as '12cm', or a positive number"),
        ({"width": -3}, "width=-3: pass a length"),
        ({"width": "0cm"}, "width='0cm': pass a length"),
        ({"width": True}, "width=True: pass a length"),
        ({"scale": 0}, "scale=0: pass a positive number"),
        ({"scale": float("inf")}, "scale=inf: pass a positive number"),
        ({"scale": 1e6}, f"and the limit is {MAX_SIDE:,}"),
        ({"ground": "red"}, "ground='red': pass a colour such as '#ffffff', or None for none"),
    ],
)  # fmt: skip
def test_an_impossible_look_is_refused_and_nothing_is_written(options, sentence, tmp_path):
    with pytest.raises(GraphError) as error:
        draw(kite()).save(tmp_path / "kite.png", **options)
    assert sentence in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_ground_is_the_papers_or_a_colour_or_none():
    picture = draw(kite())
    grounds = [svg_of(picture, ground=ground)[1].get("fill") for ground in ("paper", "#000", None)]
    assert grounds[:2] == ["#ffffff", "#000"]
    assert svg_of(picture, ground=None)[1].tag != f"{SVG}rect"


def test_save_warns_where_the_last_row_could_not_read(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(kite()).save(tmp_path / "kite.svg")
    with pytest.warns(
        UserWarning, match=r"^chain\.svg: on a slide, its smallest type \(.*\) has 0\."
    ):
        draw(chain(40)).save(tmp_path / "chain.svg")


def test_a_vector_is_not_a_number():
    g = Graph()
    x, w = g.input("x"), g.parameter("w")
    g.loss(sum(tanh(w * x)))
    picture = draw(g.linearize(x=[1.0, 2.0], w=[3.0, 4.0]))
    assert "x = (2)" in picture.alt


def test_partials_that_nobody_could_read_are_left_out_and_said():
    picture = draw(layered([32, 32, 32]))
    assert re.search(r"\d+ partials of 2,080 left out: nobody could read them", picture.svg)
    assert "left out" not in draw(layered([3, 3])).svg


def test_a_live_picture_and_a_file_have_the_same_shapes():
    diagram = draw(kite()).source.diagram
    kinds = [group.kind for group in scene_of(diagram).groups]
    assert kinds == ["edge"] * 5 + ["vertex"] * 5 + ["label"] * 5


def test_a_formula_in_a_file_begins_at_a_place_and_keeps_its_spaces():
    root = svg_of(all_figures()["05-sweep"].pictures()[0])
    [formula] = [text for text in root.iter(f"{SVG}text") if len(text) > 2]
    assert formula.get("text-anchor") is None  # LibreOffice would centre each span alone
    assert formula.get("{http://www.w3.org/XML/1998/namespace}space") == "preserve"
    assert "".join(formula.itertext()) == "∂ℓ/∂v = Σu ∈ out(v) ∂ℓ/∂u · ∂u/∂v"
