"""Files by a list of those that may be read, where no namespace is to be had: Linux's Landlock.

Nothing may be written, but to /dev/null. https://docs.kernel.org/userspace-api/landlock.html
"""

import os
import stat
import struct
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from . import linux

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every processor
ASK_VERSION, PATH_BENEATH = 1, 1
EXECUTE, WRITE, READ, LIST = 1, 2, 4, 8
FILES = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}  # by version
NETWORK, SCOPES = {4: 3}, {6: 3}  # TCP; abstract sockets and signals


def version() -> int:
    """Return the kernel's version of Landlock, 0 where there is none."""
    return max(0, int(linux.libc.syscall(CREATE_RULESET, None, 0, ASK_VERSION)))


def ruleset(readable: Iterable[Path], hidden: Collection[Path]) -> int:
    """Return a descriptor of rules: all below what is readable may be read, but what is hidden."""
    here = version()

    def handled(by_version: dict[int, int]) -> int:
        return next((by_version[v] for v in sorted(by_version, reverse=True) if v <= here), 0)

    asked = struct.pack("QQQ", handled(FILES), handled(NETWORK), handled(SCOPES))
    size = 8 if here < 4 else 16 if here < 6 else 24
    found = linux.libc.syscall(CREATE_RULESET, asked[:size], size, 0)
    rules = linux.checked(found, "landlock_create_ruleset")
    for place in readable:
        _allow(rules, place, LIST)
        for part in around(place, hidden):
            _allow(rules, part, EXECUTE | READ | LIST)
    _allow(rules, Path(os.devnull), READ | WRITE)
    return rules


def restrict(rules: int) -> None:
    """Put rules in force, in this process and all that it starts; privileges are given up first."""
    linux.checked(linux.libc.syscall(RESTRICT_SELF, rules, 0), "landlock_restrict_self")


def around(root: Path, hidden: Iterable[Path]) -> Iterator[Path]:
    """Yield what covers all below a folder, but what is hidden; a link's target is no part of it.

    >>> list(around(Path("/usr"), [Path("/home")]))
    [PosixPath('/usr')]
    """
    inside = [path for path in hidden if path.is_relative_to(root)]
    if root in inside:
        return
    if not inside:
        yield root
        return
    for child in sorted(root.iterdir()):
        if not child.is_symlink():
            yield from around(child, inside)


def _allow(rules: int, path: Path, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not on this machine
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            access &= EXECUTE | READ | WRITE
        if not access:  # a file that was only to be listed
            return
        rule = struct.pack("=Qi", access, place)
        found = linux.libc.syscall(ADD_RULE, rules, PATH_BENEATH, rule, 0)
        linux.checked(found, f"landlock_add_rule {path}")
    finally:
        os.close(place)
