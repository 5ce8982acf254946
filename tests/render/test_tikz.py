"""TikZ: balanced, with an overlay for each frame, styles to redefine, nodes to draw over."""

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit import Graph, GraphError, backprop, draw, figure, linearization, steps
from coursekit.examples import chain, example, kite, layered
from coursekit.figures import write_figures
from coursekit.networks import network
from tests.support import ROOT

# a picture with long names is too small for a slide, and `save` says so
pytestmark = pytest.mark.filterwarnings("ignore:.*on a slide:UserWarning")
NAMES = ["x_{ji}", "z_j^{(l)}", "a_b%", "$", "}{", "\\", "\\input{x}", "#1", "&", "~^", "two words"]
DECK = r"""\documentclass[aspectratio=169]{beamer}
\usepackage{tikz,amsmath,amssymb}
\usetikzlibrary{arrows.meta}
\begin{document}
%s
\end{document}
"""


def tex(picture, path, **options):
    picture.save(path, **options)
    return path.read_text(encoding="utf-8")


def compiled(folder, body):
    """Return the number of pages that pdflatex makes of these frames."""
    deck = body if body.startswith(r"\documentclass") else DECK % body
    (folder / "deck.tex").write_text(deck, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "deck.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-1500:]
    return int(re.search(r"\((\d+) pages?,", run.stdout)[1])


def test_each_read_is_an_overlay_and_what_never_changes_is_none(tmp_path):
    text = tex(steps(backprop, kite()), tmp_path / "sweep.tex")
    assert re.search(r"\\only<6>\{\\node\[coursekit/adjoint\] at \(27,[\d.]+\) \{\$30\$\};\}", text)
    assert text.count(r"\draw[coursekit/edge]") == 5
    assert len(re.findall(r"\\only<\d>\{\\draw\[coursekit/edge, coursekit/lit edge\]", text)) == 5
    names = re.findall(r"^\\node\[coursekit/name\] at \(.*?\) \{\$(.*?)\$\};", text, re.M)
    assert names == ["x", "h", "p", "q", r"\ell"]


def test_braces_are_balanced_whatever_the_names_are(tmp_path):
    lin = linearization(dict.fromkeys(zip(NAMES, [*NAMES[1:], "l"], strict=True), 1.5), loss="l")
    text = re.sub(r"\\[\\{}%#&$]", "", tex(draw(lin), tmp_path / "hostile.tex"))
    assert text.count("{") == text.count("}")
    assert r"\input" not in text


@given(st.text(min_size=1, max_size=12))
def test_a_name_never_leaves_its_braces(tmp_path_factory, name):
    g = Graph()
    g.loss((g.input("x") * 2).named(name) + 1)
    path = tmp_path_factory.mktemp("tex") / "name.tex"
    text = re.sub(r"\\[\\{}]", "", tex(draw(g), path))
    depth = 0
    for c in re.sub(r"(?m)^%.*$", "", text):
        depth += (c == "{") - (c == "}")
        assert depth >= 0
    assert depth == 0


def test_a_plot_is_refused(tmp_path):
    with pytest.raises(GraphError, match=r"TikZ draws graphs only: save a plot as \.svg"):
        figure("05-bill").save(tmp_path / "bill.tex")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_pdflatex_compiles_every_kind_of_picture(tmp_path):
    assert shutil.which("pdflatex"), "scripts/setup.sh more installs TeX"
    lin = example().linearize(a=2.0, b=1.0)
    hostile = dict.fromkeys(zip(NAMES, [*NAMES[1:], "l"], strict=True), -1.5e-07)
    point = {"X": [[1.0, 2.0, 3.0]] * 4, "Y": [0, 1, 0, 1], "W1": [[0.0] * 3] * 2, "b1": [0.0] * 2}
    pictures = {
        "sweep": steps(backprop, kite()),
        "figure": figure("03-fan"),
        "all": draw(lin, adjoints=backprop(lin), wrong=lin.vertices[0], out=lin.vertices[1]),
        "hostile": draw(linearization(hostile, loss="l")),
        "arrays": draw(network(1).linearize(**point)),
        "dots": draw(layered([8, 8, 8, 8])),
        "folded": draw(chain(700)),
    }
    frames = []
    for name, picture in pictures.items():
        picture.save(tmp_path / f"{name}.tex", theme="light", width="11cm")
        frames.append(rf"\begin{{frame}}{{{name}}}\centering\input{{{name}}}\end{{frame}}")
    frames[2] = frames[2].replace(
        r"\end{frame}", r"\tikz[overlay] \draw (0,0) -- (1,1);\end{frame}"
    )
    assert compiled(tmp_path, "\n".join(frames)) == 6 + 3 + 5


@pytest.mark.slow
def test_a_document_keeps_styles_and_colours_of_its_own(tmp_path):
    steps(backprop, kite()).save(tmp_path / "sweep.tex")
    own = r"\definecolor{cklit}{HTML}{00FF00}\tikzset{coursekit/value/.style={text=red}}"
    use = (
        r"\begin{frame}\input{sweep}\extractcolorspec{cklit}{\found}\message{IS \found}\end{frame}"
    )
    assert compiled(tmp_path, own + use) == 6
    assert "IS {rgb}{0,1,0}" in (tmp_path / "deck.log").read_text(encoding="latin-1")


@pytest.mark.slow
def test_the_recipes_of_the_page_for_lecturers_compile_as_printed(tmp_path, monkeypatch):
    page = (ROOT / "docs" / "lecturers.md").read_text(encoding="utf-8")
    film = next(code for code in blocks(page, "python") if "steps(" in code)
    monkeypatch.chdir(tmp_path)
    exec(film, {"backprop": backprop})
    write_figures("05", tmp_path / "figures", themes=["light"], forms=["pdf"])
    decks = blocks(page, "latex")
    assert len(decks) == 2
    for deck in decks:
        assert compiled(tmp_path, deck) == 6


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
