"""Every public name is in the stub and in `dir`; a misspelt name gets a suggestion."""

import builtins
import subprocess
import sys

import pytest

import coursekit
from coursekit.engine.operations import OPS
from tests.support import ROOT

STUB = ROOT / "coursekit" / "__init__.pyi"


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_stub_lists_the_operations_of_the_table():
    lines = STUB.read_text(encoding="utf-8").splitlines()
    operations = [line.removesuffix(": Op") for line in lines if line.endswith(": Op")]
    assert operations == list(OPS), "run make api"


def test_every_name_in_the_stub_can_be_imported_and_is_cached():
    for name in dir(coursekit):
        value = getattr(coursekit, name)
        assert vars(coursekit)[name] is value, name


def test_dir_lists_every_operation_and_the_submodules_that_users_import():
    assert {*OPS, "Graph", "backprop", "examples", "networks"} <= set(dir(coursekit))


def test_star_import_takes_all_names_except_those_of_builtins():
    shadowing = {name for name in OPS if hasattr(builtins, name)}
    assert shadowing == {"abs", "pow", "sum", "max", "min"}
    assert set(coursekit.__all__) == set(dir(coursekit)) - shadowing - {"examples", "networks"}


@pytest.mark.parametrize("name", ["examples", "networks", "tracing"])
def test_a_submodule_is_an_attribute_of_the_package(name):
    result = run(f"import coursekit; print(coursekit.{name}.__name__)")
    assert result.stdout == f"coursekit.{name}\n", result.stderr


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("from coursekit import backporp", "ImportError"),
        ("import coursekit; coursekit.backporp", "AttributeError"),
    ],
)
def test_a_misspelt_name_is_refused_with_a_suggestion(code, error):
    message = "coursekit has no name 'backporp' (did you mean 'backprop'?)"
    assert run(code).stderr.endswith(f"{error}: {message}\n")


def test_a_misspelt_import_fails_under_mypy(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import coursekit\n"
        "from coursekit import Graph, backporp, backprop, exp\n"
        "coursekit.examples.kite()\n"
        "coursekit.sgmoid(1.0)\n"
        "backprop(Graph().linearize()), exp(1.0)\n"
    )
    # mypy reads only the stub, not the modules behind the names: that takes a second
    arguments = ["--follow-imports=skip", f"--cache-dir={tmp_path}", str(STUB), str(program)]
    mypy = [sys.executable, "-m", "mypy", *arguments]
    result = subprocess.run(mypy, capture_output=True, text=True, check=False, cwd=ROOT)
    errors = [line for line in result.stdout.splitlines() if line.startswith(str(program))]
    assert len(errors) == 2, result.stdout
    assert 'has no attribute "backporp"; maybe "backprop"?' in errors[0]
    assert 'Module has no attribute "sgmoid"' in errors[1]
