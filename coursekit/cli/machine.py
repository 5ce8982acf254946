"""What a machine may lack: a sentence for each of its failures, and the limits of the shell."""

import errno
import sqlite3
import sys
import tempfile
from collections.abc import Iterator

from coursekit.errors import CommandError
from coursekit.sandbox.guest.limits import ADDRESS_SPACE, SCRATCH

MEMORY = ("there is not enough memory", "end other programs, or grade with --jobs 1")
PROCESSES = ("no more processes can be started", "end other programs, or raise the limit ulimit -u")
PLACE = "choose another folder"
OF_FILES = {  # the number of an error → what is wrong with a file, and what to do
    errno.ENOSPC: ("the disk is full, so {} cannot be written", "make room on it"),
    errno.EDQUOT: ("your share of the disk is full, so {} cannot be written", "make room on it"),
    errno.EROFS: ("{} cannot be written, because its disk is read-only", PLACE),
    errno.EACCES: ("you may not read or write {}", f"change its permissions, or {PLACE}"),
    errno.EPERM: ("you may not read or write {}", f"change its permissions, or {PLACE}"),
    errno.EEXIST: ("{} is not a folder", f"move it elsewhere, or {PLACE}"),
    errno.ENOTDIR: ("a part of the path {} is not a folder", PLACE),
    errno.EISDIR: ("{} is a folder, not a file", "move it elsewhere"),
    errno.ENOENT: ("{} does not exist", "check the path"),
    errno.ENAMETOOLONG: ("the name {} is too long", "shorten it"),
    errno.EFBIG: ("{} may not become so large", "raise the limit ulimit -f"),
    errno.EIO: ("the disk of {} fails", "copy what is on it, and choose another one"),
    errno.EMFILE: ("too many files are open", "raise the limit ulimit -n"),
    errno.ENFILE: ("too many files are open on this machine", "end other programs"),
    errno.ENOMEM: MEMORY,
    errno.EAGAIN: PROCESSES,
}
OF_THE_GRADEBOOK = {  # the name of SQLite's error begins like this → what is wrong, what to do
    "SQLITE_FULL": ("the disk is full, so the gradebook cannot be written", "make room on it"),
    "SQLITE_BUSY": ("another program is using the gradebook", "wait until it ends"),
    "SQLITE_LOCKED": ("another program is using the gradebook", "wait until it ends"),
    "SQLITE_READONLY": ("the gradebook may not be written", "change its permissions"),
    "SQLITE_CANTOPEN": ("the gradebook cannot be opened", "move aside what has its name"),
    "SQLITE_IOERR": ("the disk of the gradebook fails", "copy what is on it, and choose another"),
    "SQLITE_CORRUPT": ("the gradebook is damaged", "restore a backup"),
    "SQLITE_NOTADB": ("the gradebook is damaged", "restore a backup"),
    "SQLITE_NOMEM": MEMORY,
}
LIMITS = (  # what grading needs: the resource, what it is, its option and unit in the shell
    ("RLIMIT_AS", ADDRESS_SPACE, "memory", "-v", 1 << 10),
    ("RLIMIT_DATA", ADDRESS_SPACE, "memory", "-d", 1 << 10),
    ("RLIMIT_FSIZE", SCRATCH, "the size of files", "-f", 1 << 10),
    ("RLIMIT_NOFILE", 1024, "open files", "-n", 1),
    ("RLIMIT_NPROC", 64, "processes", "-u", 1),
)


def sentence(error: Exception) -> str:
    """Return the sentence for a failure of the machine: what is wrong, and what to do.

    >>> sentence(OSError(errno.EROFS, "Read-only file system", "out/grades.csv"))
    'out/grades.csv cannot be written, because its disk is read-only: choose another folder, \
then run the command again; nothing is lost'
    """
    what, remedy = _trouble(error)
    return f"{what}: {remedy}, then run the command again; nothing is lost"


def _trouble(error: Exception) -> tuple[str, str]:
    match error:
        case OSError(errno=int(number)) if number in OF_FILES:
            what, remedy = OF_FILES[number]
            return what.format(error.filename or f"a file in {tempfile.gettempdir()}"), remedy
        case sqlite3.Error(sqlite_errorname=str(name)):
            for beginning, trouble in OF_THE_GRADEBOOK.items():
                if name.startswith(beginning):
                    return trouble
        case MemoryError():
            return MEMORY
        case RuntimeError():  # can't start new thread
            return PROCESSES
    where = "the gradebook" if isinstance(error, sqlite3.Error) else "a file"
    where = getattr(error, "filename", None) or where
    reason = getattr(error, "strerror", None) or error
    return f"cannot read or write {where} ({reason})", "check the path"


def check_limits() -> None:
    """Raise CommandError if the shell that started us limits us to less than grading needs."""
    for sentence in _low_limits():
        raise CommandError(sentence)


def _low_limits() -> Iterator[str]:
    if sys.platform != "linux":
        return
    import resource

    for name, needed, what, option, unit in LIMITS:
        hard = resource.getrlimit(getattr(resource, name))[1]
        if hard != resource.RLIM_INFINITY and hard < needed:
            yield (
                f"the limit on {what} is too low for grading (ulimit {option} {hard // unit}): it"
                f" must be at least {needed // unit}; raise it where it was set, then log in again"
            )
