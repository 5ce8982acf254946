"""After kill -9 at random moments, rerunning gives the same grades as an undisturbed run.

The moments are pseudorandom and are printed. `make more` kills KILLS times.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from coursekit.grading.gradebook import Gradebook
from tests.support import ROOT
from tests.support.students import LESSON, handed_in, left_behind

pytestmark = pytest.mark.sandbox

KILLS = int(os.environ.get("KILLS", "20"))
WRONG = [("backprop", "def backprop(lin):\n    return {}")]
HANG = [("backprop", "def backprop(lin):\n    while True:\n        pass")]
CRASH = [("backprop", "def backprop(lin):\n    __import__('os')._exit(1)")]
HANG_TIMEOUT = 300  # seconds: a run that takes longer has hung, even on a busy machine
ANY = ""  # is in every command: no process at all may be left
FILES = {"gradebook.sqlite", "grades.csv", "report.html", "words.csv", "words.html", "feedback"}
COMMAND = [sys.executable, "-c", "from coursekit.cli import app; app()", "grade"]


def as_in_a_terminal():
    """Accept Ctrl-C, even if these tests run in the background, where it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(folder, out, scratch):
    return subprocess.Popen(
        [*COMMAND, str(folder), "--out", str(out)], cwd=ROOT, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"TMPDIR": scratch},
        preexec_fn=as_in_a_terminal,
    )  # fmt: skip


def hand_in(folder, many, answers=((),)):
    """Write a class's submissions, which use these answers in rotation."""
    for k in range(many):
        (folder / f"s{k:03}").mkdir(parents=True)
        text = json.dumps(handed_in(answers[k % len(answers)]))
        (folder / f"s{k:03}" / f"{LESSON}.ipynb").write_text(text)


def ended_early(tmp_path, scratch, end):
    """Stop a run once the first submissions are graded; return its exit code.

    The last four answers never return, so the run cannot finish earlier.
    """
    hand_in(tmp_path / "in", 16, [()] * 12 + [HANG] * 4)
    out = tmp_path / "out"
    with left_behind(ANY) as left:
        run = start(tmp_path / "in", out, scratch)
        while not graded(out):
            assert run.poll() is None, "the run ended before anything was graded"
            time.sleep(0.05)
        end(run.pid)
        code = run.wait(HANG_TIMEOUT)
    assert 0 < graded(out) < 16
    assert not left
    return code


def grades(out):
    return (out / "grades.csv").read_text(encoding="utf-8")


def graded(out):
    """Return the number of submissions graded so far."""
    if not (out / "gradebook.sqlite").exists():
        return 0
    book = Gradebook(out / "gradebook.sqlite")
    rows = book.rows()
    book.close()
    return len(rows)


@pytest.fixture
def scratch():
    """A folder that the sandbox's user may enter, and whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)
        yield folder


@pytest.mark.parametrize(
    ("kill", "kills"),
    [
        (os.kill, 1),
        pytest.param(os.killpg, KILLS, marks=pytest.mark.slow),
        pytest.param(os.kill, KILLS, marks=pytest.mark.slow),
    ],
)
def test_after_a_kill_at_any_moment_the_next_run_ends_with_the_same_grades(
    tmp_path, scratch, kill, kills
):
    """Kill all processes of the run, or the command alone, which cannot stop the others."""
    hand_in(tmp_path / "in", 18, ((), WRONG, CRASH))
    calm = tmp_path / "calm"
    begin = time.monotonic()
    assert start(tmp_path / "in", calm, scratch).wait(HANG_TIMEOUT) == 0
    longest = 1.2 * (time.monotonic() - begin)  # some runs finish before they are killed
    rng, out, ended = random.Random(9), tmp_path / "out-0", 0
    with left_behind(ANY) as left:
        for number in range(kills):
            moment = rng.uniform(0.0, longest)
            run = start(tmp_path / "in", out, scratch)
            try:
                code = run.wait(moment)
            except subprocess.TimeoutExpired:
                kill(run.pid, signal.SIGKILL)
                run.wait()
                print(f"{number}: killed after {moment:.3f} s")
            else:
                print(f"{number}: ended before {moment:.3f} s")
                assert code == 0
                assert grades(out) == grades(calm)
                ended += 1
                out = tmp_path / f"out-{ended}"
        assert start(tmp_path / "in", out, scratch).wait(HANG_TIMEOUT) == 0
    assert grades(out) == grades(calm)
    assert {file.name for file in out.iterdir()} == FILES  # nothing half-written is left
    assert len(list(out.joinpath("feedback").iterdir())) == 18
    assert not left
    assert not os.listdir(scratch)


def test_when_only_the_command_is_killed_all_its_processes_exit(tmp_path, scratch):
    assert ended_early(tmp_path, scratch, lambda pid: os.kill(pid, signal.SIGKILL)) < 0


def test_ctrl_c_stops_at_once_and_keeps_the_grades_so_far(tmp_path, scratch):
    assert ended_early(tmp_path, scratch, lambda pid: os.killpg(pid, signal.SIGINT)) == 130
    assert not os.listdir(scratch)
