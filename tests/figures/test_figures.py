"""Slide figures: every format and theme, embedded fonts, selectable text, reproducible bytes."""

import re
from functools import cache
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

import coursekit
from coursekit import GraphError, figures
from coursekit.cli import app
from coursekit.figures import FORMATS, THEMES, all_figures, lesson_figures
from coursekit.render.files import Look

FIGURES = list(all_figures().values())
FRAMED = [figure for figure in FIGURES if figure.frames > 1]
MOSTLY_SLOW = [  # `make test` draws one figure per lesson, `make more` all of them
    figure
    if figure is lesson_figures(figure.name[:2])[0]
    else pytest.param(figure, marks=pytest.mark.slow)
    for figure in FIGURES
]


def rendered(figure, form, theme, frame):
    return figure.pictures()[frame - 1].source.render(form, Look(theme))


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


def test_the_command_writes_every_figure(tmp_path):
    run = CliRunner().invoke(app, ["figures", "--lesson", "03", "--out", str(tmp_path / "out")])
    assert run.exit_code == 0
    expected = {
        f"{figure.name}{f'-{k:02}' if figure.frames > 1 else ''}-{theme}.{form}"
        for figure in lesson_figures("03") for k in range(1, figure.frames + 1)
        for theme in THEMES for form in FORMATS
    }  # fmt: skip
    assert {path.name for path in (tmp_path / "out").iterdir()} == expected


def test_an_unknown_figure_or_lesson_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    with pytest.raises(GraphError, match="there is no figure '05-bil'"):
        coursekit.figure("05-bil")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["figures", "--lesson", "99"]).exit_code == 2
    assert list(tmp_path.iterdir()) == []


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
