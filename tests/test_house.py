"""docs/house.svg shows the current packages and imports."""

import importlib.util

from tests.support import ROOT


def test_the_picture_of_the_house_is_up_to_date():
    spec = importlib.util.spec_from_file_location("house", ROOT / "scripts" / "house.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.HOUSE.read_text(encoding="utf-8") == script.house().svg, "run make house"
