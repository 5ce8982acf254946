"""Every public name has a docstring with an example; docs/api.md is generated from them."""

import importlib.util
import inspect
from pathlib import Path

import pytest

import coursekit
from coursekit import networks
from coursekit.engine.operations import OPS

ROOT = Path(__file__).parents[1]
PLAIN = {
    "Edge",
    "GraphError",
    "Op",
    "Digits",
    "Trained",
}  # records and errors, which nobody calls
PUBLIC = [(name, getattr(coursekit, name)) for name in coursekit.__all__ if name not in OPS]
PUBLIC += [(name, getattr(networks, name)) for name in networks.__all__]


@pytest.fixture(scope="module")
def api():
    spec = importlib.util.spec_from_file_location("api", ROOT / "scripts" / "api.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("name", "thing"), PUBLIC, ids=lambda x: x if isinstance(x, str) else "")
def test_every_public_name_has_a_docstring_with_an_example(name, thing):
    docstring = inspect.getdoc(thing)
    assert docstring
    assert ">>> " in docstring or name in PLAIN


def test_the_api_page_is_up_to_date(api):
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert page == api.page(), "run make api"


def test_the_api_page_has_every_public_name():
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    missing = [name for name, _ in PUBLIC if f"### `{name}" not in page and name != "Op"]
    missing += [name for name in OPS if f"| `{name}(" not in page]
    assert not missing
