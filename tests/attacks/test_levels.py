"""Probe and attack weaker machines: without the system's bubblewrap, or without namespaces."""

import subprocess
import sys
from pathlib import Path

import pytest

from coursekit.grading.gradebook import Gradebook
from coursekit.sandbox.guest.landlock import version
from coursekit.sandbox.guest.linux import is_privileged
from tests.attacks.machines import LEVELS
from tests.support import ROOT
from tests.support.students import CORPUS, case, earned, left_behind

pytestmark = pytest.mark.sandbox

CHOSEN = [
    "cheat_import_the_kit", "cheat_look_for_secrets", "cheat_network", "cheat_read_memory",
    "cheat_read_site_packages", "crash_exit", "crash_exit_like_a_signal", "crash_kills_everything",
    "crash_leaves_children", "crash_segfault", "escape_by_system_calls", "flood_memory",
    "flood_processes", "flood_threads", "forge_an_end", "right_in_threads",
    "right_warning_on_stderr",
]  # fmt: skip
MACHINE = [sys.executable, "-m", "tests.attacks.machines"]
COURSEKIT = str(Path(sys.prefix, "bin", "coursekit"))


@pytest.mark.skipif(not is_privileged(), reason="only root can make a weaker machine for a test")
@pytest.mark.parametrize(
    "level",
    [
        pytest.param(level, marks=pytest.mark.slow) if level == "bubblewrap" else level
        for level in LEVELS
    ],
)
def test_the_strongest_remaining_sandbox_blocks_every_probe_and_attack(level, tmp_path):
    if level == "Landlock" and not version():
        pytest.skip("this kernel has no Landlock")
    submissions = tmp_path / "class"
    deserved = {}
    for path in CORPUS:
        if path.stem in CHOSEN:
            text, deserved[path.stem] = case(path)
            folder = submissions / path.stem
            folder.mkdir(parents=True)
            (folder / "05-backpropagation.ipynb").write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    run = [COURSEKIT, "grade", str(submissions), "--out", str(out), "--lesson", "05"]
    with left_behind() as left:
        done = subprocess.run(
            [*MACHINE, level, *run], cwd=ROOT, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert f"Sandbox: {level}." in done.stdout
    assert "NOT blocked:" not in done.stdout
    assert "network" in done.stdout.split("Blocked:")[1]
    assert not left
    assert set(deserved) == set(CHOSEN)
    book = Gradebook(out / "gradebook.sqlite")
    rows = book.rows()
    book.close()
    assert {row.sandbox for row in rows} == {level}
    assert {row.student: earned(row) for row in rows} == deserved
