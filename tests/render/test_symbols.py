"""Pictures of formulas: alone, beside their numbers, typeset, and in every format."""

import re

import pytest

from coursekit import (
    Graph,
    GraphError,
    animate,
    backprop,
    draw,
    explore,
    linearization,
    sigmoid,
    steps,
)
from coursekit.algorithms.expressions import Expression
from coursekit.examples import example, kite
from coursekit.recording import Recorder
from coursekit.render.entries import ROOM, Equation, entry_spans, fitted_entry
from coursekit.render.symbols import SHOWN
from coursekit.render.text import label
from coursekit.typeset.spans import plain_spans, width


def texts(picture):
    """Return the texts of an SVG file, without styles."""
    parts = re.findall(r"<text[^>]*>(.*?)</text>", picture.svg)
    return [re.sub(r"<[^>]*>", "", part) for part in parts]


def layer():
    """Return σ(w x + b), with names in LaTeX."""
    g = Graph()
    x, w = g.input("x", tex="x_i"), g.parameter("w", tex=r"\mathbf{W}_{ji}")
    z = (w * x + g.parameter("b")).named("z", tex=r"z_j^{(l)}")
    g.loss(sigmoid(z))
    return g


def test_a_symbolic_linearization_is_drawn_with_its_formulas():
    g = example()
    lin = g.symbolic()
    picture = draw(lin, adjoints=backprop(lin))
    assert {"a + b", "b + 1", "c·d", "d + c"} <= set(texts(picture))
    assert "ℓ = c·d. ∂ℓ/∂a = d and ∂ℓ/∂b = d + c." in picture.alt
    assert str(picture).splitlines()[2] == "b                 ∂ℓ/∂b = d + c"
    assert draw(g, show="symbols").svg == draw(lin).svg == draw(lin, show="symbols").svg


def test_formulas_stand_beside_the_numbers_or_in_their_place():
    g = example()
    lin = g.linearize(a=2.0, b=1.0)
    adjoints = backprop(lin)
    both = draw(lin, adjoints=adjoints, show="both")
    assert {"a + b = 3", "d = 2", "c = 3", "d + c = 5", "c·d = 6", "1", "2"} <= set(texts(both))
    assert "At a = 2 and b = 1: ℓ = c·d = 6." in both.alt
    symbols = draw(lin, adjoints=adjoints, show="symbols")
    assert symbols.svg == draw(g.symbolic(), adjoints=backprop(g.symbolic())).svg
    assert draw(lin, adjoints=adjoints, show="numbers").svg == draw(lin, adjoints=adjoints).svg


def test_a_number_that_is_not_the_adjoint_has_no_formula():
    g = example()
    a, b, *_ = g.vertices
    picture = draw(g.linearize(a=2.0, b=1.0), adjoints={a: 2.0, b: 3.0}, show="both")
    assert "∂ℓ/∂a = d = 2 and ∂ℓ/∂b = 3." in picture.alt


def test_options_apply_to_formulas():
    g = example()
    a, b, *_ = g.vertices
    lin = g.linearize(a=2.0, b=1.0)
    known = draw(lin, values={a: 2.0, b: 1.0}, show="both")
    assert {"2", "1", "d = 2"} <= set(texts(known))
    assert "c·d = 6" not in texts(known)
    upward = draw(lin, show="both", upward=True, weights=True, hide={"values"})
    assert "d = 2" in texts(upward)
    assert "a + b = 3" not in texts(upward)


def test_names_in_latex_are_typeset_in_every_part_of_a_picture():
    g = layer()
    _, w, *_ = g.vertices
    lin = g.symbolic()
    picture = draw(lin, adjoints={w: backprop(lin)[w]})
    assert "from xᵢ, Wⱼᵢ and b." in picture.alt
    assert "v₃ = Wⱼᵢ × xᵢ" in str(picture)
    assert {"xi", "Wji", "zj(l)", "Wji·xi"} <= set(texts(picture))
    assert re.search(r'font-weight="(bold|700)"[^>]*>W<', picture.svg)
    assert g.linearize(x=1.0, w=2.0, b=0.5).values[w] == 2  # the name in Python stays


