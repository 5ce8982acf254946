"""`make plate`: draw every state of a picture on one plate, and take a screenshot of it.

The plate is docs/picture-language.svg.
"""

import re
import sys
from html import escape
from pathlib import Path

from playwright.sync_api import sync_playwright

from coursekit import (
    Linearization,
    Watched,
    backprop,
    draw,
    draw_network,
    linearization,
)
from coursekit.examples import example, kite, layered
from coursekit.networks import network
from coursekit.render.drawing import scene_of
from coursekit.render.files import Look
from coursekit.render.palette import THEMES
from coursekit.render.picture import Picture
from coursekit.render.styles import FONTS
from coursekit.render.svg import file_svg

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.server import chromium, screenshot_of  # needs the path set above

ROOT = Path(__file__).parents[1]
PLATE = ROOT / "docs" / "picture-language.svg"
SCREENSHOT = ROOT / "tests" / "browser" / "plate.png"
WIDTH, GAP, TITLE = 1040.0, 24.0, 22.0


def states() -> list[tuple[str, Picture]]:
    """Return the name and the picture of each state."""
    g = example()
    lin = g.linearize(a=2.0, b=1.0)
    a, b, c, d, loss = g.vertices
    tape = Watched(kite())
    for edge in (("q", "l"), ("p", "l"), ("h", "p")):
        tape.partials[edge]
    early = {"l": 1, "p": 1, "h": 2, "x": 12, "q": 1}
    return [
        ("blank", draw(g)),
        ("valued", draw(g, values=g.evaluate(a=2.0, b=1.0))),
        ("linearized", draw(lin)),
        ("forward step: d is next", draw(lin, values={a: 2.0, b: 1.0, c: 3.0})),
        ("reverse step: d is finished", draw(lin, adjoints={loss: 1, c: 2, d: 3}, path=(d, loss))),
        ("every adjoint", draw(lin, adjoints=backprop(lin))),
        ("path 2 of 2 from b", draw(lin, path=(b, d, loss))),
        ("out(b)", draw(lin, out=b)),
        ("what a run has read", draw(tape)),
        ("a wrong order: x was too early", draw(kite(), adjoints=early, wrong="x")),
        ("a layer is a column", draw(layered([2, 3, 2]))),
        ("arrays: shapes", draw(network(1).linearize(**POINT))),
        ("hide adjoints and partials", draw(lin, hide={"adjoints", "partials"})),
        ("an unfinished sum", draw(kite(), adjoints={"l": 1, "h": 2}, unfinished=["h"])),
        ("boxes", draw(lin, boxes={"all": [a, b, c, d], "inner": [c, d]})),
        ("a folded box", draw(lin, boxes={"inner": [c, d]}, fold=True)),
        ("groups", draw(lin, colour={a: "input", b: "input", loss: "loss"})),
        ("labels of one's own", draw(lin, labels={a: r"\alpha", (b, d): "slope"})),
        ("upward", draw(lin, adjoints=backprop(lin), upward=True)),
        ("places of one's own", draw(lin, at={a: (0, 0), b: (0, 2), c: (1, 0), d: (1, 2)})),
        ("names dropped", draw(kite(), names_up_to=0)),
        ("weights", draw(signed(), weights=True)),
        ("arrays in proportion", draw(network(1).linearize(**POINT), shapes=True)),
        ("a network", draw_network([2, 2, 1], weights=[[[1, -1], [2, 0]], [[1, 3]]])),
        ("more than 500 vertices: layers fold", draw(layered([90] * 6))),
    ]


def signed() -> Linearization[str]:
    """Return a graph with partials of several sizes and both signs."""
    return linearization({("a", "l"): 0.1, ("b", "l"): -2.0, ("b", "c"): 30, ("c", "l"): 1}, "l")


POINT = {"X": [[1.0, 2.0, 3.0]] * 4, "Y": [0, 1, 0, 1], "W1": [[0.0] * 3] * 2, "b1": [0.0, 0.0]}


def plate() -> str:
    """Return the plate as SVG text."""
    x = y = GAP
    row = 0.0
    parts = []
    look = (
        f'font-family="{FONTS}" font-size="13" font-weight="bold" fill="{THEMES["light"]["ink"]}"'
    )
    for name, picture in states():
        scene = scene_of(picture.source.diagram)  # without a page's margins
        width, height = scene.size
        if x > GAP and x + width > WIDTH - GAP:
            x, y, row = GAP, y + row + TITLE + GAP, 0.0
        svg = file_svg(scene, Look(), picture.alt).decode()
        body = re.sub(r' width="[\d.]+" height="[\d.]+" ', " ", svg, count=1)
        at = f'x="{x:.0f}" y="{y + TITLE:.0f}" width="{width:.0f}" height="{height:.0f}"'
        parts.append(f'<text {look} x="{x + 12:.0f}" y="{y + 12:.0f}">{escape(name)}</text>')
        parts.append(body.replace("<svg ", f"<svg {at} ", 1))
        x, row = x + max(width, 8.0 * len(name)) + GAP, max(row, height)
    height = y + row + TITLE + GAP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img"'
            f' aria-label="Every state of a picture" viewBox="0 0 {WIDTH:.0f} {height:.0f}">',
            f'<rect width="{WIDTH:.0f}" height="{height:.0f}" fill="#fff"/>',
            *parts,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    PLATE.write_text(plate(), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        SCREENSHOT.write_bytes(screenshot_of(browser, PLATE.read_text(encoding="utf-8")))
        browser.close()
