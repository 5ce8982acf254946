"""Which sandbox this machine allows: from the strongest to the weakest, each tried.

bubblewrap → own namespaces → Landlock → limits only
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from coursekit.sandbox.guest import landlock, linux
from coursekit.sandbox.guest.seccomp import can_filter
from coursekit.sandbox.host.command import Sandbox
from coursekit.sandbox.host.folders import scratch_folder

BUBBLEWRAP, OWN, LANDLOCK, WEAKEST = "bubblewrap", "own namespaces", "Landlock", "limits only"
# what a worker does in the sandbox: a namespace below
NESTED = ("unshare", "--user", "--mount", "--pid", "--net", "--fork", "true")
REMEDY = (
    "namespaces are refused here. In Docker: --privileged, or --security-opt with each of"
    " seccomp=unconfined, apparmor=unconfined, systempaths=unconfined. On Ubuntu: sysctl"
    " kernel.apparmor_restrict_unprivileged_userns=0, or grade as root"
)


@cache
def strongest() -> Sandbox:
    """Return the strongest sandbox that works on this machine, tried and not only looked for."""
    return next(sandbox for sandbox in candidates() if why_not(sandbox) is None)


def candidates() -> Iterator[Sandbox]:
    """Yield the sandboxes that this machine may have, the strongest first."""
    filtered = can_filter()
    if linux.CLONE and all(map(shutil.which, ("prlimit", "setpriv", "unshare"))):
        untold = "" if filtered else ", system calls not filtered"
        own = (sys.executable, "-P", "-m", "coursekit.sandbox.host.bubble")
        for level, start in ((BUBBLEWRAP, _bubblewrap()), (OWN, own)):
            for before in dict.fromkeys(((), _mounted_root())) if start else ():
                yield Sandbox(level + untold, (*before, *start), filtered=filtered)
        if filtered and landlock.version():
            yield Sandbox(LANDLOCK, filtered=True, landlocked=True)
    yield Sandbox(WEAKEST, filtered=filtered)


def why_not(sandbox: Sandbox) -> str | None:
    """Return what a sandbox that does not work says, None where it works."""
    if sandbox.level == WEAKEST:
        return None
    trial = NESTED if sandbox.start else (sys.executable, "-c", "import ipykernel")
    scratch = scratch_folder()
    try:
        tried = subprocess.run(
            sandbox.of_a_zygote().command(trial, scratch),
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return None if tried.returncode == 0 else tried.stderr.strip()[-200:] or "it says nothing"


def remedy(sandbox: Sandbox) -> str:
    """Return what to change on this machine for a stronger sandbox, nothing where it is strong."""
    if not sandbox.start:
        return REMEDY
    return "" if sandbox.filtered else "apt-get install libseccomp2"


def _bubblewrap() -> tuple[str, ...]:
    """Return bubblewrap of the system, or else of its package beside this Python."""
    beside = Path(sys.prefix, "bin", "bwrap")
    found = shutil.which("bwrap") or (str(beside) if beside.exists() else None)
    return (found,) if found else ()


def _mounted_root() -> tuple[str, ...]:
    """Return what makes / a mount point, which / in a chroot is not.

    It happens in a mount namespace of its own, and only where no mount is shared with others.
    """
    try:
        shared = "shared:" in Path("/proc/1/mountinfo").read_text(encoding="utf-8")
    except OSError:
        shared = True
    if shared or os.geteuid() != 0:
        return ()
    script = 'mount --rbind / /mnt && exec chroot /mnt "$@"'
    return ("unshare", "--mount", "--propagation", "unchanged", "sh", "-c", script, "sh")
