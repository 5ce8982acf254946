"""Names in any script: another font where DejaVu Sans has no glyph, or one sentence."""

import io
import os
import subprocess
import sys

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.font_manager import FontProperties
from PIL import Image, ImageChops, ImageStat

from coursekit.render.files import Look
from coursekit.render.fonts import advice, families
from coursekit.render.page import _width
from coursekit.render.picture import Picture
from coursekit.render.scene import Group, Scene, Text
from coursekit.render.sources import render
from coursekit.typeset.label_widths import width
from coursekit.typeset.spans import Span
from tests.support.scenes import Shown

NOWHERE = "\U000f1234"  # a private letter
FRAME = (0.0, 0.0, 200.0, 40.0)
SCENE = """
from coursekit.render.files import Look
from tests.support.scenes import render_scene
from coursekit.render.scene import Group, Scene, Text
from coursekit.typeset.spans import Span
"""


def words(*texts):
    """Return the source of a picture that shows a few words."""
    shapes = [Text(100, 30, tuple(map(Span, each)), "name") for each in texts]
    return Shown(Scene((Group(tuple(shapes)),), FRAME))


def write_font(path, letters, width):
    """Write a font in which each letter is a box of this width, in thousandths of an em."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in [(0, 700), (width, 700), (width, 0)]:
        pen.lineTo(corner)
    pen.closePath()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", "box"])
    font.setupCharacterMap({ord(c): "box" for c in letters})
    font.setupGlyf(dict.fromkeys((".notdef", "box"), pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys((".notdef", "box"), (width, 0)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": path.stem, "styleName": "Regular", "psName": path.stem})
    font.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    font.setupPost()
    path.parent.mkdir(parents=True, exist_ok=True)
    font.save(path)


def with_fonts(folder, code):
    """Run code in a process that also has the fonts of a folder; warnings are errors."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCENE + code],
        env=os.environ | {"XDG_DATA_HOME": str(folder)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return run.stdout


@pytest.mark.parametrize("form", ["pdf", "png"])
def test_letters_that_no_font_has_are_named_in_one_warning(form, tmp_path):
    with pytest.warns(UserWarning, match=r"^no font on this machine has ") as caught:
        Picture(words(["損" + NOWHERE], [NOWHERE]), "words").save(tmp_path / f"words.{form}")
    [warning] = caught
    assert warning.filename == __file__
    assert "U+F1234: the file shows boxes" in str(warning.message)
    assert str(warning.message).endswith("or save the picture as SVG")


def test_the_advice_names_a_package_for_each_script(monkeypatch):
    monkeypatch.setenv("MPL_IGNORE_SYSTEM_FONTS", "1")  # as on a machine without other fonts
    for text, package in [("損", "noto-cjk"), ("ಕ", "noto-core"), ("\U0001f9ff", "symbola")]:
        assert f"(on Debian, fonts-{package})" in advice(text)
    assert "on Debian" not in advice("\U000f1235")


@pytest.mark.parametrize("text", ["потеря", "Αλφα", "خسارة", "שלום", "x\u0302", "\u202ex", "↦∂ℓ"])
def test_text_that_dejavu_has_needs_no_other_font(text):
    assert families(text) == ["DejaVu Sans"]
    assert advice(text) == ""


def test_a_font_that_was_installed_a_moment_ago_is_found_and_embedded(tmp_path):
    write_font(tmp_path / "fonts" / "Alpha.ttf", NOWHERE, 1000)
    write_font(tmp_path / "fonts" / "Beta.ttf", NOWHERE + "\U000f1235", 1000)
    (tmp_path / "fonts" / "broken.ttf").write_bytes(b"not a font")
    code = f"""
for letters in ({NOWHERE!r}, {NOWHERE!r} + '\U000f1235'):
    scene = Scene((Group((Text(100, 30, (Span(letters),), 'name'),)),), {FRAME})
    pdf = render_scene(scene, 'pdf', Look())
    print([name for name in ('Alpha', 'Beta') if f'+{{name}}'.encode() in pdf])
"""
    assert with_fonts(tmp_path, code).splitlines() == ["['Alpha']", "['Beta']"]


@pytest.mark.parametrize("text", ["𝕎𝕩𝖶", "≪↦≡", "☃🂡", "потеря", "Αλφα", "قيمة"])
def test_the_estimate_of_a_width_holds_in_any_script(text):
    used = _width(text, FontProperties(family=families(text), size=1))
    assert used < 1.15 * width([Span(text)])


def test_text_wider_than_its_estimate_is_made_smaller(tmp_path):
    write_font(tmp_path / "fonts" / "Wide.ttf", NOWHERE, 4000)
    code = f"""
import io
from PIL import Image, ImageChops
text = Text(100, 30, (Span({NOWHERE!r} * 2),), 'name')
png = render_scene(Scene((Group((text,)),), {FRAME}), 'png', Look())
image = Image.open(io.BytesIO(png)).convert('L')
left, _, right, _ = ImageChops.invert(image).getbbox()
print((right - left) / image.width * 200 / text.width)
"""
    assert float(with_fonts(tmp_path, code)) == pytest.approx(1.1, abs=0.05)


def difference(one, two):
    """Return the mean difference of two pictures of words, from 0 to 255."""
    images = [
        Image.open(io.BytesIO(render([each], "png", Look()))).convert("L") for each in (one, two)
    ]
    return ImageStat.Stat(ImageChops.difference(*images)).mean[0]


def test_hebrew_is_written_from_right_to_left():
    word = words(["אב"])
    assert difference(word, words(["ב", "א"])) < 0.2 * difference(word, words(["א", "ב"]))


def test_arabic_letters_are_joined():
    assert difference(words(["سس"]), words(["س", "س"])) > 0.1
