"""CONTRIBUTING.md and README.md send readers to files that exist."""

import re

import pytest

from tests.support import ROOT

ROWS = re.findall(r"^\| .* \| `([^`]+)` \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
MAP = (ROOT / "README.md").read_text().partition("## Code map")[2].partition("## Developing")[0]


def test_the_table_of_everyday_changes_has_at_least_twenty_rows():
    assert len(ROWS) >= 20
    assert len(ROWS) == len(set(ROWS))


@pytest.mark.parametrize("path", ROWS)
def test_each_everyday_change_names_a_file(path):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("name", re.findall(r"`([\w./]+(?:\.\w+|/))`", MAP))
def test_each_file_in_the_code_map_exists(name):
    """A short name refers to a file in the package that its row describes."""
    folders = [ROOT, ROOT / "tests", ROOT / "coursekit"]
    assert any(folder.joinpath(name).exists() for folder in folders) or any(
        (ROOT / "coursekit").glob(f"**/{name.rstrip('/')}")
    )
