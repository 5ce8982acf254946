"""Figures for slides: all forms and themes, fonts embedded, text as text, the same bytes again."""

import re
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from coursekit import GraphError, figure
from coursekit.cli import app
from coursekit.figures import FORMATS, THEMES, all_figures, lesson_figures, render_figure

FIGURES = list(all_figures().values())
FRAMED = [figure for figure in FIGURES if figure.frames > 1]


@pytest.mark.parametrize("found", FIGURES, ids=lambda f: f.name)
def test_the_same_bytes_again(found):
    for form in FORMATS:
        assert render_figure(found, form, "light", 1) == render_figure(found, form, "light", 1)


@pytest.mark.parametrize("found", FIGURES, ids=lambda f: f.name)
def test_light_and_dark_differ_and_each_has_alt_text(found):
    assert render_figure(found, "svg", "light", 1) != render_figure(found, "svg", "dark", 1)
    assert len(found.alt) > 40


@pytest.mark.parametrize("found", FIGURES, ids=lambda f: f.name)
def test_fonts_are_embedded_and_text_is_text(found):
    pdf = render_figure(found, "pdf", "light", 1)
    fonts = len(re.findall(rb"/Type /Font\b", pdf))
    assert fonts
    assert pdf.count(b"/FontFile2")
    assert b"/Type3" not in pdf
    svg = ElementTree.fromstring(render_figure(found, "svg", "light", 1))
    assert list(svg.iter("{http://www.w3.org/2000/svg}text"))


@pytest.mark.parametrize("found", FRAMED, ids=lambda f: f.name)
def test_frames_are_steps_of_one_picture(found):
    frames = [render_figure(found, "png", "light", k) for k in range(1, found.frames + 1)]
    assert len(set(frames)) == found.frames


def test_the_command_writes_every_figure(tmp_path):
    run = CliRunner().invoke(app, ["figures", "--lesson", "05", "--out", str(tmp_path / "out")])
    assert run.exit_code == 0
    expected = {
        f"{found.name}{f'-{k:02}' if found.frames > 1 else ''}-{theme}.{form}"
        for found in lesson_figures("05") for k in range(1, found.frames + 1)
        for theme in THEMES for form in FORMATS
    }  # fmt: skip
    assert {path.name for path in (tmp_path / "out").iterdir()} == expected


def test_an_unknown_figure_or_lesson_is_one_sentence():
    with pytest.raises(GraphError, match="there is no figure '05-bil'"):
        figure("05-bil")
    assert CliRunner().invoke(app, ["figures", "--lesson", "99"]).exit_code == 2
