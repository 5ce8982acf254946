"""cost(command) = seconds, CPU seconds of all its processes, and the most memory they had.

`python -m bench.scale.cost grade DIR` prints the cost of a command as JSON.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.peers.guard import ROOT
from coursekit.sandbox.guest.linux import adopt_orphans

PAUSE = 0.05  # seconds between two looks at the command's own memory
EVERY = 20  # looks between two at all processes, each of which costs milliseconds
COMMAND = [sys.executable, "-c", "from coursekit.cli import app; app()"]
DASK = [sys.executable, "-m", "dask"]


class Cost(NamedTuple):
    """What a command took."""

    seconds: float
    cpu: float  # seconds of all processes, those of a cluster included
    main: int  # bytes: the most that the command's own process had
    all: int  # bytes: the most that all processes had; a page that several share counts once


def cost(*arguments, workers=0, stop=signal.SIGKILL, when=lambda: False):
    """Return the cost of a `coursekit` command, which gets the signal `stop` `when` it is time.

    With `workers`, it runs on a Dask cluster, which is started before and stopped afterwards.
    """
    adopt_orphans()  # a sandbox's processes: their times are added when we wait for them
    cpu = _cpu()
    with cluster(workers) if workers else nullcontext([]) as more:
        begin = time.perf_counter()
        run = subprocess.Popen([*COMMAND, *map(str, arguments), *more], cwd=ROOT, stderr=-1)
        main, all_, stopped = _watch(run, stop, when)
        seconds = time.perf_counter() - begin
        said = run.stderr.read().decode()
    _wait_for_orphans()
    if run.returncode and not stopped:
        raise AssertionError(f"{arguments}: {said}")
    return Cost(seconds, _cpu() - cpu, main, all_)


def _watch(run, stop, when):
    """Wait for a process; return the most memory of it and of all, and whether it was stopped."""
    main = all_ = looks = 0
    stopped = False
    while run.poll() is None:
        main = max(main, _peak(run.pid))
        if looks % EVERY == 0:
            all_ = max(all_, sum(map(_share, psutil.Process().children(recursive=True))))
        if not stopped and when():
            run.send_signal(stop)
            stopped = True
        looks += 1
        time.sleep(PAUSE)
    return main, max(main, all_), stopped


@contextmanager
def cluster(workers):
    """Start a Dask scheduler and workers on this machine; yield the options of `grade`."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "scheduler.json")
        address = ["--host", "127.0.0.1", "--port", "0"]
        where = ["--scheduler-file", str(file), "--no-dashboard"]
        count = ["--nworkers", str(workers), "--nthreads", "1", "--local-directory", folder]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
        ours = [
            subprocess.Popen([*DASK, "scheduler", *address, *where], **quiet),
            subprocess.Popen([*DASK, "worker", *where, *count], **quiet),
        ]
        try:
            while not file.exists() or not file.stat().st_size:
                time.sleep(PAUSE)
            yield ["--scheduler", json.loads(file.read_text())["address"]]
        finally:
            for one in reversed(ours):
                one.send_signal(signal.SIGTERM)
                one.wait()


def _peak(pid):
    """Return the most memory that a process has had, in bytes."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _share(process):
    """Return a process's memory in bytes; of a page that n processes share, it has 1/n."""
    with suppress(OSError):
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _wait_for_orphans():
    with suppress(ChildProcessError):
        while True:
            os.wait()


def _cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    print(json.dumps(cost(*sys.argv[1:])._asdict()))
