"""Every command in README.md and docs/*.md runs on a bare Debian 12."""

import os
import subprocess

import pytest

from tests.support import ROOT


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can create a bare system")
def test_each_documented_command_runs_on_a_bare_debian():
    script = ROOT / "scripts" / "bare_debian.sh"
    run = subprocess.run([script], capture_output=True, text=True, check=False)
    print(run.stdout)
    assert run.returncode == 0, f"{run.stdout[-10_000:]}\n{run.stderr}"
