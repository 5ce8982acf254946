"""Four times the class takes four times the work, and a collect that was killed continues."""

import cProfile
import pstats
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.scale.handed_in import full_name, names, write_gradebook, write_roster
from coursekit import platforms
from coursekit.grading.sheet import csv_text
from coursekit.platforms.attempts import read_list
from coursekit.platforms.collect import collect_download
from coursekit.platforms.gradebooks import fill_in
from coursekit.platforms.grades import read_grades
from coursekit.platforms.roster import Roster
from coursekit.platforms.tables import read_table
from tests.platforms.trees import NOTEBOOK, notebook, zipped

COMMAND = [sys.executable, "-c", "from coursekit.cli import app; app()", "collect"]
FOLDER = str(Path(platforms.__file__).parent)
MOST = 5  # times the function calls for four times the class


def canvas(k):
    return f"{''.join(reversed(names(k)))}_{k}_{k}_{NOTEBOOK}"


def without_ids(k):
    return f"{full_name(k)}/{NOTEBOOK}"


def in_groups(k):
    return f"Team {k}/{NOTEBOOK}"


def download(folder, size, name_of):
    path = folder / f"{size}.zip"
    path.write_bytes(zipped({name_of(k): notebook(f"{k}") for k in range(size)}))
    return path


def calls(work):
    """Return how often work calls a function of this folder, whatever else the machine does."""
    profile = cProfile.Profile()
    profile.runcall(work)
    stats: dict = pstats.Stats(profile).stats
    return sum(counts[1] for (file, _, _), counts in stats.items() if FOLDER in file)


@pytest.mark.parametrize("name_of", [canvas, without_ids, in_groups])
def test_collecting_compares_nobody_with_all_others(tmp_path, name_of):
    counts = []
    for size in (25, 100):
        source, out, listed = download(tmp_path, size, name_of), tmp_path / f"{size}", []
        rows = [(full_name(k), f"Team {k // 2}") for k in range(size)]
        (tmp_path / "roster.csv").write_text(csv_text([("name", "group"), *rows]))
        roster = Roster.read(tmp_path / "roster.csv")
        new = calls(lambda: collect_download(source, out, roster))  # noqa: B023  # run at once
        again = calls(lambda: listed.append(collect_download(source, out, roster)))  # noqa: B023
        assert not listed[0].new
        assert listed[0].known >= size
        counts.append((new, again))
    small, large = counts
    assert large[0] < MOST * small[0]
    assert large[1] < MOST * small[1]


def test_filling_in_a_gradebook_looks_at_each_cell_a_few_times(tmp_path):
    counts = []
    for size in (25, 100):
        out = tmp_path / f"{size}"
        out.mkdir()
        rows = [(full_name(k), "12", "15", "1", "graded") for k in range(size)]
        header = ("student", "points", "max_points", "attempt", "status")
        (out / "grades.csv").write_text(csv_text([header, *rows]))
        write_gradebook(out / "canvas.csv", size)
        table, grades, done = read_table(out / "canvas.csv"), read_grades(out), []
        counts.append(
            calls(lambda: done.append(fill_in(table, grades, "canvas", "", scale=False)))  # noqa: B023
        )
        assert done[0].content.count(b",12\n") == size
    assert counts[1] < MOST * counts[0]


def test_after_a_kill_collect_continues_and_nobody_has_an_attempt_twice(tmp_path):
    size, out = 200, tmp_path / "class"
    source = download(tmp_path, size, canvas)
    write_roster(tmp_path / "roster.csv", size)
    run = subprocess.Popen([*COMMAND, source, "--out", out], stderr=subprocess.DEVNULL)
    while len(list(out.glob("*/attempt 1"))) < size // 4:
        assert run.poll() is None, "it ended before it was killed"
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    left = len(list(out.glob("*/attempt *")))
    assert left < size, "it ended before it was killed"
    assert read_list(out) == []

    done = collect_download(source, out)
    assert len(done.new) == size
    assert {row.number for row in read_list(out)} == {"1"}
    assert len(list(out.glob("*/attempt *"))) == size
    assert {path.name for path in out.glob(".*")} == set()
    assert collect_download(source, out).known == size
