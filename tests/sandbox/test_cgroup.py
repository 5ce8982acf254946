"""Where this user may make control groups, the kernel itself holds memory and processes."""

import signal
import subprocess
import sys

import pytest

from coursekit.sandbox.host import cgroup
from coursekit.sandbox.host.levels import strongest
from coursekit.sandbox.host.zygote_client import Warm


@pytest.fixture
def made():
    found = cgroup.group()
    if found is None:
        pytest.skip("no control group of the second version may be made here")
    yield found
    cgroup.dissolve(found)


def test_what_runs_in_a_group_is_counted_and_ends_with_it(made):
    run = subprocess.Popen([*cgroup.entering(made), "sh", "-c", "echo in; sleep 60"],
                           stdout=subprocess.PIPE, text=True)  # fmt: skip
    with run:
        assert run.stdout.readline() == "in\n"
        assert str(run.pid) in (made / "cgroup.procs").read_text().split()
        cgroup.dissolve(made)
        assert run.wait(5) == -signal.SIGKILL
    assert not made.exists()


def test_memory_beyond_the_limit_is_not_to_be_had(made):
    (made / "memory.max").write_text(str(64 << 20))
    hoard = [sys.executable, "-c", "x = b'1' * (256 << 20)"]
    assert subprocess.run(hoard, check=False).returncode == 0
    assert subprocess.run([*cgroup.entering(made), *hoard], check=False).returncode < 0


@pytest.mark.usefixtures("made")
def test_a_zygote_is_in_a_group_of_its_own_and_takes_it_along():
    warm = Warm(strongest(), [])
    assert int((warm._group / "pids.current").read_text()) > 0
    assert int((warm._group / "memory.max").read_text()) == cgroup.LIMITS["memory.max"]
    warm.close()
    assert not warm._group.exists()


def test_a_group_whose_process_was_killed_is_swept(made):
    code = "from coursekit.sandbox.host import cgroup; print(cgroup.group(), flush=True)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    left = made.parent / done.stdout.strip().rsplit("/", 1)[1]
    assert left.exists()
    cgroup.sweep()
    assert not left.exists()
    assert made.exists()
