"""If a process is killed or work fails, only the item that caused it has no result."""

import json
import os
import signal
import subprocess
import sys
from functools import partial

import pytest

from coursekit.course.master import Master
from coursekit.course.notebook_kernel import run_reference
from coursekit.grading import reading
from coursekit.grading.batch import give_up, grade_share
from coursekit.grading.processes import Processes
from tests.support import ROOT
from tests.support.students import MASTER, handed_in, left_behind

pytestmark = pytest.mark.sandbox

ITEMS = list(range(12))
SHARES = [ITEMS[:4], ITEMS[4:8], ITEMS[8:]]


def nothing():
    pass


def squares(share):
    return [item**2 for item in share]


def killed_by_five(share):
    if 5 in share:
        os.kill(os.getpid(), signal.SIGKILL)
    return squares(share)


def failing_on_five(share):
    return [item**2 + 0 * (1 // (item - 5)) for item in share]


def give_up_on(item, error):
    return item, type(error).__name__


def trapped(folder, share):
    """Grade a share in which one notebook makes our code raise an error."""

    def answers(master, notebook, real=reading.find_prose):
        if notebook.lesson == "trap":
            raise RuntimeError("trapped")
        return real(master, notebook)

    reading.find_prose = answers  # only in this process, which exits with the test
    return grade_share(folder, 60, share)


def test_a_notebook_that_breaks_our_code_costs_its_neighbours_no_points(tmp_path):
    right = handed_in()
    trap = right | {"metadata": {"coursekit": {"lesson": "trap"}}}
    share = [("Ada", "0"), ("Eve", "1"), ("Bob", "2")]
    for (_, name), notebook in zip(share, (right, trap, right), strict=True):
        (tmp_path / name).write_text(json.dumps(json.dumps(notebook)))
    records = run_reference(Master.parse(MASTER), "seed")
    records = [(i, record.to_json()) for i, record in records.items()]
    (tmp_path / "reference").write_text(json.dumps([MASTER, records]))
    with Processes(1, nothing, partial(trapped, tmp_path), give_up) as processes:
        graded = {one.student: one for one in processes.results([share])}
    eve = graded["Eve"]
    assert (eve.status, eve.results) == ("infrastructure", ())
    assert eve.notes == ["Grading failed: RuntimeError: trapped"]
    for neighbour in (graded["Ada"], graded["Bob"]):
        assert neighbour.status == "graded"
        assert sum(result.points for result in neighbour.results) == 11


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize(
    ("work", "of_five"),
    [
        (squares, 25),
        (killed_by_five, (5, "BrokenProcessPool")),
        (failing_on_five, (5, "ZeroDivisionError")),
    ],
)
def test_each_item_has_a_result_except_the_one_that_breaks_its_process(count, work, of_five):
    with Processes(count, nothing, work, give_up_on) as processes:
        results = list(processes.results(SHARES))
    assert sorted(map(str, results)) == sorted(str(of_five if k == 5 else k**2) for k in ITEMS)


KILLED_BEFORE_THE_WORK = """
import os, signal, time
from concurrent.futures import process
from coursekit.grading.processes import Processes
process._ExecutorManagerThread.add_call_item_to_queue = lambda _: None
if __name__ == "__main__":
    pool = Processes(1, int, list, max)
    time.sleep(2)  # the process has started, and waits for work
    print(flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_waits_for_its_first_work_exits_when_the_grader_is_killed(tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(KILLED_BEFORE_THE_WORK)
    with left_behind("multiprocessing.forkserver") as left:
        run = [sys.executable, str(script)]
        done = subprocess.run(run, capture_output=True, cwd=ROOT, check=False)
    assert (done.stdout, done.returncode) == (b"\n", -signal.SIGKILL), done.stderr
    assert not left


def test_a_failure_of_initialize_appears_as_the_result_of_the_work():
    with Processes(1, os.abort, squares, give_up_on) as processes:
        assert list(processes.results([[2]])) == [(2, "BrokenProcessPool")]
