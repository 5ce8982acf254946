"""Slide figures: every format and theme, embedded fonts, selectable text, reproducible bytes."""

import re
from functools import cache
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

import coursekit
from coursekit import GraphError, figures
from coursekit.cli import app
from coursekit.figures import all_figures, lesson_figures
from coursekit.lessons.figures import plots
from coursekit.render.files import FORMATS, Look
from coursekit.render.gallery import latex
from coursekit.render.palette import THEMES
from coursekit.render.sources import render

FIGURES = list(all_figures().values())
FRAMED = [figure for figure in FIGURES if figure.frames > 1]
MOSTLY_SLOW = [  # `make test` draws one figure per lesson, `make more` all of them
    figure
    if figure is lesson_figures(figure.name[:2])[0]
    else pytest.param(figure, marks=pytest.mark.slow)
    for figure in FIGURES
]


def rendered(figure, form, theme, frame):
    return render([figure.pictures()[frame - 1].source], form, Look(theme))


cached_figure = cache(rendered)  # each file is drawn once for all tests


@pytest.mark.parametrize("figure", MOSTLY_SLOW, ids=lambda f: f.name)
def test_a_figure_has_the_same_bytes_on_every_run(figure):
    for form in FORMATS:
        assert rendered(figure, form, "light", 1) == cached_figure(figure, form, "light", 1)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.name)
def test_light_and_dark_differ_and_each_has_alt_text(figure):
    assert cached_figure(figure, "svg", "light", 1) != cached_figure(figure, "svg", "dark", 1)
    assert len(figure.alt) > 40


@pytest.mark.parametrize("figure", MOSTLY_SLOW, ids=lambda f: f.name)
def test_fonts_are_embedded_and_text_is_text(figure):
    pdf = cached_figure(figure, "pdf", "light", 1)
    fonts = len(re.findall(rb"/Type /Font\b", pdf))
    assert fonts
    assert pdf.count(b"/FontFile2")
    assert b"/Type3" not in pdf
    svg = ElementTree.fromstring(cached_figure(figure, "svg", "light", 1))
    assert list(svg.iter("{http://www.w3.org/2000/svg}text"))


@pytest.mark.parametrize("figure", FRAMED, ids=lambda f: f.name)
def test_frames_are_steps_of_one_picture(figure):
    frames = [cached_figure(figure, "png", "light", k) for k in range(1, figure.frames + 1)]
    assert len(set(frames)) == figure.frames


def names_of(lesson, themes, forms):
    """Return the names of the files that the command writes for a lesson."""
    stems = [
        f"{figure.name}{f'-{k:02}' if figure.frames > 1 else ''}"
        for figure in lesson_figures(lesson) for k in range(1, figure.frames + 1)
    ]  # fmt: skip
    return {f"{s}-{theme}.{form}" for s in stems for theme in themes for form in forms}


@pytest.mark.parametrize(
    ("arguments", "themes", "forms"),
    [
        ("03", THEMES, FORMATS),
        ("--lesson 3 --theme dark --form pdf --bare", ["dark"], ["pdf"]),
        ("03 --form png --form svg --form png", THEMES, ["png", "svg"]),
    ],
)
def test_the_command_writes_every_figure_and_a_page(arguments, themes, forms, tmp_path):
    out = tmp_path / "out"
    run = CliRunner().invoke(app, ["figures", *arguments.split(), "--out", str(out)])
    assert run.exit_code == 0
    names = {path.name for path in out.iterdir()}
    assert names == names_of("03", themes, forms) | {"index.html"}
    links = re.findall(r'<a href="([^#"]*)"', (out / "index.html").read_text())
    assert sorted(links) == sorted(names - {"index.html"})


def test_all_is_every_lesson():
    assert lesson_figures("all") == FIGURES


