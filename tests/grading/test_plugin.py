"""Our pytest plugin is loaded in every project, so it must need nbval only when it is used."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.support import ROOT
from tests.support.students import LESSON, handed_in

pytestmark = pytest.mark.sandbox

SOLUTIONS = ROOT / "solutions"
WRONG = "def backprop(lin):\n    return {'<script>': 1}"
WITHOUT_NBVAL = """
import sys
sys.modules |= dict.fromkeys(["nbval.plugin", "nbval.kernel"])  # None makes their import fail
import pytest
sys.exit(pytest.main(["-p", "no:nbval", *sys.argv[1:]]))
"""

WITHOUT_TEST_PACKAGES = """
import sys
class Missing:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in ("hypothesis", "playwright"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
import pytest
sys.exit(pytest.main(["-p", "no:hypothesispytest", *sys.argv[1:]]))
"""


def run_pytest(folder, *arguments, program=("-m", "pytest")):
    command = [sys.executable, *program, "-q", "-c", os.devnull, *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("sections", "failed"),
    [pytest.param((), 0, marks=pytest.mark.slow), ((("backprop", WRONG),), 2)],
)
def test_pytest_gives_the_same_verdicts_as_coursekit_grade(tmp_path, sections, failed):
    path = tmp_path / f"{LESSON}.ipynb"
    path.write_text(json.dumps(handed_in(sections)))
    solutions = f"--coursekit-solutions={SOLUTIONS}"
    run = run_pytest(tmp_path, "--coursekit", solutions, path)
    assert f"{failed} failed" in run.stdout or not failed
    assert run.returncode == (1 if failed else 0), run.stdout + run.stderr


def test_a_students_text_cannot_control_the_terminal(tmp_path):
    answer = r"""
import coursekit.check_probe

def topological_order(vertices, out):
    return []

def coloured(*_):
    raise ValueError("\x1b[31mred\x1b[0m \x1b]52;c;aGVsbG8=\x07 \x1b[2J \x9b2J \u202e \r over")

for name, value in vars(coursekit.check_probe).copy().items():
    if callable(value):
        setattr(coursekit.check_probe, name, coloured)
"""
    path = tmp_path / f"{LESSON}.ipynb"
    path.write_text(json.dumps(handed_in([("topological_order", answer)])))
    shown = run_pytest(tmp_path, "--coursekit", f"--coursekit-solutions={SOLUTIONS}", path).stdout
    assert "\x1b[31mred\x1b[0m" in shown
    assert r"\x1b]52;c;aGVsbG8=\x07 \x1b[2J \x9b2J \u202e" in shown
    assert not {"\x07", "\x9b", "\u202e", "\r"} & set(shown)
    assert not re.search(r"\x1b(?!\[[\d;]*m)", shown)


def test_only_the_sandbox_runs_a_submission_even_if_nbval_is_asked_too(tmp_path):
    path = tmp_path / f"{LESSON}.ipynb"
    path.write_text(json.dumps(handed_in()))
    (tmp_path / "of another course.ipynb").write_text("{}")  # pytest asks the plugin about it too
    solutions = f"--coursekit-solutions={SOLUTIONS}"
    run = run_pytest(tmp_path, "--coursekit", "--nbval", "--collect-only", solutions, path)
    assert "0-frame" in run.stdout
    assert "Cell 0" not in run.stdout


def test_without_the_test_packages_the_clone_shows_the_options():
    """After `make env`, tests/conftest.py cannot be imported; the options do not need it."""
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_TEST_PACKAGES, "--coursekit", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "--coursekit-solutions" in run.stdout
    assert "could not load initial conftests" not in run.stderr


def test_without_nbval_pytest_runs_as_usual(tmp_path):
    path = tmp_path / "test_theirs.py"
    path.write_text("def test_one():\n    pass\n")
    run = run_pytest(tmp_path, path, program=("-c", WITHOUT_NBVAL))
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 passed" in run.stdout


def test_without_nbval_the_option_stops_with_one_sentence(tmp_path):
    run = run_pytest(tmp_path, "--coursekit", program=("-c", WITHOUT_NBVAL))
    assert run.returncode == 4
    assert 'nbval is not installed: run "make env" in a clone' in run.stderr
    assert "Traceback" not in run.stderr
