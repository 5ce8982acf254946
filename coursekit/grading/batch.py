"""Grade a class, in local processes or on a Dask cluster, and store each grade as it arrives."""

import gc
import json
import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import lru_cache, partial
from pathlib import Path

from coursekit.course.master import Master
from coursekit.course.records import CheckRecord
from coursekit.course.reference import run_reference
from coursekit.grading.assemble import Frame
from coursekit.grading.cluster import grade_on_cluster
from coursekit.grading.collect import Submission
from coursekit.grading.grade import grade_together, without_results, zygote
from coursekit.grading.gradebook import Gradebook, digest_of
from coursekit.grading.processes import Processes
from coursekit.grading.pytest_session import run_notebooks
from coursekit.grading.results import Graded, SubmissionStatus
from coursekit.sandbox.guest.limits import CELL_TIMEOUT
from coursekit.sandbox.host import cgroup
from coursekit.sandbox.host.folders import sweep, temporary_prefix
from coursekit.sandbox.host.zygote_client import LIBRARIES

MAX_SHARE = 8  # the most submissions in one pytest session
Item = tuple[str, str]  # a student, and the name of the file that holds the submission


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
    seconds: float = CELL_TIMEOUT,
    progress: Callable[[Graded], None] = lambda _: None,
) -> int:
    """Grade the submissions that are new or changed; return their number.

    `workers` local processes do the work, or the Dask cluster at `scheduler`. Every machine in a
    cluster needs a sandbox, unless you `trust` the submissions.
    """
    sweep()
    cgroup.sweep()
    seed = book.seed(lesson)
    digests = {one.student: digest_of(one.problem or one.text, master) for one in submissions}
    new = [one for one in submissions if not book.has(one.student, digests[one.student])]

    def enter(graded: Graded) -> None:
        book.enter(graded, digests[graded.student], version)
        progress(graded)

    for one in new:
        if one.problem:
            enter(without_results(one.student, SubmissionStatus.UNREADABLE, one.problem))
    texts = {one.student: one.text for one in new if not one.problem}
    if scheduler:
        grades = grade_on_cluster(scheduler, texts, master, seed, seconds, trust=trust)
    else:
        grades = _grade_here(texts, master, seed, seconds, workers or os.cpu_count() or 1)
    with closing(grades):  # stops the remaining work if we are interrupted
        for graded in grades:
            enter(graded)
    cgroup.sweep()  # the pool's processes do not remove their own cgroups
    return len(new)


def _grade_here(
    texts: Mapping[str, str], master: str, seed: str, seconds: float, workers: int
) -> Generator[Graded, None, None]:
    """Yield graded submissions as local processes finish them.

    The processes start while the reference runs. Submissions are passed as files, because a
    pool's pipe may block.
    """
    if not texts:
        return
    count = min(workers, len(texts))
    with (
        tempfile.TemporaryDirectory(prefix=temporary_prefix("class")) as scratch,
        ExitStack() as stack,
        ThreadPoolExecutor(1) as thread,
    ):
        os.chmod(scratch, 0o711)  # a sandbox's user must be able to reach its scratch folder
        folder = Path(scratch, "submissions")
        folder.mkdir(mode=0o700)

        def start() -> Processes[Item, Graded]:
            initialize = partial(_initialize, scratch, _libraries([master, *texts.values()]))
            work = partial(grade_share, folder, seconds)
            processes = stack.enter_context(Processes(count, initialize, work, give_up))
            for k, text in enumerate(texts.values()):
                (folder / str(k)).write_text(json.dumps(text), encoding="utf-8")
            return processes

        starting = thread.submit(start)
        checks = run_reference(Master.parse(master), seed)
        records = [(i, check.to_json()) for i, check in checks.items()]
        (folder / "reference").write_text(json.dumps([master, records]), encoding="utf-8")
        yield from starting.result().results(_shares(texts, count))


def _shares(students: Iterable[str], count: int) -> Iterator[list[Item]]:
    """Split a class into at least four shares per process; a pytest session costs 17 ms.

    >>> [len(share) for share in _shares("abcdefghij", count=1)]
    [3, 2, 2, 1, 1, 1]
    """
    left = [(student, str(k)) for k, student in enumerate(students)]
    while left:
        size = min(MAX_SHARE, -(-len(left) // (4 * count)))  # small at the end: a short wait
        yield left[:size]
        del left[:size]


def _libraries(texts: Sequence[str]) -> list[str]:
    """Return the libraries that the class mentions; only these are imported before the fork."""
    return [name for name in LIBRARIES if any(name in text for text in texts)]


def _initialize(scratch: str, libraries: Sequence[str]) -> None:
    """Prepare a pool process; its temporary files are in a folder that outlives it."""
    tempfile.tempdir = scratch
    zygote().libraries = tuple(libraries)
    gc.set_threshold(50_000, 20, 100)  # saves 5 % of our time: a submission makes 20,000 objects
    zygote().start()
    run_notebooks([], CELL_TIMEOUT, zygote())  # the first pytest session imports most of pytest


def grade_share(folder: Path, seconds: float, share: Sequence[Item]) -> list[Graded]:
    """Grade a share of the submissions stored in a folder."""
    texts = {
        student: json.loads((folder / name).read_text(encoding="utf-8")) for student, name in share
    }
    return list(grade_together(texts, lambda: _frame_in(folder), seconds))


@lru_cache(maxsize=1)
def _frame_in(folder: Path) -> Frame:
    master, records = json.loads((folder / "reference").read_text(encoding="utf-8"))
    checks = {i: CheckRecord.from_json(check) for i, check in records}
    return Frame(Master.parse(master), checks)


def give_up(item: Item, error: Exception) -> Graded:
    """Return the record of a submission that could not be graded because of our own error."""
    student, _ = item
    why = f"Grading failed: {type(error).__name__}: {error}"[:200]
    return without_results(student, SubmissionStatus.INFRASTRUCTURE, why)
