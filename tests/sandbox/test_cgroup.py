"""If this user may make cgroups, the kernel caps memory and processes."""

import signal
import subprocess
import sys

import pytest

from coursekit.sandbox.guest.limits import GROUP_MEMORY
from coursekit.sandbox.host import folders
from coursekit.sandbox.host.worker_kernel import SandboxKernel
from coursekit.sandbox.host.zygote_client import ZygoteClient

pytestmark = pytest.mark.sandbox


@pytest.fixture
def group():
    created = folders.create_cgroup()
    if created is None:
        pytest.skip("this user may not make a cgroup of version 2 here")
    yield created
    folders.dissolve(created)


def test_a_cgroup_lists_its_processes_and_dissolving_it_kills_them(group):
    run = subprocess.Popen([*folders.entering(group), "sh", "-c", "echo in; sleep 600"],
                           stdout=subprocess.PIPE, text=True)  # fmt: skip
    with run:
        assert run.stdout.readline() == "in\n"
        assert str(run.pid) in (group / "cgroup.procs").read_text().split()
        folders.dissolve(group)
        assert run.wait(30) == -signal.SIGKILL
    assert not group.exists()


def test_a_process_that_exceeds_its_cgroups_memory_limit_is_killed(group):
    (group / "memory.max").write_text(str(64 << 20))
    hoard = [sys.executable, "-c", "x = b'1' * (256 << 20)"]
    assert subprocess.run(hoard, check=False).returncode == 0
    assert subprocess.run([*folders.entering(group), *hoard], check=False).returncode < 0


@pytest.mark.usefixtures("group")
def test_a_zygote_runs_in_a_cgroup_that_is_removed_with_it():
    client = ZygoteClient(libraries=())
    SandboxKernel(client, 20).stop()  # the zygote has started
    assert int((client._group / "pids.current").read_text()) > 0
    assert int((client._group / "memory.max").read_text()) == GROUP_MEMORY
    client.close()
    assert not client._group.exists()


def test_sweep_removes_the_cgroup_of_a_killed_process(group):
    code = "from coursekit.sandbox.host.folders import *; print(create_cgroup(), flush=True)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    left = group.parent / done.stdout.strip().rsplit("/", 1)[1]
    assert left.exists()
    folders.sweep()
    assert not left.exists()
    assert group.exists()
