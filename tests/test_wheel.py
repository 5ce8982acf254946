"""The built wheel, alone in an empty environment without any `dot` on the path."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
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
CHECK = """
from coursekit.course.checks import Lesson, lin_case
from coursekit.examples import kite
print(Lesson("05-backpropagation")("backprop", lambda rng: [lin_case(kite())]))
"""


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The wheel and the sdist, built without a network."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT],
        check=True, capture_output=True,
    )  # fmt: skip
    return next(out.glob("*.whl")), next(out.glob("*.tar.gz"))


def test_wheel_and_sdist_hold_lessons_and_no_solutions(built):
    wheel = zipfile.ZipFile(built[0]).namelist()
    with tarfile.open(built[1]) as archive:
        sdist = archive.getnames()
    assert "coursekit/notebooks/05-backpropagation.ipynb" in wheel
    assert any(name.endswith("notebooks/05-backpropagation.ipynb") for name in sdist)
    assert not [name for name in wheel + sdist if "solutions" in name]
    assert {"coursekit/widgets/browser/render.js", "coursekit/render/picture.css"} <= set(wheel)
    assert any(name.endswith("licenses/LICENSE-CONTENT") for name in wheel)


def test_the_wheel_works_alone_in_an_empty_environment(built, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    binaries = tmp_path / "env" / "bin"
    environment = {"PATH": str(binaries), "HOME": str(tmp_path)}  # no dot, no make, nothing

    def run(*command, cwd=tmp_path):
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)

    offline = ["--quiet", "--no-index", "--find-links", WHEELS, "--disable-pip-version-check"]
    installed = run(binaries / "pip", "install", *offline, built[0])
    assert installed.returncode == 0, installed.stderr
    used = run(binaries / "python", "-W", "error", "-c", USE)
    assert used.returncode == 0, used.stderr
    assert run(binaries / "coursekit", "start", "course").returncode == 0
    assert sorted(os.listdir(tmp_path / "course")) == ["exercises", "notebooks"]
    checked = run(binaries / "python", "-W", "error", "-c", CHECK)
    assert "not attempted" in checked.stdout, checked.stderr
    lab = run(binaries / "coursekit", "lab", "course")
    assert lab.returncode == 2
    assert lab.stderr.strip() == (
        'coursekit: JupyterLab is not installed: pip install "coursekit[lab]"'
    )
    doctor = run(binaries / "coursekit", "doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert "well  a graph is drawn" in doctor.stdout
    assert "note  no JupyterLab here" in doctor.stdout
