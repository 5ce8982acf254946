"""The temporary folders of a killed grading process are recognised."""

import os
import subprocess

from coursekit.sandbox.host.folders import is_abandoned


def test_the_folder_of_an_exited_process_is_abandoned_even_if_the_process_is_a_zombie(tmp_path):
    process = subprocess.Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
    assert is_abandoned(tmp_path / f"coursekit-{process.pid}-scratch-x")
    process.wait()
    assert is_abandoned(tmp_path / f"coursekit-{process.pid}-scratch-x")
    assert not is_abandoned(tmp_path / f"coursekit-{os.getpid()}-scratch-x")
