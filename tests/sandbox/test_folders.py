"""The temporary folders and the processes of a killed grading process are recognised."""

import os
import signal
import subprocess
import sys
import time

from coursekit.sandbox.host.folders import is_abandoned, marked_processes, sweep


def test_the_folder_of_an_exited_process_is_abandoned_even_if_the_process_is_a_zombie(tmp_path):
    process = subprocess.Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
    assert is_abandoned(tmp_path / f"coursekit-{process.pid}-scratch-x")
    process.wait()
    assert is_abandoned(tmp_path / f"coursekit-{process.pid}-scratch-x")
    assert not is_abandoned(tmp_path / f"coursekit-{os.getpid()}-scratch-x")


def test_sweep_ends_the_processes_of_a_killed_process_and_no_others(tmp_path):
    with marked_processes():
        ours = subprocess.Popen(["sleep", "600"])
    bystander = subprocess.Popen(["sleep", "600"])
    source = """
import os, subprocess
from coursekit.sandbox.host.folders import marked_processes
with marked_processes():
    null = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    print(subprocess.Popen(["sleep", "600"], **null).pid, flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, check=False)
    left = int(done.stdout)
    assert done.returncode == -signal.SIGKILL
    os.kill(left, 0)  # it lives
    sweep()
    while not is_abandoned(tmp_path / f"coursekit-{left}-x"):  # the signal has been sent
        time.sleep(0.01)
    for process in (ours, bystander):
        assert process.poll() is None
        process.kill()
        process.wait()
