"""A class side by side: what is missing or changed is graded, on processes here or on Dask."""

import gc
import json
import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from coursekit.course import master as masters
from coursekit.course.reference import record
from coursekit.grading import pytest_session
from coursekit.grading.assemble import Frame
from coursekit.grading.collect import Submission
from coursekit.grading.grade import grade_together, without_results, zygote
from coursekit.grading.gradebook import Gradebook, digest_of
from coursekit.grading.nbval_plugin import CELL_SECONDS
from coursekit.grading.processes import Processes
from coursekit.sandbox.host import cgroup
from coursekit.sandbox.host.folders import sweep, temporary_prefix
from coursekit.sandbox.host.zygote_client import LIBRARIES

SHARE = 8  # submissions at most in one session of pytest
Piece = tuple[str, str]  # a student, and the file that holds what they handed in


def grade_class(
    submissions: Sequence[Submission],
    master: str,
    lesson: str,
    book: Gradebook,
    *,
    version: int = 1,
    workers: int | None = None,
    scheduler: str | None = None,
    trust: bool = False,
    seconds: float = CELL_SECONDS,
    progress: Callable[[dict[str, Any]], None] = lambda _: None,
) -> int:
    """Grade what is missing or changed, and enter it; return how many were graded.

    `workers` processes of this machine share the work, or the Dask cluster at `scheduler`, whose
    machines need a sandbox unless the submissions are to `trust`.
    """
    sweep()
    cgroup.sweep()
    seed = book.seed(lesson)
    digests = {one.student: digest_of(one.problem or one.text, master) for one in submissions}
    wanted = [one for one in submissions if not book.has(one.student, digests[one.student])]
    for one in wanted:
        if one.problem:
            graded = without_results(one.student, "unreadable", one.problem)
            book.enter(graded | {"version": version}, digests[one.student])
            progress(graded)
    texts = {one.student: one.text for one in wanted if not one.problem}
    with tempfile.TemporaryDirectory(prefix=temporary_prefix("class")) as folder:
        if scheduler and texts:
            from coursekit.grading.cluster import graded_on

            found = graded_on(scheduler, texts, master, seed, seconds, trust=trust)
        else:
            found = _graded(texts, master, seed, seconds, workers, folder)
        with closing(found):  # else what is asked to stop first grades what it has begun
            for graded in found:
                book.enter(graded | {"version": version}, digests[graded["student"]])
                progress(graded)
    cgroup.sweep()  # the groups of a pool's processes, which end without a word
    return len(wanted)


def _graded(
    texts: Mapping[str, str],
    master: str,
    seed: str,
    seconds: float,
    workers: int | None,
    folder: str,
) -> Generator[dict[str, Any], None, None]:
    """Yield graded submissions as they come. Texts travel as files: a pool's pipe may clog.

    While the reference runs, the processes of the pool begin and warm themselves.
    """
    if not texts:
        return
    place = Path(folder, "handed-in")
    place.mkdir(mode=0o700)
    os.chmod(folder, 0o711)  # a sandbox's user finds its own scratch here
    many = min(workers or os.cpu_count() or 1, len(texts))
    named = [name for name in LIBRARIES if any(name in text for text in [master, *texts.values()])]
    first = partial(_begin, folder, named)
    work = partial(grade_share, place, seconds)

    def begin() -> Processes[Piece, dict[str, Any]]:
        processes = ended.enter_context(Processes(many, first, work, not_graded))
        for k, text in enumerate(texts.values()):
            (place / str(k)).write_text(json.dumps(text), encoding="utf-8")
        return processes

    with ExitStack() as ended, ThreadPoolExecutor(1) as beside:
        processes = beside.submit(begin)
        records = list(record(masters.parse(master), seed).records.items())
        (place / "reference").write_text(json.dumps([master, records]), encoding="utf-8")
        yield from processes.result().results(_shares(texts, many))


def _shares(students: Iterable[str], many: int) -> Iterator[list[Piece]]:
    """Yield parts of a class, four or more for each process: a session of pytest costs 17 ms.

    >>> [len(some) for some in _shares("abcdefghij", many=1)]
    [3, 2, 2, 1, 1, 1]
    """
    left = [(student, str(k)) for k, student in enumerate(students)]
    while left:
        size = min(SHARE, -(-len(left) // (4 * many)))  # smaller at the end, where others wait
        yield left[:size]
        del left[:size]


def _begin(folder: str, libraries: Sequence[str]) -> None:
    """Let a process make its scratch here: a killed one cannot clear up, the class's folder can."""
    tempfile.tempdir = folder
    zygote().libraries = tuple(libraries)
    gc.freeze()  # what was imported stays: no collection walks through it again and again
    gc.set_threshold(50_000, 20, 100)  # a submission makes some 20,000 objects; 10 % of its time
    zygote().start()
    pytest_session.run([], CELL_SECONDS, zygote())  # the first one imports what pytest consists of


def grade_share(folder: Path, seconds: float, share: Sequence[Piece]) -> list[dict[str, Any]]:
    """Return the graded submissions of a share whose texts lie in a folder."""
    texts = {
        student: json.loads((folder / name).read_text(encoding="utf-8")) for student, name in share
    }
    return list(grade_together(texts, lambda: _frame_in(folder), seconds))


@lru_cache(maxsize=1)
def _frame_in(folder: Path) -> Frame:
    master, records = json.loads((folder / "reference").read_text(encoding="utf-8"))
    return Frame(masters.parse(master), dict(records))


def not_graded(piece: Piece, error: Exception) -> dict[str, Any]:
    """Return what stands for a submission that an error of ours kept from being graded."""
    student, _ = piece
    why = f"grading failed: {type(error).__name__} {error}"[:200]
    return without_results(student, "infrastructure", why)
