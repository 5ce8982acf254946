"""The picture-language plate looks the same as when a person last checked it."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coursekit.render.palette import THEMES
from tests.support.server import screenshot_of

HERE = Path(__file__).parent
PLATE = HERE.parents[1] / "docs" / "picture-language.svg"
ADJOINT, VALUE = (THEMES["light"][part] for part in ("adjoint", "value"))
BLOCK = 8  # pixels per side: single pixels differ, because font hinting depends on the machine
TOLERANCE = 0.002  # the share of blocks that may differ
NOTICEABLE = 12  # the smallest visible difference of a block's mean colour, in levels of 255


def blocks(png):
    """Return the mean colour of each block of an image."""
    pixels = np.asarray(Image.open(BytesIO(png)).convert("RGB"), dtype=float)
    height, width = (n // BLOCK * BLOCK for n in pixels.shape[:2])
    parts = pixels[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, 3)
    return parts.mean(axis=(1, 3))


def unlike(one, two):
    """Return the share of blocks in which a reader would see a difference."""
    return (
        1.0 if one.shape != two.shape else float((abs(one - two).max(axis=2) > NOTICEABLE).mean())
    )


def test_the_plate_has_not_changed(browser):
    expected = blocks((HERE / "plate.png").read_bytes())
    difference = unlike(blocks(screenshot_of(browser, PLATE.read_text(encoding="utf-8"))), expected)
    assert difference <= TOLERANCE, "check docs/picture-language.svg, then run make plate"


@pytest.mark.parametrize(
    "change",
    [
        (f'fill="{ADJOINT}"', 'fill="none"'),
        (f'fill="{ADJOINT}"', f'fill="{VALUE}"'),
        ('stroke-width="1.4"', 'stroke-width="0"'),
    ],
)
def test_a_missing_mark_is_noticed(browser, change):
    svg = PLATE.read_text(encoding="utf-8")
    assert change[0] in svg
    expected = blocks((HERE / "plate.png").read_bytes())
    assert unlike(blocks(screenshot_of(browser, svg.replace(*change))), expected) > TOLERANCE
