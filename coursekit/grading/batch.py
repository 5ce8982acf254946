"""Grade a class, in local processes or on a Dask cluster, and store each grade as it arrives."""

import gc
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

from coursekit.course.master import Master
from coursekit.course.notebook_kernel import NO_CLOCKS, run_reference
from coursekit.course.records import CheckRecord
from coursekit.distribution import require
from coursekit.errors import CommandError
from coursekit.grading import grade
from coursekit.grading.assemble import Frame
from coursekit.grading.collect import Submission
from coursekit.grading.gradebook import Gradebook, digest_of
from coursekit.grading.processes import Processes
from coursekit.grading.results import Graded, SubmissionStatus
from coursekit.sandbox.guest.limits import CELL_TIMEOUT
from coursekit.sandbox.host.folders import sweep, temporary_prefix
from coursekit.sandbox.host.levels import LIMITS_ONLY, Sandbox, strongest
from coursekit.sandbox.host.zygote_client import LIBRARIES

MAX_SHARE = 8  # the most submissions in one pytest session
CLUSTER_TIMEOUT = 30  # seconds to wait for the scheduler
REFERENCE = "reference"  # the file with the master and its records
Item = tuple[str, str]  # a student, and the name of the file that holds the submission


def grade_class(
    submissions: Sequence[Submission],
    master: str,
    lesson: str,
    book: Gradebook,
    *,
    version: int = 1,
    clocks: Mapping[str, float] = NO_CLOCKS,
    workers: int | None = None,
    scheduler: str | None = None,
    trust: bool = False,
    seconds: float = CELL_TIMEOUT,
    progress: Callable[[Graded], None] = lambda _: None,
) -> int:
    """Grade the submissions that are new or changed; return their number.

    `clocks` are the CPU seconds of each exercise's public check that students were given.
    `workers` local processes do the work, or the Dask cluster at `scheduler`. Every machine in a
    cluster needs a sandbox, unless you `trust` the submissions.
    """
    sweep()
    secret = book.seed(lesson)
    digests = {one.student: digest_of(one.problem or one.text, master) for one in submissions}
    handed_in = {one.student: one for one in submissions}
    new = [one for one in submissions if not book.has(one.student, digests[one.student])]

    def enter(graded: Graded) -> None:
        one = handed_in[graded.student]
        graded = replace(graded, notes=[*one.notes, *graded.notes], collected=one.number)
        book.enter(graded, digests[graded.student], version, one.text)
        progress(graded)

    for one in new:
        if one.problem:
            enter(grade.without_results(one.student, SubmissionStatus.UNREADABLE, one.problem))
    texts: dict[str, dict[str, str]] = defaultdict(dict)  # seed → student → text
    for one in new:
        if not one.problem:
            attempt = book.attempt(one.student, digests[one.student])
            texts[seed_of(secret, attempt)][one.student] = one.text
    if scheduler:
        grades = _grade_on_cluster(scheduler, texts, master, clocks, seconds, trust=trust)
    else:
        grades = _grade_here(texts, master, clocks, seconds, workers or os.cpu_count() or 1)
    with closing(grades):  # stops the remaining work if we are interrupted
        for graded in grades if texts else ():
            enter(graded)
    sweep()  # the pool's processes do not remove their own cgroups
    return len(new)


def seed_of(secret: str, attempt: int) -> str:
    """Return the seed of everybody's n-th attempt; the first uses the assignment's secret itself.

    >>> seed_of("secret", 1), seed_of("secret", 2)
    ('secret', 'secret:2')
    """
    return secret if attempt == 1 else f"{secret}:{attempt}"


def _grade_here(
    texts: Mapping[str, Mapping[str, str]],
    master: str,
    clocks: Mapping[str, float],
    seconds: float,
    workers: int,
) -> Generator[Graded, None, None]:
    """Yield graded submissions as local processes finish them; `texts` are by seed and student.

    The processes start while the reference runs. Submissions are passed as files, because a
    pool's pipe may block.
    """
    everyone = [text for group in texts.values() for text in group.values()]
    count = min(workers, len(everyone))
    # only the libraries that the class mentions are imported before the fork
    libraries = [name for name in LIBRARIES if any(name in text for text in [master, *everyone])]
    with tempfile.TemporaryDirectory(prefix=temporary_prefix("class")) as scratch:
        os.chmod(scratch, 0o711)  # a sandbox's user must be able to reach its scratch folder
        folder = Path(scratch, "submissions")
        folder.mkdir(mode=0o700)
        initialize = partial(_initialize, scratch, libraries)
        with Processes(count, initialize, partial(grade_share, folder, seconds), give_up) as pool:
            for number, (seed, group) in enumerate(texts.items()):
                place = folder / str(number)
                place.mkdir()
                for k, text in enumerate(group.values()):
                    (place / str(k)).write_text(json.dumps(text), encoding="utf-8")
                checks = run_reference(Master.parse(master), seed, clocks)
                records = [(i, check.to_json()) for i, check in checks.items()]
                (place / REFERENCE).write_text(json.dumps([master, records]), encoding="utf-8")
                yield from pool.results(_shares(group, count, place.name))


