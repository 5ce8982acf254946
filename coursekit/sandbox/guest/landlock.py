"""Use Landlock to restrict which files can be read, on machines that refuse namespaces.

Only /dev/null can be written. https://docs.kernel.org/userspace-api/landlock.html
"""

import os
import stat
import struct
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from . import linux

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # call numbers on every architecture
ASK_VERSION, PATH_BENEATH = 1, 1
EXECUTE, WRITE, READ, LIST = 1, 2, 4, 8


def version() -> int:
    """Return the kernel's Landlock version, or 0 if it has none."""
    return max(0, int(linux.libc.syscall(CREATE_RULESET, None, 0, ASK_VERSION)))


def create_ruleset(readable: Iterable[Path], hidden: Collection[Path]) -> int:
    """Return a descriptor of rules that allow reading the folders, except for the hidden paths."""
    kernel = version()
    files = 13 + (kernel >= 2) + (kernel >= 3) + (kernel >= 5)  # the number of rights
    network = 3 if kernel >= 4 else 0  # TCP
    scopes = 3 if kernel >= 6 else 0  # abstract sockets and signals
    attributes = struct.pack("QQQ", (1 << files) - 1, network, scopes)
    result = linux.libc.syscall(CREATE_RULESET, attributes, len(attributes), 0)
    ruleset = linux.checked(result, "landlock_create_ruleset")
    for place in readable:
        _allow(ruleset, place, LIST)
        for part in without(place, hidden):
            _allow(ruleset, part, EXECUTE | READ | LIST)
    _allow(ruleset, Path(os.devnull), READ | WRITE)
    return ruleset


def restrict(ruleset: int) -> None:
    """Apply a ruleset to this process and its children; it must have dropped its privileges."""
    linux.checked(linux.libc.syscall(RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")


def without(root: Path, hidden: Iterable[Path]) -> Iterator[Path]:
    """Yield the fewest paths that cover a folder without its hidden parts; symlinks are skipped.

    >>> list(without(Path("/usr"), [Path("/home")]))
    [PosixPath('/usr')]
    """
    parts = [path for path in hidden if path.is_relative_to(root)]
    if root in parts:
        return
    if not parts:
        yield root
        return
    for child in sorted(root.iterdir()):
        if not child.is_symlink():
            yield from without(child, parts)


def _allow(ruleset: int, path: Path, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not on this machine
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            access &= EXECUTE | READ | WRITE
        if not access:  # LIST does not apply to files
            return
        rule = struct.pack("=Qi", access, place)
        result = linux.libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, rule, 0)
        linux.checked(result, f"landlock_add_rule {path}")
    finally:
        os.close(place)
