"""The twelve graphs of docs/lecture.py can be read from the last row, in every format."""

import io
import re
import sys
from itertools import combinations

import pytest
from PIL import Image

from coursekit.render.files import Look
from coursekit.render.scene import SLIDE
from coursekit.render.sources import READABLE
from coursekit.typeset.spans import plain_spans, spans
from tests.support import ROOT

sys.path.insert(0, str(ROOT / "docs"))
from lecture import LECTURE  # needs the path set above

NUMBERS = ("value", "adjoint", "partial", "edge-label")
ABOVE, BELOW = 0.75, 0.22  # a letter's height above and below its baseline, in sizes
lecture = pytest.mark.parametrize("graph", LECTURE, ids=lambda graph: graph.__name__)


def box(text):
    left = text.x - text.width / 2 if text.centred else text.x
    return (
        left, text.y - ABOVE * text.height, left + text.width, text.y + BELOW * text.height,
    )  # fmt: skip


def overlap(one, two):
    (a, b, c, d), (p, q, r, s) = box(one), box(two)
    return min(c, r) > max(a, p) and min(d, s) > max(b, q)


def test_the_lecture_has_twelve_graphs():
    assert len({graph.__name__ for graph in LECTURE}) == 12


@lecture
def test_no_number_lies_on_another_text(graph):
    texts = graph().source.scene(Look()).texts()
    pairs = [pair for pair in combinations(texts, 2) if {t.part for t in pair} & {*NUMBERS}]
    assert not [pair for pair in pairs if overlap(*pair)]


@lecture
def test_all_names_are_shown_whole(graph):
    source = graph().source
    shown = {plain_spans(t.spans) for t in source.scene(Look()).texts() if t.part == "name"}
    names = [plain_spans(spans(name)) for name in source.diagram.names if name]
    assert source.diagram.small or {*names} <= shown


@pytest.mark.slow
@lecture
def test_every_format_is_readable_from_the_last_row(graph, tmp_path):
    """Warnings are errors here, so `save` has none about small type or missing letters."""
    files = [tmp_path / f"graph.{form}" for form in ("svg", "pdf", "png")]
    for file in files:
        graph().save(file)
    svg, pdf, png = (file.read_bytes() for file in files)
    _, _, width, height = map(float, re.search(rb'viewBox="([^"]+)"', svg)[1].split())
    sizes = [float(size) for size in re.findall(rb'font-size="([\d.]+)', svg)]
    assert min(sizes, default=height) / max(height, width * SLIDE) >= READABLE
    page = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    picture = Image.open(io.BytesIO(png)).size
    assert float(page[1]) / float(page[2]) == pytest.approx(width / height, rel=0.01)
    assert picture[0] / picture[1] == pytest.approx(width / height, rel=0.01)
