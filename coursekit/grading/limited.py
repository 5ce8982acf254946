"""Read what students sent in a child process, because a file may need any amount of memory or time.

The child is a fork with limits on its address space and CPU time. A file that exceeds a limit is
refused with a reason, and the files after it are read in another child.
"""

import gc
import json
import os
import resource
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn, TypeVar

from coursekit.course.unreadable import NotebookError, too_large
from coursekit.errors import plural
from coursekit.sandbox.guest.linux import die_with_parent

MEMORY = 1 << 30  # bytes of address space, beyond those of the process that forks
SECONDS = 10  # of CPU time for one file; a usual notebook takes a few milliseconds
OUT_OF_MEMORY = 77  # the child's exit status
CRASHES = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS)
Item = TypeVar("Item")


class ReadingError(Exception):
    """Reading failed for a reason that is not known to be the student's file."""


def each_limited(
    work: Callable[[Item], Any], items: Sequence[Item]
) -> Iterator[Any | NotebookError | ReadingError]:
    """Yield `work(item)` for each item, as JSON carries it, or the error that it caused."""
    done = 0
    while done < len(items):
        child, lines = _start(work, items[done:])
        try:
            with lines:
                for line in lines:
                    yield _decode(line)
                    done += 1
        finally:
            os.kill(child, signal.SIGKILL)  # changes nothing if it has exited
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if done < len(items):
            yield _error(status)
            done += 1


def _error(status: int) -> NotebookError | ReadingError:
    """Return the error of the file whose reading ended with an exit status."""
    if status == OUT_OF_MEMORY:
        return too_large(f"needs more than {MEMORY >> 20:,} MB of memory")
    if status == -signal.SIGXCPU:
        return too_large(f"takes more than {plural(SECONDS, 'second')}")
    if status in CRASHES:
        return too_large("crashes Python")
    return ReadingError(f"reading ended with exit status {status}")


def _start(work: Callable[[Item], Any], items: Sequence[Item]) -> tuple[int, IO[str]]:
    """Fork a child that answers one line per item; return its ID and the lines."""
    ours, theirs = os.pipe()
    parent = os.getpid()
    with warnings.catch_warnings():
        # the other threads' locks do not matter: the child only computes, and does not return
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.close(ours)
        _answer(work, items, theirs, parent)
    os.close(theirs)
    return child, open(ours, encoding="ascii")


def _answer(work: Callable[[Item], Any], items: Sequence[Item], pipe: int, parent: int) -> NoReturn:
    status = 1
    try:
        die_with_parent(signal.SIGKILL, parent)
        gc.disable()  # the child's memory is freed when it exits
        _limit_memory()
        with open(pipe, "w", encoding="ascii", closefd=False) as lines:  # the exit closes it
            for item in items:
                _limit_time()
                print(json.dumps(_outcome(work, item)), file=lines, flush=True)
        status = 0
    except MemoryError:
        status = OUT_OF_MEMORY
    finally:
        os._exit(status)


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + MEMORY)
    _lower(resource.RLIMIT_CORE, 0)


def _limit_time() -> None:
    _lower(resource.RLIMIT_CPU, int(time.process_time()) + SECONDS + 1)


def _lower(limit: int, most: int) -> None:
    """Set a limit of this process, unless it is already lower for another reason."""
    hard = resource.getrlimit(limit)[1]
    resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _outcome(work: Callable[[Item], Any], item: Item) -> dict[str, Any]:
    try:
        return {"result": work(item)}
    except NotebookError as error:
        return {"refused": [error.what, error.remedy]}
    except MemoryError:
        raise
    except Exception as error:  # our own mistake, in which only this file may be involved
        return {"failure": f"{type(error).__name__}: {error}"}


def _decode(line: str) -> Any | NotebookError | ReadingError:
    match json.loads(line):
        case {"refused": [what, remedy]}:
            return NotebookError(what, remedy)
        case {"failure": failure}:
            return ReadingError(failure)
        case outcome:
            return outcome["result"]
