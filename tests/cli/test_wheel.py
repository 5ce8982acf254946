"""The built wheel works by itself: in an empty environment, without `dot` on the path."""

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WHEELS = Path(sys.prefix) / "wheels"  # fetched by scripts/setup.sh
USE = """
from coursekit import Graph, draw, explore
g = Graph()
a, b = g.input("a"), g.input("b")
g.loss((a + b) * (b + 1))
picture = draw(g.linearize(a=2.0, b=1.0))
assert picture.svg.count("<circle") == 5
live = explore(g, a=2.0, b=(-3.0, 3.0))
assert [s.description for s in live.sliders] == ["a", "b"]
assert "ℓ = " in repr(live)
import numpy
from coursekit.networks import digits
assert digits(numpy.random.default_rng(0)).images.shape == (1437, 64)
"""
CELLS = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="NoColor")
for cell in json.load(open(sys.argv[1]))["cells"]:
    if cell["cell_type"] == "code":
        shell.run_cell("".join(cell["source"]))
"""
NEEDS = (
    r'coursekit: \w+ is not installed: run "make env" in a clone, '
    r'or pip install "coursekit_backprop-[\d.]+-py3-none-any.whl\[(lab|grade)\]"'
)
WRONG = """def topological_order(vertices, out):
    return {}['nothing']"""


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The wheel and the sdist, built without a network."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT],
        check=True, capture_output=True,
    )  # fmt: skip
    return next(out.glob("*.whl")), next(out.glob("*.tar.gz"))


def test_wheel_and_sdist_contain_lessons_and_no_solutions(built):
    wheel = zipfile.ZipFile(built[0]).namelist()
    with tarfile.open(built[1]) as archive:
        sdist = archive.getnames()
    assert "coursekit/notebooks/05-backpropagation.ipynb" in wheel
    assert any(name.endswith("notebooks/05-backpropagation.ipynb") for name in sdist)
    assert not [name for name in wheel + sdist if "solutions" in name]
    assert {"coursekit/widgets/gate.js", "coursekit/widgets/lib/picture.css"} <= set(wheel)
    assert any(name.endswith("licenses/LICENSE-CONTENT") for name in wheel)


@pytest.fixture(scope="session")
def alone(built, tmp_path_factory):
    """A folder where only the wheel is installed, and a function that runs programs there."""
    folder = tmp_path_factory.mktemp("alone")
    subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True)
    binaries = folder / "env" / "bin"
    environment = {"PATH": str(binaries), "HOME": str(folder)}

    def run(program, *arguments):
        return subprocess.run(
            [binaries / program, *arguments],
            cwd=folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    offline = ["--quiet", "--no-index", "--find-links", WHEELS, "--disable-pip-version-check"]
    installed = run("pip", "install", *offline, built[0])
    assert installed.returncode == 0, installed.stderr
    return folder, run


def test_the_wheel_works_alone_in_an_empty_environment(alone):
    folder, run = alone
    used = run("python", "-W", "error", "-c", USE)
    assert used.returncode == 0, used.stderr
    assert run("coursekit", "start", "course").returncode == 0
    assert sorted(os.listdir(folder / "course")) == ["exercises", "notebooks"]
    lab = run("coursekit", "lab", "course")
    assert lab.returncode == 2
    assert re.fullmatch(NEEDS, lab.stderr.strip())
    for command in (["check", "x.ipynb"], ["grade", "--demo"], ["new", "x"], ["release"]):
        missing = run("coursekit", *command)
        assert missing.returncode == 2
        assert re.fullmatch(NEEDS, missing.stderr.strip()), missing.stderr
    doctor = run("coursekit", "doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert "ok    a graph can be drawn" in doctor.stdout
    assert "note  JupyterLab is not installed" in doctor.stdout


def test_a_notebook_checks_itself_without_any_other_file(alone):
    """IPython runs the notebook, as in Colab with the wheel installed."""
    folder, run = alone
    notebook = json.loads((ROOT / "exercises" / "05-backpropagation.ipynb").read_text())
    for cell in notebook["cells"]:
        if "# exercise: topological_order" in "".join(cell["source"]):
            cell["source"] = WRONG
    (folder / "05-backpropagation (1).ipynb").write_text(json.dumps(notebook))
    run_by_ipython = run("python", "-c", CELLS, "05-backpropagation (1).ipynb")
    assert run_by_ipython.returncode == 0, run_by_ipython.stderr
    assert "topological_order: 0 of 11 checks" in run_by_ipython.stdout
    assert "raises KeyError: 'nothing'" in run_by_ipython.stdout
    assert "line 2, in topological_order: return {}['nothing']" in run_by_ipython.stdout
    assert "backprop: not attempted" in run_by_ipython.stdout
    assert "Traceback" not in run_by_ipython.stdout
