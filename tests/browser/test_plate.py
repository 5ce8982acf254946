"""The plate of the picture language looks as it did when somebody last looked at it."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.server import drawn

HERE = Path(__file__).parent
PLATE = HERE.parents[1] / "docs" / "picture-language.svg"
BLOCK = 8  # pixels: letters may be hinted otherwise on another machine
TOLERANCE = 0.002  # of the blocks
NOTICED = 12  # of 255 levels, on the average of a block


def blocks(png):
    """Return the mean colours of the blocks of an image."""
    pixels = np.asarray(Image.open(BytesIO(png)).convert("RGB"), dtype=float)
    height, width = (n // BLOCK * BLOCK for n in pixels.shape[:2])
    parts = pixels[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, 3)
    return parts.mean(axis=(1, 3))


def unlike(one, two):
    """Return the share of blocks that a reader would see to differ."""
    return 1.0 if one.shape != two.shape else float((abs(one - two).max(axis=2) > NOTICED).mean())


def test_the_plate_looks_as_it_did(browser):
    kept = blocks((HERE / "plate.png").read_bytes())
    found = unlike(blocks(drawn(browser, PLATE.read_text(encoding="utf-8"))), kept)
    assert found <= TOLERANCE, "look at docs/picture-language.svg, then make plate"


@pytest.mark.parametrize(
    "change",
    [
        ("</style>", ".adjoint { visibility: hidden }</style>"),
        ("--adjoint: #a04000", "--adjoint: #005a96"),
        ("stroke-width: 1.4px", "stroke-width: 0"),
    ],
)
def test_a_mark_that_is_lost_is_seen(browser, change):
    svg = PLATE.read_text(encoding="utf-8")
    assert change[0] in svg
    kept = blocks((HERE / "plate.png").read_bytes())
    assert unlike(blocks(drawn(browser, svg.replace(*change))), kept) > TOLERANCE
