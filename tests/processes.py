"""Processes by words of their commands: those that a test started, or all of the machine."""

from contextlib import suppress

import psutil


def below(*words, parent=None):
    """Return the processes that this one, or a parent, started, directly or not."""
    return _named(psutil.Process(parent).children(recursive=True), words)


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
