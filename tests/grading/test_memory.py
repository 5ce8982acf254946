"""The memory and the temporary files of a run do not grow with the class."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from coursekit.course.master import Master
from coursekit.course.release import student_notebook
from tests.support import ROOT
from tests.support.students import LESSON, MASTER

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

SMALL, LARGE = 200, 800
TEXT = 300_000  # characters that each notebook shows; 600 more of them are 180 MB
MAIN, ALL = 20_000_000, 90_000_000  # bytes that the larger class may take more
WAITING = 64  # texts at most in the temporary folder; two processes have or await six shares


def hand_in(folder, size):
    """Write notebooks without answers, which share a run, but no two of them are alike."""
    text = student_notebook(Master.parse(MASTER))
    for k in range(size):
        notebook = json.loads(text)
        cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        shown = {"output_type": "stream", "name": "stdout", "text": f"{k}" + "." * TEXT}
        cell["outputs"] = [shown]
        place = folder / f"s{k}"
        place.mkdir(parents=True)
        (place / f"{LESSON}.ipynb").write_text(json.dumps(notebook))


def measured(folder, size):
    """Return the most bytes of the command and of all processes, and the most texts waiting."""
    hand_in(folder / "in", size)
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o711)  # a sandbox's user must be able to pass
        command = ["grade", folder / "in", "--out", folder / "out", "--jobs", "2"]
        measure = [sys.executable, "-m", "bench.scale.cost", *command]
        environment, waiting = os.environ | {"TMPDIR": scratch}, 0
        with subprocess.Popen(measure, cwd=ROOT, stdout=subprocess.PIPE, env=environment) as run:
            while run.poll() is None:
                texts = list(Path(scratch).glob("coursekit-*-class-*/submissions/*/[0-9]*"))
                waiting = max(waiting, len(texts))
                time.sleep(0.01)
            assert run.returncode == 0
            cost = json.load(run.stdout)
    return cost["main"], cost["all"], waiting


def test_four_times_the_class_takes_hardly_more_memory(tmp_path):
    main, all_, waiting = measured(tmp_path / "small", SMALL)
    more_main, more_all, more_waiting = measured(tmp_path / "large", LARGE)
    print(main, more_main, all_, more_all, waiting, more_waiting)
    assert more_main - main < MAIN
    assert more_all - all_ < ALL
    assert 0 < waiting <= WAITING
    assert 0 < more_waiting <= WAITING
