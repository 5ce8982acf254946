"""A pool whose processes may be killed: the items that one was working on are retried one by one.

Each process has its own executor and pipe, so a process that is killed while it writes does not
corrupt other results. The server that forks the processes may be killed too.
"""

import atexit
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from itertools import islice
from multiprocessing import current_process, forkserver, get_context, parent_process
from multiprocessing.context import ForkServerContext
from queue import SimpleQueue
from typing import Any, Generic, Self, TypeVar

from coursekit.sandbox.host.folders import marked_processes, temporary_prefix

TRIES = 3  # maximum number of tries if our infrastructure fails or is killed
AHEAD = 3  # shares that each process has or that wait for it
PAUSE = 0.1  # seconds: when a process dies, the server that forked it may be about to die too
Item = TypeVar("Item")
Output = TypeVar("Output")


class Processes(Generic[Item, Output]):
    """Processes that each call `initialize`, then apply `work` to shares of items.

    The result of an item that cannot be processed is `give_up(item, error)`.
    """

    def __init__(
        self,
        count: int,
        initialize: Callable[[], None],
        work: Callable[[Sequence[Item]], list[Output]],
        give_up: Callable[[Item, Exception], Output],
    ) -> None:
        self._count = count
        self._initialize, self._work, self._give_up = initialize, work, give_up
        self._server = _server()
        self._idle: SimpleQueue[ProcessPoolExecutor | None] = SimpleQueue()  # None: start a new one
        self._threads = ThreadPoolExecutor(count)  # each waits for one process
        for _ in range(count):
            self._idle.put(None)
            self._threads.submit(self._process, ())  # starts a process in the background

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)
        with ThreadPoolExecutor() as threads:
            while not self._idle.empty():
                if process := self._idle.get():
                    threads.submit(process.shutdown)

    def results(self, shares: Iterable[Sequence[Item]]) -> Iterator[Output]:
        """Yield the result of each item, share by share as the shares finish.

        A share is taken from `shares` when its turn is near, so that few are in memory at a time.
        """
        submitted = (self._threads.submit(self._process, share) for share in shares)
        running = set(islice(submitted, self._count * AHEAD))
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield from future.result()
            running.update(islice(submitted, len(done)))

    def _start(self) -> ProcessPoolExecutor:
        # the initializer runs before the process waits for work, which it does forever if we die:
        # it holds both ends of the pipe that the work comes through
        process = ProcessPoolExecutor(1, self._server, initializer=_follow_parent)
        process.submit(self._initialize)
        return process

    def _process(self, share: Sequence[Item], tries: int = TRIES) -> list[Output]:
        process = self._idle.get()
        try:
            process = process or self._start()
            return process.submit(self._work, share).result()
        except Exception as error:
            failure, retry = error, len(share) > 1
            if isinstance(error, BrokenProcessPool | OSError):
                if process:
                    process.shutdown()
                process, retry = None, tries > 1
                time.sleep(PAUSE)
        finally:
            self._idle.put(process)
        if not retry:
            return [self._give_up(item, failure) for item in share]
        return [result for item in share for result in self._process([item], tries - 1)]


def _follow_parent() -> None:
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    """Exit when the process that started the pool dies: if killed, it cannot stop us."""
    if parent := parent_process():
        parent.join()
        os._exit(1)


@lru_cache(maxsize=1)
def _server() -> ForkServerContext:
    """Return the server that forks our processes; if we are killed, `sweep` cleans up."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["coursekit.grading.batch"])  # imported once for all forks
    folder = tempfile.mkdtemp(prefix=temporary_prefix("pool"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    process: Any = current_process()  # multiprocessing has no public way to choose the folder
    process._config["tempdir"] = folder
    with marked_processes():
        forkserver.ensure_running()  # now, so that the mark is in its environment
    return context