def test_bare_figures_have_no_titles(tmp_path):
    paths = figures.write_figures("07", tmp_path, themes=["light"], forms=["svg"], bare=True)
    texts = [path.read_text() for path in paths]
    assert not any("softplus</text>" in text or "out(" in text for text in texts)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("99", "lesson '99' has no figures: choose from 01, 02, 03, 04, 05, 06, 07, all"),
        ("03 --theme drak", "unknown theme 'drak' (did you mean 'dark'?)"),
        ("03 --theme light --theme x", "unknown theme 'x': choose light or dark"),
        ("03 --form pdf --form jpg", "unknown format 'jpg': choose from svg, pdf, png"),
        ("03 --lesson 04", "choose one lesson: 03 or --lesson 04"),
    ],
)
def test_a_wrong_choice_is_refused_before_anything_is_written(
    arguments, sentence, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke(app, ["figures", *arguments.split()])
    assert run.exit_code == 2
    assert run.stderr == f"coursekit: {sentence}\n"
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_figure_is_refused():
    with pytest.raises(GraphError, match="there is no figure '05-bil'"):
        coursekit.figure("05-bil")


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("05-sweep", {"unknown": 3}, "the figure '05-sweep' takes lin, not unknown"),
        ("05-paths", {"a": 1, "b": 2}, "the figure '05-paths' takes lin and v, not a and b"),
        ("07-pairs", {"frame": 3}, "the figure '07-pairs' takes no data, not frame"),
        (
            "05-sweep",
            {"lin": 3},
            "a linearization is needed, for example g.linearize(x=1.0), not 3",
        ),
    ],
)
def test_unknown_data_is_refused_with_the_names_of_what_a_figure_takes(name, data, sentence):
    with pytest.raises(GraphError) as error:
        coursekit.figure(name, **data)
    assert str(error.value) == sentence


def inks(figure, frame):
    """Return the coloured terms of a frame's title."""
    [title] = [
        text for text in figure.pictures()[frame - 1].source.scene(Look()).texts()
        if text.part == "title"
    ]  # fmt: skip
    terms = {}
    for span in title.spans:
        terms[span.ink] = terms.get(span.ink, "") + span.text
    return terms


def test_a_formula_has_the_colours_of_its_picture():
    figures = all_figures()
    sweep, values, out = inks(figures["05-sweep"], 1), figures["02-linearized"], figures["06-out"]
    assert sweep["adjoint"] == "∂ℓ/∂v∂ℓ/∂u"
    assert sweep["soft"] == "∂u/∂v"
    assert inks(values, 2)["value"] == "21"
    assert inks(values, 3)["soft"] == "∂u/∂v"
    assert inks(out, 1)["value"] + inks(out, 2)["value"] == "aiwji"
    assert inks(figures["03-fan"], 3)["adjoint"] == "235"
    assert inks(figures["05-paths"], 1)["soft"] == "6 · 2 · 1"


def test_the_series_of_a_plot_are_compared_over_one_range():
    figure = Figure()
    axes = figure.subplots()
    plots.bill(axes)
    extended, sweep = (max(line.get_xdata()) for line in axes.lines[1:])
    assert extended == sweep == 30


def test_numbers_of_edges_are_plain():
    figure = Figure()
    axes = figure.subplots()
    plots.cost(axes)
    labels = [text.get_text() for text in axes.get_xticklabels(which="both")]
    assert labels == ["4", "8", "16", "24", "32", "40"]


def test_the_latex_of_frames_finds_every_file():
    assert latex("a", 6, "figures", "light", "pdf").count(r"a-0\k-light.pdf") == 1
    assert r"a-\ifnum\k<10 0\fi\k-dark.png" in latex("a", 12, "figures", "dark", "png")


def test_another_course_registers_its_own_figures(tmp_path, monkeypatch):
    package = tmp_path / "optics"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "lesson21.py").write_text(
        "from coursekit.figures import register\n"
        "@register('21-lens')\n"
        "def lens(axes):\n"
        "    '''A line.'''\n"
        "    axes.plot([0, 1], [0, 1])\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(figures, "PACKAGES", ["optics"])
    monkeypatch.setattr(figures, "_FIGURES", {})
    assert [figure.name for figure in lesson_figures("21")] == ["21-lens"]
    assert coursekit.figure("21-lens").alt == "A line."
