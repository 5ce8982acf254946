"""The page's JavaScript passes Deno's type check."""

import shutil

import pytest

from tests.support.deno import ROOT, run_deno

PAGE = ROOT / "coursekit" / "desk" / "page"


@pytest.fixture
def modules(tmp_path):
    """Return a folder with the modules, ready for deno."""
    for path in PAGE.glob("*.js"):
        shutil.copy(path, tmp_path)
    shutil.copy(ROOT / "deno.jsonc", tmp_path)
    return tmp_path


def test_every_module_passes_the_type_check(modules):
    run = run_deno(modules, "check", *(path.name for path in PAGE.glob("*.js")))
    assert run.returncode == 0, run.stderr


def test_a_misspelt_name_is_found(modules):
    script = modules / "desk.js"
    source = script.read_text(encoding="utf-8")
    script.write_text(source.replace("await get(", "await got(", 1), encoding="utf-8")
    assert "Cannot find name 'got'" in run_deno(modules, "check", "desk.js").stderr


def test_every_element_that_the_script_names_is_on_the_page():
    page = (PAGE / "desk.html").read_text(encoding="utf-8")
    script = (PAGE / "desk.js").read_text(encoding="utf-8")
    names = {part.partition('")')[0] for part in script.split('$("')[1:]}
    assert len(names) > 20
    assert [name for name in names if f'id="{name}"' not in page] == []