def test_formulas_by_hand_and_of_other_libraries_are_drawn():
    x = Expression.of("x")
    lin = linearization({("x", "h"): 2 * x, ("h", "l"): 3 + 1j}, loss="l")
    assert {"2x", "(3+1j)"} <= set(texts(draw(lin)))


def test_formulas_of_all_formats_are_the_same(tmp_path):
    lin = example().symbolic()
    for form in ("svg", "pdf", "png"):
        draw(lin).save(tmp_path / f"x.{form}")
        assert (tmp_path / f"x.{form}").stat().st_size > 1000


LONG = sum((Expression.of(name) for name in "abcdefghijklmnopqrst"), Expression.constant(0))


@pytest.mark.parametrize("part", ROOM)
@pytest.mark.parametrize("entry", [LONG, Equation(LONG, -0.123), Expression.of("x"), 2.0, None])
def test_an_entry_fits_and_keeps_its_number(part, entry):
    parts, size = fitted_entry(entry, part)
    assert width(parts) * size <= ROOM[part] + 1
    if isinstance(entry, Equation):
        assert plain_spans(parts).endswith("… = −0.123")


def test_wide_formulas_get_room_and_pictures_of_numbers_are_unchanged():
    g = layer()
    lin = g.linearize(x=1.0, w=2.0, b=0.5)
    adjoints = backprop(lin)

    numbers, both = (
        float(
            re.search(r'viewBox="[^ ]+ [^ ]+ ([^ ]+)', draw(lin, adjoints=adjoints, show=s).svg)[1]
        )
        for s in ("numbers", "both")
    )
    assert both > 1.3 * numbers


def test_variables_are_italic_in_formulas():
    spans = entry_spans(Expression.of("x") * 2 + 1)
    assert [(span.text, span.italic) for span in spans] == [
        ("2", False), ("x", True), (" + 1", False)
    ]  # fmt: skip


def test_a_label_is_plain_in_sentences_and_knows_its_latex():
    name = label(r"\mathbf{W}_{ji}")
    assert (name, name.tex) == ("Wⱼᵢ", r"\mathbf{W}_{ji}")


def test_a_film_of_formulas_has_one_layout_and_is_typeset_in_latex(tmp_path):
    film = steps(backprop, layer().symbolic())
    boxes = {re.search(r'viewBox="[^"]*"', frame.svg)[0] for frame in film.frames}
    assert len(boxes) == 1
    film.save(tmp_path / "film.tex")
    source = (tmp_path / "film.tex").read_text(encoding="utf-8")
    assert r"{$\sigma(z_{j}^{(l)})(1-\sigma(z_{j}^{(l)}))\cdot \mathbf{W}_{ji}$}" in source
    assert "visiblespace" not in source


def test_an_algorithm_on_formulas_can_be_recorded():
    g = example()
    recorder = Recorder("backprop", g.symbolic()).run(backprop)
    assert "∂ℓ/∂d = c is read" in "\n".join(step.text for step in recorder.steps)
    assert [str(x) for x in recorder.steps[-1].below] == ["d", "d + c", "d", "c", "1"]
    assert recorder.ending == "returns a d, b d + c, c d, d c, ℓ 1"


G = example()
REFUSED = {
    "unknown": (lambda: draw(G, show="formulas"), "show = 'formulas' is unknown: use 'numbers'"),
    "numbers": (lambda: draw(G.symbolic(), show="both"), "g.symbolic() has no numbers"),
    "blank": (lambda: draw(G, show="both"), "show='both' needs numbers: draw g.linearize"),
    "strings": (lambda: draw(kite(), show="symbols"), "needs the operations of a graph"),
    "arrays": (lambda: draw(G.linearize(a=[1.0], b=1.0), show="both"), "no formulas of arrays"),
    "explore": (lambda: explore(G.symbolic()), "a view computes with numbers"),
    "animate": (lambda: animate(backprop, G.symbolic()), "a view computes with numbers"),
    "tex": (lambda: Graph().input("x", tex=3), "tex must be a string such as"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_shown_is_refused_in_one_sentence(case):
    f, message = REFUSED[case]
    with pytest.raises(GraphError, match=re.escape(message)):
        f()


def test_every_way_to_show_is_documented():
    assert all(f'"{way}"' in draw.__doc__ for way in SHOWN)
