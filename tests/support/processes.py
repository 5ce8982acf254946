"""Processes by words of their commands: those that a test started, or all of the machine."""

import os
import signal
import time
from contextlib import suppress

import psutil


def below(*words, parent=None):
    """Return the processes that this one, or a parent, started, directly or not."""
    return _named(psutil.Process(parent).children(recursive=True), words)


def kill(pids):
    """Kill processes, those that have ended meanwhile aside."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def end(*words):
    """Kill such processes below this one, and wait until they are gone."""
    found = below(*words)
    kill(found)
    while any(map(_lives, found)):
        time.sleep(0.01)
    return found


def _lives(pid):
    with suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def everywhere(*words):
    """Return the processes of the machine, orphans of a test among them."""
    return _named(psutil.process_iter(), words)


def _named(found, words):
    pids = []
    for process in found:
        with suppress(psutil.Error):  # it ended meanwhile
            command = " ".join(process.cmdline())
            if process.status() != psutil.STATUS_ZOMBIE and any(word in command for word in words):
                pids.append(process.pid)
    return pids
