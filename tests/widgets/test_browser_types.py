"""The JSDoc types of the views hold, in the whole module that a browser gets."""

import os
import subprocess
import sys
from pathlib import Path

from coursekit.widgets.view import esm

ROOT = Path(__file__).parents[2]


def problems(module, folder):
    """Return what TypeScript's checker says of a module."""
    (folder / "view.js").write_text(module, encoding="utf-8")
    (folder / "deno.jsonc").write_text((ROOT / "deno.jsonc").read_text(encoding="utf-8"))
    quiet = {"NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1", "DENO_DIR": str(folder / "cache")}
    done = subprocess.run(
        [Path(sys.executable).with_name("deno"), "check", "view.js"],
        cwd=folder, env=os.environ | quiet,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return "" if done.returncode == 0 else done.stderr


def test_the_types_hold(tmp_path):
    assert problems(esm(), tmp_path) == ""


def test_a_misspelt_field_and_a_wrong_argument_are_found(tmp_path):
    module = esm()
    assert "'edge_list' does not exist" in problems(
        module.replace("scene.edges.map", "scene.edge_list.map", 1), tmp_path
    )
    assert "not assignable to parameter" in problems(
        module.replace("reverse(scene, now.partials, ", "reverse(scene, 'now', ", 1), tmp_path
    )
