"""Processes that may be killed: what one of them had in hand is tried again, piece by piece."""

import atexit
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from multiprocessing import current_process, get_context, parent_process
from multiprocessing.context import ForkServerContext
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from coursekit.sandbox.host.folders import temporary_prefix

TRIES = 3  # where our own machinery fails, or is killed
PAUSE = 0.1  # seconds: with a process its server may be about to end
Piece = TypeVar("Piece")
Result = TypeVar("Result")


class Processes(Generic[Piece, Result]):
    """Processes that do `work` on shares of pieces; each begins with `first`.

    `failed` gives what stands for a piece that was given up.
    """

    def __init__(
        self,
        many: int,
        first: Callable[[], None],
        work: Callable[[Sequence[Piece]], list[Result]],
        failed: Callable[[Piece, Exception], Result],
    ) -> None:
        self._first, self._work, self._failed = first, work, failed
        self._idle: SimpleQueue[ProcessPoolExecutor | None] = SimpleQueue()  # None: was killed
        self._threads = ThreadPoolExecutor(many)  # each waits for one process
        for _ in range(many):
            self._idle.put(self._begun())

    def __enter__(self) -> "Processes[Piece, Result]":
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)
        with ThreadPoolExecutor() as side_by_side:
            while not self._idle.empty():
                if process := self._idle.get():
                    side_by_side.submit(process.shutdown)

    def results(self, shares: Iterable[Sequence[Piece]]) -> Iterator[Result]:
        """Yield the result of each piece, as they come."""
        for share in as_completed([self._threads.submit(self._done, share) for share in shares]):
            yield from share.result()

    def _begun(self) -> ProcessPoolExecutor:
        process = ProcessPoolExecutor(1, _server())
        process.submit(_begin, self._first)
        return process

    def _done(self, share: Sequence[Piece], tries: int = TRIES) -> list[Result]:
        process = self._idle.get()
        try:
            process = process or self._begun()
            return process.submit(self._work, share).result()
        except Exception as error:
            why, again = error, len(share) > 1
            if isinstance(error, BrokenProcessPool | OSError):
                if process:
                    process.shutdown()
                process, again = None, tries > 1
                time.sleep(PAUSE)
        finally:
            self._idle.put(process)
        if not again:
            return [self._failed(piece, why) for piece in share]
        return [result for piece in share for result in self._done([piece], tries - 1)]


def _begin(first: Callable[[], None]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    first()


def _end_with_parent() -> None:
    """End when the process that asked for this one does: killed, it cannot say so."""
    if parent := parent_process():
        parent.join()
        os._exit(1)


@lru_cache(maxsize=1)
def _server() -> ForkServerContext:
    """Return what forks our processes: its socket lies where `sweep` finds it if we are killed."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["coursekit.grading.batch"])  # imported once, for all
    folder = tempfile.mkdtemp(prefix=temporary_prefix("pool"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    us: Any = current_process()  # multiprocessing has no public way to say where
    us._config["tempdir"] = folder
    return context