def _shares(students: Iterable[str], count: int, folder: str) -> Iterator[list[Item]]:
    """Split a class into at least four shares per process; a pytest session costs 17 ms.

    >>> [len(share) for share in _shares("abcdefghij", 1, "0")]
    [3, 2, 2, 1, 1, 1]
    """
    left = [(student, f"{folder}/{k}") for k, student in enumerate(students)]
    while left:
        size = min(MAX_SHARE, -(-len(left) // (4 * count)))  # smaller at the end: less waiting
        yield left[:size]
        del left[:size]


def _initialize(scratch: str, libraries: Sequence[str]) -> None:
    """Prepare a pool process; its temporary files are in a folder that outlives it."""
    tempfile.tempdir = scratch
    grade.zygote().libraries = tuple(libraries)
    gc.set_threshold(50_000, 20, 100)  # 5 % faster: a submission makes 20,000 objects
    grade.zygote().start()
    grade.run_notebooks([], CELL_TIMEOUT)  # the first pytest session imports most of pytest


def grade_share(folder: Path, seconds: float, share: Sequence[Item]) -> list[Graded]:
    """Grade a share of the submissions stored in a folder, next to their reference's outcomes."""
    texts = {
        student: json.loads((folder / name).read_text(encoding="utf-8")) for student, name in share
    }
    place = (folder / share[0][1]).parent
    return list(grade.grade_together(texts, lambda: _frame_in(place), seconds))


@lru_cache(maxsize=2)
def _frame_in(folder: Path) -> Frame:
    master, records = json.loads((folder / REFERENCE).read_text(encoding="utf-8"))
    checks = {i: CheckRecord.from_json(check) for i, check in records}
    return Frame(Master.parse(master), checks)


def give_up(item: Item, error: Exception) -> Graded:
    """Return the record of a submission that could not be graded because of our own error."""
    student, _ = item
    why = f"Grading failed: {type(error).__name__}: {error}"[:200]
    return grade.without_results(student, SubmissionStatus.INFRASTRUCTURE, why)


def _grade_on_cluster(
    scheduler: str,
    texts: Mapping[str, Mapping[str, str]],
    master: str,
    clocks: Mapping[str, float],
    seconds: float,
    *,
    trust: bool,
) -> Generator[Graded, None, None]:
    """Yield graded submissions as the cluster finishes them; `scheduler` is its address.

    If a machine dies, Dask gives its tasks to another machine. A submission that kills several
    machines is recorded as an infrastructure failure, and the next run retries it.
    """
    require("distributed", "cluster")
    dask: Any = import_module("distributed")  # few types; takes a second to import
    with _connect(dask, scheduler) as client:
        if not trust:
            _require_sandboxes(client.run(strongest))
        [master_there] = client.scatter([master], broadcast=True)
        one = partial(client.submit, grade.grade_one, pure=False)
        students = {
            one(student, text, master_there, seed, seconds, tuple(clocks.items())): student
            for seed, group in texts.items()
            for student, text in group.items()
        }
        for task in dask.as_completed(list(students)):
            if task.status == "finished":
                yield task.result()
            else:
                why = f"The cluster gave up on this submission: {task.exception()}"[:200]
                yield grade.without_results(students[task], SubmissionStatus.INFRASTRUCTURE, why)


def _connect(dask: Any, scheduler: str) -> Any:
    try:
        return dask.Client(scheduler, timeout=CLUSTER_TIMEOUT)
    except (OSError, ValueError) as error:
        raise CommandError(f"no Dask scheduler answers at {scheduler}: {error}") from None


def _require_sandboxes(sandboxes: Mapping[str, Sandbox]) -> None:
    for machine, sandbox in sandboxes.items():
        if sandbox.level == LIMITS_ONLY:
            raise CommandError(
                f"No sandbox on {machine}: submissions could use its network and files. Install"
                " bubblewrap there, or pass --trust if you trust them."
            )
