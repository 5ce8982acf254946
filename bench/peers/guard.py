"""Run a peer's grader in a guard, which protects this machine (not the grader) from attacks.

The guard consists of namespaces, a separate user, a scratch folder, and limits far above what
grading needs. Inside, the grader runs as its documentation says.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from threading import Timer

from coursekit.sandbox.host.folders import scratch_folder
from coursekit.sandbox.host.levels import as_owner_of

ROOT = Path(__file__).parents[2]
LONGEST = 1 << 20  # maximum characters read per line of output
LIMITS = {"nproc": 256, "as": 6 << 30, "fsize": 1 << 30, "nofile": 1024, "core": 0}


class Peer:
    """nbgrader or Otter-Grader, in a separate virtual environment."""

    def __init__(self, name):
        self.name = name
        self.python = str(ROOT / f".venv-{name}" / "bin" / "python")
        self.script = str(Path(__file__).with_name(f"run_{name}.py"))

    def version(self):
        """Return the grader's version."""
        package = {"nbgrader": "nbgrader", "otter": "otter-grader"}[self.name]
        code = f"import importlib.metadata as m; print(m.version({package!r}))"
        run = subprocess.run([self.python, "-c", code], capture_output=True, text=True, check=True)
        return run.stdout.strip()

    def release(self, folder):
        """Let the grader prepare the files that it hands out or uses for grading."""
        subprocess.run([self.python, self.script, "release", str(folder)], check=True)

    def start(self, folder, students):
        """Start grading these students in a folder, as on an instructor's machine."""
        run = [self.python, self.script, "grade", str(folder), *students]
        return subprocess.Popen(
            run, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            text=True, errors="replace",
        )  # fmt: skip

    def guarded(self, folder, students, seconds):
        """Grade these students in a folder, in the guard; return student → the grader's report."""
        place = scratch_folder()
        owner = place.stat().st_uid
        shutil.copytree(folder, place, dirs_exist_ok=True)
        for path in [place, *place.rglob("*")]:
            os.chown(path, owner, owner, follow_symlinks=False)
        run = [self.python, self.script, "grade", str(place), *students]
        process = subprocess.Popen(
            [*_around(place), *run], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL, text=True, errors="replace",
        )  # fmt: skip
        timer = Timer(seconds, process.kill)
        timer.start()
        try:
            return answers(process)
        finally:
            timer.cancel()
            shutil.rmtree(place, ignore_errors=True)


def answers(run):
    """Read a run's output until it exits; return student → that student's JSON report."""
    reports = {}
    with run:
        while line := run.stdout.readline(LONGEST):
            if line.startswith('{"student"'):
                report = json.loads(line)
                reports[report["student"]] = report
    return reports


def _around(place):
    base = Path(sys.base_prefix)
    mounts = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    top = Path("/", base.parts[1])
    if (
        not top.stat().st_mode & 1
    ):  # other users cannot enter this folder, so mount only Python in it
        mounts += ["--tmpfs", str(top)]
        for parent in reversed(base.parents[:-2]):
            mounts += ["--perms", "0755", "--dir", str(parent)]
        mounts += ["--ro-bind", str(base), str(base), "--chmod", "0755", str(top)]
    mounts += ["--perms", "1777", "--size", str(1 << 30), "--tmpfs", "/tmp"]
    mounts += ["--bind", str(place), str(place)]
    apart = [f"--unshare-{kind}" for kind in ("pid", "net", "ipc", "uts")]
    keep = [f"CAP_{name}" for name in ("SETUID", "SETGID", "SETPCAP")]
    caps = [word for name in keep for word in ("--cap-add", name)]
    limits = ["prlimit", *(f"--{name}={most}" for name, most in LIMITS.items())]
    return ["bwrap", *mounts, *apart, *caps, "--die-with-parent", "--new-session",
            "--setenv", "HOME", "/tmp", "--", *as_owner_of(place), *limits]  # fmt: skip
