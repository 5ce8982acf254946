"""Written pictures look in other programs as they look in the browser, and their text is found."""

import re
import shutil
import subprocess
from collections import Counter
from html import unescape
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, ImageFilter

from coursekit import Graph, backprop, draw, sum, tanh
from coursekit.examples import example, kite, layered
from coursekit.figures import all_figures
from coursekit.render.files import Look
from coursekit.render.sources import render

pytestmark = pytest.mark.slow
BLUR = 3  # pixels: programs smooth edges and hint fonts differently
EDGE = 4  # pixels: LibreOffice rounds the size of a page
BLOCK = 16  # pixels per side
# the largest mean difference after the blur, of the picture and of a block, in levels of 255
LIMITS = 1.2, 14
OF_LIBREOFFICE = 2.2, 22  # it places a picture on whole units of its own
LETTERS = 1.164  # the height of a line of DejaVu Sans, in sizes of its letters
NEAR = 2.0  # units of a scene


def vectors():
    g = Graph()
    x, w = g.input("x"), g.parameter("w")
    g.loss(sum(tanh(w * x)))
    lin = g.linearize(x=[1.0, 2.0], w=[3.0, 4.0])
    return draw(lin, adjoints=backprop(lin))


def numbers():
    lin = example().linearize(a=2.0, b=1.0)
    return draw(lin, adjoints=backprop(lin), path=lin.vertices[1::2] + lin.vertices[4:])


PICTURES = {
    "numbers": (numbers, {}),
    "numbers-dark": (numbers, {"theme": "dark", "title": "a = 2, b = 1"}),
    "wrong": (lambda: draw(kite(), adjoints={"l": 1, "q": 1, "p": 7}, wrong="p"), {}),
    "transparent": (lambda: draw(kite(), path=("x", "h", "q", "l")), {"ground": None}),
    "vectors": (vectors, {"width": "12cm"}),
    "25-vertices": (lambda: draw(layered([4] * 6)), {}),
    "57-vertices": (lambda: draw(layered([8] * 7)), {"theme": "dark"}),
    "folded": (lambda: draw(layered([90] * 6)), {}),
    "frame": (lambda: all_figures()["05-sweep"].pictures()[3], {}),
    "frame-dark": (lambda: all_figures()["06-out"].pictures()[1], {"theme": "dark"}),
    "plot": (lambda: all_figures()["05-cost"].pictures()[0], {}),
}


