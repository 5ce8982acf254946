"""Films of any algorithm: a page, a fragment, an image or a moment for each of its reads."""

import io
import re
import subprocess
from functools import partial
from xml.etree import ElementTree

import pytest
from PIL import Image

from coursekit import GraphError, animate, backprop, figure, path_sum, steps, topological_order
from coursekit.examples import example, kite, ladder
from coursekit.networks import network

SVG = "{http://www.w3.org/2000/svg}"


def saved(film, path, **options):
    film.save(path, **options)
    return path.read_bytes()


def mine(lin):
    total = {lin.loss: 1.0}
    for v, u in reversed(lin.edges):
        total[v] = total.get(v, 0.0) + total[u] * lin.partials[v, u]
    return total


@pytest.mark.parametrize(
    ("film", "frames"),
    [
        (steps(backprop, kite()), 6),
        (steps(path_sum, kite(), "x"), 7),
        (steps(partial(path_sum, w="x"), kite()), 7),
        (steps(topological_order, kite()), 11),
        (steps(mine, example().linearize(a=2.0, b=1.0)), 6),
        (figure("05-sweep"), 6),
        (figure("05-sweep", lin=ladder(2)), 9),
    ],
    ids=["backprop", "path_sum", "partial", "order", "own", "figure", "figure of mine"],
)
def test_a_film_has_a_page_and_a_fragment_for_each_read(film, frames, tmp_path):
    assert len(film.frames) == frames
    assert len({frame.alt for frame in film.frames}) == frames
    pdf = saved(film, tmp_path / "film.pdf")
    assert len(re.findall(rb"/Type /Page\b", pdf)) == frames
    assert b"/Type3" not in pdf
    root = ElementTree.fromstring(saved(film, tmp_path / "film.svg"))
    fragments = [g for g in root if g.get("class") == "fragment"]
    assert [g.get("data-fragment-index") for g in fragments] == list(map(str, range(frames - 1)))
    sizes = {(svg.get("width"), svg.get("height")) for g in root for svg in g.iter(f"{SVG}svg")}
    assert len(sizes) == 1


def test_each_frame_says_what_it_shows():
    film = steps(backprop, kite())
    assert film.texts[0] == "Nothing has been read yet."
    assert film.frames[3].alt.startswith("Step 4 of 6. ∂p/∂h = 2 is read. Computational graph")
    assert "∂ℓ/∂h = 2" in film.frames[3].alt
    assert film.html.count("<img") == 6


def test_a_png_becomes_a_numbered_file_for_each_frame(tmp_path):
    steps(backprop, kite()).save(tmp_path / "sweep.png", width=600)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"sweep-{k:02}.png" for k in range(1, 7)]
    for name in names:
        with Image.open(tmp_path / name) as image:
            assert image.size == (600, 274)


def test_a_moving_svg_needs_no_script_and_ends_on_its_last_frame_elsewhere(tmp_path):
    svg = saved(steps(backprop, kite()), tmp_path / "film.svg", seconds=0.5)
    groups = [g for g in ElementTree.fromstring(svg) if g.tag == f"{SVG}g"]
    assert [g.get("visibility") for g in groups] == ["hidden"] * 5 + ["visible"]
    assert {g[0].get("dur") for g in groups} == {"3s"}
    assert b"<script" not in svg
    assert b"prefers-reduced-motion" in svg


def test_a_gif_shows_each_frame_as_long_as_asked_for(tmp_path):
    film = Image.open(io.BytesIO(saved(steps(backprop, kite()), tmp_path / "film.gif", seconds=2)))
    assert film.n_frames == 6
    assert film.info["duration"] == 2000


@pytest.mark.parametrize("play", [steps, animate])
def test_an_algorithm_on_arrays_is_refused_in_one_sentence(play):
    arrays = network(1).linearize(X=[[1.0]], Y=[0], W1=[[0.0], [1.0]], b1=[0.0, 0.0])
    with pytest.raises(GraphError, match=r"^a recording needs numbers, not arrays: call unroll"):
        play(backprop, arrays)


@pytest.mark.slow
def test_ffmpeg_plays_the_mp4(tmp_path):
    steps(backprop, kite()).save(tmp_path / "film.mp4", seconds=0.5)
    probe = [
        "ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0",
        str(tmp_path / "film.mp4"),
    ]  # fmt: skip
    run = subprocess.run(probe, capture_output=True, text=True, check=True)
    assert 3 <= float(run.stdout) <= 4


@pytest.mark.slow
def test_a_film_has_the_same_bytes_on_every_run(tmp_path):
    for form in ("pdf", "svg", "gif"):
        one, two = (saved(steps(backprop, kite()), tmp_path / f"{k}.{form}") for k in (1, 2))
        assert one == two


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("film.mov", {}, "film.mov: save a picture as .svg, .pdf, .png, .tex, .gif or .mp4"),
        ("film.gif", {"seconds": 0}, "seconds=0: pass a number between 0 and 60"),
        ("film.svg", {"seconds": float("nan")}, "seconds=nan: pass a number between 0 and 60"),
        ("film.gif", {"seconds": "fast"}, "seconds='fast': pass a number between 0 and 60"),
        ("film.pdf", {"theme": "x"}, "unknown theme 'x'"),
        ("film.mp4", {}, ".mp4 needs the program ffmpeg: install it, or save a .gif"),
    ],
)
def test_an_impossible_film_is_refused_and_nothing_is_written(
    name, options, sentence, tmp_path, monkeypatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GraphError) as error:
        steps(backprop, kite()).save(tmp_path / name, **options)
    assert sentence in str(error.value)
    assert not list(tmp_path.iterdir())
