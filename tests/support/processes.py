"""Find and kill processes that a test started; words in their commands identify them."""

import os
import signal
import time
from contextlib import suppress

import psutil

from coursekit.sandbox.guest import linux


def adopt_orphans():
    """Keep each descendant of this process below it, even after its parent has exited."""
    linux.adopt_orphans()


def below(*words, parent=None):
    """Return the pids of live descendants whose commands contain one of these words."""
    pids = []
    children = []
    with suppress(psutil.Error):  # the parent has exited in the meantime
        children = psutil.Process(parent).children(recursive=True)
    for process in children:
        with suppress(psutil.Error):  # it has exited, too
            command = " ".join(process.cmdline())
            ours = (
                "/chromium" not in command
            )  # the browser of other tests starts helpers when it likes
            alive = process.status() != psutil.STATUS_ZOMBIE
            if ours and alive and any(word in command for word in words):
                pids.append(process.pid)
    return pids


def kill(pids):
    """Kill processes; ignore those that have already exited."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def end(*words):
    """Kill the processes that `below` finds, wait until they are gone, and return their pids."""
    pids = below(*words)
    kill(pids)
    while any(map(_lives, pids)):
        time.sleep(0.01)
    return pids


def _lives(pid):
    with suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False
