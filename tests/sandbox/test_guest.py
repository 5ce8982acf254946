"""The guest folder imports only permitted modules, and a worker sees nothing else of coursekit."""

import ast
import shutil
import subprocess
import sys

import pytest

from coursekit.sandbox.host.folders import GUEST, scratch_folder
from coursekit.sandbox.host.levels import Sandbox, strongest

THIRD_PARTY = {  # allowed in addition to the standard library
    "arguments": {"numpy"},
    "calls": {"matplotlib"},
    "tables": {"numpy", "pandas"},
    "check_probe": {"IPython"},
    "seccomp": {"pyseccomp"},
    "worker": {"IPython", "ipykernel", "jupyter_client", "tornado", "traitlets"},
}
MODULES = sorted(GUEST.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(GUEST)))
def test_a_guest_module_imports_only_its_neighbours_and_permitted_libraries(path):
    absolute = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            absolute.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            absolute |= {alias.name.split(".")[0] for alias in node.names}
    assert absolute - sys.stdlib_module_names <= THIRD_PARTY.get(path.stem, set())


@pytest.mark.sandbox
@pytest.mark.parametrize("has_mounts", [True, False])
def test_only_the_guest_folder_of_coursekit_is_visible_inside(has_mounts):
    sandbox = strongest() if has_mounts else Sandbox("limits only")
    code = """
import coursekit, pathlib
folder = pathlib.Path(coursekit.__file__).parent
print(*sorted(str(p.relative_to(folder)) for p in folder.rglob("*.py")))
"""
    scratch = scratch_folder()
    command = sandbox.command([sys.executable, "-c", code], scratch)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    finally:
        shutil.rmtree(scratch)
    assert done.stdout.split() == sorted(str(path.relative_to(GUEST)) for path in MODULES)