def source(name):
    picture, options = PICTURES[name]
    return picture().source, Look(**options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Every picture in every format."""
    folder = tmp_path_factory.mktemp("written")
    for name in PICTURES:
        drawing, look = source(name)
        for form in ("svg", "pdf", "png"):
            (folder / f"{name}.{form}").write_bytes(render([drawing], form, look))
    return folder


@pytest.fixture(scope="module")
def seen(browser, folder):
    """Each SVG as the browser shows it."""
    return {name: screenshot(browser, folder / f"{name}.svg") for name in PICTURES}


def screenshot(browser, svg):
    root = ElementTree.parse(svg).getroot()
    width, height = (int(np.ceil(float(root.get(side)))) for side in ("width", "height"))
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_content(f"<style>svg {{ position: fixed; inset: 0 }}</style>{svg.read_text()}")
    png = page.screenshot()
    page.close()
    return image(png)


def image(png):
    """Return a picture on white paper."""
    layer = Image.open(BytesIO(png)).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")


def run(*command, cwd=None):
    subprocess.run(list(map(str, command)), check=True, timeout=300, capture_output=True, cwd=cwd)


def by_librsvg(files, out):
    for file in files:
        run("rsvg-convert", "-o", out / f"{file.stem}.png", file)


def by_inkscape(files, out):
    copies = [shutil.copy(file, out) for file in files]  # it writes beside what it reads
    run("inkscape", "--export-type=png", *copies)


def by_libreoffice(files, out):
    profile = f"-env:UserInstallation=file://{out}/profile"
    run("soffice", profile, "--headless", "--convert-to", "png", "--outdir", out, *files)


def by_poppler(files, out):
    for file in files:
        pdf = file.with_suffix(".pdf")
        run("pdftoppm", "-png", "-singlefile", "-r", 144, pdf, out / pdf.stem)


def as_png(files, out):
    for file in files:
        shutil.copy(file.with_suffix(".png"), out)


PROGRAMS = [by_librsvg, by_inkscape, by_libreoffice, by_poppler, as_png]


def difference(one, other):
    """Return the mean difference of two images, and that of the block that differs most."""
    other = other.resize(one.size, Image.Resampling.BOX)
    blurred = [each.filter(ImageFilter.GaussianBlur(BLUR)) for each in (one, other)]
    change = abs(np.subtract(*(np.asarray(each, dtype=float) for each in blurred))).max(axis=2)
    change = change[EDGE:-EDGE, EDGE:-EDGE]
    height, width = (n // BLOCK * BLOCK for n in change.shape)
    blocks = change[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    return float(change.mean()), float(blocks.mean(axis=(1, 3)).max())


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_a_picture_looks_as_in_the_browser(program, folder, seen, tmp_path):
    limits = OF_LIBREOFFICE if program is by_libreoffice else LIMITS
    program([folder / f"{name}.svg" for name in PICTURES], tmp_path)
    for name, expected in seen.items():
        mean, worst = difference(expected, image((tmp_path / f"{name}.png").read_bytes()))
        assert mean < limits[0], name
        assert worst < limits[1], name


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("numbers", ("<polygon", "<defs")),  # no arrowheads
        ("numbers", (">5</text>", "></text>")),
        ("numbers", ("#872200", "#005a96")),  # adjoints in the colour of values
        ("numbers", ('stroke-width="4"', 'stroke-width="1.4"')),  # no highlight
        ("numbers", ('fill="#ffffff"', 'fill="var(--paper)"')),  # only browsers know it
        ("numbers-dark", ("#141414", "#ffffff")),
        ("wrong", (' stroke-dasharray="6 3"', "")),
        ("frame", (' xml:space="preserve"', "")),
        ("25-vertices", ('font-size="12"', 'font-size="24"')),
        ("plot", ("<use ", "<defs ")),  # no marks
    ],
)
def test_a_wrong_picture_is_noticed(name, wrong, folder, seen, tmp_path):
    text = (folder / f"{name}.svg").read_text()
    assert wrong[0] in text
    (tmp_path / "wrong.svg").write_text(text.replace(*wrong))
    by_librsvg([tmp_path / "wrong.svg"], tmp_path)
    mean, worst = difference(seen[name], image((tmp_path / "wrong.png").read_bytes()))
    assert mean > LIMITS[0] or worst > LIMITS[1]


def words(pdf):
    """Return (text, left, top, right, bottom) of each word of a PDF, as shares of its page."""
    html = subprocess.run(
        ["pdftotext", "-bbox", pdf, "-"], check=True, capture_output=True, text=True
    ).stdout
    page = re.search(r'<page width="([\d.]+)" height="([\d.]+)"', html)
    width, height = map(float, page.groups())
    pattern = r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>'
    for *box, text in re.findall(pattern, html):
        left, top, right, bottom = map(float, box)
        yield unescape(text), left / width, top / height, right / width, bottom / height


GRAPHS = [name for name in PICTURES if name != "plot"]


@pytest.mark.parametrize("name", GRAPHS)
def test_each_text_of_a_pdf_is_found_at_its_place_and_in_its_size(name, folder):
    drawing, look = source(name)
    scene = drawing.scene(look)
    left, top, *_ = scene.frame
    width, height = scene.size
    found = list(words(folder / f"{name}.pdf"))
    texts = [text for text in scene.texts() if len(text.spans) == 1 and text.centred]
    simple = [text for text in texts if " " not in text.spans[0].text]
    assert len(simple) >= 4
    for text in simple:
        x, y = (text.x - left) / width, (text.y - top) / height
        [box] = [
            box for word, *box in found
            if word == text.spans[0].text and abs((box[0] + box[2]) / 2 - x) < NEAR / width
            and box[1] < y < box[3]
        ]  # fmt: skip
        assert (box[3] - box[1]) * height == pytest.approx(LETTERS * text.height, rel=0.02)


@pytest.mark.parametrize("name", GRAPHS)
def test_svg_and_pdf_have_type_of_the_same_share_of_the_page(name, folder):
    root = ElementTree.parse(folder / f"{name}.svg").getroot()
    height = float(root.get("viewBox").split()[3])
    texts = root.iter("{http://www.w3.org/2000/svg}text")
    svg = {float(text.get("font-size")) / height for text in texts if len(text) == 0}
    pdf = {(bottom - top) / LETTERS for _, _, top, _, bottom in words(folder / f"{name}.pdf")}
    for share in svg:
        assert min(abs(share - each) for each in pdf) < 0.02 * share


def test_everything_that_is_written_is_found_in_a_pdf(folder):
    for name in PICTURES:
        run = subprocess.run(
            ["pdftotext", "-raw", folder / f"{name}.pdf", "-"], capture_output=True, text=True
        )
        letters = Counter(run.stdout)
        root = ElementTree.parse(folder / f"{name}.svg").getroot()
        texts = root.iter("{http://www.w3.org/2000/svg}text")
        needed = Counter("".join("".join(text.itertext()) for text in texts))
        missing = needed - letters
        assert not {c for c in missing if c.strip()}, name


def test_fonts_are_embedded_as_truetype(folder):
    for name in PICTURES:
        run = subprocess.run(["pdffonts", folder / f"{name}.pdf"], capture_output=True, text=True)
        rows = run.stdout.splitlines()[2:]
        assert rows
        assert all(re.search(r"CID TrueType +Identity-H +yes yes yes", row) for row in rows)
